#include "ops/bodies.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"
#include "weft/subgraph.h"

namespace weft {

namespace {

Type row_of(const Type& t) {
  Type row{t.dtype, {}};
  for (int i = 1; i < t.shape.rank(); ++i) row.shape.push_back(t.shape[i]);
  return row;
}

/// The common size of the first axis.
Dim common_steps(std::span<const Type> sequences) {
  for (const Type& t : sequences) {
    if (t.shape.rank() > 0 && t.shape[0] == sequences[0].shape[0]) continue;
    throw ShapeError("[scan] its sequences are " + to_string(sequences[0]) +
                     " and " + to_string(t) +
                     "; they must have first axes of one size");
  }
  return sequences[0].shape[0];
}

void check_carry(const std::vector<Value>& before,
                 const std::vector<Value>& after, const Source& at) {
  if (before.size() != after.size()) {
    throw GraphError("[scan] takes " + std::to_string(before.size()) +
                     " carries, its function returns " +
                     std::to_string(after.size()) + at_line(at));
  }
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (!after[i] || after[i].type() == before[i].type()) continue;
    const std::string text = "[scan] carry " + std::to_string(i) + " is " +
                             to_string(before[i].type()) +
                             ", its function makes it " +
                             to_string(after[i].type()) + at_line(at);
    if (after[i].dtype() != before[i].dtype()) throw TypeError(text);
    throw ShapeError(text);
  }
}

/// Runs f and adds the line to its Error.
template <class F>
auto at_source(const Source& at, F f) {
  try {
    return f();
  } catch (const ShapeError& e) {
    throw ShapeError(e.what() + at_line(at));
  }
}

}  // namespace

Dim Scan::steps(std::span<const Type> in) const {
  if (sequences == 0) {
    if (length.rank() != 1) {
      throw ShapeError("[scan] needs sequences, or a number of steps");
    }
    return length[0];
  }
  return common_steps(in.subspan(static_cast<std::size_t>(carries),
                                 static_cast<std::size_t>(sequences)));
}

std::vector<Type> Scan::infer(std::span<const Type> in) const {
  const auto c = static_cast<std::size_t>(carries);
  const auto x = static_cast<std::size_t>(sequences);
  if (carries < 0 || sequences < 0 || in.size() < c || in.size() - c < x ||
      !body || body->outputs.size() < c) {
    throw GraphError("[scan] " + std::to_string(in.size()) + " inputs are no " +
                     std::to_string(carries) + " carries and " +
                     std::to_string(sequences) + " sequences of its body");
  }
  const Dim n = steps(in);
  std::vector<Type> rows(in.begin(), in.end());
  for (std::size_t i = c; i < c + x; ++i) rows[i] = row_of(in[i]);
  std::vector<Type> out = infer_body(name, body, rows);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i < c) {
      if (out[i] == in[i]) continue;
      throw ShapeError("[scan] carry " + std::to_string(i) + " is " +
                       to_string(in[i]) + ", its body makes it " +
                       to_string(out[i]));
    }
    Shape shape{n};
    for (const Dim d : out[i].shape) shape.push_back(d);
    out[i].shape = shape;
  }
  return out;
}

Samples Scan::samples() {
  Graph g;
  BodyBuilder builder(g, "scan");
  const Value h = builder.input({DType::f64, {2, 3}});
  const Value c = builder.input({DType::f64, {3}});
  const Value x = builder.input({DType::f64, {2, 3}});
  const Value w = builder.input({DType::f64, {3, 3}});
  const Value next = tanh(matmul(h, w, false, true) + x * c);
  const Body body =
      builder.finish(std::vector{next, c * 0.9, next * x, sum(h)});
  auto input = [](const Shape& shape) {
    SampleInput in(shape, -1, 1);
    in.dtype = DType::f64;
    return in;
  };
  auto of = [&](std::int64_t steps, bool reverse) {
    return sample(
        Scan{body, 2, 1, reverse, {}},
        {input({2, 3}), input({3}), input({steps, 2, 3}), input({3, 3})});
  };
  return {of(4, false), of(3, true), of(1, false), of(0, false)};
}

Scanned scan(const Step& f, const std::vector<Value>& carry,
             const std::vector<Value>& xs, const ScanOptions& options,
             Source at) {
  if (carry.empty() && xs.empty()) {
    throw GraphError("[scan] needs carries or sequences" + at_line(at));
  }
  if (xs.empty() && options.steps == kInfer) {
    throw ShapeError("[scan] needs sequences, or a number of steps" +
                     at_line(at));
  }
  Graph& graph = (carry.empty() ? xs : carry).front().graph();
  Scan op;
  op.carries = static_cast<std::int64_t>(carry.size());
  op.sequences = static_cast<std::int64_t>(xs.size());
  op.reverse = options.reverse;
  if (xs.empty()) op.length = Shape{options.steps};
  std::vector<Type> types;
  for (const Value& x : xs) types.push_back(x.type());
  if (!xs.empty()) at_source(at, [&] { return common_steps(types); });

  BodyBuilder builder(graph, "scan");
  const std::vector<Value> before = builder.inputs(carry);
  std::vector<Value> rows;
  for (const Type& t : types) rows.push_back(builder.input(row_of(t)));
  const Scanned made = f(before, rows);
  check_carry(before, made.carry, at);
  std::vector<Value> results = made.carry;
  results.insert(results.end(), made.ys.begin(), made.ys.end());
  op.body = builder.finish(results);

  std::vector<Value> inputs = carry;
  inputs.insert(inputs.end(), xs.begin(), xs.end());
  for (const Value& v : builder.captured()) inputs.push_back(v);
  const auto all = graph.add(make_op(op), inputs, at);
  const auto last = all.begin() + static_cast<std::ptrdiff_t>(carry.size());
  return {{all.begin(), last}, {last, all.end()}};
}

namespace ops {
void register_scan(Registry& r) { r.add<Scan>(); }
}  // namespace ops
}  // namespace weft
