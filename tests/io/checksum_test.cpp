#include "src/io/file/checksum.h"

#include <string>
#include <vector>

#include "catch.h"

using weft::io::crc32;

namespace {

/// Bit by bit, as FORMAT.md has it.
std::uint32_t bitwise(const std::string& bytes) {
  std::uint32_t r = 0xFFFFFFFF;
  for (const char c : bytes) {
    r ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) r = (r >> 1) ^ (r % 2 != 0 ? 0xEDB88320U : 0U);
  }
  return ~r;
}

}  // namespace

TEST_CASE("the checksum is that of zlib, gzip and PNG") {
  CHECK(crc32("123456789", 9) == 0xCBF43926);
  CHECK(crc32(nullptr, 0) == 0);
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += static_cast<char>(i * i / 7);
  for (std::size_t begin : {0U, 1U, 13U}) {
    for (std::size_t n = 0; n < 900; n += n < 300 ? 1 : 37) {
      const std::string part = bytes.substr(begin, n);
      INFO(n << " bytes from " << begin);
      CHECK(crc32(bytes.data() + begin, n) == bitwise(part));
      const std::size_t cut = n / 3;
      const std::uint32_t first = crc32(bytes.data() + begin, cut);
      CHECK(crc32(bytes.data() + begin + cut, n - cut, first) == bitwise(part));
    }
  }
}
