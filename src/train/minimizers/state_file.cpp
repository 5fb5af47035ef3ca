#include <algorithm>

#include "src/io/file/container.h"
#include "src/io/file/graph_records.h"
#include "src/io/file/tensor_section.h"
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
    const std::uint32_t sum = io::crc32(e.tensor.raw(), e.tensor.bytes());
    out.put(sum);
    pieces.push_back({e.tensor.raw(), e.tensor.bytes(), sum});
    offset = io::padded(offset + e.tensor.bytes());
  });
  const std::string entries = out.bytes();
  io::write_container(path, {{"entries", {{entries.data(), entries.size()}}},
                             {"tensors", pieces}});
}

State load_state(const std::string& path) {
  const io::ContainerReader file(path);
  io::TensorSection tensors(file);
  State state;
  file.parse([&] {
    io::RecordReader in(file.read(file.section("entries")));
    state.seed.value = in.get<std::uint64_t>();
    state.step = in.get<std::uint64_t>();
    in.list(29, [&] {
      io::TensorPlace place;
      place.path = in.text();
      place.type = io::get_type(in);
      const bool trainable = in.get<bool>();
      place.offset =
          tensors.place(place.path, place.type, in.get<std::uint64_t>());
      place.checksum = in.get<std::uint32_t>();
      state.add({place.path, tensors.read(place), trainable});
    });
    if (in.left() > 0) {
      io::RecordReader::fail("something follows the last record");
    }
    tensors.end();
  });
  return state;
}

}  // namespace weft
