// Fourier transforms of pairs (real, imaginary), or of real arrays.

#include <cmath>

#include "table.h"
#include "weft/fourier.h"
#include "weft/ops.h"

namespace reference {

namespace {

std::int64_t axis_of(const Arguments& a) { return a.integer("dim", -1); }

/// What NumPy's convention is multiplied by, there or back.
double scale(const Arguments& a, std::int64_t n, bool back) {
  const std::string norm = a.text("norm", "backward");
  const auto size = static_cast<double>(n);
  if (norm == "ortho") return back ? std::sqrt(size) : 1 / std::sqrt(size);
  if (norm == "forward") return back ? size : 1 / size;
  if (norm == "backward") return 1;
  throw std::runtime_error("unknown norm " + norm);
}

std::int64_t size(Value x, std::int64_t axis, int rank) {
  return x.shape().dim(weft::normalize_axis(axis, rank, "fft"));
}

}  // namespace

void add_transforms(Table& t) {
  t["rfft"] = [](const Arguments& a) -> Results {
    const std::int64_t n = size(a[0], axis_of(a), a[0].rank());
    return {scale(a, n, false) * weft::rfft(a[0], axis_of(a))};
  };
  t["fft"] = [](const Arguments& a) -> Results {
    const std::int64_t n = size(a[0], axis_of(a), a[0].rank() - 1);
    return {scale(a, n, false) * weft::fft(a[0], axis_of(a))};
  };
  t["ifft"] = [](const Arguments& a) -> Results {
    const std::int64_t n = size(a[0], axis_of(a), a[0].rank() - 1);
    return {scale(a, n, true) * weft::ifft(a[0], axis_of(a))};
  };
  t["irfft"] = [](const Arguments& a) -> Results {
    const Value y = weft::irfft(a[0], a.integer("n", 0), axis_of(a));
    return {scale(a, size(y, axis_of(a), y.rank()), true) * y};
  };
  t["fft_abs"] = [](const Arguments& a) -> Results {
    const Value y = weft::fft(weft::complex(a[0], 0.0 * a[0]), axis_of(a));
    return {weft::sqrt(weft::sum(weft::square(y), {-1}))};
  };
  t["rfft_abs"] = [](const Arguments& a) -> Results {
    const Value y = weft::rfft(a[0], axis_of(a));
    return {weft::sqrt(weft::sum(weft::square(y), {-1}))};
  };
}

}  // namespace reference
