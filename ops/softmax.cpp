#include <cmath>

#include "ops/kernels/axes.h"
#include "ops/kernels/math.h"
#include "weft/batched.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// f(first element, distance between elements, their number) for each vector
/// along the axis whose index is in this tile.
template <class F>
void for_vectors(const Context& c, const Shape& shape, std::int64_t axis, F f) {
  const AxisView v(shape, normalize_axis(axis, shape.rank(), "softmax"));
  for (std::int64_t o = c.begin(v.outer); o < c.end(v.outer); ++o) {
    for (std::int64_t i = 0; i < v.inner; ++i) {
      f(o * v.size * v.inner + i, v.inner, v.size);
    }
  }
}

std::int64_t row_tiles(const Work& work) {
  return work.inputs[0].shape.elements() / (8 * 1024);
}

template <class T>
T greatest(const T* x, std::int64_t stride, std::int64_t n) {
  T top = -HUGE_VAL;
  for (std::int64_t k = 0; k < n; ++k) {
    top = x[k * stride] > top ? x[k * stride] : top;
  }
  return std::isinf(top) ? T(0) : top;
}

/// out = e^(in − top); returns their sum.
template <class T>
T exponentials(const T* in, T* out, std::int64_t stride, std::int64_t n,
               T top) {
  for (std::int64_t k = 0; k < n; ++k) {
    out[k * stride] = math::exp(in[k * stride] - top);
  }
  T total = 0;
  for (std::int64_t k = 0; k < n; ++k) total += out[k * stride];
  return total;
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
    for_vectors(c, x.shape(), axis,
                [&](std::int64_t at, std::int64_t stride, std::int64_t n) {
                  const T* in = x.data() + at;
                  T* out = y.data() + at;
                  const T top = greatest(in, stride, n);
                  const T total = exponentials(in, out, stride, n, top);
                  const T scale = 1 / total;
                  for (std::int64_t k = 0; k < n; ++k) {
                    out[k * stride] *= scale;
                  }
                });
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
    for_vectors(c, x.shape(), axis,
                [&](std::int64_t at, std::int64_t stride, std::int64_t n) {
                  const T* in = x.data() + at;
                  T* out = y.data() + at;
                  const T top = greatest(in, stride, n);
                  const T total = exponentials(in, out, stride, n, top);
                  const T log_total = math::log(total);
                  for (std::int64_t k = 0; k < n; ++k) {
                    out[k * stride] = in[k * stride] - top - log_total;
                  }
                });
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
