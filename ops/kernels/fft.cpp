// The passes of the largest factors are more than clang turns into vectors. It
// tells of that at a declaration, so the warning is off before the first one.
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif

#include "ops/kernels/fft.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <numbers>
#include <utility>

// What a pass writes is not what it reads.
#ifdef __clang__
#define WEFT_NO_ALIAS _Pragma("clang loop vectorize(assume_safety)")
#else
#define WEFT_NO_ALIAS _Pragma("GCC ivdep")
#endif

namespace weft {

namespace {

constexpr int kLargestFactor = 13;

/// 4, 2, 3, 5 … 13; empty if a greater prime is left.
std::vector<int> factors_of(std::int64_t n) {
  std::vector<int> factors;
  for (const int p : {4, 2, 3, 5, 7, 11, kLargestFactor}) {
    for (; n % p == 0 && n > 1; n /= p) factors.push_back(p);
  }
  if (n > 1) factors.clear();
  return factors;
}

/// One pass: a sequence of n numbers, each of which is `s` lines, is taken
/// apart into p of n/p. `unit` is the step in the table of waves.
template <class T>
struct Pass {
  std::int64_t n, s, unit;
  const T *wave_re, *wave_im;
  const T *xr, *xi;
  T *yr, *yi;
};

/// y ← w·(a + ib) at one place.
template <class T>
inline void put(T* yr, T* yi, std::int64_t at, T wr, T wi, T a, T b) {
  yr[at] = a * wr - b * wi;
  yi[at] = a * wi + b * wr;
}

template <class T>
void pass2(const Pass<T>& a) {
  const std::int64_t m = a.n / 2, s = a.s;
  for (std::int64_t k = 0; k < m; ++k) {
    const T wr = a.wave_re[k * a.unit], wi = a.wave_im[k * a.unit];
    const T *x0r = a.xr + k * s, *x0i = a.xi + k * s;
    const T *x1r = x0r + m * s, *x1i = x0i + m * s;
    T *yr = a.yr + 2 * k * s, *yi = a.yi + 2 * k * s;
    WEFT_NO_ALIAS
    for (std::int64_t q = 0; q < s; ++q) {
      const T r = x0r[q] - x1r[q], i = x0i[q] - x1i[q];
      yr[q] = x0r[q] + x1r[q];
      yi[q] = x0i[q] + x1i[q];
      put(yr, yi, s + q, wr, wi, r, i);
    }
  }
}

template <class T>
void pass4(const Pass<T>& a) {
  const std::int64_t m = a.n / 4, s = a.s;
  for (std::int64_t k = 0; k < m; ++k) {
    const T w1r = a.wave_re[k * a.unit], w1i = a.wave_im[k * a.unit];
    const T w2r = a.wave_re[2 * k * a.unit], w2i = a.wave_im[2 * k * a.unit];
    const T w3r = a.wave_re[3 * k * a.unit], w3i = a.wave_im[3 * k * a.unit];
    const T *xr = a.xr + k * s, *xi = a.xi + k * s;
    T *yr = a.yr + 4 * k * s, *yi = a.yi + 4 * k * s;
    const std::int64_t d = m * s;
    WEFT_NO_ALIAS
    for (std::int64_t q = 0; q < s; ++q) {
      const T ar = xr[q] + xr[q + 2 * d], ai = xi[q] + xi[q + 2 * d];
      const T br = xr[q] - xr[q + 2 * d], bi = xi[q] - xi[q + 2 * d];
      const T cr = xr[q + d] + xr[q + 3 * d], ci = xi[q + d] + xi[q + 3 * d];
      const T dr = xr[q + d] - xr[q + 3 * d], di = xi[q + d] - xi[q + 3 * d];
      yr[q] = ar + cr;
      yi[q] = ai + ci;
      put(yr, yi, s + q, w1r, w1i, br + di, bi - dr);
      put(yr, yi, 2 * s + q, w2r, w2i, ar - cr, ai - ci);
      put(yr, yi, 3 * s + q, w3r, w3i, br - di, bi + dr);
    }
  }
}

/// An odd prime p: terms l and p − l are taken together.
template <int P, class T>
void pass_odd(const Pass<T>& a) {
  constexpr int kHalf = (P - 1) / 2;
  const std::int64_t m = a.n / P, s = a.s;
  T c[P], d[P];  // of exp(−2πi·j/p)
  for (int j = 0; j < P; ++j) {
    const double angle = 2 * std::numbers::pi * j / P;
    c[j] = static_cast<T>(std::cos(angle));
    d[j] = static_cast<T>(-std::sin(angle));
  }
  for (std::int64_t k = 0; k < m; ++k) {
    T wr[P], wi[P];
    for (int j = 0; j < P; ++j) {
      wr[j] = a.wave_re[j * k * a.unit];
      wi[j] = a.wave_im[j * k * a.unit];
    }
    const T *xr = a.xr + k * s, *xi = a.xi + k * s;
    T *yr = a.yr + P * k * s, *yi = a.yi + P * k * s;
    WEFT_NO_ALIAS
    for (std::int64_t q = 0; q < s; ++q) {
      const T zr = xr[q], zi = xi[q];
      T ur[kHalf], ui[kHalf], vr[kHalf], vi[kHalf];
      T sum_r = zr, sum_i = zi;
      for (int l = 1; l <= kHalf; ++l) {
        const std::int64_t e = q + l * m * s, f = q + (P - l) * m * s;
        ur[l - 1] = xr[e] + xr[f];
        ui[l - 1] = xi[e] + xi[f];
        vr[l - 1] = xr[e] - xr[f];
        vi[l - 1] = xi[e] - xi[f];
        sum_r += ur[l - 1];
        sum_i += ui[l - 1];
      }
      yr[q] = sum_r;
      yi[q] = sum_i;
      for (int j = 1; j <= kHalf; ++j) {
        T gr = zr, gi = zi, hr = 0, hi = 0;
        for (int l = 1; l <= kHalf; ++l) {
          const int t = j * l % P;
          gr += c[t] * ur[l - 1];
          gi += c[t] * ui[l - 1];
          hr += d[t] * vr[l - 1];
          hi += d[t] * vi[l - 1];
        }
        put(yr, yi, j * s + q, wr[j], wi[j], gr - hi, gi + hr);
        put(yr, yi, (P - j) * s + q, wr[P - j], wi[P - j], gr + hi, gi - hr);
      }
    }
  }
}

template <class T>
void pass(int p, const Pass<T>& a) {
  switch (p) {
    case 2: return pass2(a);
    case 3: return pass_odd<3>(a);
    case 4: return pass4(a);
    case 5: return pass_odd<5>(a);
    case 7: return pass_odd<7>(a);
    case 11: return pass_odd<11>(a);
    default: return pass_odd<kLargestFactor>(a);
  }
}

/// exp(−2πi·k/n) for k = 0 … count − 1.
template <class T>
void waves(std::int64_t n, std::int64_t count, std::vector<T>& re,
           std::vector<T>& im) {
  re.resize(static_cast<std::size_t>(count));
  im.resize(re.size());
  for (std::size_t k = 0; k < re.size(); ++k) {
    const double angle =
        2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n);
    re[k] = static_cast<T>(std::cos(angle));
    im[k] = static_cast<T>(-std::sin(angle));
  }
}

}  // namespace

template <class T>
FftPlan<T>::FftPlan(std::int64_t n) : n_(n), factors_(factors_of(n)) {
  waves(2 * n, n + 1, turn_re_, turn_im_);
  if (n > 1 && factors_.empty()) {
    make_chirp();
  } else {
    waves(n, n, wave_re_, wave_im_);
  }
}

/// Bluestein: jk = (j² + k² − (k − j)²)/2 makes the transform a convolution
/// with the chirp exp(πi·j²/n), done by transforms of a longer, smooth size.
template <class T>
void FftPlan<T>::make_chirp() {
  std::int64_t longer = 1;
  while (longer < 2 * n_ - 1) longer *= 2;
  longer_ = std::make_unique<FftPlan>(longer);
  wave_re_.resize(static_cast<std::size_t>(n_));  // exp(−πi·j²/n)
  wave_im_.resize(wave_re_.size());
  FftPlan<double> exact(longer);
  const auto size = static_cast<std::size_t>(longer);
  std::vector<double> re(size), im(size);
  for (std::int64_t j = 0; j < n_; ++j) {
    const double angle = std::numbers::pi *
                         static_cast<double>(j * j % (2 * n_)) /
                         static_cast<double>(n_);
    const auto at = static_cast<std::size_t>(j);
    wave_re_[at] = static_cast<T>(std::cos(angle));
    wave_im_[at] = static_cast<T>(-std::sin(angle));
    const auto back = static_cast<std::size_t>((longer - j) % longer);
    re[at] = re[back] = std::cos(angle) / static_cast<double>(longer);
    im[at] = im[back] = std::sin(angle) / static_cast<double>(longer);
  }
  std::vector<double> scratch(static_cast<std::size_t>(exact.scratch(1)));
  exact.run(re.data(), im.data(), scratch.data(), 1);
  kernel_re_.assign(size, 0);
  kernel_im_.assign(size, 0);
  for (std::size_t k = 0; k < size; ++k) {
    kernel_re_[k] = static_cast<T>(re[k]);
    kernel_im_[k] = static_cast<T>(im[k]);
  }
}

template <class T>
std::int64_t FftPlan<T>::scratch(std::int64_t lines) const {
  if (!longer_) return 2 * n_ * lines;
  return 2 * longer_->size() * lines + longer_->scratch(lines);
}

template <class T>
void FftPlan<T>::run(T* re, T* im, T* scratch, std::int64_t lines) const {
  longer_ ? run_chirp(re, im, scratch, lines)
          : run_factors(re, im, scratch, lines);
}

template <class T>
void FftPlan<T>::run_factors(T* re, T* im, T* scratch,
                             std::int64_t lines) const {
  Pass<T> a{n_, lines, 1,       wave_re_.data(),     wave_im_.data(),
            re, im,    scratch, scratch + n_ * lines};
  for (const int p : factors_) {
    pass(p, a);
    a.n /= p;
    a.s *= p;
    a.unit *= p;
    T *xr = const_cast<T*>(a.xr), *xi = const_cast<T*>(a.xi);
    a.xr = std::exchange(a.yr, xr);
    a.xi = std::exchange(a.yi, xi);
  }
  if (a.xr == re) return;
  std::copy_n(a.xr, n_ * lines, re);
  std::copy_n(a.xi, n_ * lines, im);
}

template <class T>
void FftPlan<T>::run_chirp(T* re, T* im, T* scratch, std::int64_t lines) const {
  const std::int64_t size = longer_->size();
  T *ur = scratch, *ui = scratch + size * lines;
  T* rest = scratch + 2 * size * lines;
  std::fill_n(scratch, 2 * size * lines, T(0));
  auto turn = [&](const T* xr, const T* xi, T* yr, T* yi, std::int64_t count,
                  const std::vector<T>& wr, const std::vector<T>& wi) {
    for (std::int64_t j = 0; j < count; ++j) {
      const T c = wr[static_cast<std::size_t>(j)];
      const T s = wi[static_cast<std::size_t>(j)];
      for (std::int64_t q = j * lines; q < (j + 1) * lines; ++q) {
        const T r = xr[q], i = xi[q];
        put(yr, yi, q, c, s, r, i);
      }
    }
  };
  turn(re, im, ur, ui, n_, wave_re_, wave_im_);
  longer_->run(ur, ui, rest, lines);
  turn(ur, ui, ur, ui, size, kernel_re_, kernel_im_);
  longer_->run(ui, ur, rest, lines);
  turn(ur, ui, re, im, n_, wave_re_, wave_im_);
}

template <class T>
const FftPlan<T>& fft_plan(std::int64_t n) {
  static std::mutex mutex;
  static std::map<std::int64_t, FftPlan<T>> plans;
  const std::lock_guard lock(mutex);
  return plans.try_emplace(n, n).first->second;
}

template class FftPlan<float>;
template class FftPlan<double>;
template const FftPlan<float>& fft_plan<float>(std::int64_t);
template const FftPlan<double>& fft_plan<double>(std::int64_t);

}  // namespace weft
