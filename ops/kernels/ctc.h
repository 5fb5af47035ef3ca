#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace weft {

/// A number with its derivative along a direction.
struct Dual {
  double value = 0, along = 0;
};
inline double value_of(double x) { return x; }
inline double value_of(const Dual& x) { return x.value; }
inline Dual operator+(const Dual& a, const Dual& b) {
  return {a.value + b.value, a.along + b.along};
}
inline Dual operator-(const Dual& a, const Dual& b) {
  return {a.value - b.value, a.along - b.along};
}
inline double exp_of(double x) { return std::exp(x); }
inline Dual exp_of(const Dual& x) {
  const double e = std::exp(x.value);
  return {e, e * x.along};
}
/// ln(e^a + e^b); the greater one first.
inline double join(double a, double b) {
  return a + std::log1p(std::exp(b - a));
}
inline Dual join(const Dual& a, const Dual& b) {
  const double sum = join(a.value, b.value);
  return {sum, std::exp(a.value - sum) * a.along +
                   std::exp(b.value - sum) * b.along};
}

inline constexpr double kNever = -std::numeric_limits<double>::infinity();

/// ln(e^a + e^b), of which each may be ln 0.
template <class S>
S log_add(const S& a, const S& b) {
  if (value_of(a) == kNever) return b;
  if (value_of(b) == kNever) return a;
  return value_of(a) < value_of(b) ? join(b, a) : join(a, b);
}

/// One sequence: its outputs as logarithms (time × classes), the labels, and a
/// direction of the outputs for Dual.
template <class T>
struct CtcSequence {
  const T* x;
  const T* direction;
  const std::int32_t* labels;
  std::int64_t time, count, classes, blank;

  /// States are the labels with blanks around each.
  std::int64_t states() const { return 2 * count + 1; }
  std::int64_t label(std::int64_t s) const {
    return s % 2 == 0 ? blank : labels[s / 2];
  }
  /// Whether a path may go on from state s − 2 to s.
  bool leaps(std::int64_t s) const {
    return s % 2 == 1 && s >= 2 && labels[s / 2] != labels[s / 2 - 1];
  }
  template <class S>
  S log_p(std::int64_t t, std::int64_t s) const {
    const std::int64_t at = t * classes + label(s);
    if constexpr (std::is_same_v<S, Dual>) {
      return {static_cast<double>(x[at]), static_cast<double>(direction[at])};
    } else {
      return static_cast<double>(x[at]);
    }
  }
};

/// Numbers of S that `ctc_forward` and `ctc_visits` need for a sequence.
inline std::int64_t ctc_size(std::int64_t time, std::int64_t count) {
  return (time + 2) * (2 * count + 1);
}

/// Forward variables alpha (time × states): ln of the probability of all paths
/// that are in state s at time t. Returns ln of the probability of the labels.
template <class S, class T>
S ctc_forward(const CtcSequence<T>& q, S* alpha) {
  const std::int64_t n = q.states();
  if (q.time == 0) return n == 1 ? S{} : S{kNever};
  for (std::int64_t t = 0; t < q.time; ++t) {
    const S* before = alpha + (t - 1) * n;
    for (std::int64_t s = 0; s < n; ++s) {
      S sum = t == 0 ? (s < 2 ? S{} : S{kNever}) : before[s];
      if (t > 0 && s > 0) sum = log_add(sum, before[s - 1]);
      if (t > 0 && q.leaps(s)) sum = log_add(sum, before[s - 2]);
      alpha[t * n + s] =
          value_of(sum) == kNever ? S{kNever} : sum + q.template log_p<S>(t, s);
    }
  }
  const S* last = alpha + (q.time - 1) * n;
  return n == 1 ? last[0] : log_add(last[n - 1], last[n - 2]);
}

/// Adds to `visits` (time × classes), for Dual with its derivative, how often
/// each class is expected at each time, given the labels. `memory` has
/// ctc_size() numbers.
template <class S, class T, class Add>
void ctc_visits(const CtcSequence<T>& q, S* memory, Add add) {
  const std::int64_t n = q.states();
  const S total = ctc_forward(q, memory);
  if (value_of(total) == kNever) return;
  // Backward variables: ln of the probability of all ways on from state s.
  S* beta = memory + q.time * n;
  S* next = beta + n;
  for (std::int64_t t = q.time - 1; t >= 0; --t) {
    std::swap(beta, next);
    for (std::int64_t s = 0; s < n; ++s) {
      S sum{kNever};
      if (t == q.time - 1) {
        if (s >= n - 2) sum = S{};
      } else {
        sum = next[s] + q.template log_p<S>(t + 1, s);
        if (s + 1 < n) {
          sum = log_add(sum, next[s + 1] + q.template log_p<S>(t + 1, s + 1));
        }
        if (s + 2 < n && q.leaps(s + 2)) {
          sum = log_add(sum, next[s + 2] + q.template log_p<S>(t + 1, s + 2));
        }
      }
      beta[s] = sum;
      const S path = memory[t * n + s] + sum;
      if (value_of(path) != kNever) {
        add(t, q.label(s), exp_of(path - total));
      }
    }
  }
}

}  // namespace weft
