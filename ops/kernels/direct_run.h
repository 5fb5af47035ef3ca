#pragma once

// Convolutions and their gradients by the kernels of direct.h.

#include <algorithm>

#include "ops/kernels/direct_plan.h"

namespace weft {

/// A convolution's sizes, and how its work is cut for direct kernels.
struct DirectWork {
  PatchPlan plan;
  DirectBoxes boxes;
  std::int64_t parts = 1;  ///< of the channels of results
  bool turned = false;     ///< of weights: by products with y turned
  /// Of weights: parts of channels of groups, each written by one tile; 0:
  /// tiles sum boxes.
  std::int64_t chunks = 0;

  /// Boxes of parts of groups of some images: pieces that don't meet in the
  /// results.
  std::int64_t items() const {
    return turned ? boxes.count() : plan.groups * boxes.count() * parts;
  }
  /// So many items after each other, from a multiple of it on, have results
  /// that lie without gaps in memory.
  std::int64_t unit() const {
    return boxes.of_image() * (boxes.together == 1 ? 1 : plan.groups * parts);
  }
  /// The first channel, of all images', that a unit writes, where groups have
  /// `rows`.
  std::int64_t first_channel(std::int64_t unit, std::int64_t rows) const {
    if (boxes.together == 1) {
      return unit / parts * rows + rows * (unit % parts) / parts;
    }
    return std::min(boxes.images, unit * boxes.together) * plan.groups * rows;
  }
};

/// For y from x and w, x from y and w, and w from x and y. Empty where vectors
/// of neighbouring results would be filled so little that products of patches
/// take less.
bool direct_forward(const PatchPlan& plan, DirectWork& work);
bool direct_backward(const PatchPlan& plan, DirectWork& work);
bool direct_weight(const PatchPlan& plan, DirectWork& work);

/// Item `item` of the results.
template <class T>
void run_forward(const DirectWork& work, std::int64_t item, const T* x,
                 const T* w, T* y);
template <class T>
void run_backward(const DirectWork& work, std::int64_t item, const T* y,
                  const T* w, T* x);
/// What items begin … end − 1 give to w; all of w is written.
template <class T>
void sum_weight(const DirectWork& work, std::int64_t begin, std::int64_t end,
                const T* x, const T* y, T* w);
/// A chunk of w.
template <class T>
void write_weight(const DirectWork& work, std::int64_t chunk, const T* x,
                  const T* y, T* w);

}  // namespace weft
