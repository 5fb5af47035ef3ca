#pragma once

#include <vector>

#include "weft/batched.h"
#include "weft/op.h"

namespace weft {

/// The batch of an op that takes (images, …), and maybe weights: more images,
/// where all examples share the weights; empty, for the loop, where they do
/// not.
template <class Op>
std::vector<Value> by_images(const Op& op, const Batched& in) {
  Shape shape = in.one(0);
  const Dim count = in.count(), images = shape[0];
  const bool weights = in.size() > 1;
  if ((weights && in.mapped(1)) ||
      (count.is_symbolic() && images.is_symbolic()))
    return {};
  shape[0] = count * images;
  const Value all = reshape(in[0], shape);
  const Value y = weights ? apply(op, all, in.shared(1)) : apply(op, all);
  shape = y.shape();
  shape[0] = images;
  return {reshape(y, in.shape(shape))};
}

}  // namespace weft
