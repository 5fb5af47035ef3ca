#pragma once

// Convolutions and their gradients as products with gathered patches, for what
// direct_run.h does not take.

#include "ops/kernels/gemm.h"
#include "ops/kernels/patches.h"

namespace weft {

/// The patches of block `block` of an image of one group, and their distance.
template <class T>
void set_patches(const PatchPlan& g, const T* image, std::int64_t p0,
                 std::int64_t p1, GemmArgs<T>& product) {
  if (g.is_plain()) {
    product.b = image + p0;
    product.ldb = g.positions();
    return;
  }
  T* patches = patch_memory<T>(g.depth() * (p1 - p0));
  gather_patches(g, image, 0, g.in_channels, p0, p1, patches);
  product.b = patches;
  product.ldb = p1 - p0;
}

inline std::int64_t forward_patch_items(const PatchPlan& g) {
  return g.images * g.groups * g.blocks();
}

/// y from x and w: one block of an image of one group.
template <class T>
void run_forward_patches(const PatchPlan& g, std::int64_t item, const T* x,
                         const T* w, T* y) {
  const std::int64_t n = g.positions(), image = item / g.blocks();
  const std::int64_t p0 = item % g.blocks() * g.block();
  GemmArgs<T> product;
  product.m = g.out_channels;
  product.n = std::min(n, p0 + g.block()) - p0;
  product.k = g.depth();
  product.a = w + image % g.groups * g.out_channels * g.depth();
  product.lda = g.depth();
  set_patches(g, x + image * g.in_channels * g.pixels(), p0, p0 + product.n,
              product);
  product.c = y + image * g.out_channels * n + p0;
  product.ldc = n;
  gemm(product);
}

/// Parts of an image's channels, where there are few images.
inline std::int64_t backward_patch_parts(const PatchPlan& g) {
  const std::int64_t images = std::max<std::int64_t>(1, g.images * g.groups);
  return images >= 8
             ? 1
             : std::clamp<std::int64_t>(
                   8 / images, 1, std::max<std::int64_t>(1, g.in_channels));
}
inline std::int64_t backward_patch_items(const PatchPlan& g) {
  return g.images * g.groups * backward_patch_parts(g);
}

/// x from y and w: a part of the channels of an image of one group.
template <class T>
void run_backward_patches(const PatchPlan& g, std::int64_t item, const T* y,
                          const T* w, T* x) {
  const std::int64_t parts = backward_patch_parts(g);
  const std::int64_t image = item / parts, part = item % parts;
  const std::int64_t c0 = g.in_channels * part / parts;
  const std::int64_t c1 = g.in_channels * (part + 1) / parts;
  x += image * g.in_channels * g.pixels();
  std::fill(x + c0 * g.pixels(), x + c1 * g.pixels(), T(0));
  GemmArgs<T> product;
  product.trans_a = true;
  product.m = (c1 - c0) * g.kernel_size();
  product.k = g.out_channels;
  product.a =
      w + image % g.groups * g.out_channels * g.depth() + c0 * g.kernel_size();
  product.lda = g.depth();
  product.ldb = g.positions();
  for (std::int64_t p0 = 0; p0 < g.positions(); p0 += g.block()) {
    const std::int64_t p1 = std::min(g.positions(), p0 + g.block());
    T* patches = patch_memory<T>(product.m * (p1 - p0));
    product.n = p1 - p0;
    product.b = y + image * g.out_channels * g.positions() + p0;
    product.c = patches;
    product.ldc = p1 - p0;
    gemm(product);
    add_patches(g, patches, c0, c1, p0, p1, x);
  }
}

inline std::int64_t weight_patch_items(const PatchPlan& g) {
  return g.images * g.groups * g.blocks();
}

/// Adds to w what a block of an image of one group gives.
template <class T>
void add_weight_patches(const PatchPlan& g, std::int64_t item, const T* x,
                        const T* y, T* w) {
  const std::int64_t group = item % g.groups, at = item / g.groups;
  const std::int64_t image = at / g.blocks() * g.groups + group;
  const std::int64_t n = g.positions(), p0 = at % g.blocks() * g.block();
  GemmArgs<T> product;
  product.trans_b = true;
  product.accumulate = true;
  product.m = g.out_channels;
  product.n = g.depth();
  product.k = std::min(n, p0 + g.block()) - p0;
  product.a = y + image * g.out_channels * n + p0;
  product.lda = n;
  set_patches(g, x + image * g.in_channels * g.pixels(), p0, p0 + product.k,
              product);
  product.c = w + group * g.out_channels * g.depth();
  product.ldc = g.depth();
  gemm(product);
}

}  // namespace weft
