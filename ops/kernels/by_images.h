#pragma once

#include <vector>

#include "weft/batched.h"
#include "weft/op.h"

namespace weft {

/// The batch of an op that takes (images, …) and weights: more images, where
/// all examples share the weights; empty, for the loop, where they do not.
template <class Op>
std::vector<Value> by_images(const Op& op, const Batched& in) {
  Shape shape = in.one(0);
  const Dim count = in.count(), images = shape[0];
  if (in.mapped(1) || (count.is_symbolic() && images.is_symbolic())) return {};
  shape[0] = count * images;
  const Value y = apply(op, reshape(in[0], shape), in.shared(1));
  shape = y.shape();
  shape[0] = images;
  return {reshape(y, in.shape(shape))};
}

}  // namespace weft
