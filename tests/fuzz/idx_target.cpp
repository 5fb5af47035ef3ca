#include <zlib.h>

#include <vector>

#include "target.h"
#include "weft/data.h"

using namespace weft;

namespace {

std::vector<std::uint8_t> packed(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint8_t> out(size + size / 1000 + 64);
  z_stream z{};
  fuzz::require(
      deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK,
      "zlib has no memory");
  z.next_in = const_cast<Bytef*>(data);
  z.avail_in = static_cast<uInt>(size);
  z.next_out = out.data();
  z.avail_out = static_cast<uInt>(out.size());
  fuzz::require(deflate(&z, Z_FINISH) == Z_STREAM_END, "not packed");
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

bool read(const fuzz::MemoryFile& file, Tensor& into) {
  return fuzz::accepted(file.path(),
                        [&] { into = data::read_idx(file.path()); });
}

}  // namespace

/// What is read is read from gzip, too; and it is images with some labels, and
/// the labels of some images.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static fuzz::MemoryFile file, gzip, other;
  static const std::uint8_t kFour[] = {0, 0, 8, 1, 0, 0, 0, 4, 3, 0, 1, 2};
  static const std::uint8_t kImages[] = {0, 0, 8, 2, 0, 0, 0, 4,
                                         0, 0, 0, 1, 5, 6, 7, 8};
  file.set(data, size);
  Tensor t, same;
  const bool good = read(file, t);
  if (size > 0 && data[0] != 0x1f) {
    const auto bytes = packed(data, size);
    gzip.set(bytes.data(), bytes.size());
    fuzz::require(read(gzip, same) == good, "gzip makes a difference");
    fuzz::require(!good || t.bits_equal(same), "gzip makes another array");
  }
  other.set(kFour, sizeof kFour);
  fuzz::accepted(file.path(), [&] {
    data::read_idx_images(file.path(), other.path()).check();
  });
  other.set(kImages, sizeof kImages);
  fuzz::accepted(file.path(), [&] {
    data::read_idx_images(other.path(), file.path()).check();
  });
  return 0;
}
