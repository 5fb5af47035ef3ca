#include <zlib.h>

#include <cstdlib>
#include <filesystem>

#include "catch.h"
#include "data/files.h"

using namespace weft;

std::string gzip(const std::string& bytes) {
  const char* name = "gzip-t.gz";
  const gzFile gz = gzopen(name, "wb");
  gzwrite(gz, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(gz);
  std::ifstream in(name, std::ios::binary);
  const std::string packed{std::istreambuf_iterator<char>(in), {}};
  std::remove(name);
  return packed;
}

namespace {

Tensor read(const std::string& bytes) {
  const File f("idx-t", bytes);
  return data::read_idx(f.name());
}

std::string read_error(const std::string& bytes) {
  return data_error([&] { read(bytes); });
}

std::string pair_error(const std::string& images, const std::string& labels,
                       std::vector<std::string> names = {}) {
  const File x("idx-x", images), y("idx-y", labels);
  return data_error([&] { data::read_idx_images("idx-x", "idx-y", names); });
}

}  // namespace

TEST_CASE("images and labels of IDX, plain and gzip") {
  const std::string images = idx({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, '\xff'});
  const std::string labels = idx({2}, {0, 1});
  for (bool packed : {false, true}) {
    const File x("idx-x", packed ? gzip(images) : images);
    const File y("idx-y", packed ? gzip(labels) : labels);
    const auto d = data::read_idx_images("idx-x", "idx-y");
    CHECK(d.size() == 2);
    CHECK(d.row == Shape{4});
    CHECK(d.bytes->size() == 8);
    CHECK(d.class_names == std::vector<std::string>{"0", "1"});
    CHECK(d.batch(0, 1).first.at(1) == 2 * (1.0F / 255));
    CHECK(d.batch(1, 2).first.at(3) == Approx(1));
    CHECK(targets_of(d) == std::vector<double>{0, 1});
  }
}

TEST_CASE("IDX of every element type") {
  const Tensor u1 = read(idx({2, 2}, {0, 1, '\x7f', '\xff'}));
  CHECK(u1.bits_equal(Tensor::from<std::int32_t>({0, 1, 127, 255}, {2, 2})));
  const Tensor s1 = read(idx({2}, {'\x80', '\xff'}, 0x09));
  CHECK(s1.bits_equal(Tensor::from<std::int32_t>({-128, -1}, {2})));
  const Tensor s2 = read(idx({2}, {'\x80', 0, 1, 2}, 0x0B));
  CHECK(s2.bits_equal(Tensor::from<std::int32_t>({-32768, 258}, {2})));
  const Tensor s4 = read(idx({1}, {'\x7f', '\xff', '\xff', '\xff'}, 0x0C));
  CHECK(s4.bits_equal(Tensor::from<std::int32_t>({2147483647}, {1})));
  const Tensor f4 = read(idx({1}, {'\xbf', '\xc0', 0, 0}, 0x0D));
  CHECK(f4.bits_equal(Tensor::from<float>({-1.5F}, {1})));
  const Tensor f8 = read(idx({1}, {'\xbf', '\xf8', 0, 0, 0, 0, 0, 1}, 0x0E));
  CHECK(f8.bits_equal(Tensor::from<double>({-0x1.8000000000001p0}, {1})));
  CHECK(read(idx({1, 1, 1, 1, 1, 1, 1, 2}, "ab")).rank() == 8);
  CHECK(read(idx({0, 5}, "")).shape() == Shape{0, 5});
  const File x("idx-x", idx({1, 1}, {'\x3f', '\x80', 0, 0}, 0x0D));
  const File y("idx-y", idx({1}, {3}));
  const auto d = data::read_idx_images("idx-x", "idx-y");
  CHECK(d.batch(0, 1).first.at(0) == 1);
  CHECK(d.classes() == 4);
}

TEST_CASE("IDX headers that lie are found out") {
  CHECK(read_error(std::string("\0\0\x07\x01", 4)) ==
        "idx-t: is no IDX file: byte 0: found 00 00 07 01, expected the magic "
        "number 00 00 TYPE RANK with a TYPE of 08, 09, 0B, 0C, 0D or 0E");
  CHECK(read_error(std::string("\0\0\x08\x09", 4)) ==
        "idx-t: byte 3: the rank is 9, it must be 1 to 8");
  CHECK(read_error(std::string("\0\0\x08\x02\0\0", 6)) ==
        "idx-t: ends within its header, at byte 6 of 12; copy or download it "
        "again");
  const std::string good = idx({2, 2}, "abcd");
  const std::string rest = "; the file is cut, or its header is wrong";
  CHECK(read_error(good.substr(0, 15)) ==
        "idx-t: its header (2, 2) promises 4 bytes of data from byte 12 on, "
        "there are 3" +
            rest);
  CHECK(read_error(good + "e") ==
        "idx-t: its header (2, 2) promises 4 bytes of data from byte 12 on, "
        "there are 5" +
            rest);
  CHECK(read_error(gzip(good.substr(0, 15))) ==
        "idx-t: its header (2, 2) promises 4 bytes of data from byte 12 on, "
        "there are 3" +
            rest);
  CHECK(read_error(gzip(good + "e")) ==
        "idx-t: its header (2, 2) promises 4 bytes of data from byte 12 on, "
        "there are more" +
            rest);
}

TEST_CASE("IDX sizes of terabytes take no memory") {
  CHECK(read_error(idx({1U << 20, 1U << 20}, "x")) ==
        "idx-t: its header (1048576, 1048576) promises 1099511627776 bytes of "
        "data from byte 12 on, there are 1; the file is cut, or its header is "
        "wrong");
  CHECK(read_error(gzip(idx({1U << 20, 1U << 20}, "x"))) ==
        "idx-t: its header (1048576, 1048576) promises 1099511627776 bytes, "
        "which 30 bytes of gzip can't hold; the file is cut, or its header is "
        "wrong");
  CHECK(read_error(gzip(idx({100, 100}, "x"))) ==
        "idx-t: its header (100, 100) promises 10000 bytes of data from byte "
        "12 on, there are 1; the file is cut, or its header is wrong");
  const std::string all(4, '\xff');
  const std::string text =
      read_error(std::string("\0\0\x08\x04", 4) + all + all + all + all);
  CHECK(text.find("idx-t: byte 4: the sizes in its header are too large: ") ==
        0);
}

TEST_CASE("damaged gzip is told from damaged data") {
  const std::string packed = gzip(idx({3}, "abc"));
  CHECK(read_error(packed.substr(0, packed.size() - 3)) ==
        "idx-t: its gzip data end early, after 11 unpacked bytes; copy or "
        "download it again");
  CHECK(read_error(packed + "junk") ==
        "idx-t: has bytes that are not gzip after its gzip data, which unpack "
        "to 11 bytes; copy or download it again");
  std::string wrong = packed;
  wrong[wrong.size() - 6] = static_cast<char>(wrong[wrong.size() - 6] ^ 1);
  CHECK(read_error(wrong) ==
        "idx-t: its gzip data are damaged after 11 unpacked bytes (incorrect "
        "data check); copy or download it again");
  // Two members are one file, as gzip itself has it.
  const std::string two =
      gzip(idx({3}, "abc").substr(0, 5)) + gzip(idx({3}, "abc").substr(5));
  CHECK(read(two).size() == 3);
}

TEST_CASE("images and labels must belong together") {
  const std::string images = idx({2, 1}, "ab"), labels = idx({2}, {0, 4});
  CHECK(pair_error(images, idx({1}, {0})) ==
        "idx-x: has 2 images, but idx-y has 1 label; the two files must belong "
        "together");
  CHECK(pair_error(labels, images) ==
        "idx-x: has the shape (2); images must have rank 2 or more and some "
        "elements");
  CHECK(pair_error(images, images) ==
        "idx-y: labels must be integers of rank 1, these are i32(2, 1); are "
        "images and labels swapped?");
  CHECK(pair_error(images, labels, {"a", "b"}) ==
        "idx-y: label 1 is 4, it must be 0 to 1");
  CHECK(pair_error(images, idx({2}, {0, '\xff'}, 0x09)) ==
        "idx-y: label 1 is -1, it must be 0 to 999999");
  CHECK(pair_error(idx({0, 4}, ""), idx({0}, "")) ==
        "idx-x: has the shape (0, 4); images must have rank 2 or more and "
        "some elements");
}

TEST_CASE("Fashion-MNIST is looked for where it may be") {
  const std::string text =
      data_error([] { data::fashion_mnist("no-such-folder"); });
  CHECK(text ==
        "Fashion-MNIST was not found in no-such-folder; install Debian's "
        "package dataset-fashion-mnist (apt-get install "
        "dataset-fashion-mnist), or put its four files, "
        "train-images-idx3-ubyte.gz and so on, into the folder that "
        "WEFT_DATA_DIR names");
  std::filesystem::create_directory("idx-fashion");
  const std::string at = "idx-fashion/";
  const File a(at + "train-images-idx3-ubyte", idx({2, 1, 1}, "ab"));
  const File b(at + "train-labels-idx1-ubyte", idx({2}, {9, 0}));
  const File c(at + "t10k-images-idx3-ubyte", idx({1, 1, 1}, "c"));
  {
    const File d(at + "t10k-labels-idx1-ubyte", idx({1}, {1}));
    ::setenv("WEFT_DATA_DIR", "idx-fashion", 1);
    const auto [train, test] = data::fashion_mnist();
    ::unsetenv("WEFT_DATA_DIR");
    CHECK(train.size() == 2);
    CHECK(test.size() == 1);
    CHECK(train.class_names[9] == "Boot");
    CHECK(test.class_names == train.class_names);
  }
  CHECK(data_error([] { data::fashion_mnist("idx-fashion"); }) ==
        "idx-fashion/t10k-labels-idx1-ubyte: can't be opened: No such file or "
        "directory");
  const File d(at + "t10k-labels-idx1-ubyte", idx({1}, {10}));
  CHECK(data_error([] { data::fashion_mnist("idx-fashion"); }) ==
        "idx-fashion/t10k-labels-idx1-ubyte: label 0 is 10, it must be 0 to "
        "9");
  for (const File* f : {&a, &b, &c, &d}) std::remove(f->name().c_str());
  std::filesystem::remove("idx-fashion");
}
