#pragma once

#include <cstdint>
#include <vector>

#include "weft/op.h"

namespace weft {

// One declaration an op. Operands broadcast as in NumPy; a plain number takes
// the dtype of its partner. Every function throws ShapeError, TypeError or
// GraphError at the caller's line. Axes count from the end when negative.

// ---- arithmetic: f32 f64 i32 i64
/// The sum.
Value operator+(Operand a, Operand b);
/// The difference.
Value operator-(Operand a, Operand b);
/// The product.
Value operator*(Operand a, Operand b);
/// Integers divide towards zero; dividing an integer by zero gives 0.
Value operator/(Operand a, Operand b);
/// −x.
Value operator-(Operand x);
/// a·b + c with one rounding: f32 f64.
Value multiply_add(Operand a, Operand b, Operand c);

// ---- powers and exponentials: f32 f64
/// a^b. The gradient of b is 0 where a is 0 and b is not negative.
Value pow(Operand a, Operand b);
/// √x; NaN below 0. The derivative at 0 is infinite.
Value sqrt(Operand x);
/// 1/√x.
Value rsqrt(Operand x);
/// x².
Value square(Operand x);
/// 1/x.
Value reciprocal(Operand x);
/// eˣ.
Value exp(Operand x);
/// e^x − 1, exact near 0.
Value expm1(Operand x);
/// ln x; −inf at 0, NaN below.
Value log(Operand x);
/// ln(1 + x), exact near 0.
Value log1p(Operand x);

// ---- other functions of one element: f32 f64 (abs and sign: integers too)
/// |x|; the derivative at 0 is 0, at NaN it is NaN.
Value abs(Operand x);
/// −1, 0, 1 or NaN; the derivative is 0.
Value sign(Operand x);
/// The sine, in radians.
Value sin(Operand x);
/// The cosine, in radians.
Value cos(Operand x);
/// 2/√π·∫₀ˣ exp(−t²) dt.
Value erf(Operand x);

// ---- activations: f32 f64
/// (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ).
Value tanh(Operand x);
/// 1/(1 + e^−x).
Value sigmoid(Operand x);
/// ln(1 + e^(βx))/β.
Value softplus(Operand x, double beta = 1);
/// max(x, 0); the derivative at 0 and NaN is 0.
Value relu(Operand x);
/// x where x > 0, else slope·x; the derivative at 0 is the slope.
Value leaky_relu(Operand x, double slope = 0.01);
/// x where x > 0, else slope·x, with a learnt slope (He et al. 2015).
Value prelu(Operand x, Operand slope);
/// x where x > 0, else alpha·(e^x − 1).
Value elu(Operand x, double alpha = 1);
/// elu scaled to keep mean 0 and variance 1 (Klambauer et al. 2017).
Value selu(Operand x);
/// How gelu is computed: x·Φ(x), or its tanh approximation.
enum class Gelu { erf, tanh };
/// Hendrycks and Gimpel 2016.
Value gelu(Operand x, Gelu form = Gelu::erf);
/// x·sigmoid(x).
Value silu(Operand x);
/// x·tanh(softplus(x)).
Value mish(Operand x);

// ---- choice and comparison; comparisons give booleans and pass no gradient
/// The greater one; NaN, without gradient, if one is NaN. Ties share it
/// equally.
Value maximum(Operand a, Operand b);
/// The lesser one; NaN, without gradient, if one is NaN. Ties share it equally.
Value minimum(Operand a, Operand b);
/// x limited to [low, high]; the gradient is 1 on the borders.
Value clamp(Operand x, double low, double high);
/// a where the condition holds, else b.
Value where(Operand condition, Operand a, Operand b);
/// a = b; false beside NaN.
Value equal(Operand a, Operand b);
/// a ≠ b; true beside NaN.
Value not_equal(Operand a, Operand b);
/// a < b; this and the others are false beside NaN.
Value less(Operand a, Operand b);
/// a ≤ b.
Value less_equal(Operand a, Operand b);
/// a > b.
Value greater(Operand a, Operand b);
/// a ≥ b.
Value greater_equal(Operand a, Operand b);
/// Both, of booleans.
Value logical_and(Operand a, Operand b);
/// Either or both, of booleans.
Value logical_or(Operand a, Operand b);
/// Either but not both, of booleans.
Value logical_xor(Operand a, Operand b);
/// The other boolean.
Value logical_not(Operand x);
/// Converts the elements. Booleans are 0 and 1; to bool, all but 0 is true. To
/// integers, fractions are dropped, NaN is 0 and the rest the nearest integer.
Value cast(Operand x, DType dtype);

// ---- constants and copies
/// A constant of one number in every element.
Value fill(Graph& graph, const Shape& shape, double value,
           DType dtype = DType::f32, Source at = Source::current());
/// Zeros or ones of x's type; with `shape`, of x's dtype and that shape.
Value zeros_like(Operand x);
Value zeros_like(Operand x, const Shape& shape);
/// Ones of x's type.
Value ones_like(Operand x);
/// The same value in memory of its own.
Value copy(Operand x);
/// The same value; no gradient passes.
Value stop_gradient(Operand x);
/// The product of dimensions, symbolic ones too, as a scalar.
Value dim_product(Graph& graph, const Shape& dims, DType dtype,
                  Source at = Source::current());

// ---- reductions; `axes` empty means all, kept dimensions have size 1
/// Σx over the axes.
Value sum(Operand x, std::vector<std::int64_t> axes = {},
          bool keep_dims = false);
/// The mean over the axes; NaN of nothing.
Value mean(Operand x, std::vector<std::int64_t> axes = {},
           bool keep_dims = false);
/// NaN if there is one. Ties share the gradient equally. Of nothing −∞, and ∞.
Value max(Operand x, std::vector<std::int64_t> axes = {},
          bool keep_dims = false);
Value min(Operand x, std::vector<std::int64_t> axes = {},
          bool keep_dims = false);
/// The axes must not be symbolic.
Value prod(Operand x, std::vector<std::int64_t> axes = {},
           bool keep_dims = false);
/// ln Σ e^x, without overflow.
Value logsumexp(Operand x, std::vector<std::int64_t> axes = {},
                bool keep_dims = false);
/// Index (i32) of the first greatest element along an axis; NaN counts as
/// greatest. No gradient.
Value argmax(Operand x, std::int64_t axis = -1, bool keep_dims = false);
/// The same of the least element; NaN counts as least.
Value argmin(Operand x, std::int64_t axis = -1, bool keep_dims = false);
/// x summed down to `shape`, from which it was broadcast.
Value sum_to(Operand x, const Shape& shape);
/// Σ a·b over all elements.
Value dot(Operand a, Operand b);

// ---- products of matrices: f32 f64
/// (…, m, k) × (…, k, n) → (…, m, n); leading dimensions broadcast. Either
/// side may be taken transposed. Ranks below 2 are an error.
Value matmul(Operand a, Operand b, bool transpose_a = false,
             bool transpose_b = false);

// ---- shape; any dtype
/// Axes in a new order; empty reverses them.
Value transpose(Operand x, std::vector<std::int64_t> axes = {});
/// The same elements in row-major order; one dimension may be -1.
Value reshape(Operand x, const Shape& shape);
/// Axes from `begin` to the last become one.
Value flatten(Operand x, std::int64_t begin = 1);
/// Without the given axes of size 1; empty: without all of them.
Value squeeze(Operand x, std::vector<std::int64_t> axes = {});
/// With a new axis of size 1.
Value unsqueeze(Operand x, std::int64_t axis);
/// Broadcast to `shape`.
Value expand(Operand x, const Shape& shape);
/// Arrays one after the other along an axis; the other axes agree.
Value concat(const std::vector<Value>& xs, std::int64_t axis = 0,
             Source at = Source::current());
/// Arrays of one shape along a new axis.
Value stack(const std::vector<Value>& xs, std::int64_t axis = 0,
            Source at = Source::current());
/// Pieces of the given sizes along an axis; they must add up to it.
std::vector<Value> split(Operand x, const std::vector<std::int64_t>& sizes,
                         std::int64_t axis = 0);
inline constexpr std::int64_t kEnd = INT64_MAX;
/// Elements begin, begin+step, … before end along an axis. Negative bounds
/// count from the end; kEnd is the end. step is at least 1.
Value slice(Operand x, std::int64_t axis, std::int64_t begin,
            std::int64_t end = kEnd, std::int64_t step = 1);
/// `before[i]` and `after[i]` elements of `value` around axis i.
Value pad(Operand x, std::vector<std::int64_t> before,
          std::vector<std::int64_t> after, double value = 0);
/// Reversed along the axes; empty: all.
Value flip(Operand x, std::vector<std::int64_t> axes = {});

// ---- indices: i32 or i64; out of range is a DataError when the program runs
/// Rows of x along `axis`: the result has indices' shape in the axis' place.
Value gather(Operand x, Operand indices, std::int64_t axis = 0);
/// Zeros of `shape` to whose rows along axis 0 those of x are added:
/// out[indices[i]] += x[i].
Value scatter_add(Operand x, Operand indices, const Shape& shape);
/// x[..., indices[...]] along the last axis, one element for each row.
Value pick(Operand x, Operand indices);
/// 1 at the index, 0 elsewhere, along a new last axis of size `classes`.
Value one_hot(Operand indices, std::int64_t classes, DType dtype = DType::f32);
/// Running sums along an axis; exclusive ones leave out the element itself.
Value cumsum(Operand x, std::int64_t axis = -1, bool reverse = false,
             bool exclusive = false);

// ---- probabilities: f32 f64; beside +inf others are 0 (log: −inf), it is NaN
/// eˣ/Σeˣ along an axis (Bridle 1990), without overflow.
Value softmax(Operand x, std::int64_t axis = -1);
/// ln softmax(x) = x − logsumexp(x).
Value log_softmax(Operand x, std::int64_t axis = -1);

// ---- random numbers: a new draw at every step of the state, the same for any
// number of threads
/// Even in [low, high).
Value random_uniform(Graph& graph, const Shape& shape, double low = 0,
                     double high = 1, DType dtype = DType::f32,
                     Source at = Source::current());
/// Normal, by Box and Muller (1958): a pair, with cosine and sine, from two
/// uniform numbers, of 32 bits each in f32 and of 53 in f64.
Value random_normal(Graph& graph, const Shape& shape, double mean = 0,
                    double stddev = 1, DType dtype = DType::f32,
                    Source at = Source::current());
/// Zeroes elements with probability `rate` and scales the others by 1/(1−rate)
/// (Srivastava et al. 2014). Throws GraphError unless 0 ≤ rate < 1.
Value dropout(Operand x, double rate);

}  // namespace weft
