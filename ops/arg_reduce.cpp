#include <algorithm>

#include "ops/kernels/axes.h"
#include "ops/kernels/reduce.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

Type infer_index(std::string_view op, const Type& x, std::int64_t axis,
                 bool keep_dims) {
  const int at = normalize_axis(axis, x.shape.rank(), op);
  if (x.shape[at] == Dim(0)) {
    throw ShapeError("[" + std::string(op) + "] axis " + std::to_string(at) +
                     " of " + to_string(x.shape) + " is empty");
  }
  Shape out;
  for (int i = 0; i < x.shape.rank(); ++i) {
    if (i != at) out.push_back(x.shape[i]);
    if (i == at && keep_dims) out.push_back(1);
  }
  return {DType::i32, out};
}

/// The place of the first element of a row that is as good as the best.
template <class T, class Stays>
std::int64_t best_of_row(const T* x, std::int64_t n, Stays stays) {
  constexpr std::int64_t kBlock = 32;
  auto better = [&](T a, T b) { return stays(a, b) ? a : b; };
  const T top = n < 64 ? join_run<8>(x[0], x, n, better)
                       : join_run<32>(x[0], x, n, better);
  auto is_top = [top](T v) { return (v == top) | ((v != v) & (top != top)); };
  std::int64_t i = 0;
  for (; i + kBlock <= n; i += kBlock) {
    int found = 0;
    for (std::int64_t l = 0; l < kBlock; ++l) found |= is_top(x[i + l]) ? 1 : 0;
    if (found != 0) break;
  }
  while (!is_top(x[i])) ++i;
  return i;
}

/// The same for n columns of rows that are `stride` apart.
template <class T, class Stays>
void best_of_columns(const T* x, std::int64_t size, std::int64_t stride,
                     std::int64_t n, std::int32_t* y, Stays stays) {
  constexpr std::int64_t kColumns = 256;
  for (; n > 0; n -= kColumns, x += kColumns, y += kColumns) {
    const std::int64_t m = std::min(n, kColumns);
    T best[kColumns];
    std::copy(x, x + m, best);
    std::fill(y, y + m, 0);
    for (std::int64_t k = 1; k < size; ++k) {
      const T* row = x + k * stride;
      for (std::int64_t i = 0; i < m; ++i) {
        // Equal ones stay: the first counts.
        const bool keep = stays(best[i], row[i]) | (best[i] == row[i]);
        y[i] = keep ? y[i] : static_cast<std::int32_t>(k);
        best[i] = keep ? best[i] : row[i];
      }
    }
  }
}

/// The first element that beats all others; a NaN beats everything.
template <class T, class Better>
void best_index(const AxisView& v, const T* x, std::int32_t* y, Better better) {
  auto stays = [better](T a, T b) { return better(a, b) | (a != a); };
  for (std::int64_t o = 0; o < v.outer; ++o) {
    const T* from = x + o * v.size * v.inner;
    if (v.inner == 1) {
      y[o] = static_cast<std::int32_t>(best_of_row(from, v.size, stays));
    } else {
      best_of_columns(from, v.size, v.inner, v.inner, y + o * v.inner, stays);
    }
  }
}

struct Argmax {
  static constexpr std::string_view name = "argmax";
  static constexpr bool throws = false;
  using dtypes = Numbers;
  std::int64_t axis = -1;
  bool keep_dims = false;
  static constexpr auto fields() {
    return std::tuple{field("axis", &Argmax::axis),
                      field("keep_dims", &Argmax::keep_dims)};
  }
  Type infer(const Type& x) const {
    return infer_index(name, x, axis, keep_dims);
  }
  template <class T>
  void forward(View<const T> x, View<std::int32_t> y) const {
    best_index(AxisView(x.shape(), normalize_axis(axis, x.rank(), name)),
               x.data(), y.data(), [](T a, T b) { return a > b; });
  }
  Value vmap(const Batched& in) const {
    return argmax(in[0], in.axis(axis), keep_dims);
  }
  static Samples samples() {
    return {{Shape{2, 3}}, sample(Argmax{0, true}, {Shape{2, 3}})};
  }
};

struct Argmin {
  static constexpr std::string_view name = "argmin";
  static constexpr bool throws = false;
  using dtypes = Numbers;
  std::int64_t axis = -1;
  bool keep_dims = false;
  static constexpr auto fields() {
    return std::tuple{field("axis", &Argmin::axis),
                      field("keep_dims", &Argmin::keep_dims)};
  }
  Type infer(const Type& x) const {
    return infer_index(name, x, axis, keep_dims);
  }
  template <class T>
  void forward(View<const T> x, View<std::int32_t> y) const {
    best_index(AxisView(x.shape(), normalize_axis(axis, x.rank(), name)),
               x.data(), y.data(), [](T a, T b) { return a < b; });
  }
  Value vmap(const Batched& in) const {
    return argmin(in[0], in.axis(axis), keep_dims);
  }
  static Samples samples() {
    return {{Shape{2, 3}}, sample(Argmin{0, true}, {Shape{2, 3}})};
  }
};

}  // namespace

Value argmax(Operand x, std::int64_t axis, bool keep_dims) {
  return apply(Argmax{axis, keep_dims}, x);
}
Value argmin(Operand x, std::int64_t axis, bool keep_dims) {
  return apply(Argmin{axis, keep_dims}, x);
}

namespace ops {
void register_arg_reduce(Registry& r) {
  r.add<Argmax>();
  r.add<Argmin>();
}
}  // namespace ops
}  // namespace weft
