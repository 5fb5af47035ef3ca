#pragma once

#include <utility>
#include <vector>

#include "weft/op.h"

namespace weft {

/// A value, and what takes its place.
using Substitution = std::pair<Value, Value>;

/// ys as they would be with other values in the place of some: f(b) from f(a).
/// What lies between the values that are replaced and ys is added once more;
/// all else is shared, parameters too, so that
///   substitute(f(a), {{a, b}})                    is the same network at b,
///   substitute(loss, {{w, w - 0.1 * gradient}})   a loss after one step,
///   substitute(q, {{w, buffer}})                  a copy with other weights.
/// Any values of the graph can be replaced, all at the same time; one that ys
/// don't depend on changes nothing. Random ops draw the same numbers in both.
///
/// Throws TypeError or ShapeError unless a value and what takes its place are
/// of one type, and GraphError if they are of different graphs, a value is
/// replaced twice, or an `assign` lies between.
std::vector<Value> substitute(const std::vector<Value>& ys,
                              const std::vector<Substitution>& pairs,
                              Source at = Source::current());
/// The same of one value.
Value substitute(Value y, const std::vector<Substitution>& pairs,
                 Source at = Source::current());

}  // namespace weft
