#pragma once

#include <vector>

#include "weft/graph.h"

namespace weft {

// Derivatives as nodes of the graph: any of these functions may be called on
// the results of any other, and in functions that are mapped (vmap.h), looped
// or checkpointed (subgraph.h). They throw TypeError if y or an x is not f32 or
// f64, and GraphError if an op on the way has no derivative.

/// The gradients of the scalar `y` (or, with `seed`, of <seed, y>) with respect
/// to each of `xs`, as new nodes of the graph. It may be called on its own
/// result, for derivatives of any order. A gradient is zeros where y does not
/// depend on x, or by whole numbers and booleans alone. Linear in the size of
/// the graph.
///
/// Throws ShapeError if y is not a scalar and there is no seed, or the seed's
/// shape is not y's.
std::vector<Value> gradients(Value y, const std::vector<Value>& xs,
                             Value seed = {}, Source at = Source::current());
Value gradient(Value y, Value x, Source at = Source::current());

/// The derivatives of ys where xs change in the direction vs, J·v, of ys'
/// shapes: forward mode. One sweep in the order of the nodes adds the tangent
/// of each beside it, so that nothing is kept for a backward pass, and the cost
/// is a small multiple of ys' own, however many xs there are. The tangents of
/// an op are derived from its vjp: of an elementwise one they are that of the
/// inputs' tangents, of any other its transpose (Townsend 2017). Loops, conds
/// and checkpoints carry tangents beside values.
///
/// Throws GraphError if xs and vs are not as many, or a derivative of
/// custom_vjp() on the way is not linear in the gradient it is given;
/// ShapeError if a v is not of its x's type.
std::vector<Value> jvp(const std::vector<Value>& ys,
                       const std::vector<Value>& xs,
                       const std::vector<Value>& vs,
                       Source at = Source::current());
Value jvp(Value y, const std::vector<Value>& xs, const std::vector<Value>& vs,
          Source at = Source::current());

/// The product of the Hessian of scalar y with the vectors vs, one for each x:
/// the gradient of Σ <gradient, v> (Pearlmutter, 1994). Throws as jvp() does.
std::vector<Value> hvp(Value y, const std::vector<Value>& xs,
                       const std::vector<Value>& vs,
                       Source at = Source::current());

/// Column by column with jvp(), or row by row with gradients(); automatic takes
/// the fewer.
enum class JacobianMode { automatic, forward, reverse };

/// The Jacobian of y with respect to x, of shape y.shape + x.shape: a vmap()
/// of jvp() over all directions of x, or of gradients() over all of y, so that
/// the graph's size does not depend on theirs. Memory is that of as many
/// derivatives at once. y may have symbolic dimensions in forward mode, x in
/// reverse mode; for the Jacobian of each example of a batch map jacobian().
/// Throws ShapeError if x (forward) or y (reverse) is symbolic.
Value jacobian(Value y, Value x, JacobianMode mode = JacobianMode::automatic,
               Source at = Source::current());

/// The Hessian of scalar y with respect to x, of shape x.shape + x.shape: the
/// Jacobian of its gradient in forward mode. Throws ShapeError if y is not a
/// scalar or x is symbolic.
Value hessian(Value y, Value x, Source at = Source::current());

}  // namespace weft
