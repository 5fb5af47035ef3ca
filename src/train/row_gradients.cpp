#include "src/train/row_gradients.h"

#include <optional>

#include "weft/autodiff.h"
#include "weft/error.h"
#include "weft/ops.h"

namespace weft {

namespace {

/// Marks the nodes that the loss is computed from.
std::vector<bool> sources_of(const Graph& graph, Value loss) {
  std::vector<bool> needed(static_cast<std::size_t>(loss.node()) + 1);
  needed.back() = true;
  for (std::size_t n = needed.size(); n-- > 0;) {
    if (!needed[n]) continue;
    for (const Port& p : graph.node(static_cast<std::int32_t>(n)).inputs) {
      needed[static_cast<std::size_t>(p.node)] = true;
    }
  }
  return needed;
}

struct Uses {
  std::vector<Value>
      lookups;  ///< of the parameter, if it is read by them alone
  std::vector<Value> indices;  ///< theirs
  std::int32_t other = -1;     ///< a node that reads it in another way
};

/// The number of elements, if that is a dimension.
std::optional<Dim> elements_of(const Shape& shape) {
  Dim n = 1;
  for (const Dim d : shape) {
    if (n.is_symbolic() && d.is_symbolic()) return {};
    n = n * d;
  }
  return n;
}

/// True if all can be joined into one vector, whose length is a dimension.
bool can_join(const std::vector<Value>& indices) {
  Dim all = 0;
  for (const Value& v : indices) {
    const std::optional<Dim> n = elements_of(v.shape());
    if (!n) return false;
    if (all.is_symbolic() && n->is_symbolic() &&
        all.symbol_id() != n->symbol_id()) {
      return false;
    }
    all = all + *n;
  }
  return true;
}

class Finder {
 public:
  Finder(Value loss, const std::vector<Value>& parameters)
      : graph_(loss.graph()), uses_(parameters.size()) {
    std::vector<Uses*> uses_of(graph_.size());
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      uses_of[static_cast<std::size_t>(parameters[i].node())] = &uses_[i];
    }
    const std::vector<bool> needed = sources_of(graph_, loss);
    for (std::size_t n = 0; n < needed.size(); ++n) {
      if (needed[n]) note(static_cast<std::int32_t>(n), uses_of);
    }
    for (std::size_t i = 0; i < uses_.size(); ++i) settle(parameters[i], i);
  }

  const Uses& operator[](std::size_t i) const { return uses_[i]; }

 private:
  void note(std::int32_t index, const std::vector<Uses*>& uses_of) {
    const Node& n = graph_.node(index);
    for (const Port& p : n.inputs) {
      Uses* uses = uses_of[static_cast<std::size_t>(p.node)];
      if (!uses) continue;
      if (n.kind == Node::Kind::op && n.op->name() == "lookup") {
        uses->lookups.emplace_back(&graph_, index, 0);
        uses->indices.emplace_back(&graph_, n.inputs[1].node,
                                   n.inputs[1].output);
      } else {
        uses->other = index;
      }
    }
  }

  /// Says so where rows were asked for and can't be had.
  void settle(Value w, std::size_t i) {
    Uses& uses = uses_[i];
    if (uses.lookups.empty()) return;
    std::string reason;
    if (uses.other >= 0) {
      reason = "It is also read by " + graph_.describe(uses.other) + ".";
    } else if (uses.lookups.size() > 1 && !can_join(uses.indices)) {
      reason =
          "Several lookups read it, whose indices can't be joined: their "
          "number is no multiple of one symbol.";
    } else {
      return;
    }
    graph_.warn({.kind = "dense gradient",
                 .subject = "lookups of '" + w.path() + "'",
                 .reason = std::move(reason),
                 .remedy = "A step then reads and writes the whole table.",
                 .where = {}});
    uses.lookups.clear();
  }

  Graph& graph_;
  std::vector<Uses> uses_;
};

Value flat(Value v, Dim rows, const Shape& row) {
  Shape shape{rows};
  for (const Dim d : row) shape.push_back(d);
  return reshape(v, shape);
}

/// The sums over equal indices of several lookups, one after the other.
IndexSums joined(const Uses& uses, const std::vector<Value>& grads, Value w) {
  const std::int64_t count = w.shape().dim(0);
  if (grads.size() == 1) {
    return sum_by_index(grads[0], uses.indices[0], count);
  }
  Shape row;
  for (int i = 1; i < w.rank(); ++i) row.push_back(w.shape()[i]);
  std::vector<Value> indices, values;
  for (std::size_t k = 0; k < grads.size(); ++k) {
    const Dim n = *elements_of(uses.indices[k].shape());
    indices.push_back(flat(uses.indices[k], n, {}));
    values.push_back(flat(grads[k], n, row));
  }
  return sum_by_index(concat(values, 0), concat(indices, 0), count);
}

}  // namespace

std::vector<ParameterGradient> parameter_gradients(
    Value loss, const std::vector<Value>& parameters, const Source& at) {
  const Finder uses(loss, parameters);
  std::vector<Value> asked;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto& lookups = uses[i].lookups;
    if (lookups.empty()) asked.push_back(parameters[i]);
    asked.insert(asked.end(), lookups.begin(), lookups.end());
  }
  const std::vector<Value> found = gradients(loss, asked, {}, at);
  std::vector<ParameterGradient> made;
  auto next = found.begin();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto n = static_cast<std::ptrdiff_t>(uses[i].lookups.size());
    if (n == 0) {
      made.push_back({*next, {}, *next});
      ++next;
      continue;
    }
    const IndexSums s = joined(uses[i], {next, next + n}, parameters[i]);
    next += n;
    made.push_back({s.sums, s.indices,
                    put_rows(zeros_like(parameters[i]), s.indices, s.sums)});
  }
  return made;
}

}  // namespace weft
