#include <algorithm>

#include "ops/indices.h"
#include "ops/kernels/axes.h"
#include "ops/kernels/runs.h"
#include "ops/rearrange.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/indexing.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// The index, checked against the size of its axis.
std::int64_t checked(std::int64_t index, std::int64_t size,
                     std::string_view op) {
  if (index < 0 || index >= size) {
    throw DataError("[" + std::string(op) + "] the index " +
                    std::to_string(index) + " is outside 0 to " +
                    std::to_string(size - 1));
  }
  return index;
}

struct Gather {
  static constexpr std::string_view name = "gather";
  std::int64_t axis = 0;
  static constexpr auto fields() {
    return std::tuple{field("axis", &Gather::axis)};
  }
  Type infer(const Type& x, const Type& indices) const {
    const int at = normalize_axis(axis, x.shape.rank(), name);
    Shape out;
    for (int i = 0; i < x.shape.rank(); ++i) {
      if (i != at) out.push_back(x.shape[i]);
      if (i != at) continue;
      for (Dim d : indices.shape) out.push_back(d);
    }
    return {x.dtype, out};
  }
  template <class T>
  void forward(View<const T> x, View<const std::int32_t> indices,
               View<T> y) const {
    const AxisView v(x.shape(), normalize_axis(axis, x.rank(), name));
    const std::int64_t n = indices.size();
    for (std::int64_t i = 0; i < n; ++i) checked(indices[i], v.size, name);
    if (y.size() == 0) return;
    for (std::int64_t o = 0; o < v.outer; ++o) {
      const T* from = x.data() + o * v.size * v.inner;
      T* to = y.data() + o * n * v.inner;
      if (v.inner == 1) {
        for (std::int64_t i = 0; i < n; ++i) to[i] = from[indices[i]];
        continue;
      }
      for (std::int64_t i = 0; i < n; ++i) {
        copy_row(from + indices[i] * v.inner, v.inner, to + i * v.inner);
      }
    }
  }
  Grads<2> vjp(Value x, Value indices, Value, Value dy) const {
    const int at = normalize_axis(axis, x.rank(), name);
    if (at == 0) return {scatter_add(dy, indices, x.shape()), Value()};
    // With the axis first, its gradient is a plain scatter.
    std::vector<std::int64_t> to_front,
        back(static_cast<std::size_t>(x.rank()));
    for (int i = 0; i < indices.rank(); ++i) to_front.push_back(at + i);
    for (int i = 0; i < dy.rank(); ++i) {
      if (i < at || i >= at + indices.rank()) to_front.push_back(i);
    }
    Shape moved{x.shape()[at]};
    for (int i = 0; i < x.rank(); ++i) {
      if (i != at) moved.push_back(x.shape()[i]);
    }
    for (int i = 0; i < x.rank(); ++i) {
      back[static_cast<std::size_t>(i)] = i < at ? i + 1 : (i == at ? 0 : i);
    }
    return {
        transpose(scatter_add(transpose(dy, to_front), indices, moved), back),
        Value()};
  }
  std::vector<Value> vmap(const Batched& in) const {
    if (!in.mapped(1)) return {gather(in[0], in.shared(1), in.axis(axis))};
    if (in.mapped(0)) return {};
    const Value y = gather(in.shared(0), in.shared(1), axis);
    return {moved(y, normalize_axis(axis, in.one(0).rank(), name), 0)};
  }
  static Samples samples() {
    return {{Shape{4, 2}, SampleInput::integers(Shape{3}, 4)},
            sample(Gather{1},
                   {Shape{2, 4, 2}, SampleInput::integers(Shape{2, 2}, 4)}),
            {Shape{4, 2}, SampleInput::integers(Shape{0}, 4)}};
  }
};

struct ScatterAdd {
  static constexpr std::string_view name = "scatter_add";
  Shape shape;
  static constexpr auto fields() {
    return std::tuple{field("shape", &ScatterAdd::shape)};
  }
  Type infer(const Type& x, const Type& indices) const {
    Shape expected = indices.shape;
    for (int i = 1; i < shape.rank(); ++i) expected.push_back(shape[i]);
    if (shape.rank() == 0 || expected != x.shape) {
      throw ShapeError("[scatter_add] the values must have the shape " +
                       to_string(expected) + " for indices " +
                       to_string(indices.shape) + " into " + to_string(shape) +
                       ", not " + to_string(x.shape));
    }
    return {x.dtype, shape};
  }
  template <class T>
  void forward(View<const T> x, View<const std::int32_t> indices,
               View<T> y) const {
    std::fill(y.begin(), y.end(), T(0));
    const AxisView v(y.shape(), 0);
    const std::int64_t n = indices.size();
    for (std::int64_t i = 0; i < n; ++i) checked(indices[i], v.size, name);
    for (std::int64_t i = 0; i < n; ++i) {  // in order: the sums are fixed
      T* to = y.data() + indices[i] * v.inner;
      const T* from = x.data() + i * v.inner;
      for (std::int64_t j = 0; j < v.inner; ++j) to[j] += from[j];
    }
  }
  Grads<2> vjp(Value, Value indices, Value, Value dy) const {
    return {gather(dy, indices, 0), Value()};
  }
  std::vector<Value> vmap(const Batched& in) const {
    if (shape.rank() == Shape::kMaxRank) return {};
    if (!in.mapped(1)) {  // the examples are an axis of each row
      const Value x = moved(in[0], 0, in.one(1).rank());
      Shape wide = in.shape(shape);
      std::swap(wide[0], wide[1]);
      return {moved(scatter_add(x, in.shared(1), wide), 1, 0)};
    }
    if (in.one(1).rank() != 1) return {};
    Value at = in[1];
    for (int i = 1; i < shape.rank(); ++i) at = unsqueeze(at, -1);
    at = expand(at, in[0].shape());
    return {add_along(zeros_like(in[0], in.shape(shape)), at, in[0], 1)};
  }
  static Samples samples() {
    return {sample(ScatterAdd{{4, 2}},
                   {Shape{3, 2}, SampleInput::integers(Shape{3}, 4)}),
            sample(ScatterAdd{{4}},
                   {Shape{2, 3}, SampleInput::integers(Shape{2, 3}, 4)})};
  }
};

struct OneHot {
  static constexpr std::string_view name = "one_hot";
  using dtypes = Integers;
  std::int64_t classes = 2;
  DType dtype = DType::f32;
  static constexpr auto fields() {
    return std::tuple{field("classes", &OneHot::classes),
                      field("dtype", &OneHot::dtype)};
  }
  Type infer(const Type& indices) const {
    if (classes < 1) {
      throw ShapeError("[one_hot] needs at least one class, not " +
                       std::to_string(classes));
    }
    Shape out = indices.shape;
    out.push_back(classes);
    return {dtype, out};
  }
  template <class T>
  void forward(View<const T> indices, AnyView y) const {
    visit_dtype(dtype, y.data(), [&](auto* out) {
      using U = std::remove_pointer_t<decltype(out)>;
      std::fill(out, out + y.size(), U(0));
      for (std::int64_t i = 0; i < indices.size(); ++i) {
        out[i * classes + checked(indices[i], classes, name)] = U(1);
      }
    });
  }
  Value vmap(const Batched& in) const { return apply(*this, in[0]); }
  static Samples samples() {
    return {
        sample(OneHot{3, DType::f32}, {SampleInput::integers(Shape{2}, 3)})};
  }
};

}  // namespace

Value gather(Operand x, Operand indices, std::int64_t axis) {
  return apply(Gather{axis}, x, as_i32(indices));
}

Value scatter_add(Operand x, Operand indices, const Shape& shape) {
  return apply(ScatterAdd{shape}, x, as_i32(indices));
}

Value one_hot(Operand indices, std::int64_t classes, DType dtype) {
  return apply(OneHot{classes, dtype}, indices);
}

Value pick(Operand x, Operand indices) {
  const CallScope call(x);
  const Dim classes = x.value.shape()[x.value.rank() - 1];
  if (classes.is_symbolic()) {
    throw ShapeError("[pick] the last axis of " + to_string(x.value.shape()) +
                     " is symbolic" + at_line(x.at));
  }
  Shape rows;
  for (int i = 0; i + 1 < x.value.rank(); ++i) {
    rows.push_back(x.value.shape()[i]);
  }
  // Of many classes, one element is sooner found than compared.
  constexpr std::int64_t kMany = 32;
  if (indices.value.shape() == rows && classes.size() >= kMany) {
    return squeeze(take_along(x, unsqueeze(indices, -1), -1), {-1});
  }
  const Value chosen = one_hot(indices, classes.size(), x.value.dtype());
  return sum(where(equal(chosen, 1), x, 0), {-1});
}

namespace ops {
void register_gather(Registry& r) {
  r.add<Gather>();
  r.add<ScatterAdd>();
  r.add<OneHot>();
}
}  // namespace ops
}  // namespace weft
