#pragma once

#include <vector>

#include "weft/indexing.h"
#include "weft/op.h"

namespace weft {

// Convolutions, pooling and resizing of (batch, channels, …) with one to three
// spatial axes, whose sizes must be numbers: f32 f64. In options, a list has a
// number for each spatial axis, or one for all. Errors are those of ops.h.

struct ConvOptions {
  std::vector<std::int64_t> stride = {1};
  std::vector<std::int64_t> padding = {0};  ///< zeros on both sides
  /// Pads so that the result has ⌈size/stride⌉ elements an axis; what is left
  /// over goes to the end. Replaces `padding`.
  bool same = false;
  std::vector<std::int64_t> dilation = {1};
  std::int64_t groups = 1;  ///< channels are cut into groups that don't mix
};
/// The cross-correlation y[n, o, p] = Σ_{c, k} w[o, c, k]·x[n, c, p·stride +
/// k·dilation − padding]: x (batch, in, …), w (out, in/groups, …). From a
/// padded copy of part of an image that stays in cache; narrow results as
/// products with patches, block by block. Depthwise if groups = in.
Value conv(Operand x, Operand w, const ConvOptions& options = {});
/// The transpose of `conv` as a map of x (its gradient), for x (batch, in, …),
/// w (in, out/groups, …): sizes (n − 1)·stride − 2·padding + dilation·(k − 1) +
/// 1 + output_padding. `same` is not for it.
Value conv_transpose(Operand x, Operand w, const ConvOptions& options = {},
                     std::vector<std::int64_t> output_padding = {0});

struct PoolOptions {
  std::vector<std::int64_t> stride = {};     ///< empty: the window's size
  std::vector<std::int64_t> padding = {0};   ///< at most half a window
  std::vector<std::int64_t> dilation = {1};  ///< of max_pool
  bool ceil = false;          ///< keeps a last window that is not whole
  bool count_padding = true;  ///< of avg_pool: padding counts as elements
};
/// The greatest element of each window, and its index (i32) among the elements
/// of the spatial axes in row-major order. Ties: the first; NaN counts most.
Sorted max_pool(Operand x, const std::vector<std::int64_t>& window,
                const PoolOptions& options = {});
Value avg_pool(Operand x, const std::vector<std::int64_t>& window,
               const PoolOptions& options = {});
Value sum_pool(Operand x, const std::vector<std::int64_t>& window,
               const PoolOptions& options = {});
/// (Σ|x|ᵖ)^(1/p) of each window.
Value lp_pool(Operand x, double p, const std::vector<std::int64_t>& window,
              const PoolOptions& options = {});
/// The mean of windows ⌊j·n/size⌋ … ⌈(j + 1)·n/size⌉, so that the result has
/// these sizes.
Value adaptive_avg_pool(Operand x, const std::vector<std::int64_t>& sizes);
/// The greatest element of the same windows.
Sorted adaptive_max_pool(Operand x, const std::vector<std::int64_t>& sizes);

/// Windows of (batch, channels, …) as columns: (batch, channels·window, count).
Value unfold(Operand x, const std::vector<std::int64_t>& window,
             const ConvOptions& options = {});
/// The transpose of `unfold`: columns added into images of spatial `sizes`.
Value fold(Operand columns, const std::vector<std::int64_t>& sizes,
           const std::vector<std::int64_t>& window,
           const ConvOptions& options = {});

enum class Resize { nearest, linear, cubic };
/// The last axes in other sizes. Points are centres of cells, or with
/// `align_corners` the first and last elements stay where they are; cubic is
/// Keys' with a = −¾ (1981).
Value resize(Operand x, const std::vector<std::int64_t>& sizes, Resize mode,
             bool align_corners = false);
/// (batch, c·r², h, w) → (batch, c, h·r, w·r) (Shi et al. 2016).
Value pixel_shuffle(Operand x, std::int64_t factor);
/// The inverse of pixel_shuffle.
Value pixel_unshuffle(Operand x, std::int64_t factor);

// ---- images read at places
/// What stands beyond the border: 0, the border's elements, or the image's
/// mirror image.
enum class Outside { zeros, border, mirror };
struct SampleOptions {
  bool nearest = false;  ///< the nearest element, else bilinear
  Outside outside = Outside::zeros;
  bool align_corners = false;  ///< −1 and 1 are centres of elements, not edges
};
/// x (batch, c, h, w) at `grid` (batch, m, n, 2): (batch, c, m, n). A place is
/// (column, row), each from −1 to 1 over the image. The gradient of the grid is
/// that of the bilinear surface (Jaderberg et al. 2015).
Value grid_sample(Operand x, Operand grid, const SampleOptions& options = {});
/// The places of a grid of height·width under each of the affine maps
/// (batch, 2, 3): (batch, height, width, 2).
Value affine_grid(Operand matrices, std::int64_t height, std::int64_t width,
                  bool align_corners = false);

// ---- normalisation
/// (x − mean)/√(variance + epsilon) over the axes together. Over two elements
/// second derivatives are small differences: in f32 they keep three digits.
Value standardize(Operand x, std::vector<std::int64_t> axes,
                  double epsilon = 1e-5);
/// Standardised over groups of channels (axis 1) and all axes after it (Wu and
/// He 2018); as many groups as channels are instances (Ulyanov et al. 2016).
Value group_standardize(Operand x, std::int64_t groups, double epsilon = 1e-5);
/// x/√(mean x² + epsilon) over the axes (Zhang and Sennrich 2019).
Value rms_normalize(Operand x, std::vector<std::int64_t> axes = {-1},
                    double epsilon = 1e-5);
/// x/(k + α·mean)^β with the mean of squares of `size` channels (axis 1) around
/// (Krizhevsky et al. 2012, whose α is not divided by the size).
Value local_response(Operand x, std::int64_t size, double alpha = 1e-4,
                     double beta = 0.75, double k = 1);

}  // namespace weft
