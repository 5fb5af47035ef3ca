#pragma once

#include <span>
#include <vector>

#include "weft/ops.h"

namespace weft {

/// x with axis `from` at place `to`, and the others in their order.
inline Value moved(Value x, int from, int to) {
  if (from == to) return x;
  std::vector<std::int64_t> order;
  for (int i = 0; i < x.rank(); ++i) {
    if (i != from) order.push_back(i);
  }
  order.insert(order.begin() + to, from);
  return transpose(x, order);
}

/// x in the opposite order, so that the greatest is the least; its own inverse.
/// Of the least integer there is no negative.
inline Value reversed(Value x) { return is_floating(x.dtype()) ? -x : -1 - x; }

/// (examples, rows, …) as (examples · rows, …).
inline Value into_rows(Value x) {
  const Shape& s = x.shape();
  Shape joined(std::span(s.begin() + 1, s.end()));
  joined[0] = s[0] * s[1];
  return reshape(x, joined);
}

/// The inverse, for `rows` of each example.
inline Value from_rows(Value x, Dim examples, Dim rows) {
  Shape split{examples, rows};
  for (int i = 1; i < x.rank(); ++i) split.push_back(x.shape()[i]);
  return reshape(x, split);
}

}  // namespace weft
