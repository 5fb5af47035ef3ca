#pragma once

// Convolutions and their gradients by the kernels of direct.h.

#include "ops/kernels/direct_plan.h"

namespace weft {

/// A convolution's sizes, and how its work is cut for direct kernels.
struct DirectWork {
  PatchPlan plan;
  DirectBoxes boxes;
  std::int64_t parts = 1;  ///< of the channels of results

  /// Boxes of groups of parts: equal pieces that don't meet in the results.
  std::int64_t items() const { return plan.groups * boxes.count() * parts; }
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
/// Adds what the pixels of an item, of work without parts, give to w.
template <class T>
void add_weight(const DirectWork& work, std::int64_t item, const T* x,
                const T* y, T* w);

}  // namespace weft
