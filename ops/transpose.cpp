#include <algorithm>
#include <array>
#include <numeric>
#include <type_traits>

#include "ops/kernels/axes.h"
#include "ops/kernels/direct.h"
#include "ops/kernels/runs.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// The axes of a result with their distances in it and in the input, those of
/// size 1 left out and neighbours of both as one.
struct Order {
  int rank = 0;
  std::array<std::int64_t, Shape::kMaxRank> size, from, to;

  Order(const Shape& x, const std::vector<std::int64_t>& axes) {
    const PerAxis strides = strides_of(x);
    for (const std::int64_t a : axes) {
      const std::int64_t n = x.dim(static_cast<int>(a));
      const std::int64_t stride = strides[static_cast<std::size_t>(a)];
      if (n == 1) continue;
      if (rank > 0 && from[last()] == n * stride) {
        size[last()] *= n;
        from[last()] = stride;
        continue;
      }
      ++rank;
      size[last()] = n;
      from[last()] = stride;
    }
    if (rank == 0) {
      rank = 1;
      size[0] = from[0] = 1;
    }
    std::int64_t step = 1;
    for (auto i = static_cast<std::size_t>(rank); i-- > 0;) {
      to[i] = step;
      step *= size[i];
    }
  }
  std::size_t last() const { return static_cast<std::size_t>(rank) - 1; }

  /// The innermost two axes that are moved together: the result's last, and the
  /// input's or else the result's last but one.
  template <class T>
  void move(const T* x, T* y) const {
    std::size_t other = last();
    for (std::size_t i = 0; i < last(); ++i) other = from[i] == 1 ? i : other;
    if (other == last() && rank > 1) other = last() - 1;
    std::int64_t outer = 1;
    for (std::size_t i = 0; i < last(); ++i) outer *= i == other ? 1 : size[i];
    for (std::int64_t o = 0; o < outer; ++o) {
      std::int64_t rest = o, at = 0, put = 0;
      for (std::size_t i = last(); i-- > 0;) {
        if (i == other) continue;
        at += rest % size[i] * from[i];
        put += rest % size[i] * to[i];
        rest /= size[i];
      }
      move_matrix(other, x + at, y + put);
    }
  }
  template <class T>
  void move_matrix(std::size_t other, const T* x, T* y) const {
    const std::int64_t n = size[last()];
    const std::int64_t rows = other == last() ? 1 : size[other];
    if (from[last()] == 1) {
      copy_runs(rows, n, x, from[other], y, to[other]);
      return;
    }
    // In squares, so that both sides are read and written by cache lines.
    constexpr std::int64_t kSide = 64;
    for (std::int64_t i = 0; i < n; i += kSide) {
      for (std::int64_t j = 0; j < rows; j += kSide) {
        turn(std::min(kSide, n - i), std::min(kSide, rows - j),
             x + i * from[last()] + j * from[other], other,
             y + j * to[other] + i);
      }
    }
  }
  /// n x rows elements, by vectors if rows lie side by side in x.
  template <class T>
  void turn(std::int64_t n, std::int64_t rows, const T* x, std::size_t other,
            T* y) const {
    constexpr std::int64_t kVectors = 4;
    if constexpr (sizeof(T) >= 4) {
      if (from[other] == 1 && n >= kVectors && rows >= kVectors) {
        using Moved = std::conditional_t<sizeof(T) == 4, float, double>;
        direct_set<Moved>().transpose(
            n, rows, reinterpret_cast<const Moved*>(x), from[last()],
            reinterpret_cast<Moved*>(y), to[other]);
        return;
      }
    }
    for (std::int64_t j = 0; j < rows; ++j) {
      copy_runs(n, 1, x + j * from[other], from[last()], y + j * to[other], 1);
    }
  }
};

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
  std::int64_t tiles(const Work& work) const {
    return std::min<std::int64_t>(
        16, work.outputs[0].shape.elements() / (32 * 1024));
  }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    if (y.size() == 0) return;
    const Order o(x.shape(), axes);
    // A tile has a part of the longest axis of the result.
    std::size_t cut = 0;
    for (std::size_t i = 1; i <= o.last(); ++i) {
      if (o.size[i] > o.size[cut]) cut = i;
    }
    Order part = o;
    const std::int64_t first = c.begin(o.size[cut]);
    part.size[cut] = c.end(o.size[cut]) - first;
    part.move(x.data() + first * o.from[cut], y.data() + first * o.to[cut]);
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
