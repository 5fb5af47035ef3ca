// The derivative of a scan: the same scan, which also gives what the steps'
// derivatives need, and one in the other direction over that. The compiler
// merges the first with the scan itself.

#include <map>

#include "ops/bodies.h"
#include "src/autodiff/body_gradient.h"
#include "weft/error.h"
#include "weft/ops.h"

namespace weft {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Ops that are computed again rather than kept for each step.
bool is_free(const Node& n) {
  if (n.kind != Node::Kind::op) return n.kind == Node::Kind::constant;
  const std::string_view op = n.op->name();
  return op == "fill" || op == "dim_product" || op == "reshape" ||
         op == "expand" || op == "transpose";
}

/// One gradient of a matrix from outside: aᵀ·b summed over the steps.
struct Product {
  Value a, b;  ///< of the step's graph
};

class ScanGradient {
 public:
  ScanGradient(const Scan& op, std::span<const Value> in,
               std::span<const Value> grads)
      : op_(op),
        in_(in),
        grads_(grads),
        outer_(in.front().graph()),
        step_(op.body),
        carries_(at(op.carries)),
        sequences_(at(op.sequences)) {}

  std::vector<Value> run() {
    collect();
    find_kept();
    run_forward();
    build();
    run_backward();
    return std::move(result_);
  }

 private:
  bool is_carry(std::size_t i) const { return i < carries_; }
  bool is_sequence(std::size_t i) const {
    return !is_carry(i) && i < carries_ + sequences_;
  }

  /// What the backward step computes.
  void collect() {
    Graph& g = *step_.graph;
    products_.resize(in_.size());
    rest_.resize(in_.size());
    for (std::size_t i = 0; i < in_.size(); ++i) {
      const Value d = step_.gradients[i];
      if (is_carry(i) && step_.seeds[i]) {
        wanted_.push_back(d ? d : zeros_like(step_.inputs[i]));
        rest_[i] = wanted_.back();
      } else if (d && is_sequence(i)) {
        wanted_.push_back(d);
        rest_[i] = d;
      } else if (d) {
        split(g, d, i);
        if (rest_[i]) wanted_.push_back(rest_[i]);
        for (const Product& p : products_[i]) {
          wanted_.push_back(p.a);
          wanted_.push_back(p.b);
        }
      }
    }
  }

  /// Takes the matrix products out of a sum that is the gradient of input i.
  void split(Graph& g, Value d, std::size_t i) {
    const Node& n = g.node(d);
    auto input = [&](std::size_t k) {
      return Value(&g, n.inputs[k].node, n.inputs[k].output);
    };
    const bool made_here =
        n.kind == Node::Kind::op && at(d.node()) >= step_.forward_nodes;
    if (made_here && n.op->name() == "add" && input(0).type() == d.type() &&
        input(1).type() == d.type()) {
      split(g, input(0), i);
      split(g, input(1), i);
      return;
    }
    if (made_here && n.op->name() == "matmul" && input(0).rank() == 2 &&
        input(1).rank() == 2 && contracts_rows(*n.op) &&
        rows_can_be_joined(input(0).shape())) {
      products_[i].push_back({input(0), input(1)});
      return;
    }
    rest_[i] = rest_[i] ? rest_[i] + d : d;
  }

  static bool contracts_rows(const Op& op) {
    bool first = false, second = true;
    for (const Attribute& a : op.attributes()) {
      if (a.name == "transpose_a") first = std::get<bool>(a.value);
      if (a.name == "transpose_b") second = std::get<bool>(a.value);
    }
    return first && !second;
  }
  Dim steps() const {
    std::vector<Type> types;
    for (const Value& v : in_) types.push_back(v.type());
    return op_.steps(types);
  }
  bool rows_can_be_joined(const Shape& rows) const {
    try {
      return steps() * rows[0] != kInfer;
    } catch (const ShapeError&) {
      return false;  // both are symbols
    }
  }

  bool is_forward(std::int32_t node) const {
    return at(node) < step_.forward_nodes &&
           step_.graph->node(node).kind == Node::Kind::op;
  }

  /// Walks back from what is wanted to inputs and values of the forward step.
  void find_kept() {
    const Graph& g = *step_.graph;
    needed_.resize(g.size());
    auto need = [&](std::int32_t node, std::int32_t output) {
      if (is_forward(node) && !is_free(g.node(node))) {
        kept_.emplace(std::pair{node, output}, kept_.size());
      } else {
        needed_[at(node)] = true;
      }
    };
    for (const Value& v : wanted_) need(v.node(), v.output());
    for (std::size_t i = g.size(); i-- > 0;) {
      if (!needed_[i]) continue;
      for (const Port& p : g.node(static_cast<std::int32_t>(i)).inputs) {
        need(p.node, p.output);
      }
    }
  }

  /// The scan with what is kept of each step.
  void run_forward() {
    std::vector<Value> outputs = step_.outputs;
    std::vector<std::size_t> carries_kept;
    for (std::size_t i = 0; i < carries_; ++i) {
      if (!needed_[at(step_.inputs[i].node())]) continue;
      carries_kept.push_back(i);
      outputs.push_back(step_.inputs[i]);
    }
    std::vector<Value> kept(kept_.size());
    for (const auto& [port, k] : kept_) {
      kept[k] = Value(step_.graph.get(), port.first, port.second);
    }
    outputs.insert(outputs.end(), kept.begin(), kept.end());
    if (outputs.size() == step_.outputs.size()) return;
    Scan again = op_;
    again.body = make_body(*step_.graph, step_.inputs, outputs, "scan");
    const auto all = outer_.add(make_op(again), in_, Source{});
    std::size_t next = step_.outputs.size();
    for (std::size_t i : carries_kept)
      stack_of_[step_.inputs[i].node()] = all[next++];
    kept_stacks_.assign(all.begin() + static_cast<std::ptrdiff_t>(next),
                        all.end());
  }

  Value add_input(Value like) {
    made_inputs_.push_back(backward_.input(std::to_string(made_inputs_.size()),
                                           like.shape(), like.dtype()));
    return made_inputs_.back();
  }
  void stand_for(Value forward, Value backward) {
    auto& values = now_[at(forward.node())];
    values.resize(at(forward.output()) + 1);
    values[at(forward.output())] = backward;
  }

  /// The backward step: its inputs in the order that Scan wants.
  void build() {
    now_.resize(step_.graph->size());
    std::vector<Value> sums;  // of rest_, for inputs from outside
    for (std::size_t i = 0; i < carries_; ++i) {
      if (!step_.seeds[i]) continue;
      stand_for(step_.seeds[i], add_input(step_.seeds[i]));
      arguments_.push_back(grads_[i]);
    }
    for (std::size_t i = carries_ + sequences_; i < in_.size(); ++i) {
      if (!rest_[i]) continue;
      sums.push_back(add_input(step_.inputs[i]));
      arguments_.push_back(zeros_like(in_[i]));
    }
    backward_carries_ = arguments_.size();
    auto sequence = [&](Value row, Value stack) {
      stand_for(row, add_input(row));
      arguments_.push_back(stack);
    };
    for (std::size_t i = 0; i < carries_ + sequences_; ++i) {
      const Value x = step_.inputs[i];
      if (!needed_[at(x.node())]) continue;
      if (!is_carry(i)) stack_of_[x.node()] = in_[i];
      sequence(x, stack_of_.at(x.node()));
    }
    for (const auto& [port, k] : kept_) {
      sequence(Value(step_.graph.get(), port.first, port.second),
               kept_stacks_[k]);
    }
    for (std::size_t i = carries_; i < step_.outputs.size(); ++i) {
      if (step_.seeds[i] && needed_[at(step_.seeds[i].node())]) {
        sequence(step_.seeds[i], grads_[i]);
      }
    }
    backward_sequences_ = arguments_.size() - backward_carries_;
    for (std::size_t i = carries_ + sequences_; i < in_.size(); ++i) {
      if (!needed_[at(step_.inputs[i].node())]) continue;
      stand_for(step_.inputs[i], add_input(step_.inputs[i]));
      arguments_.push_back(in_[i]);
    }
    for (std::size_t i = 0; i < now_.size(); ++i) {
      const auto node = static_cast<std::int32_t>(i);
      if (needed_[i] && now_[i].empty()) {
        copy_node(backward_, *step_.graph, node, now_);
      }
    }
    finish(sums);
  }

  Value now(Value v) const { return now_[at(v.node())][at(v.output())]; }

  void finish(const std::vector<Value>& sums) {
    for (std::size_t i = 0; i < carries_; ++i) {
      if (step_.seeds[i]) results_.push_back(now(rest_[i]));
    }
    for (std::size_t i = carries_ + sequences_, k = 0; i < in_.size(); ++i) {
      if (rest_[i]) results_.push_back(sums[k++] + now(rest_[i]));
    }
    for (std::size_t i = carries_; i < carries_ + sequences_; ++i) {
      if (rest_[i]) results_.push_back(now(rest_[i]));
    }
    for (auto& list : products_) {
      for (Product& p : list) {
        for (Value v : {p.a, p.b}) {
          if (!known_stack(v)) results_.push_back(now(v));
        }
      }
    }
  }

  /// The stack of a value of the forward step, where there is one.
  Value known_stack(Value v) const {
    const auto kept = kept_.find({v.node(), v.output()});
    if (kept != kept_.end()) return kept_stacks_[kept->second];
    const auto known = stack_of_.find(v.node());
    return known == stack_of_.end() ? Value() : known->second;
  }

  void run_backward() {
    result_.resize(in_.size());
    if (results_.empty()) return;
    Scan op;
    op.body = make_body(backward_, made_inputs_, results_, "scan");
    op.carries = static_cast<std::int64_t>(backward_carries_);
    op.sequences = static_cast<std::int64_t>(backward_sequences_);
    op.reverse = !op_.reverse;
    if (backward_sequences_ == 0) op.length = Shape{steps()};
    const auto all = outer_.add(make_op(op), arguments_, Source{});
    std::size_t next = 0;
    for (std::size_t i = 0; i < carries_; ++i) {
      if (step_.seeds[i]) result_[i] = all[next++];
    }
    for (std::size_t i = carries_ + sequences_; i < in_.size(); ++i) {
      if (rest_[i]) result_[i] = all[next++];
    }
    for (std::size_t i = carries_; i < carries_ + sequences_; ++i) {
      if (rest_[i]) result_[i] = all[next++];
    }
    for (std::size_t i = 0; i < in_.size(); ++i) {
      for (const Product& p : products_[i]) {
        const Value a = known_stack(p.a) ? known_stack(p.a) : all[next++];
        const Value b = known_stack(p.b) ? known_stack(p.b) : all[next++];
        const Value d = matmul(join_rows(a), join_rows(b), true, false);
        result_[i] = result_[i] ? result_[i] + d : d;
      }
    }
  }

  /// (steps, rows, columns) as a matrix of all rows.
  static Value join_rows(Value stack) {
    const Shape& s = stack.shape();
    return reshape(stack, Shape{s[0] * s[1], s[2]});
  }

  const Scan& op_;
  std::span<const Value> in_, grads_;
  Graph& outer_;
  BodyGradient step_;
  std::size_t carries_, sequences_;
  std::vector<Value> wanted_;
  std::vector<std::vector<Product>> products_;  ///< by input
  std::vector<Value> rest_;                     ///< by input: other gradients
  std::vector<bool> needed_;  ///< by node of the step: read by the backward one
  std::map<std::pair<std::int32_t, std::int32_t>, std::size_t> kept_;
  std::vector<Value> kept_stacks_;
  std::map<std::int32_t, Value> stack_of_;  ///< of inputs of the step
  Graph backward_;
  std::vector<std::vector<Value>> now_;  ///< of the step's values there
  std::vector<Value> made_inputs_, arguments_, results_, result_;
  std::size_t backward_carries_ = 0, backward_sequences_ = 0;
};

}  // namespace

std::vector<Value> Scan::vjp(std::span<const Value> in, std::span<const Value>,
                             std::span<const Value> grads) const {
  return ScanGradient(*this, in, grads).run();
}

std::vector<Value> Cond::vjp(std::span<const Value> in, std::span<const Value>,
                             std::span<const Value> grads) const {
  std::vector<Value> inputs(in.begin(), in.end());
  for (const Value& v : floating(grads)) inputs.push_back(v);
  const Cond backward{gradient_body(then, "cond"),
                      gradient_body(otherwise, "cond")};
  std::vector<Value> result(in.size());
  if (backward.then->outputs.empty()) return result;
  const auto found =
      in.front().graph().add(make_op(backward), inputs, Source{});
  for (std::size_t i = 1, k = 0; i < in.size(); ++i) {
    if (is_floating(in[i].dtype())) result[i] = found[k++];
  }
  return result;
}

}  // namespace weft
