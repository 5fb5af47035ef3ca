#pragma once

#include <algorithm>
#include <cstdint>

#include "ops/kernels/scaled.h"

namespace weft {

/// One sequence: its outputs as logarithms (time × classes), the labels, and a
/// direction of the outputs if derivatives along it are asked for.
template <class T>
struct CtcSequence {
  const T* x;
  const T* direction;
  const std::int32_t* labels;
  std::int64_t time, count, classes, blank;
};

/// Doubles that `Ctc` needs for a sequence.
template <bool kAlong>
std::int64_t ctc_size(std::int64_t time, std::int64_t count) {
  return ScaledArray<kAlong>::kDoubles * (3 * time + 4) * (count + 1) +
         3 * (count + 1);
}

/// The sums over all paths of one sequence, in a memory of ctc_size() doubles.
///
/// A path is in a state at each time: one of the labels 0 … count − 1 or one of
/// the blanks around them, 0 … count. Arrays of blanks and of labels are apart,
/// so that a step is a loop over neighbours; each has count + 1 places.
template <bool kAlong>
class CtcPaths {
 public:
  template <class T>
  CtcPaths(const CtcSequence<T>& q, double* memory)
      : time_(q.time),
        width_(q.count + 1),
        p_(memory, width_),
        before_(take(p_, q.time)),
        after_(take(before_, 2 * q.time)),
        leaps_(take(after_, 4).values()),
        visits_(leaps_ + width_) {
    for (std::int64_t j = 0; j < width_; ++j) {
      leaps_[j] =
          j > 0 && j < q.count && q.labels[j] != q.labels[j - 1] ? 1 : 0;
    }
    for (std::int64_t t = 0; t < q.time; ++t) read(q, t);
    if (q.time > 0) go_forward();
  }

  /// The probability of the labels.
  Scaled total() const {
    if (time_ == 0) return width_ == 1 ? Scaled{1, 0, 0} : Scaled{};
    // The last label is at place `count`.
    return normalized(blanks(time_ - 1)[width_ - 1] +
                      labels(time_ - 1)[width_ - 1]);
  }

  /// add(time, visits of label 0 … count − 1, visits of the blank): how often
  /// each is expected, given the labels; with kAlong the derivatives.
  template <class Add>
  void visits(Add add) const {
    const Scaled all = total();
    if (all.value == 0) return;
    const Array beta_blanks = after_, beta_labels = after_.at(1);
    for (std::int64_t t = time_ - 1; t >= 0; --t) {
      if (t == time_ - 1) {
        end(beta_blanks, beta_labels);
      } else {
        go_back(t, beta_blanks, beta_labels);
      }
      const Array b = blanks(t), l = labels(t);
      for (std::int64_t j = 0; j < width_; ++j) {
        visits_[j] = share(b[j], beta_blanks[j], all);
      }
      double blank = 0;
      for (std::int64_t j = 0; j < width_; ++j) blank += visits_[j];
      for (std::int64_t j = 0; j + 1 < width_; ++j) {
        visits_[j] = share(l[j + 1], beta_labels[j], all);
      }
      add(t, visits_, blank);
    }
  }

 private:
  using Array = ScaledArray<kAlong>;

  static Array take(const Array& previous, std::int64_t count) {
    return previous.at(count);
  }
  /// Probabilities at a time: of the labels, then of the blank.
  Array p(std::int64_t t) const { return p_.at(t); }
  /// Forward variables: the probability of all paths that are in a state at
  /// time t. Label j is at place j + 1, after a place that stays 0.
  Array blanks(std::int64_t t) const { return before_.at(2 * t); }
  Array labels(std::int64_t t) const { return before_.at(2 * t + 1); }

  template <class T>
  void read(const CtcSequence<T>& q, std::int64_t t) {
    const T* x = q.x + t * q.classes;
    const T* dx = kAlong ? q.direction + t * q.classes : x;
    const Array to = p(t);
    for (std::int64_t j = 0; j < width_; ++j) {
      const std::int64_t k = j < q.count ? q.labels[j] : q.blank;
      to.set(j, {static_cast<double>(x[k]), static_cast<double>(dx[k]), 0});
    }
    for (std::int64_t j = 0; j < width_; ++j) {
      const Scaled in = to[j];
      to.set(j, scaled_exp(in.value, in.along));
    }
  }

  void go_forward() {
    blanks(0).clear();
    labels(0).clear();
    blanks(0).set(0, normalized(p(0)[width_ - 1]));
    if (width_ > 1) labels(0).set(1, normalized(p(0)[0]));
    for (std::int64_t t = 1; t < time_; ++t) {
      const Array b = blanks(t - 1), l = labels(t - 1), now = p(t);
      const Array to_blanks = blanks(t), to_labels = labels(t);
      const Scaled blank = now[width_ - 1];
      for (std::int64_t j = 0; j < width_; ++j) {
        to_blanks.set(j, normalized((b[j] + l[j]) * blank));
      }
      to_labels.set(0, {});
      for (std::int64_t j = 0; j + 1 < width_; ++j) {
        const Scaled sum =
            scaled_sum(l[j + 1], b[j], scaled_if(leaps_[j], l[j]));
        to_labels.set(j + 1, normalized(sum * now[j]));
      }
    }
  }

  /// Backward variables: the probability of all ways on from a state.
  void end(const Array& b, const Array& l) const {
    b.clear();
    l.clear();
    b.set(width_ - 1, {1, 0, 0});
    if (width_ > 1) l.set(width_ - 2, {1, 0, 0});
  }
  /// From those at t + 1 to those at t.
  void go_back(std::int64_t t, const Array& b, const Array& l) const {
    // Times the probabilities at t + 1; the last label is followed by a 0.
    const Array from_blanks = after_.at(2), from_labels = after_.at(3);
    const Array next = p(t + 1);
    const Scaled blank = next[width_ - 1];
    for (std::int64_t j = 0; j < width_; ++j) {
      from_blanks.set(j, b[j] * blank);
    }
    for (std::int64_t j = 0; j + 1 < width_; ++j) {
      from_labels.set(j, l[j] * next[j]);
    }
    from_labels.set(width_ - 1, {});
    for (std::int64_t j = 0; j < width_; ++j) {
      b.set(j, normalized(from_blanks[j] + from_labels[j]));
    }
    for (std::int64_t j = 0; j + 1 < width_; ++j) {
      const Scaled leap = scaled_if(leaps_[j + 1], from_labels[j + 1]);
      l.set(j,
            normalized(scaled_sum(from_labels[j], from_blanks[j + 1], leap)));
    }
  }

  /// a·b / all, or its derivative.
  static double share(const Scaled& a, const Scaled& b, const Scaled& all) {
    const Scaled path = a * b;
    const double n = path.exponent - all.exponent;
    const double scale = scaled_power(n < 1023 ? n : 1023) / all.value;
    const double part = path.value * scale;
    if constexpr (!kAlong) return part;
    return path.along * scale - part * (all.along / all.value);
  }

  std::int64_t time_, width_;
  Array p_, before_, after_;
  double *leaps_, *visits_;
};

}  // namespace weft
