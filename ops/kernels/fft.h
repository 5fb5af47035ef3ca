#pragma once

// Discrete Fourier transforms of several lines at once.

#include <cstdint>
#include <memory>
#include <vector>

namespace weft {

/// How lines of n complex numbers are transformed. Real and imaginary parts lie
/// apart, element j of line b at j * lines + b, so that every pass is a loop
/// over neighbours (Stockham's form of the algorithm).
template <class T>
class FftPlan {
 public:
  explicit FftPlan(std::int64_t n);

  std::int64_t size() const { return n_; }
  /// Numbers of T that `run` needs besides its data.
  std::int64_t scratch(std::int64_t lines) const;
  /// Transforms in place. The inverse, without its 1/n, is run(im, re, …).
  void run(T* re, T* im, T* scratch, std::int64_t lines) const;
  /// exp(−πi·k/n) for k = 0 … n: what joins two half transforms.
  const T* turn_re() const { return turn_re_.data(); }
  const T* turn_im() const { return turn_im_.data(); }

 private:
  void run_factors(T* re, T* im, T* scratch, std::int64_t lines) const;
  void run_chirp(T* re, T* im, T* scratch, std::int64_t lines) const;
  void make_chirp();

  std::int64_t n_;
  std::vector<int> factors_;  ///< empty where the chirp transform is used
  std::vector<T> wave_re_, wave_im_;  ///< exp(−2πi·k/n)
  std::vector<T> turn_re_, turn_im_;
  std::unique_ptr<FftPlan> longer_;       ///< of the chirp's convolution …
  std::vector<T> kernel_re_, kernel_im_;  ///< … and its transformed kernel
};

/// The plan for n, made at the first call; it stays.
template <class T>
const FftPlan<T>& fft_plan(std::int64_t n);

}  // namespace weft
