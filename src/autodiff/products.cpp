#include "src/autodiff/tangents.h"
#include "src/graph/body.h"
#include "weft/autodiff.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/vmap.h"

namespace weft {

namespace {

void check_vectors(const std::string& op, const std::vector<Value>& xs,
                   const std::vector<Value>& vs, const Source& at) {
  if (xs.size() != vs.size()) {
    throw GraphError("[" + op + "] " + std::to_string(xs.size()) +
                     " values but " + std::to_string(vs.size()) + " vectors" +
                     at_line(at));
  }
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (xs[i].type() == vs[i].type()) continue;
    throw ShapeError("[" + op + "] value " + std::to_string(i) + " is " +
                     to_string(xs[i].type()) + ", its vector is " +
                     to_string(vs[i].type()) + at_line(at));
  }
}

void check_floating(const std::string& op, const std::vector<Value>& values,
                    const Source& at) {
  for (const Value& v : values) {
    if (is_floating(v.dtype())) continue;
    throw TypeError("[" + op + "] takes f32 or f64, not " +
                    to_string(v.type()) + at_line(at));
  }
}

/// `a` and then `b`.
Shape joined(Shape a, const Shape& b) {
  for (const Dim d : b) a.push_back(d);
  return a;
}

/// All directions in which a value may change, (n, shape).
Value directions(Value like) {
  const Shape shape = like.shape();
  const std::int64_t n = shape.elements();
  const Value ones = fill(like.graph(), Shape{n}, 1, DType::i32);
  const Value rows = one_hot(cumsum(ones, 0, false, true), n, like.dtype());
  return reshape(rows, joined({n}, shape));
}

bool forward_is_less(const Shape& y, const Shape& x) {
  if (!y.is_concrete()) return true;
  return x.is_concrete() && x.elements() < y.elements();
}

}  // namespace

Value gradient(Value y, Value x, Source at) {
  return gradients(y, {x}, {}, at).front();
}

std::vector<Value> hvp(Value y, const std::vector<Value>& xs,
                       const std::vector<Value>& vs, Source at) {
  check_vectors("hvp", xs, vs, at);
  const CallScope call(y.graph(), at);
  const auto grads = gradients(y, xs, {}, at);
  Value product;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const Value term = sum(grads[i] * stop_gradient(vs[i]));
    product = product ? product + term : term;
  }
  return product ? gradients(product, xs, {}, at) : std::vector<Value>{};
}

std::vector<Value> jvp(const std::vector<Value>& ys,
                       const std::vector<Value>& xs,
                       const std::vector<Value>& vs, Source at) {
  check_vectors("jvp", xs, vs, at);
  check_floating("jvp", ys, at);
  check_floating("jvp", xs, at);
  if (ys.empty()) return {};
  Graph& graph = ys.front().graph();
  const CallScope call(graph, at);
  std::vector<Value> local, targets;
  for (const Value& x : xs) local.push_back(graph.local(x));
  for (const Value& y : ys) targets.push_back(graph.local(y));
  for (const Value& y : targets) check_no_copies("jvp", y, local, at);
  std::vector<Value> found = push_forward(graph, targets, local, vs);
  for (std::size_t i = 0; i < ys.size(); ++i) {
    if (!found[i]) found[i] = zeros_like(ys[i]);
  }
  return found;
}

Value jvp(Value y, const std::vector<Value>& xs, const std::vector<Value>& vs,
          Source at) {
  return jvp(std::vector{y}, xs, vs, at).front();
}

Value jacobian(Value y, Value x, JacobianMode mode, Source at) {
  check_floating("jacobian", {y, x}, at);
  const bool forward = mode == JacobianMode::automatic
                           ? forward_is_less(y.shape(), x.shape())
                           : mode == JacobianMode::forward;
  const Value over = forward ? x : y;
  if (!over.shape().is_concrete()) {
    throw ShapeError("[jacobian] " + to_string(y.shape()) +
                     " with respect to " + to_string(x.shape()) + " in " +
                     (forward ? "forward" : "reverse") + " mode needs " +
                     (forward ? "x" : "y") +
                     " of known size; for each example of a batch map it with "
                     "vmap" +
                     at_line(at));
  }
  const CallScope call(y.graph(), at);
  const Shape shape = joined(y.shape(), x.shape());
  if (over.shape().elements() == 0) return zeros_like(y, shape);
  auto along = [&](Value direction) {
    return forward ? jvp(y, {x}, {direction}, at)
                   : gradients(y, {x}, direction, at).front();
  };
  Value rows = vmap(along, directions(over), at);
  if (forward) {
    std::vector<std::int64_t> order;
    for (int i = 1; i < rows.rank(); ++i) order.push_back(i);
    order.push_back(0);
    rows = transpose(rows, order);
  }
  return reshape(rows, shape);
}

Value hessian(Value y, Value x, Source at) {
  const CallScope call(y.graph(), at);
  return jacobian(gradient(y, x, at), x, JacobianMode::forward, at);
}

}  // namespace weft
