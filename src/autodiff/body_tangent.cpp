// The forward derivatives of the ops with bodies: the same op, with a body that
// takes tangents beside the values and gives those of its results.

#include <algorithm>
#include <memory>

#include "ops/bodies.h"
#include "src/autodiff/tangents.h"
#include "weft/ops.h"

namespace weft {

namespace {

/// A body's nodes, the tangents of some inputs as further inputs, and the nodes
/// of the tangents of its outputs, all in one graph.
struct BodyTangent {
  BodyTangent(const Body& body, const std::vector<bool>& moves) {
    std::vector<std::vector<Value>> now(body->graph->size());
    for (std::size_t i = 0; i < now.size(); ++i) {
      copy_node(graph, *body->graph, static_cast<std::int32_t>(i), now);
    }
    std::vector<Value> xs, ts;
    for (std::size_t i = 0; i < body->inputs.size(); ++i) {
      const Value x = now[static_cast<std::size_t>(body->inputs[i])].front();
      inputs.push_back(x);
      tangents.emplace_back();
      if (!moves[i]) continue;
      tangents[i] = graph.input("t" + std::to_string(i), x.shape(), x.dtype());
      xs.push_back(x);
      ts.push_back(tangents[i]);
    }
    for (const Port& p : body->outputs) {
      outputs.push_back(now[static_cast<std::size_t>(p.node)]
                           [static_cast<std::size_t>(p.output)]);
    }
    found = push_forward(graph, outputs, xs, ts);
  }

  Value tangent(std::size_t output) {
    return found[output] ? found[output] : zeros_like(outputs[output]);
  }
  /// The body from `in` to the tangents of the outputs that are marked.
  Body make(std::vector<Value> in, const std::vector<bool>& wanted,
            const char* op) {
    std::vector<Value> out;
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      if (wanted[k]) out.push_back(tangent(k));
    }
    return make_body(graph, in, out, op);
  }

  Graph graph;
  std::vector<Value> inputs, tangents, outputs, found;
};

std::vector<bool> present(std::span<const Value> values) {
  std::vector<bool> marks;
  for (const Value& v : values) marks.push_back(static_cast<bool>(v));
  return marks;
}

void append(std::vector<Value>& to, std::span<const Value> from) {
  for (const Value& v : from) {
    if (v) to.push_back(v);
  }
}

/// What an op and its body take: values, and after them their tangents.
struct Arguments {
  BodyTangent& body;
  std::span<const Value> in, tangents;
  std::vector<Value> outer = {}, inner = {};

  /// Inputs begin … end − 1 and their tangents; returns how many that are.
  std::int64_t take(std::size_t begin, std::size_t end) {
    const std::size_t before = outer.size(), n = end - begin;
    append(outer, in.subspan(begin, n));
    append(outer, tangents.subspan(begin, n));
    append(inner, std::span(body.inputs).subspan(begin, n));
    append(inner, std::span(body.tangents).subspan(begin, n));
    return static_cast<std::int64_t>(outer.size() - before);
  }
};

/// Those of `found` in the places that are marked.
std::vector<Value> spread(const std::vector<Value>& found,
                          const std::vector<bool>& wanted) {
  std::vector<Value> result(wanted.size());
  for (std::size_t k = 0, n = 0; k < wanted.size(); ++k) {
    if (wanted[k]) result[k] = found[n++];
  }
  return result;
}

bool any(const std::vector<bool>& marks) {
  return std::find(marks.begin(), marks.end(), true) != marks.end();
}

}  // namespace

std::vector<Value> Checkpoint::jvp(std::span<const Value> in,
                                   std::span<const Value> out,
                                   std::span<const Value> tangents) const {
  BodyTangent body_tangent(body, present(tangents));
  const std::vector<bool> wanted = present(body_tangent.found);
  if (!any(wanted)) return std::vector<Value>(out.size());
  // What must be there before anything is computed stays at the end.
  const std::size_t last = in.size() - static_cast<std::size_t>(waits);
  Arguments arguments{body_tangent, in, tangents};
  arguments.take(0, last);
  const std::int64_t waiting = arguments.take(last, in.size());
  const Checkpoint op{body_tangent.make(arguments.inner, wanted, "checkpoint"),
                      waiting};
  return spread(in.front().graph().add(make_op(op), arguments.outer, Source{}),
                wanted);
}

std::vector<Value> Cond::jvp(std::span<const Value> in,
                             std::span<const Value> out,
                             std::span<const Value> tangents) const {
  const std::vector<bool> moves = present(tangents.subspan(1));
  BodyTangent a(then, moves), b(otherwise, moves);
  std::vector<bool> wanted = present(a.found);
  for (std::size_t k = 0; k < wanted.size(); ++k) {
    wanted[k] = wanted[k] || b.found[k];
  }
  if (!any(wanted)) return std::vector<Value>(out.size());
  std::vector<Value> outer(in.begin(), in.end());
  append(outer, tangents);
  auto make = [&](BodyTangent& body) {
    std::vector<Value> inner = body.inputs;
    append(inner, body.tangents);
    return body.make(inner, wanted, "cond");
  };
  const Cond op{make(a), make(b)};
  return spread(in.front().graph().add(make_op(op), outer, Source{}), wanted);
}

/// One loop over values and tangents, which keeps nothing of the steps. A carry
/// has a tangent if it is given one or any step makes one.
std::vector<Value> Scan::jvp(std::span<const Value> in,
                             std::span<const Value> out,
                             std::span<const Value> tangents) const {
  const auto c = static_cast<std::size_t>(carries);
  const auto s = static_cast<std::size_t>(sequences);
  std::vector<bool> moves = present(tangents);
  auto step = std::make_unique<BodyTangent>(body, moves);
  for (bool grew = true; grew;) {
    grew = false;
    for (std::size_t i = 0; i < c; ++i) {
      if (!step->found[i] || moves[i]) continue;
      moves[i] = grew = true;
    }
    if (grew) step = std::make_unique<BodyTangent>(body, moves);
  }
  std::vector<bool> wanted = present(step->found);
  for (std::size_t i = 0; i < c; ++i) wanted[i] = moves[i];
  if (!any(wanted)) return std::vector<Value>(out.size());

  std::vector<Value> start(tangents.begin(), tangents.end());
  for (std::size_t i = 0; i < c; ++i) {
    if (moves[i] && !start[i]) start[i] = zeros_like(in[i]);
  }
  Scan op = *this;
  Arguments arguments{*step, in, start};
  op.carries = arguments.take(0, c);
  op.sequences = arguments.take(c, c + s);
  arguments.take(c + s, in.size());
  std::vector<Value> results(
      step->outputs.begin(),
      step->outputs.begin() + static_cast<std::ptrdiff_t>(c));
  for (std::size_t k = 0; k < wanted.size(); ++k) {
    if (wanted[k]) results.push_back(step->tangent(k));
  }
  op.body = make_body(step->graph, arguments.inner, results, "scan");
  auto made = in.front().graph().add(make_op(op), arguments.outer, Source{});
  made.erase(made.begin(), made.begin() + static_cast<std::ptrdiff_t>(c));
  return spread(made, wanted);
}

}  // namespace weft
