#include <algorithm>
#include <map>
#include <tuple>

#include "coverage.h"

namespace random_graphs {

namespace {

/// Writes a graph with the public functions; what it wrote is the recipe.
class Generator {
 public:
  explicit Generator(std::uint64_t seed)
      : seed_(seed), draws_(Philox({seed}, 0, 0)) {}

  Recipe run() {
    const std::uint64_t leaves = 1 + below(3);
    for (std::uint64_t i = 0; i < leaves; ++i) start();
    // Enough elements for parts that several threads take, and sums whose
    // shares they join.
    if (chance(0.02)) {
      const Shape shape{1 + static_cast<std::int64_t>(below(4)),
                        100 + static_cast<std::int64_t>(below(700)),
                        1 + static_cast<std::int64_t>(below(90))};
      const Value x = leaf({float_dtype(), shape}, -2, 2);
      pool_.push_back(x);
      if (chance(0.5)) pool_.push_back(sum(tanh(x)));
    }
    // Every op in every dtype comes up once in so many seeds.
    const std::vector<Drawn>& all = drawable();
    const Drawn& first = all[static_cast<std::size_t>(seed_ % all.size())];
    add_sample(first.op, first.inputs, first.main);
    const std::uint64_t ops = 2 + below(14);
    for (std::uint64_t i = 0; i < ops; ++i) {
      if (chance(0.001)) {
        add_product();
      } else if (chance(0.2)) {
        repeat_op();
      } else {
        add_op();
      }
    }
    return recorded();
  }

 private:
  std::uint64_t below(std::uint64_t n) { return draws_.below(n); }
  bool chance(double p) { return draws_.uniform() < p; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[static_cast<std::size_t>(below(from.size()))];
  }

  Value leaf(const Type& type, double low, double high) {
    const std::string name = "x" + std::to_string(g_.size());
    const OpPtr zero = initializers::zeros()(type.shape, type.dtype);
    Value v;
    const bool symbolic = !type.shape.is_concrete();
    const std::uint64_t kind = symbolic ? 0 : below(8);
    if (kind == 0) {
      v = g_.input(name, type.shape, type.dtype);
    } else if (kind < 5 && is_floating(type.dtype)) {
      v = g_.parameter(name, type.shape, zero, type.dtype);
    } else if (kind < 7) {
      v = g_.buffer(name, type.shape, zero, type.dtype);
    } else {
      v = g_.constant(Tensor(type.dtype, type.shape));
    }
    ranges_[v.node()] = {low, high};
    return v;
  }

  void start() {
    Shape shape;
    if (chance(0.4)) shape.push_back(kBatch);
    const std::uint64_t rank = below(4);
    for (std::uint64_t i = 0; i < rank; ++i) {
      // Mostly small, sometimes large enough for several tiles, rarely empty.
      const std::int64_t n =
          static_cast<std::int64_t>(chance(0.1) ? below(70) : 1 + below(5));
      shape.push_back(n);
    }
    pool_.push_back(leaf({float_dtype(), shape}, -2, 2));
  }

  DType float_dtype() { return chance(0.8) ? DType::f64 : DType::f32; }

  Value concrete(Value v) {
    for (int axis = v.rank() - 1; axis >= 0; --axis) {
      if (!v.shape()[axis].is_symbolic()) continue;
      if (v.dtype() == DType::boolean) v = cast(v, DType::i32);
      v = is_floating(v.dtype()) ? mean(v, {axis}) : sum(v, {axis});
    }
    return v;
  }

  /// v's elements in another shape: repeated, or only the first.
  Value fitted(Value v, const Shape& shape) {
    const std::int64_t n = shape.elements(), m = v.shape().elements();
    if (m == n) return reshape(v, shape);
    v = reshape(v, {m});
    if (m < n) v = tile(v, {(n + m - 1) / m});
    return reshape(slice(v, 0, 0, n), shape);
  }

  /// v in the dtype and the range that an op asks for.
  Value ranged(Value v, DType dtype, const SampleInput& in) {
    if (dtype == DType::boolean) {
      return v.dtype() == dtype ? v : greater(v, 0);
    }
    const DType real = is_floating(dtype) ? dtype : DType::f64;
    if (v.dtype() != real) v = cast(v, real);
    const bool any = in.low <= -2 && in.high >= 2;
    if (is_floating(dtype) && any && chance(0.6)) return v;
    v = in.low + (in.high - in.low) * sigmoid(v);
    return is_floating(dtype) ? v : cast(clamp(v, in.low, in.high - 1), dtype);
  }

  Value operand(const SampleInput& in, DType main) {
    const DType dtype = in.dtype.value_or(main);
    const double high = dtype == DType::boolean ? 2 : in.high;
    const double low = dtype == DType::boolean ? 0 : in.low;
    if (chance(0.3)) return leaf({dtype, in.shape}, low, high);
    const Value v = concrete(pick(pool_));
    if (v.shape().elements() == 0 && in.shape.elements() > 0) {
      return leaf({dtype, in.shape}, low, high);
    }
    return ranged(fitted(v, in.shape), dtype, in);
  }

  /// Operands of an elementwise op take a pool value's shape, or broadcast.
  Value element_operand(const SampleInput& in, DType main, const Shape& shape) {
    const DType dtype = in.dtype.value_or(main);
    std::vector<Value> same;
    for (const Value& v : pool_) {
      if (v.shape() == shape) same.push_back(v);
    }
    if (!same.empty() && chance(0.75)) return ranged(pick(same), dtype, in);
    Shape smaller;
    const int from = shape.rank() > 0 && chance(0.3) ? 1 : 0;
    for (int axis = from; axis < shape.rank(); ++axis) {
      smaller.push_back(chance(0.3) || shape[axis].is_symbolic() ? Dim(1)
                                                                 : shape[axis]);
    }
    return leaf({dtype, smaller}, dtype == DType::boolean ? 0 : in.low,
                dtype == DType::boolean ? 2 : in.high);
  }

  DType main_dtype() {
    if (chance(0.85)) return float_dtype();
    return pick(std::vector{DType::i32, DType::i64, DType::boolean});
  }

  void add_op() {
    static const std::vector<std::string> names = registry().names();
    // What is contracted, simplified and fused most.
    static const std::vector<std::string> arithmetic = {
        "add", "subtract", "multiply", "negative", "square", "where", "sum"};
    const OpPtr prototype =
        registry().prototype(pick(chance(0.3) ? arithmetic : names));
    const std::vector<Sample> samples = prototype->samples();
    if (samples.empty()) return;
    const Sample& s = pick(samples);
    const OpPtr op = s.op ? s.op : prototype;
    const DType main = main_dtype();
    if (takes(*op, s, main)) add_sample(op, s.inputs, main);
  }

  void add_sample(const OpPtr& op, const std::vector<SampleInput>& samples,
                  DType main) {
    std::vector<Value> inputs;
    const Shape shape = pick(pool_).shape();
    for (const SampleInput& in : samples) {
      inputs.push_back(op->traits().elementwise
                           ? element_operand(in, main, shape)
                           : operand(in, main));
    }
    add(op, inputs);
  }

  void add(const OpPtr& op, const std::vector<Value>& inputs) {
    for (Value y : g_.add(op, inputs, Source{})) {
      if (is_floating(y.dtype()) && !op->differentiable() && !inputs.empty()) {
        y = stop_gradient(y);
      }
      pool_.push_back(y);
    }
  }

  /// A matrix product that is made in several blocks, each of which others may
  /// follow before the next is done; often of a square matrix, so that the
  /// result could have an operand's memory.
  void add_product() {
    const DType main = float_dtype();
    const auto size = [&] {
      return 120 + static_cast<std::int64_t>(below(60));
    };
    const std::int64_t k = size();
    const std::int64_t m = chance(0.3) ? k : size();
    const std::int64_t n = chance(0.5) ? k : size();
    const bool ta = chance(0.2), tb = chance(0.3);
    const Value a = operand(ta ? Shape{k, m} : Shape{m, k}, main);
    const Value b = operand(tb ? Shape{n, k} : Shape{k, n}, main);
    Value y = 0.05 * matmul(a, b, ta, tb);
    if (chance(0.5)) y = tanh(y);
    if (chance(0.5)) y = y + operand(Shape{n}, main);
    // What is no output has its place in the memory that all share.
    pool_.push_back(chance(0.5) ? y : cumsum(y, 0));
  }

  /// An earlier op again: on the same inputs, or with one of them exchanged.
  void repeat_op() {
    std::vector<std::int32_t> ops;
    for (std::size_t i = 0; i < g_.size(); ++i) {
      const auto node = static_cast<std::int32_t>(i);
      if (g_.node(node).kind == Node::Kind::op) ops.push_back(node);
    }
    if (ops.empty()) return;
    const Node n = g_.node(pick(ops));
    std::vector<Value> inputs;
    for (const Port& p : n.inputs) {
      inputs.emplace_back(&g_, p.node, p.output);
    }
    // Exchanged numbers may be out of range, which some ops refuse.
    if (!inputs.empty() && !n.op->traits().throws && chance(0.6)) {
      Value& changed = inputs[below(inputs.size())];
      std::vector<Value> same;
      for (std::size_t i = 0; i < g_.size(); ++i) {
        const Node& other = g_.node(static_cast<std::int32_t>(i));
        // Such results are read by way of a stopped gradient.
        if (is_floating(changed.dtype()) && other.op && !other.inputs.empty() &&
            !other.op->differentiable()) {
          continue;
        }
        for (std::size_t k = 0; k < other.outputs.size(); ++k) {
          const Value v(&g_, static_cast<std::int32_t>(i),
                        static_cast<std::int32_t>(k));
          if (v.type() == changed.type()) same.push_back(v);
        }
      }
      changed = pick(same);
    }
    add(n.op, inputs);
  }

  Recipe recorded() {
    Recipe r;
    r.seed = seed_;
    std::vector<bool> used(g_.size());
    for (std::size_t i = 0; i < g_.size(); ++i) {
      const Node& n = g_.node(static_cast<std::int32_t>(i));
      const bool is_op = n.kind == Node::Kind::op;
      Step s{n.kind, is_op ? n.op : nullptr, n.inputs, n.outputs, -2, 2, {}};
      const auto range = ranges_.find(static_cast<std::int32_t>(i));
      if (range != ranges_.end()) {
        std::tie(s.low, s.high) = range->second;
      } else if (n.kind == Node::Kind::constant) {
        s.fixed = n.constant;
      }
      r.steps.push_back(s);
      for (const Port& p : n.inputs) {
        used[static_cast<std::size_t>(p.node)] = true;
      }
    }
    for (const Value& v : pool_) {
      if (!used[static_cast<std::size_t>(v.node())] || chance(0.15)) {
        r.outputs.push_back({v.node(), v.output()});
      }
    }
    r.batch = static_cast<std::int64_t>(chance(0.1) ? below(2) : 1 + below(9));
    r.derivatives = chance(0.7) ? (chance(0.3) ? 2 : 1) : 0;
    if (chance(0.5)) r.optimizer = static_cast<int>(below(optimizers().size()));
    return r;
  }

  std::uint64_t seed_;
  RandomSequence draws_;
  Graph g_;
  std::vector<Value> pool_;
  std::map<std::int32_t, std::pair<double, double>> ranges_;  // of leaves
};

}  // namespace

Recipe generate(std::uint64_t seed) { return Generator(seed).run(); }

}  // namespace random_graphs
