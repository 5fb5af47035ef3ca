#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace weft {

/// Which two of the terms a product joins. Terms 0 … n − 1 are given, the k-th
/// product is term n + k.
using Join = std::pair<std::size_t, std::size_t>;

/// The cheapest order of the products of n ≥ 1 terms, each named by the letters
/// of its axes, of which `result` keeps some. A product costs the product of
/// the sizes of all letters that it meets; letters that nothing else needs are
/// summed before. Among equals from left to right, and so if there are more
/// than 10 terms.
std::vector<Join> contraction_order(const std::vector<std::string>& terms,
                                    const std::string& result,
                                    const std::map<char, double>& sizes);

}  // namespace weft
