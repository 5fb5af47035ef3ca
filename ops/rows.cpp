#include "weft/rows.h"

#include <algorithm>
#include <array>
#include <limits>

#include "ops/indices.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

using Index = std::int32_t;

/// The rows of a table, checked to be a number.
std::int64_t row_count(const Shape& table, std::string_view op) {
  if (table.rank() == 0 || table[0].is_symbolic()) {
    throw ShapeError("[" + std::string(op) +
                     "] the first axis of a table must be a number, the "
                     "shape is " +
                     to_string(table));
  }
  return table.dim(0);
}

/// The shape of the rows of `table` that `rows` names.
Shape rows_shape(const Shape& table, const Shape& rows, std::string_view op) {
  row_count(table, op);
  Shape out = rows;
  for (int i = 1; i < table.rank(); ++i) out.push_back(table[i]);
  return out;
}

/// Elements of one of n rows that have `size` elements together.
std::int64_t width_of(std::int64_t size, std::int64_t n) {
  return n == 0 ? 0 : size / n;
}

std::int64_t tiles_for(const Type& values) {
  constexpr std::int64_t kTile = 1 << 14;  // elements
  return std::min<std::int64_t>(16, values.shape.elements() / kTile);
}

struct Lookup {
  static constexpr std::string_view name = "lookup";
  Type infer(const Type& table, const Type& indices) const {
    return {table.dtype, rows_shape(table.shape, indices.shape, name)};
  }
  template <class T>
  void forward(View<const T> table, View<const Index> indices,
               View<T> y) const {
    const std::int64_t n = table.dim(0), width = width_of(table.size(), n);
    for (const Index i : indices) {
      if (i < 0 || i >= n) {
        throw DataError("[lookup] the index " + std::to_string(i) +
                        " is outside 0 to " + std::to_string(n - 1));
      }
    }
    const std::int64_t count = indices.size();
    for (std::int64_t i = 0; i < count; ++i) {
      std::copy_n(table.data() + indices[i] * width, width,
                  y.data() + i * width);
    }
  }
  Grads<2> vjp(Value table, Value indices, Value, Value dy) const {
    return {scatter_add(dy, indices, table.shape()), Value()};
  }
  std::vector<Value> vmap(const Batched& in) const {
    if (in.mapped(0)) return {};
    return {lookup(in.shared(0), in.shared(1))};
  }
  static Samples samples() {
    return {{Shape{4, 2}, SampleInput::integers(Shape{3}, 4)},
            {Shape{4}, SampleInput::integers(Shape{2, 3}, 4)},
            {Shape{4, 2}, SampleInput::integers(Shape{0}, 4)}};
  }
};

/// Row numbers that may be none of `limit` rows.
SampleInput sample_rows(const Shape& shape, std::int64_t limit) {
  SampleInput in = SampleInput::integers(shape, limit + 1);
  in.low = -1;
  return in;
}

struct TakeRows {
  static constexpr std::string_view name = "take_rows";
  static constexpr bool throws = false;
  using dtypes = Numbers;
  Type infer(const Type& x, const Type& rows) const {
    return {x.dtype, rows_shape(x.shape, rows.shape, name)};
  }
  std::int64_t tiles(const Work& work) const {
    return tiles_for(work.outputs[0]);
  }
  template <class T>
  void forward(const Context& c, View<const T> x, View<const Index> rows,
               View<T> y) const {
    const std::int64_t n = x.dim(0), width = width_of(x.size(), n);
    if (n == 0) std::fill(y.begin(), y.end(), T(0));
    const std::int64_t end = c.end(rows.size());
    for (std::int64_t i = c.begin(rows.size()); i < end; ++i) {
      T* to = y.data() + i * width;
      if (rows[i] < 0 || rows[i] >= n) {
        std::fill_n(to, width, T(0));
      } else {
        std::copy_n(x.data() + rows[i] * width, width, to);
      }
    }
  }
  Grads<2> vjp(Value x, Value rows, Value, Value dy) const {
    const IndexSums s = sum_by_index(dy, rows, x.shape().dim(0));
    return {put_rows(zeros_like(x), s.indices, s.sums), Value()};
  }
  Value jvp(std::span<const Value> in, std::span<const Value>,
            std::span<const Value> tangents) const {
    return tangents[0] ? take_rows(tangents[0], in[1]) : Value();
  }
  std::vector<Value> vmap(const Batched& in) const {
    if (in.mapped(0)) return {};
    return {take_rows(in.shared(0), in.shared(1))};
  }
  static Samples samples() {
    return {{Shape{4, 2}, sample_rows(Shape{5}, 4)},
            {Shape{3}, sample_rows(Shape{2, 3}, 3)},
            {Shape{0, 2}, sample_rows(Shape{2}, 0)},
            {Shape{4, 2}, sample_rows(Shape{0}, 4)}};
  }
};

/// A different number for each element of a shape, i32.
Value numbered(Graph& g, const Shape& shape) {
  const Value ones = fill(g, shape, 1, DType::i32);
  Value number = ones;
  Shape before;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    number = number + cumsum(ones, axis) * dim_product(g, before, DType::i32);
    before.push_back(shape[axis]);
  }
  return number;
}

struct PutRows {
  static constexpr std::string_view name = "put_rows";
  static constexpr bool throws = false;
  static constexpr bool in_place = true;
  using dtypes = Numbers;
  Type infer(const Type& x, const Type& rows, const Type& values) const {
    const Shape expected = rows_shape(x.shape, rows.shape, name);
    if (values.shape != expected) {
      throw ShapeError("[put_rows] the values must have the shape " +
                       to_string(expected) + " for rows " +
                       to_string(rows.shape) + " of " + to_string(x.shape) +
                       ", not " + to_string(values.shape));
    }
    return x;
  }
  std::int64_t tiles(const Work& work) const {
    return tiles_for(work.inputs[2]);
  }
  double flops(const Work& work) const {
    return static_cast<double>(work.inputs[2].shape.elements());
  }
  template <class T>
  void forward(const Context& c, View<const T> x, View<const Index> rows,
               View<const T> values, View<T> y) const {
    // A tile writes its part of the table, so that rows may repeat.
    const std::int64_t n = x.dim(0), width = width_of(x.size(), n);
    const std::int64_t begin = c.begin(n), end = c.end(n), count = rows.size();
    if (x.data() != y.data()) {
      std::copy_n(x.data() + begin * width, (end - begin) * width,
                  y.data() + begin * width);
    }
    for (std::int64_t i = 0; i < count; ++i) {
      if (rows[i] < begin || rows[i] >= end) continue;
      std::copy_n(values.data() + i * width, width, y.data() + rows[i] * width);
    }
  }
  Grads<3> vjp(Value x, Value rows, Value values, Value, Value dy) const {
    const Value hidden = put_rows(dy, rows, zeros_like(values));
    // What was put into a row is the number of the one that came last.
    const Value number = numbered(x.graph(), rows.shape());
    const Value none = fill(x.graph(), {x.shape()[0]}, 0, DType::i32);
    Value last = equal(take_rows(put_rows(none, rows, number), rows), number);
    while (last.rank() < values.rank()) last = unsqueeze(last, last.rank());
    return {hidden, Value(), where(last, take_rows(dy, rows), 0)};
  }
  static Samples samples() {
    return {{Shape{4, 2}, sample_rows(Shape{3}, 4), Shape{3, 2}},
            {Shape{3}, sample_rows(Shape{2, 4}, 3), Shape{2, 4}},
            {Shape{0, 2}, sample_rows(Shape{2}, 0), Shape{2, 2}},
            {Shape{4, 2}, sample_rows(Shape{0}, 4), Shape{0, 2}}};
  }
};

/// Sorts keys by their upper half, which is below `limit`; equal ones stay in
/// order. The result is in one of the two arrays.
std::uint64_t* sort_by_index(std::uint64_t* keys, std::uint64_t* other,
                             std::int64_t n, std::int64_t limit) {
  for (int shift = 0; limit > 1; shift += 8, limit = (limit + 255) / 256) {
    std::array<std::int64_t, 257> begin{};
    auto digit = [shift](std::uint64_t key) {
      return static_cast<std::size_t>((key >> (32 + shift)) & 0xff);
    };
    for (std::int64_t i = 0; i < n; ++i) ++begin[digit(keys[i]) + 1];
    for (std::size_t d = 1; d < begin.size(); ++d) begin[d] += begin[d - 1];
    for (std::int64_t i = 0; i < n; ++i) {
      other[begin[digit(keys[i])]++] = keys[i];
    }
    std::swap(keys, other);
  }
  return keys;
}

struct SumByIndex {
  static constexpr std::string_view name = "sum_by_index";
  static constexpr bool throws = false;
  std::int64_t count = 1;
  static constexpr auto fields() {
    return std::tuple{field("count", &SumByIndex::count)};
  }
  std::vector<Type> infer(const Type& values, const Type& indices) const {
    if (count < 0 || count > std::numeric_limits<Index>::max()) {
      throw ShapeError("[sum_by_index] the number of rows must be 0 to " +
                       std::to_string(std::numeric_limits<Index>::max()) +
                       ", not " + std::to_string(count));
    }
    bool fits = values.shape.rank() >= indices.shape.rank();
    for (int i = 0; fits && i < indices.shape.rank(); ++i) {
      fits = values.shape[i] == indices.shape[i];
    }
    if (!fits) {
      throw ShapeError(
          "[sum_by_index] the values must have a row for each of "
          "the indices " +
          to_string(indices.shape) + ", their shape is " +
          to_string(values.shape));
    }
    return {{DType::i32, indices.shape}, values};
  }
  std::int64_t scratch(const Work& work) const {
    return work.inputs[1].shape.elements() * 16;
  }
  template <class T>
  void forward(const Context& c, View<const T> values,
               View<const Index> indices, View<Index> kept,
               View<T> sums) const {
    const std::int64_t n = indices.size(), width = width_of(values.size(), n);
    auto* keys = c.scratch<std::uint64_t>();
    std::int64_t found = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      if (indices[i] < 0 || indices[i] >= count) continue;
      keys[found++] = static_cast<std::uint64_t>(indices[i]) << 32 |
                      static_cast<std::uint64_t>(i);
    }
    keys = sort_by_index(keys, keys + n, found, count);
    std::fill(kept.begin(), kept.end(), Index(-1));
    std::fill(sums.begin(), sums.end(), T(0));
    std::int64_t row = -1;
    for (std::int64_t k = 0; k < found; ++k) {
      const auto index = static_cast<Index>(keys[k] >> 32);
      const auto at = static_cast<std::int64_t>(keys[k] & 0xffffffff);
      if (row < 0 || kept[row] != index) kept[++row] = index;
      T* to = sums.data() + row * width;
      const T* from = values.data() + at * width;
      for (std::int64_t j = 0; j < width; ++j) to[j] += from[j];
    }
  }
  Grads<2> vjp(Value, Value indices, Value kept, Value sums, Value,
               Value dsums) const {
    Shape table{count};
    for (int i = indices.rank(); i < sums.rank(); ++i) {
      table.push_back(sums.shape()[i]);
    }
    const Value dense = put_rows(zeros_like(sums, table), kept, dsums);
    return {take_rows(dense, indices), Value()};
  }
  static Samples samples() {
    return {
        sample(SumByIndex{4}, {Shape{6, 2}, sample_rows(Shape{6}, 4)}),
        sample(SumByIndex{70000}, {Shape{2, 3}, sample_rows(Shape{2, 3}, 9)}),
        sample(SumByIndex{4}, {Shape{0, 2}, sample_rows(Shape{0}, 4)}),
        sample(SumByIndex{0}, {Shape{2}, sample_rows(Shape{2}, 1)})};
  }
};

}  // namespace

Value lookup(Operand table, Operand indices) {
  const CallScope call(table);
  return apply(Lookup{}, table, as_i32(indices));
}

Value take_rows(Operand x, Operand rows) {
  const CallScope call(x);
  return apply(TakeRows{}, x, as_i32(rows));
}

Value put_rows(Operand x, Operand rows, Operand values) {
  const CallScope call(x);
  return apply(PutRows{}, x, as_i32(rows), values);
}

IndexSums sum_by_index(Operand values, Operand indices, std::int64_t count) {
  const CallScope call(values);
  const auto made = apply_all(SumByIndex{count}, {values, as_i32(indices)});
  return {made[0], made[1]};
}

namespace ops {
void register_rows(Registry& r) {
  r.add<Lookup>();
  r.add<TakeRows>();
  r.add<PutRows>();
  r.add<SumByIndex>();
}
}  // namespace ops
}  // namespace weft
