#pragma once

#include <string>
#include <vector>

#include "weft/nn.h"
#include "weft/spatial.h"

namespace weft {

// Layers of networks for (batch, channels, …) with one to three spatial axes,
// and norms and blocks that they are made with. Parameters are named by path;
// the options that a convolution has in spatial.h mean the same here. f32 f64.

struct ConvolutionOptions {
  std::string name = "conv";
  std::vector<std::int64_t> stride = {1};
  std::vector<std::int64_t> padding = {0};
  bool same = false;
  std::vector<std::int64_t> dilation = {1};
  std::int64_t groups = 1;
  bool bias = true;
  Initializer weight = initializers::he_normal();
  Initializer bias_value = initializers::zeros();
  Activation activation = {};
  TiedWeight tied = {};
  Reparametrise reparametrise = {};
};
/// activation(conv(x, w) + b): (batch, channels, …) → (batch, width, …).
/// Parameters name/weight (width, channels/groups, window…), name/bias (width)
/// and, for a PReLU, name/slope. `window` has a number for each spatial axis,
/// or one for all. Throws ShapeError if channels, groups and sizes don't fit.
Value convolution(Operand x, std::int64_t width,
                  const std::vector<std::int64_t>& window,
                  const ConvolutionOptions& options = {});

struct TransposedConvolutionOptions {
  std::string name = "transposed_conv";
  std::vector<std::int64_t> stride = {1};
  std::vector<std::int64_t> padding = {0};
  std::vector<std::int64_t> output_padding = {0};
  std::vector<std::int64_t> dilation = {1};
  std::int64_t groups = 1;
  bool bias = true;
  /// Sees the weight of the convolution that this one transposes.
  Initializer weight = initializers::he_normal();
  Initializer bias_value = initializers::zeros();
  Activation activation = {};
  TiedWeight tied = {};
  Reparametrise reparametrise = {};
};
/// activation(conv_transpose(x, w) + b), for layers that make images larger:
/// with stride s a window of 2s and padding s/2 makes them s times as large.
/// Parameters name/weight (channels, width/groups, window…), name/bias (width).
Value transposed_convolution(Operand x, std::int64_t width,
                             const std::vector<std::int64_t>& window,
                             const TransposedConvolutionOptions& options = {});

struct SeparableConvolutionOptions {
  std::string name = "separable_conv";
  std::vector<std::int64_t> stride = {1};
  std::vector<std::int64_t> padding = {0};
  bool same = false;
  std::vector<std::int64_t> dilation = {1};
  bool bias = true;
  Initializer weight = initializers::he_normal();
  Initializer bias_value = initializers::zeros();
  Activation activation = {};
};
/// A window for each channel alone, then a 1×1 convolution that mixes the
/// channels (Howard et al. 2017). Parameters name/depthwise/weight
/// (channels, 1, window…), name/pointwise/weight (width, channels, 1…) and
/// name/pointwise/bias (width).
Value separable_convolution(Operand x, std::int64_t width,
                            const std::vector<std::int64_t>& window,
                            const SeparableConvolutionOptions& options = {});

// ---- norms; that of batches is batch_norm with axis 1

struct GroupNormOptions {
  std::string name = "group_norm";
  double epsilon = 1e-5;
};
/// group_standardize, then a gain and a bias for each channel, name/gain and
/// name/bias (Wu and He 2018).
Value group_norm(Operand x, std::int64_t groups,
                 const GroupNormOptions& options = {});

struct InstanceNormOptions {
  std::string name = "instance_norm";
  double epsilon = 1e-5;
};
/// Standardises each channel of each example over the spatial axes, then
/// scales and shifts it with name/gain and name/bias (Ulyanov et al. 2016).
/// Throws ShapeError if there is no spatial axis.
Value instance_norm(Operand x, const InstanceNormOptions& options = {});

struct RmsNormOptions {
  std::string name = "rms_norm";
  double epsilon = 1e-5;
};
/// x/√(mean x² + epsilon) along the last axis times name/gain (Zhang and
/// Sennrich 2019).
Value rms_norm(Operand x, const RmsNormOptions& options = {});

// ---- blocks

struct SqueezeExciteOptions {
  std::string name = "squeeze_excite";
  std::int64_t reduction = 16;  ///< channels to hidden units, of which ≥ 1
  Activation activation = Activation::relu;
  Activation gate = Activation::sigmoid;
};
/// Each channel times a factor that a small network computes from the means of
/// all channels: x·gate(W₂·activation(W₁·mean(x))) (Hu et al. 2018). Parameters
/// name/fc1/… and name/fc2/….
Value squeeze_excite(Operand x, const SqueezeExciteOptions& options = {});

struct ResidualOptions {
  std::string name = "residual";
  Activation activation = {};                      ///< of the sum
  Initializer weight = initializers::he_normal();  ///< of a projection
  /// What a projected x passes through, such as a batch norm; built within the
  /// scope name/shortcut.
  std::function<Value(Value)> norm = {};
};
/// activation(x + f(x)) (He et al. 2016); f is built within the scope `name`.
/// Where f(x) has another number of channels or smaller images, x is projected:
/// by a 1×1 convolution name/shortcut/weight without bias, with the stride that
/// gives their size, or by a product for (batch, features). Throws ShapeError
/// if no stride does.
Value residual(Operand x, const std::function<Value(Value)>& f,
               const ResidualOptions& options = {});

}  // namespace weft
