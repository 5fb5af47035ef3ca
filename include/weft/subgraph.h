#pragma once

#include <functional>
#include <vector>

#include "weft/op.h"

namespace weft {

// Functions as parts of a graph. Each takes a function of values, calls it once
// while the graph is built, and keeps what it adds as a body of its own. The
// function may read any value of the graph around it, and declare parameters,
// which belong to that graph; it can't write states (`assign`). Constants of up
// to 64 elements are copied: derivatives with respect to them are refused, with
// a GraphError, but for those of custom_vjp, where they are 0. A value that it
// made is of use only inside of it, unless it returns it. Bodies nest, are
// saved with the graph, and are differentiable to any order.

/// A function from values to values, of any dtypes and shapes.
using Function = std::function<std::vector<Value>(const std::vector<Value>&)>;

/// f(xs), of which nothing but xs and what f reads of the graph around it is
/// kept for the backward pass: that computes f again, as soon as the gradients
/// of its results are there. The values and gradients are those without it (to
/// the bit without the pass "contract", which rounds a product and the sum that
/// alone reads it once) (Griewank and Walther 2000; Chen et al. 2016).
std::vector<Value> checkpoint(const Function& f, const std::vector<Value>& xs,
                              Source at = Source::current());
/// The same for a function of one value with one result.
Value checkpoint(const std::function<Value(Value)>& f, Value x,
                 Source at = Source::current());

/// What a scan's function makes of one step: the carry for the next, and rows
/// of results; and what the scan gives: the last carry, and the stacked rows.
struct Scanned {
  std::vector<Value> carry;
  std::vector<Value> ys = {};
};
using Step = std::function<Scanned(const std::vector<Value>& carry,
                                   const std::vector<Value>& x)>;
struct ScanOptions {
  bool reverse = false;  ///< from the last row to the first
  Dim steps = kInfer;    ///< needed only if there are no xs
};
/// A loop that is in the graph once: (carry, y[t]) ← f(carry, x[t]) for
/// t = 0 … n − 1, where x[t] is row t of each of xs, along their first axis,
/// whose size n may be a symbol, 0 or 1. Random ops inside draw other numbers
/// at each step. The steps run on one thread, with the same bits as unrolled;
/// memory is that of one step, and what the derivative keeps of each. Products
/// in which a matrix from outside gets its gradient are made after the loop,
/// all at once, where batch and number of steps are not both symbols.
/// Throws GraphError if the number of carries changes, ShapeError or TypeError
/// if the type of one does, or the sizes of xs differ.
Scanned scan(const Step& f, const std::vector<Value>& carry,
             const std::vector<Value>& xs, const ScanOptions& options = {},
             Source at = Source::current());

/// then(operands) where the scalar `condition` (bool) is true, else
/// otherwise(operands): only that one is computed, on one thread. The
/// derivative computes it again. Both must give the same number and types of
/// results; else GraphError, ShapeError or TypeError.
std::vector<Value> cond(Value condition, const Function& then,
                        const Function& otherwise,
                        const std::vector<Value>& operands = {},
                        Source at = Source::current());

/// The gradients of xs from xs, f's results ys, and their gradients dys. It
/// returns one for each of xs, of its type, or an empty value for zero.
using Backward = std::function<std::vector<Value>(
    const std::vector<Value>& xs, const std::vector<Value>& ys,
    const std::vector<Value>& dys)>;
/// f(xs) with the derivative that `backward` gives instead of f's own. What f
/// or `backward` read of the graph around them counts as a constant of f;
/// derivatives of higher order differentiate `backward`. Throws GraphError,
/// ShapeError or TypeError if `backward` gives another number or other types
/// of gradients than xs have.
std::vector<Value> custom_vjp(const Function& f, const Backward& backward,
                              const std::vector<Value>& xs,
                              Source at = Source::current());

/// f(x), whose derivative is taken to be 1: f may be a rounding, a sign, a
/// threshold (Bengio et al. 2013). Throws ShapeError or TypeError unless f(x)
/// is of x's type, f32 or f64.
Value straight_through(const std::function<Value(Value)>& f, Operand x);
/// x; its gradient is −scale times that of the result (Ganin et al. 2016):
/// f32 f64.
Value reverse_gradient(Operand x, double scale = 1);

}  // namespace weft
