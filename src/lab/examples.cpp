#include <filesystem>

#include "weft/error.h"
#include "weft/lab.h"

namespace weft::lab {

namespace {

/// Images of side×side bytes as f32 from 0 to 1, each 2×2 pixels as their mean.
data::Dataset halved(const data::Dataset& images, std::int64_t side) {
  const std::int64_t n = images.size(), half = side / 2;
  Tensor small(DType::f32, {Dim(n), Dim(half * half)});
  constexpr std::int64_t kBlock = 1000;
  Tensor labels(DType::i32, {Dim(n)});
  for (std::int64_t begin = 0; begin < n; begin += kBlock) {
    const std::int64_t end = std::min(n, begin + kBlock);
    const auto [x, y] = images.batch(begin, end);
    const float* from = x.data<float>();
    float* to = small.data<float>() + begin * half * half;
    for (std::int64_t i = 0; i < end - begin; ++i) {
      for (std::int64_t r = 0; r < half; ++r) {
        for (std::int64_t c = 0; c < half; ++c) {
          const float* p = from + i * side * side + 2 * r * side + 2 * c;
          *to++ = (p[0] + p[1] + p[side] + p[side + 1]) / 4;
        }
      }
      labels.data<std::int32_t>()[begin + i] = y.data<std::int32_t>()[i];
    }
  }
  return data::make_dataset(small, labels, images.class_names);
}

Examples fashion() {
  constexpr std::int64_t kPool = 20000, kSide = 28;
  const data::Split all = data::fashion_mnist();
  Examples e;
  e.name = "Fashion-MNIST, images halved to 14×14";
  std::vector<std::int64_t> first;
  for (std::int64_t i = 0; i < std::min(kPool, all.train.size()); ++i) {
    first.push_back(i);
  }
  e.train = halved(all.train.subset(first), kSide);
  e.test = halved(all.test, kSide);
  return e;
}

Examples table(const std::string& path) {
  const data::Dataset all = data::read_csv(path);
  if (all.classes() < 2) {
    throw DataError(path +
                    ": the experiments take 2 or more classes in its last "
                    "column");
  }
  data::Split parts = data::split(all, 0.25, {}, data::Stratify::yes);
  const data::Scaler scaler = data::min_max(parts.train);
  return {std::filesystem::path(path).filename().string(),
          data::apply(scaler, parts.train), data::apply(scaler, parts.test)};
}

}  // namespace

Examples examples(const std::string& name) {
  if (name == "fashion-mnist") return fashion();
  if (!name.empty()) return table(name);
  constexpr const char* kDigits = "tests/data/digits.csv";
  try {
    return fashion();
  } catch (const DataError& e) {
    if (std::filesystem::exists(kDigits)) return table(kDigits);
    throw DataError(std::string(e.what()) +
                    "; or name a table of examples with their class in the "
                    "last column");
  }
}

}  // namespace weft::lab
