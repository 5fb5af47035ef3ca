#pragma once

// What the container's reader and writer must agree on; see FORMAT.md.

#include <cstddef>
#include <cstdint>

namespace weft::io {

inline constexpr char kMagic[] = "WEFTFILE";
inline constexpr std::uint32_t kEndianMark = 0x01020304;
inline constexpr std::size_t kHeaderBytes = 32;
inline constexpr std::size_t kChecksumAt = 28;
inline constexpr std::size_t kEntryBytes = 40;

}  // namespace weft::io
