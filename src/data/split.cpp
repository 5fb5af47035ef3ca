#include <algorithm>
#include <cmath>
#include <numeric>

#include "src/data/gather.h"
#include "weft/error.h"

namespace weft::data {

void shuffle(std::int64_t n, Seed seed, std::uint64_t epoch,
             std::vector<std::int64_t>& order) {
  order.resize(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  RandomSequence draws(Philox(seed, stable_hash("weft shuffle"), epoch));
  for (std::size_t i = order.size(); i > 1; --i) {  // Fisher and Yates
    std::swap(order[i - 1], order[draws.below(i)]);
  }
}

namespace {

/// The examples of `order`, those of a class together.
std::vector<std::int64_t> by_class(const Dataset& data,
                                   std::vector<std::int64_t> order) {
  if (data.targets.dtype() != DType::i32 || data.targets.rank() != 1 ||
      data.targets.size() == 0) {
    throw DataError("[split] the targets are " +
                    to_string(data.targets.type()) +
                    ", which are no classes; split without Stratify::yes");
  }
  const std::int32_t* label = data.targets.data<std::int32_t>();
  auto class_of = [&](std::int64_t i) {
    return label[data.rows.empty() ? i
                                   : data.rows[static_cast<std::size_t>(i)]];
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t a, std::int64_t b) {
                     return class_of(a) < class_of(b);
                   });
  return order;
}

/// The examples in order, divided by the part that each is in.
Split divide(const Dataset& data, const std::vector<std::int64_t>& order,
             const std::vector<int>& part, int test) {
  std::vector<std::int64_t> in, out;
  for (std::int64_t i : order) {
    (part[static_cast<std::size_t>(i)] == test ? in : out).push_back(i);
  }
  return {data.subset(out), data.subset(in)};
}

}  // namespace

Split split(const Dataset& data, double fraction, Seed seed,
            Stratify stratify) {
  data.check();
  const std::int64_t n = data.size();
  const double wanted = static_cast<double>(n) * fraction;
  const std::int64_t test =
      fraction > 0 && fraction < 1 ? std::llround(wanted) : 0;
  if (test < 1 || test >= n) {
    throw DataError("[split] can't take the fraction " +
                    std::to_string(fraction) + " of " + std::to_string(n) +
                    " examples; both parts need one");
  }
  std::vector<std::int64_t> order;
  shuffle(n, seed, 0, order);
  std::vector<int> part(order.size());
  if (stratify == Stratify::no) {
    for (std::int64_t p = n - test; p < n; ++p) {
      part[static_cast<std::size_t>(order[static_cast<std::size_t>(p)])] = 1;
    }
  } else {
    // Every (n/test)-th, so of every class its share.
    std::int64_t taken = 0;
    for (std::int64_t i : by_class(data, order)) {
      taken += test;
      if (taken < n) continue;
      taken -= n;
      part[static_cast<std::size_t>(i)] = 1;
    }
  }
  return divide(data, order, part, 1);
}

std::vector<Split> k_fold(const Dataset& data, int k, Seed seed,
                          Stratify stratify) {
  data.check();
  const std::int64_t n = data.size();
  if (k < 2 || k > n) {
    throw DataError("[k_fold] can't make " + std::to_string(k) + " parts of " +
                    std::to_string(n) + " examples; use 2 to " +
                    std::to_string(n));
  }
  std::vector<std::int64_t> order;
  shuffle(n, seed, 0, order);
  const bool whole = stratify == Stratify::no;
  const auto dealt = whole ? order : by_class(data, order);
  std::vector<int> part(order.size());
  for (int f = 0; f < k; ++f) {
    const std::int64_t begin = whole ? n * f / k : f;
    const std::int64_t end = whole ? n * (f + 1) / k : n;
    for (std::int64_t p = begin; p < end; p += whole ? 1 : k) {
      part[static_cast<std::size_t>(dealt[static_cast<std::size_t>(p)])] = f;
    }
  }
  std::vector<Split> folds;
  for (int f = 0; f < k; ++f) folds.push_back(divide(data, order, part, f));
  return folds;
}

}  // namespace weft::data
