#include <algorithm>

#include "src/io/file/container.h"
#include "src/io/file/graph_records.h"
#include "weft/error.h"
#include "weft/minimizers.h"

namespace weft {

void save_state(const State& state, const std::string& path) {
  io::RecordWriter out;
  out.put(state.seed.value);
  out.put(state.step);
  std::vector<io::Piece> pieces;
  std::uint64_t offset = 0;
  out.put_list(state.entries(), [&](const State::Entry& e) {
    out.put(e.path);
    io::put_type(out, e.tensor.type());
    out.put(e.trainable);
    out.put(offset);
    out.put(io::crc32(e.tensor.raw(), e.tensor.bytes()));
    pieces.push_back({e.tensor.raw(), e.tensor.bytes()});
    offset = (offset + e.tensor.bytes() + 63) / 64 * 64;
  });
  const std::string entries = out.bytes();
  io::write_container(path, {{"entries", {{entries.data(), entries.size()}}},
                             {"tensors", pieces}});
}

State load_state(const std::string& path) {
  const io::ContainerReader file(path);
  const io::Section& blob = file.section("tensors");
  State state;
  file.parse([&] {
    io::RecordReader in(file.read(file.section("entries")));
    state.seed.value = in.get<std::uint64_t>();
    state.step = in.get<std::uint64_t>();
    in.list(29, [&] {
      const std::string name = in.text();
      const Type type = io::get_type(in);
      const bool trainable = in.get<bool>();
      const auto offset = in.get<std::uint64_t>();
      const auto checksum = in.get<std::uint32_t>();
      if (!type.shape.is_concrete() || offset > blob.length ||
          static_cast<std::uint64_t>(type.shape.elements()) >
              (blob.length - offset) / size_of(type.dtype)) {
        io::RecordReader::fail("the tensor '" + name + "' of type " +
                               to_string(type) + " lies outside its section");
      }
      Tensor tensor(type.dtype, type.shape);
      file.read_at(blob.offset + offset, tensor.raw(), tensor.bytes());
      if (io::crc32(tensor.raw(), tensor.bytes()) != checksum) {
        io::RecordReader::fail("the tensor '" + name +
                               "' is damaged: its checksum differs");
      }
      state.add({name, std::move(tensor), trainable});
    });
    if (in.left() > 0) {
      io::RecordReader::fail("something follows the last record");
    }
  });
  return state;
}

}  // namespace weft
