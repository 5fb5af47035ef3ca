#pragma once

#include <vector>

#include "weft/graph.h"

namespace weft {

/// The gradients of the scalar `y` (or, with `seed`, of <seed, y>) with respect
/// to each of `xs`, as new nodes of the graph. It may be called on its own
/// result, for derivatives of any order. A gradient is zeros where y does not
/// depend on x. Linear in the size of the graph.
///
/// Throws ShapeError if y is not a scalar and there is no seed, or the seed's
/// shape is not y's; GraphError if an op on the way has no derivative;
/// TypeError if y or an x is not floating-point.
std::vector<Value> gradients(Value y, const std::vector<Value>& xs,
                             Value seed = {}, Source at = Source::current());
Value gradient(Value y, Value x, Source at = Source::current());

/// The product of the Hessian of scalar y with the vectors vs, one for each x:
/// the gradient of Σ <gradient, v> (Pearlmutter, 1994).
std::vector<Value> hvp(Value y, const std::vector<Value>& xs,
                       const std::vector<Value>& vs,
                       Source at = Source::current());

/// The product of the Jacobian of y with tangents vs of xs, of y's shape. It is
/// the derivative of the vjp with respect to its seed (Townsend, 2017).
Value jvp(Value y, const std::vector<Value>& xs, const std::vector<Value>& vs,
          Source at = Source::current());

/// The Jacobian of y with respect to x, of shape y.shape + x.shape, built row
/// by row. Both shapes must be concrete.
Value jacobian(Value y, Value x, Source at = Source::current());

}  // namespace weft
