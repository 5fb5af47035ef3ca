// Axes whose elements are sums of some of another axis's, with constant
// weights: sampling, interpolation, and their transposes.

#include <algorithm>

#include "ops/kernels/axes.h"
#include "ops/kernels/movements.h"
#include "ops/kernels/runs.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// What `sums` says about the elements, [begin[j], begin[j + 1]) of a list.
template <class T>
struct Terms {
  const std::int64_t* from;
  const T* weight;
  std::int64_t count;
};

/// to = Σ weight·row of `from`, rows of n elements.
template <class T>
void sum_rows(const Terms<T>& t, const T* x, std::int64_t n, T* to) {
  auto row = [&](std::int64_t k) { return x + t.from[k] * n; };
  const T *w = t.weight, *a = t.count > 0 ? row(0) : nullptr;
  if (t.count == 0) {
    std::fill_n(to, n, T(0));
  } else if (t.count == 1 && w[0] == 1) {
    copy_row(a, n, to);
  } else if (t.count == 2) {
    const T* b = row(1);
    for (std::int64_t i = 0; i < n; ++i) to[i] = w[0] * a[i] + w[1] * b[i];
  } else if (t.count == 4) {
    const T *b = row(1), *c = row(2), *d = row(3);
    for (std::int64_t i = 0; i < n; ++i) {
      to[i] = ((w[0] * a[i] + w[1] * b[i]) + w[2] * c[i]) + w[3] * d[i];
    }
  } else {
    for (std::int64_t i = 0; i < n; ++i) to[i] = w[0] * a[i];
    for (std::int64_t k = 1; k < t.count; ++k) {
      const T *b = row(k), f = w[k];
      for (std::int64_t i = 0; i < n; ++i) to[i] += f * b[i];
    }
  }
}

/// `outputs` elements, of `count` terms each, or of `counts` if that is −1.
template <class T, class Count>
void sum_elements(const Terms<T>& t, const std::int64_t* counts, Count count,
                  const T* x, std::int64_t outputs, T* to) {
  const std::int64_t* from = t.from;
  const T* w = t.weight;
  for (std::int64_t j = 0; j < outputs; ++j) {
    const std::int64_t n = count >= 0 ? std::int64_t(count) : counts[j];
    T sum = n > 0 ? w[0] * x[from[0]] : T(0);
    for (std::int64_t k = 1; k < n; ++k) sum += w[k] * x[from[k]];
    to[j] = sum;
    from += n;
    w += n;
  }
}

/// Element j of the axis is the sum of the next counts[j] of `from`, by weight.
struct Resample {
  static constexpr std::string_view name = "resample";
  static constexpr bool throws = false;
  std::int64_t axis = 0, size = 1;
  std::vector<std::int64_t> counts, from;
  std::vector<double> weights;
  static constexpr auto fields() {
    return std::tuple{
        field("axis", &Resample::axis), field("size", &Resample::size),
        field("counts", &Resample::counts), field("from", &Resample::from),
        field("weights", &Resample::weights)};
  }
  Type infer(const Type& x) const {
    const int at = normalize_axis(axis, x.shape.rank(), name);
    std::size_t terms = 0;
    bool fits = x.shape[at] == Dim(size) && weights.size() == from.size();
    for (const std::int64_t n : counts) {
      fits = fits && n >= 0 && static_cast<std::size_t>(n) <= from.size();
      terms += fits ? static_cast<std::size_t>(n) : 0;
    }
    for (const std::int64_t i : from) fits = fits && i >= 0 && i < size;
    if (!fits || terms != from.size()) {
      throw ShapeError("[resample] the elements don't fit axis " +
                       std::to_string(at) + " of " + to_string(x.shape));
    }
    Shape out = x.shape;
    out[at] = static_cast<std::int64_t>(counts.size());
    return {x.dtype, out};
  }
  std::int64_t tiles(const Work& work) const {
    return std::max(work.inputs[0].shape.elements(),
                    work.outputs[0].shape.elements()) /
           (16 * 1024);
  }
  std::int64_t scratch(const Work& work) const {
    return static_cast<std::int64_t>(weights.size() *
                                     size_of(work.inputs[0].dtype)) *
           std::max<std::int64_t>(1, tiles(work));
  }
  double flops(const Work& work) const {
    const AxisView v(work.inputs[0].shape,
                     normalize_axis(axis, work.inputs[0].shape.rank(), name));
    return 2.0 * static_cast<double>(v.outer * v.inner) *
           static_cast<double>(from.size());
  }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const AxisView v(x.shape(), normalize_axis(axis, x.rank(), name));
    const auto outputs = static_cast<std::int64_t>(counts.size());
    const std::int64_t begin = c.begin(v.outer), end = c.end(v.outer);
    T* w = c.scratch<T>() + c.tile() * static_cast<std::int64_t>(from.size());
    std::copy(weights.begin(), weights.end(), w);
    if (v.inner == 1) {
      along_rows(w, x.data() + begin * size, end - begin,
                 y.data() + begin * outputs);
      return;
    }
    T* to = y.data() + begin * outputs * v.inner;
    for (std::int64_t o = begin; o < end; ++o) {
      Terms<T> t{from.data(), w, 0};
      for (const std::int64_t n : counts) {
        t.count = n;
        sum_rows(t, x.data() + o * size * v.inner, v.inner, to);
        t.from += n;
        t.weight += n;
        to += v.inner;
      }
    }
  }
  Value vjp(Value, Value, Value dy) const;
  Value vmap(const Batched& in) const {
    Resample op = *this;
    op.axis = in.axis(axis);
    return apply(op, in[0]);
  }
  static Samples samples() {
    return {
        sample(Resample{0,
                        3,
                        {1, 2, 0, 4, 3},
                        {2, 0, 1, 1, 1, 2, 0, 0, 1, 2},
                        {1, 0.5, 2, 1, -1, 3, 0.25, 1, 1, -2}},
               {Shape{3, 2}}),
        sample(
            Resample{
                -1, 3, {1, 2, 0, 3}, {2, 0, 1, 0, 1, 2}, {3, 0.5, 2, 1, -1, 3}},
            {Shape{2, 3}}),
        sample(Resample{-1, 2, {2, 2}, {0, 1, 1, 0}, {1, 2, 3, 4}},
               {Shape{2, 2}}),
        sample(Resample{0, 2, {}, {}, {}}, {Shape{2, 3}})};
  }

 private:
  /// One of the elements alone as it is.
  bool is_copy(std::size_t j, std::size_t term) const {
    return counts[j] == 1 && weights[term] == 1;
  }
  /// Row after row of x, whose elements lie side by side. Stretches of copies
  /// of neighbours are found once.
  template <class T>
  void along_rows(const T* w, const T* x, std::int64_t rows, T* y) const {
    constexpr std::size_t kLong = 8;
    const std::size_t n = counts.size();
    // The end of the neighbours that begin with element j, and term k.
    auto copies = [&](std::size_t j, std::size_t k) {
      std::size_t end = j;
      while (end < n && is_copy(end, k + end - j) &&
             from[k + end - j] ==
                 from[k] + static_cast<std::int64_t>(end - j)) {
        ++end;
      }
      return end;
    };
    std::size_t term = 0;
    for (std::size_t j = 0; j < n;) {
      const auto outputs = static_cast<std::int64_t>(n);
      std::size_t end = copies(j, term), next = term;
      T* to = y + j;
      if (end >= j + kLong) {
        for (std::int64_t r = 0; r < rows; ++r) {
          copy_row(x + r * size + from[term],
                   static_cast<std::int64_t>(end - j), to + r * outputs);
        }
        term += end - j;
        j = end;
        continue;
      }
      bool same = true;
      for (end = j; end < n; ++end) {
        if (end > j && is_copy(end, next) && copies(end, next) >= end + kLong) {
          break;
        }
        same = same && counts[end] == counts[j];
        next += static_cast<std::size_t>(counts[end]);
      }
      const Terms<T> t{from.data() + term, w + term, 0};
      sum_stretch(t, j, end, same ? counts[j] : -1, x, rows, to);
      j = end;
      term = next;
    }
  }
  template <class T>
  void sum_stretch(const Terms<T>& t, std::size_t j, std::size_t end,
                   std::int64_t count, const T* x, std::int64_t rows,
                   T* to) const {
    const auto outputs = static_cast<std::int64_t>(counts.size());
    auto each = [&](auto n) {
      for (std::int64_t r = 0; r < rows; ++r) {
        sum_elements(t, counts.data() + j, n, x + r * size,
                     static_cast<std::int64_t>(end - j), to + r * outputs);
      }
    };
    switch (count) {
      case 1: return each(std::integral_constant<std::int64_t, 1>());
      case 2: return each(std::integral_constant<std::int64_t, 2>());
      case 4: return each(std::integral_constant<std::int64_t, 4>());
      default: each(count);
    }
  }
};

/// For each element of x the places that it went to.
Value Resample::vjp(Value, Value, Value dy) const {
  Resample back;
  back.axis = axis;
  back.size = static_cast<std::int64_t>(counts.size());
  back.counts.assign(static_cast<std::size_t>(size), 0);
  for (const std::int64_t i : from) ++back.counts[static_cast<std::size_t>(i)];
  std::vector<std::size_t> next(back.counts.size());
  for (std::size_t i = 0, at = 0; i < next.size(); ++i) {
    next[i] = at;
    at += static_cast<std::size_t>(back.counts[i]);
  }
  back.from.resize(from.size());
  back.weights.resize(from.size());
  std::size_t term = 0;
  for (std::size_t j = 0; j < counts.size(); ++j) {
    for (std::int64_t k = 0; k < counts[j]; ++k, ++term) {
      const std::size_t to = next[static_cast<std::size_t>(from[term])]++;
      back.from[to] = static_cast<std::int64_t>(j);
      back.weights[to] = weights[term];
    }
  }
  return apply(back, dy);
}

}  // namespace

Value resample(Value x, int axis, const Samplings& s) {
  return apply(Resample{axis, x.shape().dim(axis), s.counts, s.from, s.weights},
               x);
}

namespace ops {
void register_resample(Registry& r) { r.add<Resample>(); }
}  // namespace ops
}  // namespace weft
