#pragma once

#include <cstdint>
#include <span>

#include "weft/data.h"

namespace weft::data {

/// (n, row…).
Shape batch_shape(std::int64_t n, const Shape& row);
/// Of the targets of n examples; (0) if there are none.
Shape target_shape(std::int64_t n, const Dataset& data);

/// Copies the examples of these indices into the first rows of x and y, which
/// have `batch_shape`, `target_shape` and the types of `data`. Throws DataError
/// if an index or a row is out of range. Meanwhile the memory of the examples
/// `next`, at most as many, is fetched; these are in range.
void gather(const Dataset& data, std::span<const std::int64_t> indices,
            Tensor& x, Tensor& y, std::span<const std::int64_t> next = {});

/// About the ns that `gather` takes for so many examples.
double gather_cost(const Dataset& data, std::int64_t rows);

/// The numbers 0 … n−1 in the order of `epoch`, into `order`.
void shuffle(std::int64_t n, Seed seed, std::uint64_t epoch,
             std::vector<std::int64_t>& order);

}  // namespace weft::data
