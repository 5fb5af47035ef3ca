#pragma once

#include <map>

#include "recipe.h"

namespace random_graphs {

/// A sample of an op with inputs of the dtype `main`, where the sample leaves
/// it open.
struct Drawn {
  OpPtr op;
  std::vector<SampleInput> inputs;
  DType main = DType::f64;
};

/// All samples of all ops, in each dtype that the op takes. Seed n draws number
/// n of them, counted round, before anything else.
const std::vector<Drawn>& drawable();

bool takes(const Op& op, const Sample& sample, DType main);

/// Which ops random graphs had, by the dtypes of their inputs.
class Coverage {
 public:
  Coverage();
  void add(const Recipe& recipe);
  /// What no graph had yet: "gather f64 i32". Ops without samples are never
  /// drawn, and are always among it.
  std::vector<std::string> missing() const;
  std::string text() const;

 private:
  std::map<std::string, std::int64_t> counts_;
};

}  // namespace random_graphs
