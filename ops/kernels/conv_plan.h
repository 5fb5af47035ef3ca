#pragma once

// What the three ops of a convolution share.

#include <string_view>
#include <vector>

#include "ops/kernels/patches.h"
#include "weft/shape.h"

namespace weft {

// A convolution is the trilinear form <y, conv(x, w)>. Its three ops give one
// of y, x and w from the other two, and are each other's derivatives. `sizes`
// are the spatial sizes that the inputs don't tell: of y, x or w.
struct ConvAttributes {
  std::vector<std::int64_t> sizes, stride, before, dilation;
  std::int64_t groups = 1;
};

[[noreturn]] void throw_shapes(std::string_view op, const Shape& a,
                               const Shape& b, const std::string& why);
/// Ranks, attributes and groups must go together, and spatial sizes be numbers.
void check_conv(std::string_view op, const ConvAttributes& a, const Shape& left,
                const Shape& right);
PatchPlan plan_of(const ConvAttributes& a, const Shape& x, const Shape& w,
                  const Shape& y);
double conv_flops(const PatchPlan& plan);
/// Equal pieces of work, at most as many as there are items.
std::int64_t pieces(const PatchPlan& plan, std::int64_t items);
Shape shape_of(Dim first, Dim second, const std::vector<std::int64_t>& sizes);
std::vector<std::int64_t> spatial_of(const Shape& shape);

}  // namespace weft
