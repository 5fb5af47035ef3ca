#include "src/train/minimizers/vectors.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace weft::minimizers {

double dot(In a, In b) {
  constexpr std::size_t kLanes = 8;
  std::array<double, kLanes> sums{};
  const std::size_t n = a.size(), whole = n / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) sums[k] += a[i + k] * b[i + k];
  }
  double rest = 0;
  for (std::size_t i = whole; i < n; ++i) rest += a[i] * b[i];
  return (((sums[0] + sums[4]) + (sums[1] + sums[5])) +
          ((sums[2] + sums[6]) + (sums[3] + sums[7]))) +
         rest;
}

double norm(In a) {
  const double squares = dot(a, a);
  if (squares > 1e-280 && squares < 1e280) return std::sqrt(squares);
  const double most = largest(a);
  if (!(most > 0) || !std::isfinite(most)) return most;
  double total = 0;
  for (const double v : a) total += (v / most) * (v / most);
  return most * std::sqrt(total);
}

double largest(In a) {
  double most = 0;
  for (const double v : a) {
    const double size = std::abs(v);
    if (!(size <= most)) most = size;
    if (most != most) break;
  }
  return most;
}

bool all_finite(In a) {
  double zero = 0;
  for (const double v : a) zero += v * 0.0;
  return zero == 0;
}

void copy(In from, Out to) { std::copy(from.begin(), from.end(), to.begin()); }

void fill(Out x, double value) { std::fill(x.begin(), x.end(), value); }

void scale(Out x, double factor) {
  for (double& v : x) v *= factor;
}

void add(double factor, In x, Out y) {
  for (std::size_t i = 0; i < y.size(); ++i) y[i] += factor * x[i];
}

void sum(In a, double factor, In b, Out out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = a[i] + factor * b[i];
}

void difference(In a, In b, Out out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = a[i] - b[i];
}

}  // namespace weft::minimizers
