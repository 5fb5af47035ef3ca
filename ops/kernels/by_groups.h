#pragma once

#include <vector>

#include "weft/batched.h"
#include "weft/op.h"

namespace weft {

/// (examples, images, channels, …) with the examples among the channels, those
/// of one beside each other: (images, examples · channels, …).
inline Value into_channels(Value x) {
  const Shape& s = x.shape();
  Shape joined{s[1], s[0] * s[2]};
  std::vector<std::int64_t> order{1, 0};
  for (int i = 2; i < s.rank(); ++i) {
    order.push_back(i);
    if (i > 2) joined.push_back(s[i]);
  }
  return reshape(transpose(x, order), joined);
}

/// The inverse, for `count` examples.
inline Value from_channels(Value x, std::int64_t count) {
  const Shape& s = x.shape();
  Shape split{s[0], count, s.dim(1) / count};
  std::vector<std::int64_t> order{1, 0, 2};
  for (int i = 2; i < s.rank(); ++i) {
    split.push_back(s[i]);
    order.push_back(i + 1);
  }
  return transpose(reshape(x, split), order);
}

/// Whether the examples of a convolution can be groups of its channels: their
/// number must be known, and those of the channels.
inline bool can_be_groups(const Batched& in) {
  return !in.count().is_symbolic() && in.count() != Dim(0) &&
         !in.one(0)[1].is_symbolic() && !in.one(1)[1].is_symbolic();
}

}  // namespace weft
