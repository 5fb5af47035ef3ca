#pragma once

#include <string>

#include "weft/nn.h"

namespace weft {

struct SpectralNormOptions {
  std::string name = "spectral_norm";
  int iterations = 1;  ///< of the power method at each training step
  double epsilon = 1e-12;
  /// Of the weight, whose elements along it are the rows of the matrix: 1 for a
  /// transposed convolution.
  std::int64_t axis = 0;
};
/// W/σ, with σ = uᵀWv near the greatest singular value of the weight as a
/// matrix (Miyato et al. 2018): v ← Wᵀu/‖Wᵀu‖ and u ← Wv/‖Wv‖, from the vector
/// that the last training step left in the buffer name/vector. Evaluation
/// leaves it as it is. The gradient is that of σ with u and v held fixed, as in
/// the paper: dσ/dW = uvᵀ. A layer does this with its weight if it is given
/// `.reparametrise = [&](Value w) { return spectral_norm(w, mode); }`. Throws
/// ShapeError for a vector, GraphError for fewer than one iteration.
Value spectral_norm(Operand weight, Mode mode,
                    const SpectralNormOptions& options = {});

}  // namespace weft
