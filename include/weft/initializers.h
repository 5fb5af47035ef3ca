#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "weft/op.h"
#include "weft/source.h"

namespace weft {

/// Makes the op that draws a parameter's first value. Every parameter has a
/// random stream of its own, keyed by its path.
using Initializer = std::function<OpPtr(const Shape&, DType)>;

/// fan_in is the first dimension of a weight, fan_out the second, as in
/// x (batch, fan_in) · W (fan_in, fan_out). Of a convolution's weight (out, in,
/// window…) they are in·window and out·window (Glorot and Bengio 2010, He et
/// al. 2015), for groups in the in of one group.
namespace initializers {

/// 0 everywhere.
Initializer zeros();
/// 1 everywhere.
Initializer ones();
/// One number everywhere.
Initializer constant(double value);
/// Even in [low, high). Throws GraphError unless both are finite and in order.
Initializer uniform(double low, double high);
/// Normal. Throws GraphError unless both are finite and stddev ≥ 0.
Initializer normal(double mean = 0, double stddev = 1);
/// Normal within two standard deviations; likewise.
Initializer truncated_normal(double mean = 0, double stddev = 1);
/// Uniform in ±√(6/(fan_in + fan_out)) (Glorot and Bengio 2010).
Initializer glorot_uniform();
/// Normal, σ = √(2/(fan_in + fan_out)) (Glorot and Bengio 2010).
Initializer glorot_normal();
/// Normal, σ = √(2/((1 + slope²)·fan_in)) (He et al. 2015); slope of a leaky
/// ReLU, 0 for ReLU.
Initializer he_normal(double slope = 0);
/// Uniform with the same variance.
Initializer he_uniform(double slope = 0);
/// Normal, σ = 1/√fan_in (LeCun et al. 1998).
Initializer lecun_normal();
/// Orthonormal rows or columns times a gain (Saxe et al. 2014), of the matrix
/// (first dimension, all others).
Initializer orthogonal(double gain = 1);

/// The initialiser of that name, with settings in brackets: "glorot_uniform",
/// "normal(0,0.5)", "he_normal(0.01)". Throws GraphError for others.
Initializer named(std::string_view text, Source at = Source::current());
/// The names that there are.
const std::vector<std::string>& names();

}  // namespace initializers
}  // namespace weft
