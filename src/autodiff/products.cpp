#include "weft/autodiff.h"
#include "weft/error.h"
#include "weft/ops.h"

namespace weft {

namespace {

void check_vectors(const char* op, const std::vector<Value>& xs,
                   const std::vector<Value>& vs) {
  if (xs.size() != vs.size()) {
    throw GraphError("[" + std::string(op) + "] " + std::to_string(xs.size()) +
                     " values but " + std::to_string(vs.size()) + " vectors");
  }
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (xs[i].type() != vs[i].type()) {
      throw ShapeError("[" + std::string(op) + "] value " + std::to_string(i) +
                       " is " + to_string(xs[i].type()) + ", its vector is " +
                       to_string(vs[i].type()));
    }
  }
}

}  // namespace

Value gradient(Value y, Value x, Source at) {
  return gradients(y, {x}, {}, at).front();
}

std::vector<Value> hvp(Value y, const std::vector<Value>& xs,
                       const std::vector<Value>& vs, Source at) {
  check_vectors("hvp", xs, vs);
  const CallScope call(y.graph(), at);
  const auto grads = gradients(y, xs, {}, at);
  Value product;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const Value term = sum(grads[i] * stop_gradient(vs[i]));
    product = product ? product + term : term;
  }
  return product ? gradients(product, xs, {}, at) : std::vector<Value>{};
}

Value jvp(Value y, const std::vector<Value>& xs, const std::vector<Value>& vs,
          Source at) {
  check_vectors("jvp", xs, vs);
  const CallScope call(y.graph(), at);
  // u is a placeholder: the vjp is linear in it, so its value does not matter.
  const Value u = zeros_like(y);
  const auto grads = gradients(y, xs, u, at);
  Value product;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const Value term = sum(grads[i] * vs[i]);
    product = product ? product + term : term;
  }
  return product ? gradient(product, u, at) : zeros_like(y);
}

Value jacobian(Value y, Value x, Source at) {
  if (!y.shape().is_concrete() || !x.shape().is_concrete()) {
    throw ShapeError("[jacobian] needs concrete shapes, got " +
                     to_string(y.shape()) + " and " + to_string(x.shape()));
  }
  const CallScope call(y.graph(), at);
  Shape shape = y.shape();
  for (Dim d : x.shape()) shape.push_back(d);
  const std::int64_t n = y.shape().elements();
  if (n == 0) return zeros_like(x, shape);
  std::vector<Value> rows;
  const Value flat = reshape(y, {kInfer});
  for (std::int64_t i = 0; i < n; ++i) {
    rows.push_back(gradient(sum(slice(flat, 0, i, i + 1)), x, at));
  }
  return reshape(stack(rows, 0, at), shape);
}

}  // namespace weft
