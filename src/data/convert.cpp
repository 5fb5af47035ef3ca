// The loops over the elements of a batch, once for any processor and once for
// AVX2. This folder is compiled for any processor, since data may be read
// before it is known that the kernels can run. No loop sums or contracts, so
// both give the same bits.

#include "src/data/convert.h"

namespace weft::data {

namespace {

#define WEFT_LOOP inline __attribute__((always_inline)) void

WEFT_LOOP convert_loop(const std::uint8_t* in, std::size_t n, float scale,
                       float* out) {
  for (std::size_t j = 0; j < n; ++j) {
    out[j] = static_cast<float>(in[j]) * scale;
  }
}

WEFT_LOOP scale_loop(const double* offset, const double* scale, std::size_t n,
                     float* values) {
  for (std::size_t j = 0; j < n; ++j) {
    values[j] = static_cast<float>(
        (static_cast<double>(values[j]) - offset[j]) * scale[j]);
  }
}

#undef WEFT_LOOP

#if defined(__x86_64__)
__attribute__((target("avx2"))) void convert_avx2(const std::uint8_t* in,
                                                  std::size_t n, float scale,
                                                  float* out) {
  convert_loop(in, n, scale, out);
}

__attribute__((target("avx2"))) void scale_avx2(const double* offset,
                                                const double* scale,
                                                std::size_t n, float* values) {
  scale_loop(offset, scale, n, values);
}

bool has_avx2() {
  static const bool has = __builtin_cpu_supports("avx2") != 0;
  return has;
}
#endif

}  // namespace

void bytes_to_floats(const std::uint8_t* in, std::size_t n, float scale,
                     float* out) {
#if defined(__x86_64__)
  if (has_avx2()) return convert_avx2(in, n, scale, out);
#endif
  convert_loop(in, n, scale, out);
}

void scale_row(const Scaler& scaler, float* values) {
  const double* offset = scaler.offset.data();
  const double* scale = scaler.scale.data();
  const std::size_t n = scaler.offset.size();
#if defined(__x86_64__)
  if (has_avx2()) return scale_avx2(offset, scale, n, values);
#endif
  scale_loop(offset, scale, n, values);
}

}  // namespace weft::data
