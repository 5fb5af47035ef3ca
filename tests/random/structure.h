#pragma once

#include <optional>

#include "elements.h"
#include "weft/op.h"
#include "weft/tensor.h"

namespace random_graphs {

/// An array by its elements.
struct Array {
  weft::Type type;
  std::vector<Number> values;
  /// What an element's rounding errors grow with, such as the sum of the terms'
  /// absolute values; empty: with the element.
  std::vector<Number> magnitude = {};
};

/// The elements of a tensor; nothing if some have no exact place in a Number.
std::optional<Array> array_of(const weft::Tensor& tensor);

/// A tensor with these elements; nothing if an integer does not fit its type.
std::optional<weft::Tensor> tensor_of(const Array& array);

/// The outputs of an op that moves, sorts, sums or multiplies arrays, with the
/// types `out`, by loops over indices; nothing for an op that is not here.
std::optional<std::vector<Array>> structural(
    const weft::Op& op, const std::vector<Array>& in,
    const std::vector<weft::Type>& out);

}  // namespace random_graphs
