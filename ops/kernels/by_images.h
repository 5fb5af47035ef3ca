#pragma once

#include <vector>

#include "ops/rearrange.h"
#include "weft/batched.h"
#include "weft/op.h"

namespace weft {

/// The batch of an op that takes (images, …), and maybe weights: more images,
/// where all examples share the weights; empty, for the loop, where they do
/// not.
template <class Op>
std::vector<Value> by_images(const Op& op, const Batched& in) {
  const Dim count = in.count(), images = in.one(0)[0];
  const bool weights = in.size() > 1;
  if ((weights && in.mapped(1)) ||
      (count.is_symbolic() && images.is_symbolic()))
    return {};
  const Value all = into_rows(in[0]);
  const Value y = weights ? apply(op, all, in.shared(1)) : apply(op, all);
  return {from_rows(y, count, images)};
}

}  // namespace weft
