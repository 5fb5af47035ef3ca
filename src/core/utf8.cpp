#include "src/core/utf8.h"

namespace weft {

bool is_utf8(std::string_view text) {
  int more = 0;                      // bytes of a character still to come
  unsigned low = 0x80, high = 0xBF;  // of the next one
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (more > 0) {
      if (byte < low || byte > high) return false;
      --more;
      low = 0x80;
      high = 0xBF;
    } else if (byte >= 0x80) {
      if (byte < 0xC2 || byte > 0xF4) return false;
      more = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
      if (byte == 0xE0) low = 0xA0;
      if (byte == 0xED) high = 0x9F;
      if (byte == 0xF0) low = 0x90;
      if (byte == 0xF4) high = 0x8F;
    }
  }
  return more == 0;
}

}  // namespace weft
