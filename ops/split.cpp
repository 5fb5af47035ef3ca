#include <algorithm>

#include "ops/kernels/axes.h"
#include "ops/kernels/runs.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// Pieces of an array. One op, so that the gradient is one array of the pieces'
/// and not a sum of as many arrays.
struct Split {
  static constexpr std::string_view name = "split";
  static constexpr bool throws = false;
  using dtypes = AnyType;
  std::int64_t axis = 0;
  std::vector<std::int64_t> sizes = {1};
  static constexpr auto fields() {
    return std::tuple{field("axis", &Split::axis),
                      field("sizes", &Split::sizes)};
  }
  std::vector<Type> infer(const Type& x) const {
    const int at = normalize_axis(axis, x.shape.rank(), name);
    std::vector<Type> pieces;
    std::int64_t total = 0;
    for (const std::int64_t n : sizes) {
      pieces.push_back(x);
      pieces.back().shape[at] = n;
      if (__builtin_add_overflow(total, n, &total)) total = -1;
    }
    if (sizes.empty() || x.shape[at] != Dim(std::max<std::int64_t>(total, 0)) ||
        total < 0) {
      throw ShapeError("[split] the sizes add up to " + std::to_string(total) +
                       ", axis " + std::to_string(at) + " of " +
                       to_string(x.shape) + " to " + to_string(x.shape[at]));
    }
    return pieces;
  }
  template <class T>
  void forward(View<const T> x, Views<T> ys) const {
    const int at = normalize_axis(axis, x.rank(), name);
    const AxisView from(x.shape(), at);
    std::int64_t begin = 0;
    for (std::size_t i = 0; i < ys.size(); ++i) {
      const std::int64_t run = ys[i].dim(at) * from.inner;
      copy_runs(from.outer, run, x.data() + begin, from.size * from.inner,
                ys[i].data(), run);
      begin += run;
    }
  }
  std::vector<Value> vjp(std::span<const Value>, std::span<const Value>,
                         std::span<const Value> dys) const {
    return {concat({dys.begin(), dys.end()}, axis)};
  }
  std::vector<Value> vmap(const Batched& in) const {
    return split(in[0], sizes, in.axis(axis));
  }
  static Samples samples() {
    return {sample(Split{0, {2, 1}}, {Shape{3, 2}}),
            sample(Split{-1, {1, 0, 3}}, {Shape{2, 4}}),
            sample(Split{1, {2}}, {Shape{3, 2}})};
  }
};

}  // namespace

std::vector<Value> split(Operand x, const std::vector<std::int64_t>& sizes,
                         std::int64_t axis) {
  return apply_all(Split{axis, sizes}, {x});
}

namespace ops {
void register_split(Registry& r) { r.add<Split>(); }
}  // namespace ops
}  // namespace weft
