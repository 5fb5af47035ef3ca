#include "weft/spectral_norm.h"

#include "weft/error.h"
#include "weft/graph.h"

namespace weft {

namespace {

/// The weight with its rows along the first axis, and all else along the other.
Value as_matrix(const Operand& w, std::int64_t axis) {
  const int rank = w.value.rank();
  const std::int64_t i = axis < 0 ? axis + rank : axis;
  if (rank < 2 || i < 0 || i >= rank) {
    throw ShapeError("[spectral_norm] a weight " + to_string(w.value.shape()) +
                     " is no matrix with rows along axis " +
                     std::to_string(axis) + at_line(w.at));
  }
  Value m = w.value;
  if (i != 0) {
    std::vector<std::int64_t> order{i};
    for (std::int64_t k = 0; k < rank; ++k) {
      if (k != i) order.push_back(k);
    }
    m = transpose(Operand(m, w.at), order);
  }
  return rank == 2 ? m : flatten(Operand(m, w.at));
}

/// x/‖x‖; 0 of 0.
Value unit(Value x, double epsilon) {
  return x * rsqrt(maximum(sum(square(x)), epsilon * epsilon));
}

}  // namespace

Value spectral_norm(Operand weight, Mode mode,
                    const SpectralNormOptions& options) {
  const CallScope call(weight);
  if (options.iterations < 1) {
    throw GraphError("[spectral_norm] iterations must be at least 1, not " +
                     std::to_string(options.iterations) + at_line(weight.at));
  }
  const Value matrix = as_matrix(weight, options.axis);
  Graph& g = weight.value.graph();
  const DType t = matrix.dtype();
  const Scope scope(g, options.name);
  const Shape rows{matrix.shape()[0]};
  const Value vector =
      g.buffer("vector", rows, initializers::normal()(rows, t), t, weight.at);
  const Value fixed = stop_gradient(matrix);
  const double epsilon = options.epsilon;
  auto across = [&](Value u) { return unit(matmul(fixed, u, true), epsilon); };
  Value u = unit(unsqueeze(vector, 1), epsilon), v = across(u);
  if (mode == Mode::train) {
    u = unit(matmul(fixed, v), epsilon);
    for (int i = 1; i < options.iterations; ++i) {
      v = across(u);
      u = unit(matmul(fixed, v), epsilon);
    }
    g.add_step_update(g.assign(vector, squeeze(u, {1}), weight.at));
  }
  const Value sigma = sum(u * matmul(matrix, v));
  return weight.value / maximum(sigma, epsilon);
}

}  // namespace weft
