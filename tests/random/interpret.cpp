#include <cmath>
#include <cstring>
#include <map>
#include <set>

#include "indices.h"
#include "recipe.h"
#include "structure.h"

namespace random_graphs {

namespace {

Array elementwise(ElementFn f, const std::vector<Attribute>& attributes,
                  const std::vector<Array>& in, const Type& type) {
  Array out{type, {}};
  std::vector<Number> elements(in.size());
  each_place(type.shape, [&](const Index& at) {
    for (std::size_t i = 0; i < in.size(); ++i) {
      elements[i] = in[i].values[place(at, in[i].type.shape)];
    }
    out.values.push_back(f(elements, attributes));
  });
  return out;
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
      "abs",       "clamp",    "concat", "copy",          "expand",
      "flip",      "gather",   "max",    "maximum",       "min",
      "minimum",   "negative", "pad",    "put_along",     "relu",
      "sign",      "slice",    "split",  "stop_gradient", "take_along",
      "transpose", "unslice",  "where"};
  return names.contains(op);
}

/// What a node gives; where an error may grow with something else than the
/// result, that as well.
struct Result {
  std::vector<Tensor> values;
  std::vector<std::vector<Number>> magnitudes;
};

/// Changes each number by what depends on its bits: equal ones stay equal,
/// unless they are in nodes or places of which each has noise of its own.
void add_noise(Tensor& x, const std::vector<Number>& magnitude, double noise,
               std::uint64_t draw, std::optional<std::uint64_t> node) {
  auto change = [&](auto values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      auto& v = values[i];
      std::uint64_t bits = 0;
      std::memcpy(&bits, &v, sizeof v);
      const std::uint64_t place = node ? (*node + 1) << 32 | i : 0;
      RandomSequence draws(Philox({draw}, bits, place));
      const double share = noise * (2 * draws.uniform() - 1);
      const double size =
          magnitude.empty() ? v : static_cast<double>(magnitude[i]);
      v = static_cast<std::remove_reference_t<decltype(v)>>(v + size * share);
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

/// By arithmetic that is written down naively; nothing if it has none, or its
/// integers would overflow.
std::optional<Result> naive(const Op& op, const std::vector<Tensor>& in,
                            const std::vector<Type>& types) {
  std::vector<Array> arrays;
  for (const Tensor& t : in) {
    auto a = array_of(t);
    if (!a) return std::nullopt;
    arrays.push_back(std::move(*a));
  }
  std::optional<std::vector<Array>> out;
  if (const ElementFn f = element_function(op.name())) {
    out = std::vector{elementwise(f, op.attributes(), arrays, types.front())};
    // x·(1 + erf) loses what is small beside x where the sum is near 0.
    if (op.name() == "gelu" || op.name() == "gelu_tanh") {
      for (const Number x : arrays[0].values) {
        out->front().magnitude.push_back(std::abs(x));
      }
    }
  } else {
    out = structural(op, arrays, types);
  }
  if (!out) return std::nullopt;
  Result r;
  for (Array& a : *out) {
    const auto tensor = tensor_of(a);
    if (!tensor) return std::nullopt;
    r.values.push_back(*tensor);
    r.magnitudes.push_back(std::move(a.magnitude));
  }
  return r;
}

class Interpreter {
 public:
  Interpreter(const State& state, const std::vector<Feed>& feeds,
              std::int64_t batch)
      : state_(state) {
    sizes_.sizes[0] = batch;
    for (const auto& [value, tensor] : feeds) feeds_[value.node()] = tensor;
  }

  Result evaluate(const Node& n, std::int32_t index,
                  const std::vector<std::vector<Tensor>>& values) const {
    std::vector<Tensor> in;
    for (const Port& p : n.inputs) {
      in.push_back(values[static_cast<std::size_t>(p.node)]
                         [static_cast<std::size_t>(p.output)]);
    }
    switch (n.kind) {
      case Node::Kind::input: return {{feeds_.at(index)}, {}};
      case Node::Kind::parameter:
      case Node::Kind::buffer: return {{state_.at(n.name).clone()}, {}};
      case Node::Kind::constant: return {{n.constant}, {}};
      case Node::Kind::assign: return {{in.at(1)}, {}};
      case Node::Kind::op: break;
    }
    return of_op(n, in);
  }

 private:
  Result of_op(const Node& n, const std::vector<Tensor>& in) const {
    std::vector<Type> types;
    for (const Type& t : n.outputs) {
      types.push_back({t.dtype, t.shape.resolve(sizes_)});
    }
    const OpPtr op = concrete(n.op, sizes_);
    if (op->traits().alias) {
      return {{in.at(0).clone().reshape(types.front().shape)}, {}};
    }
    if (op->name() == "dim_product") {
      const auto dims = std::get<Shape>(op->attributes().at(0).value);
      const auto product = static_cast<double>(dims.elements());
      return {{Tensor::scalar(product, types.front().dtype)}, {}};
    }
    if (auto found = naive(*op, in, types)) return *found;
    return {alone(op, in, state_), {}};
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
                                           std::uint64_t draw, bool apart) {
  const Interpreter interpreter(state, feeds, batch);
  std::vector<std::vector<Tensor>> values;
  for (std::size_t i = 0; i < graph.size(); ++i) {
    const auto index = static_cast<std::int32_t>(i);
    const Node& n = graph.node(index);
    Result r = interpreter.evaluate(n, index, values);
    const bool rounds = n.kind == Node::Kind::op && !n.op->traits().alias &&
                        !is_exact(n.op->name()) && !n.inputs.empty();
    r.magnitudes.resize(r.values.size());
    for (std::size_t k = 0; noise != 0 && rounds && k < r.values.size(); ++k) {
      add_noise(
          r.values[k], r.magnitudes[k], noise, draw,
          apart ? std::optional(static_cast<std::uint64_t>(i)) : std::nullopt);
    }
    values.push_back(std::move(r.values));
  }
  return values;
}

}  // namespace random_graphs
