#include <algorithm>
#include <array>
#include <numeric>

#include "ops/indices.h"
#include "ops/kernels/axes.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/indexing.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// Indices must have x's rank, and off the axis no size above x's.
void check_indices(const Shape& x, const Shape& indices, std::int64_t axis,
                   std::string_view op) {
  const int at = normalize_axis(axis, x.rank(), op);
  bool fits = x.rank() == indices.rank();
  for (int i = 0; fits && i < x.rank(); ++i) {
    if (i == at || x[i] == indices[i]) continue;
    fits = !x[i].is_symbolic() && !indices[i].is_symbolic() &&
           indices[i].size() <= x[i].size();
  }
  if (!fits) {
    throw ShapeError("[" + std::string(op) + "] indices " + to_string(indices) +
                     " don't fit axis " + std::to_string(at) + " of " +
                     to_string(x));
  }
}

/// Values must have the shape of their indices.
void check_values(const Shape& indices, const Shape& values,
                  std::string_view op) {
  if (indices == values) return;
  throw ShapeError("[" + std::string(op) + "] the values " + to_string(values) +
                   " must have the shape of the indices " + to_string(indices));
}

void check_range(View<const std::int32_t> indices, std::int64_t size,
                 std::string_view op) {
  const std::int64_t n = indices.size();
  auto fits = [&](std::int64_t i) {
    return indices[i] >= 0 && indices[i] < size;
  };
  int wrong = 0;  // no branch, so that vectors do it
  for (std::int64_t i = 0; i < n; ++i) wrong |= fits(i) ? 0 : 1;
  if (wrong == 0) return;
  std::int64_t i = 0;
  while (fits(i)) ++i;
  throw DataError("[" + std::string(op) + "] the index " +
                  std::to_string(indices[i]) + " is outside 0 to " +
                  std::to_string(size - 1));
}

/// f(number of the index, its element's place in x) for every index.
template <class F>
void for_indices(const Shape& x, View<const std::int32_t> indices,
                 std::int64_t axis, std::string_view op, F f) {
  const int rank = x.rank();
  const int at = normalize_axis(axis, rank, op);
  check_range(indices, x.dim(at), op);
  const std::int64_t n = indices.size(), row = indices.dim(rank - 1);
  if (n == 0) return;
  std::array<std::int64_t, Shape::kMaxRank> stride = strides_of(x), place{};
  const std::int64_t along = stride[static_cast<std::size_t>(at)];
  stride[static_cast<std::size_t>(at)] = 0;
  const std::int64_t next = stride[static_cast<std::size_t>(rank) - 1];
  std::int64_t offset = 0;
  for (std::int64_t i = 0; i < n;) {
    for (std::int64_t j = 0; j < row; ++j, ++i) {
      f(i, offset + indices[i] * along + j * next);
    }
    for (auto a = static_cast<std::size_t>(rank) - 1; a-- > 0;) {
      const std::int64_t count = indices.dim(static_cast<int>(a));
      offset += stride[a];
      if (++place[a] < count) break;
      offset -= stride[a] * count;
      place[a] = 0;
    }
  }
}

struct TakeAlong {
  static constexpr std::string_view name = "take_along";
  using dtypes = Numbers;
  std::int64_t axis = 0;
  static constexpr auto fields() {
    return std::tuple{field("axis", &TakeAlong::axis)};
  }
  Type infer(const Type& x, const Type& indices) const {
    check_indices(x.shape, indices.shape, axis, name);
    return {x.dtype, indices.shape};
  }
  template <class T>
  void forward(View<const T> x, View<const std::int32_t> indices,
               View<T> y) const {
    for_indices(x.shape(), indices, axis, name,
                [&](std::int64_t i, std::int64_t from) { y[i] = x[from]; });
  }
  Grads<2> vjp(Value x, Value indices, Value, Value dy) const;
  Value vmap(const Batched& in) const {
    return take_along(in[0], in[1], in.axis(axis));
  }
  static Samples samples() {
    return {{Shape{4, 2}, SampleInput::integers(Shape{3, 2}, 4)},
            sample(TakeAlong{1},
                   {Shape{2, 4, 2}, SampleInput::integers(Shape{2, 3, 1}, 4)}),
            sample(TakeAlong{-1},
                   {Shape{2, 3}, SampleInput::integers(Shape{2, 0}, 3)})};
  }
};

/// The transpose: zeros of a shape with values added.
struct SpreadAlong {
  static constexpr std::string_view name = "spread_along";
  using dtypes = Numbers;
  std::int64_t axis = 0;
  Shape shape;
  static constexpr auto fields() {
    return std::tuple{field("axis", &SpreadAlong::axis),
                      field("shape", &SpreadAlong::shape)};
  }
  Type infer(const Type& values, const Type& indices) const {
    check_indices(shape, indices.shape, axis, name);
    check_values(indices.shape, values.shape, name);
    return {values.dtype, shape};
  }
  template <class T>
  void forward(View<const T> values, View<const std::int32_t> indices,
               View<T> y) const {
    std::fill(y.begin(), y.end(), T(0));
    for_indices(y.shape(), indices, axis, name,
                [&](std::int64_t i, std::int64_t to) {
                  y[to] = static_cast<T>(y[to] + values[i]);
                });
  }
  Grads<2> vjp(Value, Value indices, Value, Value dy) const {
    return {take_along(dy, indices, axis), Value()};
  }
  Value vmap(const Batched& in) const {
    return apply(SpreadAlong{in.axis(axis), in.shape(shape)}, in[0], in[1]);
  }
  static Samples samples() {
    return {sample(SpreadAlong{0, {4, 2}},
                   {Shape{3, 2}, SampleInput::integers(Shape{3, 2}, 4)}),
            sample(SpreadAlong{-1, {2, 3}},
                   {Shape{1, 5}, SampleInput::integers(Shape{1, 5}, 3)})};
  }
};

Grads<2> TakeAlong::vjp(Value x, Value indices, Value, Value dy) const {
  return {apply(SpreadAlong{axis, x.shape()}, dy, indices), Value()};
}

struct AddAlong {
  static constexpr std::string_view name = "add_along";
  static constexpr bool in_place = true;
  using dtypes = Numbers;
  std::int64_t axis = 0;
  static constexpr auto fields() {
    return std::tuple{field("axis", &AddAlong::axis)};
  }
  Type infer(const Type& x, const Type& indices, const Type& values) const {
    check_indices(x.shape, indices.shape, axis, name);
    check_values(indices.shape, values.shape, name);
    return x;
  }
  template <class T>
  void forward(View<const T> x, View<const std::int32_t> indices,
               View<const T> values, View<T> y) const {
    if (x.data() != y.data()) std::copy(x.begin(), x.end(), y.begin());
    for_indices(x.shape(), indices, axis, name,
                [&](std::int64_t i, std::int64_t to) {
                  y[to] = static_cast<T>(y[to] + values[i]);
                });
  }
  Grads<3> vjp(Value, Value indices, Value, Value, Value dy) const {
    return {dy, Value(), take_along(dy, indices, axis)};
  }
  Value vmap(const Batched& in) const {
    return add_along(in[0], in[1], in[2], in.axis(axis));
  }
  static Samples samples() {
    return {{Shape{4, 2}, SampleInput::integers(Shape{3, 2}, 4), Shape{3, 2}},
            sample(AddAlong{-1},
                   {Shape{2, 3}, SampleInput::integers(Shape{1, 5}, 3),
                    Shape{1, 5}})};
  }
};

/// Whether an index is the last for its place in an array of a shape.
struct LastAlong {
  static constexpr std::string_view name = "last_along";
  using dtypes = Types<std::int32_t>;
  std::int64_t axis = 0;
  Shape shape;
  static constexpr auto fields() {
    return std::tuple{field("axis", &LastAlong::axis),
                      field("shape", &LastAlong::shape)};
  }
  Type infer(const Type& indices) const {
    check_indices(shape, indices.shape, axis, name);
    return {DType::boolean, indices.shape};
  }
  std::int64_t scratch(const Work& work) const {
    return shape.resolve(*work.symbols).elements() *
           static_cast<std::int64_t>(sizeof(std::int64_t));
  }
  template <class T>
  void forward(const Context& c, View<const T> indices, View<bool> y) const {
    // Of places without an index, nothing is read.
    auto* const last = c.scratch<std::int64_t>();
    const Shape x = shape.resolve(c.symbols());
    for_indices(x, indices, axis, name,
                [=](std::int64_t i, std::int64_t to) { last[to] = i; });
    for_indices(x, indices, axis, name,
                [=](std::int64_t i, std::int64_t to) { y[i] = last[to] == i; });
  }
  Value vmap(const Batched& in) const {
    return apply(LastAlong{in.axis(axis), in.shape(shape)}, in[0]);
  }
  static Samples samples() {
    return {
        sample(LastAlong{0, {4, 2}}, {SampleInput::integers(Shape{3, 2}, 4)}),
        sample(LastAlong{-1, {2, 3}}, {SampleInput::integers(Shape{1, 5}, 3)})};
  }
};

struct PutAlong {
  static constexpr std::string_view name = "put_along";
  static constexpr bool in_place = true;
  using dtypes = Numbers;
  std::int64_t axis = 0;
  static constexpr auto fields() {
    return std::tuple{field("axis", &PutAlong::axis)};
  }
  Type infer(const Type& x, const Type& indices, const Type& values) const {
    check_indices(x.shape, indices.shape, axis, name);
    check_values(indices.shape, values.shape, name);
    return x;
  }
  template <class T>
  void forward(View<const T> x, View<const std::int32_t> indices,
               View<const T> values, View<T> y) const {
    if (x.data() != y.data()) std::copy(x.begin(), x.end(), y.begin());
    for_indices(x.shape(), indices, axis, name,
                [&](std::int64_t i, std::int64_t to) { y[to] = values[i]; });
  }
  Grads<3> vjp(Value x, Value indices, Value values, Value, Value dy) const {
    const Value hidden = put_along(dy, indices, zeros_like(values), axis);
    const Value last = apply(LastAlong{axis, x.shape()}, indices);
    return {hidden, Value(), where(last, take_along(dy, indices, axis), 0)};
  }
  Value vmap(const Batched& in) const {
    return put_along(in[0], in[1], in[2], in.axis(axis));
  }
  static Samples samples() {
    return {{Shape{4, 2}, SampleInput::integers(Shape{3, 2}, 4), Shape{3, 2}},
            sample(PutAlong{-1},
                   {Shape{2, 3}, SampleInput::integers(Shape{1, 5}, 3),
                    Shape{1, 5}})};
  }
};

}  // namespace

Value take_along(Operand x, Operand indices, std::int64_t axis) {
  const CallScope call(x);
  return apply(TakeAlong{axis}, x, as_i32(indices));
}

Value add_along(Operand x, Operand indices, Operand values, std::int64_t axis) {
  const CallScope call(x);
  return apply(AddAlong{axis}, x, as_i32(indices), values);
}

Value put_along(Operand x, Operand indices, Operand values, std::int64_t axis) {
  const CallScope call(x);
  return apply(PutAlong{axis}, x, as_i32(indices), values);
}

namespace ops {
void register_along(Registry& r) {
  r.add<TakeAlong>();
  r.add<SpreadAlong>();
  r.add<AddAlong>();
  r.add<LastAlong>();
  r.add<PutAlong>();
}
}  // namespace ops
}  // namespace weft
