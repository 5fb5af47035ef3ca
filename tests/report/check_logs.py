"""Trains with all three kinds of logs and reads them back: the events by a
parser of TFRecord and Protocol Buffers that shares nothing with the writer.

Usage: check_logs.py WEFT DIGITS.csv
"""

import csv
import json
import pathlib
import shutil
import struct
import subprocess
import sys


def crc32c(data):
    """Bit by bit, by the definition."""
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


assert crc32c(b"123456789") == 0xe3069283  # RFC 3720's polynomial


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xa282ead8) & 0xffffffff


def records(data):
    while data:
        length, check = struct.unpack("<QI", data[:12])
        assert check == masked(data[:8]), "the length's checksum"
        body = data[12:12 + length]
        assert len(body) == length
        assert struct.unpack("<I", data[12 + length:16 + length])[0] == \
            masked(body), "the record's checksum"
        yield body
        data = data[16 + length:]


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at


def fields(data):
    """{field number: [values]} of a message."""
    found, at = {}, 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 1:
            value, at = struct.unpack("<d", data[at:at + 8])[0], at + 8
        elif kind == 5:
            value, at = struct.unpack("<f", data[at:at + 4])[0], at + 4
        else:
            assert kind == 2, kind
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
            assert len(value) == length
        found.setdefault(key >> 3, []).append(value)
    return found


def doubles(data):
    return struct.unpack(f"<{len(data) // 8}d", data)


def read_events(folder):
    (path,) = pathlib.Path(folder).iterdir()
    assert ".tfevents." in path.name
    scalars, histograms, texts = {}, {}, {}
    for number, record in enumerate(records(path.read_bytes())):
        event = fields(record)
        assert event[1][0] > 1.6e9
        if number == 0:
            assert event[3] == [b"brain.Event:2"]
            continue
        step = event[2][0]
        for value in fields(event[5][0])[1]:
            value = fields(value)
            tag = value[1][0].decode()
            if 2 in value:
                scalars.setdefault(tag, []).append((step, value[2][0]))
            elif 5 in value:
                histograms.setdefault(tag, []).append((step, fields(value[5][0])))
            else:
                assert fields(fields(value[9][0])[1][0])[1] == [b"text"]
                tensor = fields(value[8][0])
                assert tensor[1] == [7]
                texts[tag] = tensor[8][0].decode()
    return scalars, histograms, texts


def near(a, b):
    return abs(a - b) <= 1e-5 * max(abs(a), abs(b), 1e-6)


def main():
    weft, digits = sys.argv[1:]
    shutil.rmtree("board", ignore_errors=True)
    train = [weft, "train", "--quiet", "--data", digits, "--hidden", "16",
             "--batch-size", "100", "--log", "run.jsonl", "--log", "run.csv",
             "--log", "board"]
    subprocess.run(train + ["--epochs", "2", "--out", "log.weft"], check=True)
    lines = [json.loads(x) for x in open("run.jsonl", encoding="utf-8")]
    steps = [x for x in lines if x["kind"] == "step"]
    epochs = [x for x in lines if x["kind"] == "epoch"]
    assert len(epochs) == 2 and len(steps) == 34, (len(steps), len(epochs))
    assert [s["step"] for s in steps] == list(range(1, 35))
    mean = sum(s["loss"] for s in steps[17:]) / 17
    assert near(mean, epochs[1]["loss"]), (mean, epochs[1])

    rows = list(csv.DictReader(open("run.csv", encoding="utf-8")))
    assert len(rows) == len(lines)
    for row, line in zip(rows, lines):
        for key, value in line.items():
            assert row[key] == value if key == "kind" else near(
                float(row[key]), value), (key, row, line)

    scalars, histograms, texts = read_events("board")
    assert [s for s, _ in scalars["train/loss"]] == list(range(1, 35))
    for (_, value), line in zip(scalars["train/loss"], steps):
        assert near(value, line["loss"])
    assert [s for s, _ in scalars["validation/accuracy"]] == [17, 34]
    assert near(scalars["validation/loss"][1][1], epochs[1]["validation_loss"])
    assert "| hidden | \"16\" |" in texts["settings"], texts
    weights = histograms["fc1/weight"]
    assert [s for s, _ in weights] == [0, 17, 34]
    for _, h in weights:
        low, high, count = h[1][0], h[2][0], h[3][0]
        limits, counts = doubles(h[6][0]), doubles(h[7][0])
        assert count == sum(counts) == 64 * 16
        assert limits[-1] == high and list(limits) == sorted(limits)
        assert low < 0 < high and low * count < h[4][0] < high * count
        assert 0 < h[5][0] <= count * max(low * low, high * high)

    log = ["--log", "run.jsonl", "--log", "run.csv"]
    subprocess.run([weft, "resume", "--quiet", "log.weft", "--epochs", "3"] +
                   log, check=True)
    lines = [json.loads(x) for x in open("run.jsonl", encoding="utf-8")]
    assert [x["step"] for x in lines if x["kind"] == "step"] == \
        list(range(1, 52)), "a resumed training adds to its log"
    rows = list(csv.DictReader(open("run.csv", encoding="utf-8")))
    assert len(rows) == 54, len(rows)
    print("logs read back:", len(lines), "lines")


main()
