#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "weft/data.h"

namespace weft::data {

/// out[j] = in[j]·scale, with the same bits on every processor.
void bytes_to_floats(const std::uint8_t* in, std::size_t n, float scale,
                     float* out);

/// values[j] = (values[j] − offset[j])·scale[j], computed in f64, for as many
/// values as the scaler has columns.
void scale_row(const Scaler& scaler, float* values);

/// Asks for the memory of n bytes, which will be read soon.
inline void fetch_early(const void* memory, std::size_t n) {
  // The processor itself fetches what follows the first lines.
  constexpr std::size_t kLine = 64, kMost = 16 * kLine;
  const auto* p = static_cast<const char*>(memory);
  for (std::size_t i = 0; i < (n < kMost ? n : kMost); i += kLine) {
    __builtin_prefetch(p + i);
  }
}

}  // namespace weft::data
