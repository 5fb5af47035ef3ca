#pragma once

#include <cstddef>
#include <cstdint>

namespace weft::io {

/// The CRC-32 of zlib; `before` is that of the bytes in front of these.
std::uint32_t crc32(const void* data, std::size_t bytes,
                    std::uint32_t before = 0);

}  // namespace weft::io
