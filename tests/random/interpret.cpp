#include <cstring>
#include <map>
#include <set>

#include "elements.h"
#include "recipe.h"

namespace random_graphs {

namespace {

/// The strides with which an input of shape `from` is read for a result of
/// shape `to`: 0 along axes that broadcast.
std::vector<std::int64_t> strides(const Shape& from, const Shape& to) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(to.rank()), 0);
  std::int64_t step = 1;
  for (int i = from.rank() - 1; i >= 0; --i) {
    const int axis = i + to.rank() - from.rank();
    out[static_cast<std::size_t>(axis)] = from.dim(i) == 1 ? 0 : step;
    step *= from.dim(i);
  }
  return out;
}

/// Calls f(indices) for each place of a shape in row-major order.
template <class F>
void each_place(const Shape& shape, F f) {
  std::vector<std::int64_t> at(static_cast<std::size_t>(shape.rank()), 0);
  for (std::int64_t left = shape.elements(); left > 0; --left) {
    f(at);
    for (std::size_t axis = at.size(); axis-- > 0;) {
      if (++at[axis] < shape.dim(static_cast<int>(axis))) break;
      at[axis] = 0;
    }
  }
}

std::int64_t place(const std::vector<std::int64_t>& at,
                   const std::vector<std::int64_t>& steps) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < at.size(); ++i) sum += at[i] * steps[i];
  return sum;
}

Tensor elementwise(ElementFn f, const std::vector<Attribute>& attributes,
                   const std::vector<Tensor>& in, const Type& type) {
  std::vector<std::vector<std::int64_t>> steps;
  for (const Tensor& x : in) steps.push_back(strides(x.shape(), type.shape));
  Tensor out(DType::f64, type.shape);
  double* to = out.data<double>();
  std::vector<double> elements(in.size());
  each_place(type.shape, [&](const std::vector<std::int64_t>& at) {
    for (std::size_t i = 0; i < in.size(); ++i) {
      elements[i] = in[i].at(place(at, steps[i]));
    }
    *to++ = f(elements, attributes);
  });
  return out.to(type.dtype);
}

/// The attributes with sizes in the place of symbols.
OpPtr concrete(const OpPtr& op, const SymbolSizes& sizes) {
  std::vector<Attribute> attributes = op->attributes();
  bool changed = false;
  for (Attribute& a : attributes) {
    auto* shape = std::get_if<Shape>(&a.value);
    if (shape == nullptr || shape->is_concrete()) continue;
    Shape resolved;
    for (const Dim d : *shape) {
      resolved.push_back(d == kInfer ? d : Dim(sizes.resolve(d)));
    }
    *shape = resolved;
    changed = true;
  }
  return changed ? registry().make_op_by_name(op->name(), attributes) : op;
}

/// The op's kernel in a program of its own.
std::vector<Tensor> alone(const OpPtr& op, const std::vector<Tensor>& in,
                          const State& outer) {
  Graph g;
  std::vector<Value> inputs;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const Type& t = in[i].type();
    inputs.push_back(g.buffer("x" + std::to_string(i), t.shape,
                              initializers::zeros()(t.shape, t.dtype),
                              t.dtype));
  }
  const std::vector<Value> outputs = g.add(op, inputs, Source{});
  State state = initialize(g, outer.seed);
  state.step = outer.step;
  for (std::size_t i = 0; i < in.size(); ++i) {
    state.set("x" + std::to_string(i), in[i]);
  }
  const Program p =
      compile(g, {.outputs = outputs, .disabled_passes = pass_names()});
  static Executor run({.threads = 1});
  return run(p, state, std::span<const Feed>{});
}

/// Ops that move or choose numbers, and never round one.
bool is_exact(std::string_view op) {
  static const std::set<std::string_view> names = {
      "abs",      "clamp",         "concat",     "copy",      "expand",
      "flip",     "gather",        "max",        "maximum",   "minimum",
      "negative", "pad",           "put_along",  "relu",      "sign",
      "slice",    "stop_gradient", "take_along", "transpose", "unslice",
      "where"};
  return names.contains(op);
}

/// Changes each number by what depends on its bits: equal ones stay equal.
void add_noise(Tensor& x, double noise, std::uint64_t draw) {
  auto change = [&](auto values) {
    for (auto& v : values) {
      std::uint64_t bits = 0;
      std::memcpy(&bits, &v, sizeof v);
      RandomSequence draws(Philox({draw}, bits, 0));
      const double factor = 1 + noise * (2 * draws.uniform() - 1);
      v = static_cast<std::remove_reference_t<decltype(v)>>(v * factor);
    }
  };
  x = x.clone();
  if (x.dtype() == DType::f64) change(x.values<double>());
  // Single precision rounds some 2^29 times as coarsely.
  if (x.dtype() == DType::f32) {
    noise *= 0x1p29;
    change(x.values<float>());
  }
}

class Interpreter {
 public:
  Interpreter(const State& state, const std::vector<Feed>& feeds,
              std::int64_t batch)
      : state_(state) {
    sizes_.sizes[0] = batch;
    for (const auto& [value, tensor] : feeds) feeds_[value.node()] = tensor;
  }

  std::vector<Tensor> evaluate(
      const Node& n, std::int32_t index,
      const std::vector<std::vector<Tensor>>& values) const {
    std::vector<Tensor> in;
    for (const Port& p : n.inputs) {
      in.push_back(values[static_cast<std::size_t>(p.node)]
                         [static_cast<std::size_t>(p.output)]);
    }
    switch (n.kind) {
      case Node::Kind::input: return {feeds_.at(index)};
      case Node::Kind::parameter:
      case Node::Kind::buffer: return {state_.at(n.name).clone()};
      case Node::Kind::constant: return {n.constant};
      case Node::Kind::assign: return {in.at(1)};
      case Node::Kind::op: break;
    }
    return of_op(n, in);
  }

 private:
  std::vector<Tensor> of_op(const Node& n,
                            const std::vector<Tensor>& in) const {
    const Type type{n.outputs.front().dtype,
                    n.outputs.front().shape.resolve(sizes_)};
    const OpPtr op = concrete(n.op, sizes_);
    if (op->traits().alias) return {in.at(0).clone().reshape(type.shape)};
    if (op->name() == "dim_product") {
      const auto dims = std::get<Shape>(op->attributes().at(0).value);
      return {Tensor::scalar(static_cast<double>(dims.elements()), type.dtype)};
    }
    const bool exact = type.dtype == DType::i32 || type.dtype == DType::i64;
    if (const ElementFn f = element_function(op->name()); f && !exact) {
      return {elementwise(f, op->attributes(), in, type)};
    }
    return alone(op, in, state_);
  }

  const State& state_;
  SymbolSizes sizes_;
  std::map<std::int32_t, Tensor> feeds_;
};

}  // namespace

std::vector<std::vector<Tensor>> interpret(const Graph& graph,
                                           const State& state,
                                           const std::vector<Feed>& feeds,
                                           std::int64_t batch, double noise,
                                           std::uint64_t draw) {
  const Interpreter interpreter(state, feeds, batch);
  std::vector<std::vector<Tensor>> values;
  for (std::size_t i = 0; i < graph.size(); ++i) {
    const auto index = static_cast<std::int32_t>(i);
    const Node& n = graph.node(index);
    values.push_back(interpreter.evaluate(n, index, values));
    const bool rounds = n.kind == Node::Kind::op && !n.op->traits().alias &&
                        !is_exact(n.op->name()) && !n.inputs.empty();
    if (noise == 0 || !rounds) continue;
    for (Tensor& t : values.back()) add_noise(t, noise, draw);
  }
  return values;
}

}  // namespace random_graphs
