#include <numeric>
#include <utility>

#include "ops/kernels/axes.h"
#include "ops/kernels/order.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/indexing.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

std::int64_t order_tiles(const Work& work) {
  return std::max<std::int64_t>(1, work.inputs[0].shape.elements() / 2048);
}

/// For each tile twice a row of ranked elements.
std::int64_t order_scratch(const Work& work) {
  const Type& x = work.inputs[0];
  const auto bytes = static_cast<std::int64_t>(
      size_of(x.dtype) == 4 ? sizeof(Ranked<float>) : sizeof(Ranked<double>));
  return order_tiles(work) * 2 * x.shape.dim(x.shape.rank() - 1) * bytes;
}

/// f(number of the row, its first element, memory) for each row of this tile.
template <class T, class F>
void for_rows(const Context& c, View<const T> x, F f) {
  const AxisView v(x.shape(), x.rank() - 1);
  Ranked<T>* memory = c.scratch<Ranked<T>>() + c.tile() * 2 * v.size;
  for (std::int64_t o = c.begin(v.outer); o < c.end(v.outer); ++o) {
    f(o, x.data() + o * v.size, memory);
  }
}

struct Argsort {
  static constexpr std::string_view name = "argsort";
  static constexpr bool throws = false;
  using dtypes = Numbers;
  bool descending = false;
  static constexpr auto fields() {
    return std::tuple{field("descending", &Argsort::descending)};
  }
  Type infer(const Type& x) const {
    normalize_axis(-1, x.shape.rank(), name);
    return {DType::i32, x.shape};
  }
  std::int64_t tiles(const Work& work) const { return order_tiles(work); }
  std::int64_t scratch(const Work& work) const { return order_scratch(work); }
  template <class T>
  void forward(const Context& c, View<const T> x, View<std::int32_t> y) const {
    const std::int64_t n = x.dim(x.rank() - 1);
    for_rows(c, x, [&](std::int64_t o, const T* row, Ranked<T>* memory) {
      order_of(row, n, descending, memory, y.data() + o * n);
    });
  }
  Value vmap(const Batched& in) const { return apply(*this, in[0]); }
  static Samples samples() {
    return {{Shape{2, 5}}, sample(Argsort{true}, {Shape{2, 3, 4}})};
  }
};

/// A part of what argsort gives.
struct ArgsortPart {
  static constexpr std::string_view name = "argsort_part";
  static constexpr bool throws = false;
  using dtypes = Numbers;
  std::int64_t first = 0;
  std::int64_t count = 1;
  bool descending = false;
  static constexpr auto fields() {
    return std::tuple{field("first", &ArgsortPart::first),
                      field("count", &ArgsortPart::count),
                      field("descending", &ArgsortPart::descending)};
  }
  Type infer(const Type& x) const {
    const int last = normalize_axis(-1, x.shape.rank(), name);
    const Dim n = x.shape[last];
    if (n.is_symbolic() || first < 0 || count < 0 || first > n.size() ||
        count > n.size() - first) {
      throw ShapeError("[argsort_part] " + std::to_string(count) +
                       " elements from " + std::to_string(first) +
                       " on, of the last axis of " + to_string(x.shape));
    }
    Shape out = x.shape;
    out[last] = count;
    return {DType::i32, out};
  }
  std::int64_t tiles(const Work& work) const { return order_tiles(work); }
  std::int64_t scratch(const Work& work) const { return order_scratch(work); }
  double flops(const Work& work) const {
    return 4 * static_cast<double>(work.inputs[0].shape.elements());
  }
  template <class T>
  void forward(const Context& c, View<const T> x, View<std::int32_t> y) const {
    const std::int64_t n = x.dim(x.rank() - 1);
    for_rows(c, x, [&](std::int64_t o, const T* row, Ranked<T>* memory) {
      part_of_order(row, n, first, count, descending, memory,
                    y.data() + o * count);
    });
  }
  Value vmap(const Batched& in) const { return apply(*this, in[0]); }
  static Samples samples() {
    return {{Shape{2, 5}},
            sample(ArgsortPart{1, 2, true}, {Shape{2, 3, 4}}),
            sample(ArgsortPart{0, 3, true}, {Shape{2, 100}}),
            sample(ArgsortPart{0, 0}, {Shape{2, 0}})};
  }
};

/// The op, which works along the last axis, along another.
template <class Op>
Value along(const Operand& x, std::int64_t axis, const Op& op) {
  const int rank = x.value.rank(), at = normalize_axis(axis, rank, "argsort");
  if (at == rank - 1) return apply(op, x);
  // A swap of two axes undoes itself.
  std::vector<std::int64_t> swap(static_cast<std::size_t>(rank));
  std::iota(swap.begin(), swap.end(), 0);
  std::swap(swap[static_cast<std::size_t>(at)], swap.back());
  return transpose(apply(op, transpose(x, swap)), swap);
}

}  // namespace

Value argsort(Operand x, std::int64_t axis, bool descending) {
  const CallScope call(x);
  return along(x, axis, Argsort{descending});
}

Value argsort_part(Operand x, std::int64_t first, std::int64_t count,
                   std::int64_t axis, bool descending) {
  const CallScope call(x);
  return along(x, axis, ArgsortPart{first, count, descending});
}

namespace ops {
void register_argsort(Registry& r) {
  r.add<Argsort>();
  r.add<ArgsortPart>();
}
}  // namespace ops
}  // namespace weft
