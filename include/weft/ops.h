#pragma once

#include <cstdint>
#include <vector>

#include "weft/op.h"

namespace weft {

// One declaration an op. Arguments that broadcast follow NumPy's rules; every
// function throws ShapeError, TypeError or GraphError at the caller's line.

// ---- arithmetic; dtypes f32 f64 i32 i64 unless said
Value operator+(Operand a, Operand b);
Value operator-(Operand a, Operand b);
Value operator*(Operand a, Operand b);
/// Integers divide towards zero; a zero divisor gives 0.
Value operator/(Operand a, Operand b);
Value operator-(Operand x);

/// An op that keeps its value but passes no gradient on.
Value stop_gradient(Operand x);
/// Zeros or ones of x's type. With `shape`, of x's dtype and that shape, whose
/// symbols must be x's.
Value zeros_like(Operand x);
Value zeros_like(Operand x, const Shape& shape);
Value ones_like(Operand x);

/// Sums x down to `shape`, from which it was broadcast: what the driver of
/// `gradients` calls, so that no op's rule mentions broadcasting.
Value sum_to(Operand x, const Shape& shape);
/// Sum over all elements, or over `axes` (negative from the end).
Value sum(Operand x);
Value sum(Operand x, std::vector<std::int64_t> axes, bool keep_dims = false);
/// The same elements in row-major order; one dimension may be -1.
Value reshape(Operand x, const Shape& shape);
Value slice(Operand x, std::int64_t axis, std::int64_t begin, std::int64_t end,
            std::int64_t step = 1);
Value stack(const std::vector<Value>& xs, std::int64_t axis = 0,
            Source at = Source::current());

}  // namespace weft
