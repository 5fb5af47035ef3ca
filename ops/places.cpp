#include "weft/places.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "ops/indices.h"
#include "ops/rearrange.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// The leading axes of an array as one, and which element of it each place is.
struct Places {
  Shape merged;
  Value flat;
};

Places places_of(const Operand& x, const std::vector<Value>& indices,
                 const std::string& op) {
  const Shape& shape = x.value.shape();
  const auto count = static_cast<int>(indices.size());
  if (count == 0 || count > shape.rank()) {
    throw ShapeError("[" + op + "] " + std::to_string(count) +
                     " indices for the axes of " + to_string(shape) +
                     at_line(x.at));
  }
  Places p;
  Value nowhere;
  std::int64_t rows = 1;
  for (int i = 0; i < count; ++i) {
    if (shape[i].is_symbolic()) {
      throw ShapeError("[" + op + "] axis " + std::to_string(i) + " of " +
                       to_string(shape) + " is symbolic" + at_line(x.at));
    }
    const std::int64_t size = shape.dim(i);
    const auto n = static_cast<double>(size);
    Value at = as_i32(indices[static_cast<std::size_t>(i)]).value;
    at = where(less(at, 0), at + n, at);
    const Value out = outside(at, size);
    nowhere = nowhere ? logical_or(nowhere, out) : out;
    p.flat = p.flat ? p.flat * n + at : at;
    rows *= size;
  }
  // One that is beyond its own axis must not be a place of the next.
  p.flat = where(nowhere, kNoPlace, p.flat);
  p.merged.push_back(rows);
  for (int i = count; i < shape.rank(); ++i) p.merged.push_back(shape[i]);
  return p;
}

using Along = Value (*)(Operand, Operand, Operand, std::int64_t);

/// `change` along the merged axes, at the same place in every further one.
Value changed(const Operand& x, const std::vector<Value>& indices,
              const Operand& values, const std::string& op, Along change) {
  const Places p = places_of(x, indices, op);
  Shape expected = p.flat.shape();
  for (int i = 1; i < p.merged.rank(); ++i) expected.push_back(p.merged[i]);
  if (values.value.shape() != expected) {
    throw ShapeError("[" + op + "] the values are " +
                     to_string(values.value.shape()) + " and must be " +
                     to_string(expected) + " for places of " +
                     to_string(x.value.shape()) + at_line(x.at));
  }
  const Shape& places = p.flat.shape();
  const Dim n(places.is_concrete() ? places.elements() : kInfer);
  Shape rows{n}, columns{n};
  for (int i = 1; i < p.merged.rank(); ++i) {
    rows.push_back(p.merged[i]);
    columns.push_back(1);
  }
  const Value put = reshape(values, rows);
  const Value at = expand(reshape(p.flat, columns), put.shape());
  return reshape(change(reshape(x, p.merged), at, put, 0), x.value.shape());
}

/// (count, rest) of rows x, whose first axes are those of the segments.
Shape segment_shape(std::string_view op, const Shape& x, const Shape& segments,
                    std::int64_t count) {
  bool fits = segments.rank() <= x.rank() && count >= 0;
  for (int i = 0; fits && i < segments.rank(); ++i) fits = x[i] == segments[i];
  if (!fits) {
    throw ShapeError("[" + std::string(op) + "] rows " + to_string(x) +
                     " into " + std::to_string(count) + " segments " +
                     to_string(segments) +
                     "; segments must have the shape of the first axes, and "
                     "their number must not be negative");
  }
  Shape out{count};
  for (int i = segments.rank(); i < x.rank(); ++i) out.push_back(x[i]);
  return out;
}

struct SegmentMax {
  static constexpr std::string_view name = "segment_max";
  using dtypes = Numbers;
  std::int64_t count = 1;
  static constexpr auto fields() {
    return std::tuple{field("count", &SegmentMax::count)};
  }
  Type infer(const Type& x, const Type& segments) const {
    return {x.dtype, segment_shape(name, x.shape, segments.shape, count)};
  }
  template <class T>
  void forward(View<const T> x, View<const std::int32_t> segments,
               View<T> y) const {
    using Limits = std::numeric_limits<T>;
    std::fill(y.begin(), y.end(),
              Limits::has_infinity ? -Limits::infinity() : Limits::lowest());
    const std::int64_t rest = count > 0 ? y.size() / count : 0;
    for (std::int64_t i = 0; i < segments.size(); ++i) {
      const std::int64_t s = segments[i];
      if (s < 0 || s >= count) {
        throw DataError("[segment_max] the segment " + std::to_string(s) +
                        " is outside 0 to " + std::to_string(count - 1));
      }
      const T* from = x.data() + i * rest;
      T* to = y.data() + s * rest;
      for (std::int64_t j = 0; j < rest; ++j) {
        if (from[j] > to[j] || from[j] != from[j]) to[j] = from[j];
      }
    }
  }
  Grads<2> vjp(Value x, Value segments, Value y, Value dy) const {
    const Value top = equal(x, gather(y, segments, 0));
    const Value ones = cast(top, x.dtype());
    const Value shared =
        gather(segment_sum(ones, segments, count), segments, 0);
    return {where(top, gather(dy, segments, 0) / shared, 0), Value()};
  }
  std::vector<Value> vmap(const Batched& in) const {
    const Shape rows = in.one(1);
    if (!in.mapped(1) && in.one(0).rank() < Shape::kMaxRank) {
      // The examples are an axis of each row.
      const Value x = moved(in[0], 0, rows.rank());
      return {moved(segment_max(x, in.shared(1), count), 1, 0)};
    }
    const Dim n = in.count();
    constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
    if (n.is_symbolic() || n == Dim(0) || rows.rank() != 1 ||
        count > kMost / n.size()) {
      return {};
    }
    // Each example has segments of its own.
    Tensor first(DType::i32, {n, 1});
    for (std::int64_t e = 0; e < n.size(); ++e) {
      first.data<std::int32_t>()[e] = static_cast<std::int32_t>(e * count);
    }
    const Value own = in[1];
    const Value segments =
        where(outside(own, count), -1, own + in.graph().constant(first));
    const Value y =
        segment_max(into_rows(in[0]), into_rows(segments), n.size() * count);
    return {from_rows(y, n, count)};
  }
  static Samples samples() {
    return {sample(SegmentMax{3},
                   {Shape{4, 2}, SampleInput::integers(Shape{4}, 3)}),
            sample(SegmentMax{2},
                   {Shape{2, 3}, SampleInput::integers(Shape{2, 3}, 2)}),
            sample(SegmentMax{2},
                   {Shape{0, 3}, SampleInput::integers(Shape{0}, 2)})};
  }
};

}  // namespace

Value take_at(Operand x, const std::vector<Value>& indices) {
  const CallScope call(x);
  const Places p = places_of(x, indices, "take_at");
  return gather(reshape(x, p.merged), p.flat, 0);
}

Value add_at(Operand x, const std::vector<Value>& indices, Operand values) {
  const CallScope call(x);
  return changed(x, indices, values, "add_at", add_along);
}

Value put_at(Operand x, const std::vector<Value>& indices, Operand values) {
  const CallScope call(x);
  return changed(x, indices, values, "put_at", put_along);
}

Selected masked_select(Operand x, Operand mask, std::int64_t most) {
  const CallScope call(x);
  const Shape& shape = x.value.shape();
  if (mask.value.shape() != shape || !shape.is_concrete() || most < 0) {
    throw ShapeError("[masked_select] at most " + std::to_string(most) +
                     " of " + to_string(shape) + " by a mask " +
                     to_string(mask.value.shape()) +
                     "; the mask must have that shape, of numbers, and the "
                     "bound must not be negative" +
                     at_line(x.at));
  }
  if (mask.value.dtype() != DType::boolean) {
    throw TypeError("[masked_select] the mask is " +
                    std::string(to_string(mask.value.dtype())) +
                    "; it must be boolean" + at_line(x.at));
  }
  const std::int64_t n = shape.elements(), taken = std::min(n, most);
  const Value there = cast(reshape(mask, {n}), DType::i32);
  // Ones that are to come first are less; equal elements keep their order.
  const Value order = slice(argsort(-there), 0, 0, taken);
  const Value count = sum(there);
  Tensor numbers(DType::i32, {taken});
  std::iota(numbers.values<std::int32_t>().begin(),
            numbers.values<std::int32_t>().end(), 0);
  const Value exists = less(x.value.graph().constant(numbers), count);
  Value values = where(exists, gather(reshape(x, {n}), order, 0), 0);
  Value indices = where(exists, order, -1);
  if (most > taken) {
    values = pad(values, {0}, {most - taken}, 0);
    indices = pad(indices, {0}, {most - taken}, -1);
  }
  return {values, indices, count};
}

Value segment_sum(Operand x, Operand segments, std::int64_t count) {
  const CallScope call(x);
  return scatter_add(x, segments,
                     segment_shape("segment_sum", x.value.shape(),
                                   segments.value.shape(), count));
}

Value segment_mean(Operand x, Operand segments, std::int64_t count) {
  const CallScope call(x);
  const Shape shape = segment_shape("segment_mean", x.value.shape(),
                                    segments.value.shape(), count);
  const Value ones = ones_like(cast(segments, x.value.dtype()));
  Value rows = scatter_add(ones, segments, Shape{count});
  for (int i = 1; i < shape.rank(); ++i) rows = unsqueeze(rows, -1);
  return scatter_add(x, segments, shape) / maximum(rows, 1);
}

Value segment_max(Operand x, Operand segments, std::int64_t count) {
  return apply(SegmentMax{count}, x, as_i32(segments));
}

Value segment_min(Operand x, Operand segments, std::int64_t count) {
  const CallScope call(x);
  return reversed(segment_max(reversed(x.value), segments, count));
}

namespace ops {
void register_places(Registry& r) { r.add<SegmentMax>(); }
}  // namespace ops
}  // namespace weft
