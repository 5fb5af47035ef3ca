#include "weft/ctc.h"

#include <algorithm>

#include "ops/indices.h"
#include "ops/kernels/ctc.h"
#include "ops/rearrange.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

using Indices = View<const std::int32_t>;

void check_shapes(std::string_view op, const Type& x, const Type& labels,
                  const Type& times, const Type& lengths, std::int64_t blank) {
  const bool ranks = x.shape.rank() == 3 && labels.shape.rank() == 2 &&
                     times.shape.rank() == 1 && lengths.shape.rank() == 1;
  if (!ranks || labels.shape[0] != x.shape[0] || times.shape[0] != x.shape[0] ||
      lengths.shape[0] != x.shape[0]) {
    throw ShapeError("[" + std::string(op) + "] outputs " + to_string(x.shape) +
                     ", labels " + to_string(labels.shape) + ", times " +
                     to_string(times.shape) + " and label lengths " +
                     to_string(lengths.shape) +
                     "; they must be (batch, time, classes), (batch, n), "
                     "(batch) and (batch)");
  }
  const Dim classes = x.shape[2];
  if (blank < 0 || (!classes.is_symbolic() && blank >= classes.size())) {
    throw ShapeError("[" + std::string(op) + "] the blank is class " +
                     std::to_string(blank) + " of outputs " +
                     to_string(x.shape));
  }
}

[[noreturn]] void refuse(std::string_view what, std::int64_t found,
                         std::int64_t row, std::int64_t limit) {
  throw DataError("[ctc] the " + std::string(what) + " " +
                  std::to_string(found) + " of row " + std::to_string(row) +
                  " is outside 0 to " + std::to_string(limit));
}

/// Sequence `row` of a batch, whose lengths and labels are checked.
template <class T>
CtcSequence<T> sequence(View<const T> x, const T* direction, Indices labels,
                        Indices times, Indices lengths, std::int64_t row,
                        std::int64_t blank) {
  const std::int64_t time = x.dim(1), n = labels.dim(1), classes = x.dim(2);
  if (times[row] < 0 || times[row] > time) {
    refuse("time", times[row], row, time);
  }
  if (lengths[row] < 0 || lengths[row] > n) {
    refuse("label length", lengths[row], row, n);
  }
  const std::int64_t at = row * time * classes;
  CtcSequence<T> q{x.data() + at,
                   direction ? direction + at : nullptr,
                   labels.data() + row * n,
                   times[row],
                   lengths[row],
                   classes,
                   blank};
  for (std::int64_t i = 0; i < q.count; ++i) {
    if (q.labels[i] < 0 || q.labels[i] >= classes) {
      refuse("label", q.labels[i], row, classes - 1);
    }
    if (q.labels[i] != blank) continue;
    throw DataError("[ctc] label " + std::to_string(i) + " of row " +
                    std::to_string(row) + " is the blank, class " +
                    std::to_string(blank));
  }
  return q;
}

/// Rows are independent: a few tiles of them.
std::int64_t row_tiles(const Work& work) {
  return std::clamp<std::int64_t>(work.inputs[0].shape.dim(0), 1, 8);
}
template <bool kAlong>
std::int64_t memory_of(const Work& work) {
  return row_tiles(work) * static_cast<std::int64_t>(sizeof(double)) *
         ctc_size<kAlong>(work.inputs[0].shape.dim(1),
                          work.inputs[1].shape.dim(1));
}
template <bool kAlong, class T>
double* memory_for(const Context& c, View<const T> x, Indices labels) {
  return c.scratch<double>() +
         c.tile() * ctc_size<kAlong>(x.dim(1), labels.dim(1));
}
double flops_of(const Work& work) {
  return 40.0 * static_cast<double>(work.inputs[0].shape.dim(0)) *
         static_cast<double>(ctc_size<false>(work.inputs[0].shape.dim(1),
                                             work.inputs[1].shape.dim(1)));
}

/// The op on the sequences of all examples as one batch; empty, for the loop,
/// where both numbers are symbols.
template <class Op>
std::vector<Value> by_sequences(const Op& op, const Batched& in) {
  const Dim count = in.count(), rows = in.one(0)[0];
  if (count.is_symbolic() && rows.is_symbolic()) return {};
  std::vector<Operand> joined;
  for (const Value& v : in.all()) joined.emplace_back(into_rows(v));
  const Value y = apply_all(op, std::move(joined)).front();
  return {from_rows(y, count, rows)};
}

/// The visits of one sequence, by class, or their derivatives.
template <bool kAlong, class T>
void write_visits(const CtcSequence<T>& q, double* memory, T* out) {
  auto add = [](T& to, double visits) {
    to = static_cast<T>(static_cast<double>(to) + visits);
  };
  CtcPaths<kAlong>(q, memory).visits(
      [&](std::int64_t t, const double* labels, double blank) {
        T* at = out + t * q.classes;
        for (std::int64_t i = 0; i < q.count; ++i) {
          add(at[q.labels[i]], labels[i]);
        }
        add(at[q.blank], blank);
      });
}

/// How the visits' derivative changes in a direction: the product of the
/// Hessian of ln p, which is symmetric, and `direction`.
struct CtcCurvature {
  static constexpr std::string_view name = "ctc_curvature";
  std::int64_t blank = 0;
  static constexpr auto fields() {
    return std::tuple{field("blank", &CtcCurvature::blank)};
  }
  Type infer(const Type& x, const Type& labels, const Type& times,
             const Type& lengths, const Type& direction) const {
    check_shapes(name, x, labels, times, lengths, blank);
    if (direction.shape != x.shape) {
      throw ShapeError("[ctc_curvature] the direction is " +
                       to_string(direction.shape) + ", the outputs are " +
                       to_string(x.shape));
    }
    return x;
  }
  std::int64_t tiles(const Work& work) const { return row_tiles(work); }
  std::int64_t scratch(const Work& work) const { return memory_of<true>(work); }
  double flops(const Work& work) const { return 2 * flops_of(work); }
  template <class T>
  void forward(const Context& c, View<const T> x, Indices labels, Indices times,
               Indices lengths, View<const T> direction, View<T> y) const {
    double* memory = memory_for<true>(c, x, labels);
    const std::int64_t size = x.dim(1) * x.dim(2);
    for (std::int64_t r = c.begin(x.dim(0)); r < c.end(x.dim(0)); ++r) {
      T* out = y.data() + r * size;
      std::fill_n(out, size, T(0));
      const auto q =
          sequence<T>(x, direction.data(), labels, times, lengths, r, blank);
      write_visits<true>(q, memory, out);
    }
  }
  std::vector<Value> vmap(const Batched& in) const {
    return by_sequences(*this, in);
  }
  static Samples samples();
};

/// How often each class is expected at each time, given the labels.
struct CtcVisits {
  static constexpr std::string_view name = "ctc_visits";
  std::int64_t blank = 0;
  static constexpr auto fields() {
    return std::tuple{field("blank", &CtcVisits::blank)};
  }
  Type infer(const Type& x, const Type& labels, const Type& times,
             const Type& lengths) const {
    check_shapes(name, x, labels, times, lengths, blank);
    return x;
  }
  std::int64_t tiles(const Work& work) const { return row_tiles(work); }
  std::int64_t scratch(const Work& work) const {
    return memory_of<false>(work);
  }
  double flops(const Work& work) const { return flops_of(work); }
  template <class T>
  void forward(const Context& c, View<const T> x, Indices labels, Indices times,
               Indices lengths, View<T> y) const {
    double* memory = memory_for<false>(c, x, labels);
    const std::int64_t size = x.dim(1) * x.dim(2);
    for (std::int64_t r = c.begin(x.dim(0)); r < c.end(x.dim(0)); ++r) {
      T* out = y.data() + r * size;
      std::fill_n(out, size, T(0));
      const auto q = sequence<T>(x, nullptr, labels, times, lengths, r, blank);
      write_visits<false>(q, memory, out);
    }
  }
  Grads<4> vjp(Value x, Value labels, Value times, Value lengths, Value,
               Value dy) const {
    return {apply(CtcCurvature{blank}, x, labels, times, lengths, dy), Value(),
            Value(), Value()};
  }
  /// The Jacobian is a Hessian, and so its own transpose.
  Value jvp(std::span<const Value> in, std::span<const Value>,
            std::span<const Value> tangents) const {
    return apply(CtcCurvature{blank}, in[0], in[1], in[2], in[3], tangents[0]);
  }
  std::vector<Value> vmap(const Batched& in) const {
    return by_sequences(*this, in);
  }
  static Samples samples();
};

struct Ctc {
  static constexpr std::string_view name = "ctc";
  std::int64_t blank = 0;
  static constexpr auto fields() {
    return std::tuple{field("blank", &Ctc::blank)};
  }
  Type infer(const Type& x, const Type& labels, const Type& times,
             const Type& lengths) const {
    check_shapes(name, x, labels, times, lengths, blank);
    return {x.dtype, {x.shape[0]}};
  }
  std::int64_t tiles(const Work& work) const { return row_tiles(work); }
  std::int64_t scratch(const Work& work) const {
    return memory_of<false>(work);
  }
  double flops(const Work& work) const { return flops_of(work) / 2; }
  template <class T>
  void forward(const Context& c, View<const T> x, Indices labels, Indices times,
               Indices lengths, View<T> y) const {
    double* memory = memory_for<false>(c, x, labels);
    for (std::int64_t r = c.begin(x.dim(0)); r < c.end(x.dim(0)); ++r) {
      const auto q = sequence<T>(x, nullptr, labels, times, lengths, r, blank);
      y[r] = static_cast<T>(-scaled_log(CtcPaths<false>(q, memory).total()));
    }
  }
  Grads<4> vjp(Value x, Value labels, Value times, Value lengths, Value,
               Value dy) const {
    const Value visits = apply(CtcVisits{blank}, x, labels, times, lengths);
    return {-unsqueeze(unsqueeze(dy, 1), 2) * visits, Value(), Value(),
            Value()};
  }
  std::vector<Value> vmap(const Batched& in) const {
    return by_sequences(*this, in);
  }
  static Samples samples();
};

/// Batches of outputs and labels; the blank is the last class, and the lengths
/// suffice for the labels.
std::vector<std::vector<SampleInput>> examples() {
  auto between = [](std::int64_t batch, double low, double high) {
    SampleInput in(Shape{batch}, low, high);
    in.dtype = DType::i32;
    return in;
  };
  return {{Shape{3, 5, 4}, SampleInput::integers(Shape{3, 2}, 3),
           between(3, 4, 6), between(3, 0, 3)},
          {Shape{1, 1, 4}, SampleInput::integers(Shape{1, 1}, 3),
           between(1, 1, 2), between(1, 1, 2)},
          {Shape{0, 4, 4}, SampleInput::integers(Shape{0, 2}, 3),
           between(0, 1, 2), between(0, 1, 2)}};
}

Samples CtcCurvature::samples() {
  Samples all;
  for (auto inputs : examples()) {
    inputs.push_back(inputs.front());
    all.push_back(sample(CtcCurvature{3}, inputs));
  }
  return all;
}
// The gradients of ctc are compared to second order; those of the visits would
// take a third one.
Samples CtcVisits::samples() {
  Samples all;
  for (const auto& inputs : examples()) {
    all.push_back(sample(CtcVisits{3}, inputs));
    all.back().smooth = false;
  }
  return all;
}
Samples Ctc::samples() {
  Samples all;
  for (const auto& inputs : examples()) all.push_back(sample(Ctc{3}, inputs));
  return all;
}

}  // namespace

Value ctc_cost(Operand x, Operand labels, Operand times, Operand label_lengths,
               std::int64_t blank) {
  const CallScope call(x);
  return apply(Ctc{blank}, x, as_i32(labels), as_i32(times),
               as_i32(label_lengths));
}

namespace ops {
void register_ctc(Registry& r) {
  r.add<Ctc>();
  r.add<CtcVisits>();
  r.add<CtcCurvature>();
}
}  // namespace ops
}  // namespace weft
