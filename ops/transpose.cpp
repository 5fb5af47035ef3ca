#include <algorithm>
#include <numeric>

#include "ops/kernels/axes.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Transpose {
  static constexpr std::string_view name = "transpose";
  static constexpr bool throws = false;
  using dtypes = AnyType;
  std::vector<std::int64_t> axes;  // output axis i is input axis axes[i]
  static constexpr auto fields() {
    return std::tuple{field("axes", &Transpose::axes)};
  }
  Type infer(const Type& x) const {
    check(x.shape);
    Shape out;
    for (std::int64_t a : axes) out.push_back(x.shape[static_cast<int>(a)]);
    return {x.dtype, out};
  }
  template <class T>
  void forward(View<const T> x, View<T> y) const {
    const PerAxis from = strides_of(x.shape());
    PerAxis strides{};
    for (std::size_t i = 0; i < axes.size(); ++i) {
      strides[i] = from[static_cast<std::size_t>(axes[i])];
    }
    const int rank = y.rank();
    if (rank < 2 || y.size() == 0) {
      std::copy(x.begin(), x.end(), y.begin());
      return;
    }
    const AxisView last(y.shape(), rank - 2);
    for (std::int64_t o = 0; o < last.outer; ++o) {
      std::int64_t rest = o, offset = 0;
      for (int i = rank - 2; i-- > 0;) {
        offset += rest % y.dim(i) * strides[static_cast<std::size_t>(i)];
        rest /= y.dim(i);
      }
      matrix(x.data() + offset, strides[static_cast<std::size_t>(rank - 2)],
             strides[static_cast<std::size_t>(rank - 1)],
             y.data() + o * last.size * last.inner, last.size, last.inner);
    }
  }
  Value vjp(Value, Value, Value dy) const {
    std::vector<std::int64_t> inverse(axes.size());
    for (std::size_t i = 0; i < axes.size(); ++i) {
      inverse[static_cast<std::size_t>(axes[i])] = static_cast<std::int64_t>(i);
    }
    return transpose(dy, inverse);
  }
  Value vmap(const Batched& in) const {
    std::vector<std::int64_t> order{0};
    for (const std::int64_t a : axes) order.push_back(a + 1);
    return transpose(in[0], order);
  }
  static Samples samples() {
    return {sample(Transpose{{1, 0}}, {Shape{2, 3}}),
            sample(Transpose{{2, 0, 1}}, {Shape{2, 3, 2}}),
            sample(Transpose{{1, 0}}, {Shape{0, 3}})};
  }

 private:
  void check(const Shape& shape) const {
    auto sorted = axes;
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::int64_t> all(static_cast<std::size_t>(shape.rank()));
    std::iota(all.begin(), all.end(), 0);
    if (sorted != all) {
      throw ShapeError("[transpose] the axes " +
                       to_string(AttributeValue(axes)) +
                       " are no order of the axes of " + to_string(shape));
    }
  }
  /// In squares of 16, so that both sides are read and written by cache lines.
  template <class T>
  static void matrix(const T* x, std::int64_t row_stride,
                     std::int64_t column_stride, T* y, std::int64_t rows,
                     std::int64_t columns) {
    if (column_stride == 1) {
      for (std::int64_t r = 0; r < rows; ++r) {
        std::copy_n(x + r * row_stride, columns, y + r * columns);
      }
      return;
    }
    constexpr std::int64_t kSide = 16;
    for (std::int64_t r0 = 0; r0 < rows; r0 += kSide) {
      for (std::int64_t c0 = 0; c0 < columns; c0 += kSide) {
        for (std::int64_t r = r0; r < std::min(rows, r0 + kSide); ++r) {
          for (std::int64_t c = c0; c < std::min(columns, c0 + kSide); ++c) {
            y[r * columns + c] = x[r * row_stride + c * column_stride];
          }
        }
      }
    }
  }
};

}  // namespace

Value transpose(Operand x, std::vector<std::int64_t> axes) {
  const int rank = x.value.rank();
  if (axes.empty()) {
    for (int i = rank; i-- > 0;) axes.push_back(i);
  }
  for (std::int64_t& a : axes) a = a < 0 ? a + rank : a;
  return apply(Transpose{std::move(axes)}, x);
}

namespace ops {
void register_transpose(Registry& r) { r.add<Transpose>(); }
}  // namespace ops
}  // namespace weft
