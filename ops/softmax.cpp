#include <algorithm>
#include <cmath>
#include <utility>

#include "ops/kernels/axes.h"
#include "ops/kernels/math.h"
#include "ops/kernels/reduce.h"
#include "weft/batched.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

std::int64_t row_tiles(const Work& work) {
  return work.inputs[0].shape.elements() / (8 * 1024);
}

/// How many vectors along an axis are treated at a time.
constexpr std::int64_t kColumns = 256;

/// An infinite maximum is no shift.
template <class T>
T finite(T top) {
  return std::isinf(top) ? T(0) : top;
}

/// Vectors along an axis whose elements lie `stride` apart, `n` of them side by
/// side: out = e^(in − top), and the sums of these.
template <class T>
struct Columns {
  T top[kColumns];
  double total[kColumns];

  void exponentials(const T* in, T* out, std::int64_t size, std::int64_t stride,
                    std::int64_t n) {
    std::fill(top, top + n, MaxStep::start<T>());
    std::fill(total, total + n, 0.0);
    for (std::int64_t k = 0; k < size; ++k, in += stride) {
      for (std::int64_t i = 0; i < n; ++i) {
        top[i] = MaxStep::combine(top[i], in[i]);
      }
    }
    in -= size * stride;
    for (std::int64_t i = 0; i < n; ++i) top[i] = finite(top[i]);
    for (std::int64_t k = 0; k < size; ++k, in += stride, out += stride) {
      for (std::int64_t i = 0; i < n; ++i) {
        const T e = math::exp(in[i] - top[i]);
        out[i] = e;
        total[i] += static_cast<double>(e);
      }
    }
  }
};

/// The same of a vector of neighbours; returns its shift and sum.
template <class T>
std::pair<T, double> exponentials(const T* in, T* out, std::int64_t size) {
  T top = MaxStep::start<T>();
  MaxStep::add_run(top, in, size, 1);
  top = finite(top);
  for (std::int64_t k = 0; k < size; ++k) out[k] = math::exp(in[k] - top);
  double total = 0;
  SumStep::add_run(total, out, size, 1);
  return {top, total};
}

/// rows(at) for each vector of neighbours in this tile, or columns(at, n) for
/// each group of n vectors side by side.
template <class Rows, class ColumnGroups>
void for_vectors(const Context& c, const AxisView& v, Rows rows,
                 ColumnGroups columns) {
  for (std::int64_t o = c.begin(v.outer); o < c.end(v.outer); ++o) {
    const std::int64_t at = o * v.size * v.inner;
    if (v.inner == 1) {
      rows(at);
      continue;
    }
    for (std::int64_t i = 0; i < v.inner; i += kColumns) {
      columns(at + i, std::min(kColumns, v.inner - i));
    }
  }
}

/// x shifted so that its greatest element along the last axis is 0, where that
/// is finite.
Value shifted(Value x) {
  const Value top = max(x, {-1}, true);
  return x - where(equal(abs(top), HUGE_VAL), 0, top);
}

/// True for the axis along which elements are neighbours.
bool is_last(std::int64_t axis, Value x) {
  return axis == -1 || axis == x.rank() - 1;
}

struct Softmax {
  static constexpr std::string_view name = "softmax";
  static constexpr bool throws = false;
  std::int64_t axis = -1;
  static constexpr auto fields() {
    return std::tuple{field("axis", &Softmax::axis)};
  }
  Type infer(const Type& x) const {
    normalize_axis(axis, x.shape.rank(), name);
    return x;
  }
  std::int64_t tiles(const Work& work) const { return row_tiles(work); }
  double flops(const Work& work) const {
    return 20 * static_cast<double>(work.inputs[0].shape.elements());
  }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const AxisView v(x.shape(), normalize_axis(axis, x.rank(), name));
    auto rows = [&](std::int64_t at) {
      T* out = y.data() + at;
      const auto sum = exponentials(x.data() + at, out, v.size).second;
      const T scale = static_cast<T>(1 / sum);
      for (std::int64_t k = 0; k < v.size; ++k) out[k] *= scale;
    };
    auto columns = [&](std::int64_t at, std::int64_t n) {
      T* out = y.data() + at;
      Columns<T> sums;
      sums.exponentials(x.data() + at, out, v.size, v.inner, n);
      T scale[kColumns];
      for (std::int64_t i = 0; i < n; ++i) {
        scale[i] = static_cast<T>(1 / sums.total[i]);
      }
      for (std::int64_t k = 0; k < v.size; ++k, out += v.inner) {
        for (std::int64_t i = 0; i < n; ++i) out[i] *= scale[i];
      }
    };
    for_vectors(c, v, rows, columns);
  }
  Value lower(Value x) const {
    if (!is_last(axis, x)) return {};
    const Value e = exp(shifted(x));
    return e * (1 / sum(e, {-1}, true));
  }
  Value vjp(Value, Value y, Value dy) const {
    return y * (dy - sum(dy * y, {axis}, true));
  }
  Value vmap(const Batched& in) const { return softmax(in[0], in.axis(axis)); }
  static Samples samples() {
    return {{Shape{2, 3}}, sample(Softmax{0}, {Shape{3, 2}}), {Shape{0, 3}}};
  }
};

struct LogSoftmax {
  static constexpr std::string_view name = "log_softmax";
  static constexpr bool throws = false;
  std::int64_t axis = -1;
  static constexpr auto fields() {
    return std::tuple{field("axis", &LogSoftmax::axis)};
  }
  Type infer(const Type& x) const {
    normalize_axis(axis, x.shape.rank(), name);
    return x;
  }
  std::int64_t tiles(const Work& work) const { return row_tiles(work); }
  double flops(const Work& work) const {
    return 20 * static_cast<double>(work.inputs[0].shape.elements());
  }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const AxisView v(x.shape(), normalize_axis(axis, x.rank(), name));
    auto rows = [&](std::int64_t at) {
      const T* in = x.data() + at;
      T* out = y.data() + at;
      const auto [top, sum] = exponentials(in, out, v.size);
      const T shift = top, log_sum = math::log(static_cast<T>(sum));
      for (std::int64_t k = 0; k < v.size; ++k) {
        out[k] = in[k] - shift - log_sum;
      }
    };
    auto columns = [&](std::int64_t at, std::int64_t n) {
      const T* in = x.data() + at;
      T* out = y.data() + at;
      Columns<T> sums;
      sums.exponentials(in, out, v.size, v.inner, n);
      T log_sum[kColumns];
      for (std::int64_t i = 0; i < n; ++i) {
        log_sum[i] = math::log(static_cast<T>(sums.total[i]));
      }
      for (std::int64_t k = 0; k < v.size; ++k, in += v.inner, out += v.inner) {
        for (std::int64_t i = 0; i < n; ++i) {
          out[i] = in[i] - sums.top[i] - log_sum[i];
        }
      }
    };
    for_vectors(c, v, rows, columns);
  }
  Value lower(Value x) const {
    if (!is_last(axis, x)) return {};
    const Value z = shifted(x);
    return z - log(sum(exp(z), {-1}, true));
  }
  Value vjp(Value, Value y, Value dy) const {
    return dy - exp(y) * sum(dy, {axis}, true);
  }
  Value vmap(const Batched& in) const {
    return log_softmax(in[0], in.axis(axis));
  }
  static Samples samples() {
    return {{Shape{2, 3}}, sample(LogSoftmax{0}, {Shape{3, 2}}), {Shape{0, 3}}};
  }
};

}  // namespace

Value softmax(Operand x, std::int64_t axis) { return apply(Softmax{axis}, x); }
Value log_softmax(Operand x, std::int64_t axis) {
  return apply(LogSoftmax{axis}, x);
}

namespace ops {
void register_softmax(Registry& r) {
  r.add<Softmax>();
  r.add<LogSoftmax>();
}
}  // namespace ops
}  // namespace weft
