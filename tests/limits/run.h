#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "weft/weft.h"

namespace limits {

using namespace weft;
using Number = long double;

/// What is computed from values of a graph.
using Function = std::function<Value(Graph&, const std::vector<Value>&)>;

/// The values of a graph of buffers with this content.
struct Setup {
  Setup(const std::vector<Tensor>& in, const Function& f) {
    for (std::size_t i = 0; i < in.size(); ++i) {
      const Type& t = in[i].type();
      inputs.push_back(graph.buffer("x" + std::to_string(i), t.shape,
                                    initializers::zeros()(t.shape, t.dtype),
                                    t.dtype));
    }
    result = f(graph, inputs);
    content = in;
  }
  Tensor value(Value of, bool fused) {
    State state = initialize(graph, {1});
    for (std::size_t i = 0; i < content.size(); ++i) {
      state.set("x" + std::to_string(i), content[i]);
    }
    const Program p = compile(
        graph,
        {.outputs = {of},
         .disabled_passes = fused ? std::vector<std::string>{} : pass_names()});
    Executor run({.threads = 1});
    return run(p, state, {}).front();
  }

  Graph graph;
  std::vector<Value> inputs;
  Value result;
  std::vector<Tensor> content;
};

inline Tensor run(const std::vector<Tensor>& in, bool fused,
                  const Function& f) {
  Setup s(in, f);
  return s.value(s.result, fused);
}

/// The derivative of the sum of f's elements by input i.
inline Tensor slope(const std::vector<Tensor>& in, std::size_t i, bool fused,
                    const Function& f) {
  Setup s(in, f);
  return s.value(gradients(sum(s.result), {s.inputs[i]}).front(), fused);
}

/// Whether a result is its exact value, up to so many units in the last place
/// of it or of `size`, if that is larger; one that rounds to infinity may be
/// the greatest number, and the other way round.
template <class T>
bool close(double found, Number exact, double ulps, Number size = 0) {
  using Limits = std::numeric_limits<T>;
  if (std::isnan(exact)) return std::isnan(found);
  const Number unit =
      Limits::epsilon() *
      std::max({std::abs(exact), std::abs(size), Number(Limits::min())});
  const Number top = Limits::max();
  if (std::abs(exact) > top) {
    const bool near = std::abs(exact) - top <= ulps * unit;
    return std::isinf(found) ? (found > 0) == (exact > 0)
                             : near && std::abs(found) > top / 2;
  }
  if (std::isinf(found)) {
    return top - std::abs(exact) <= ulps * unit && (found > 0) == (exact > 0);
  }
  return std::abs(found - exact) <= ulps * unit;
}

}  // namespace limits
