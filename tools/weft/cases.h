#pragma once

// The networks that Weft's speed is judged by, ready to run on random examples.

#include <memory>
#include <string>
#include <vector>

#include "weft/weft.h"

namespace weft::cli {

/// One case: a compiled program with its state and one batch.
struct BenchCase {
  std::string name;
  std::string what;  ///< in words
  std::unique_ptr<Graph> graph;
  std::shared_ptr<Graph> keep;  ///< that of a loaded model
  Program program;
  State state;
  std::vector<Feed> feeds;
  SymbolSizes sizes;
  double units = 1;  ///< samples, or nodes, of one run
  std::string unit = "samples";
};

/// Names in order: B1, B2-sgdm, B2-adam, B3, B7, B7-unfused, B8, B9, B10.
std::vector<std::string> bench_case_names();
/// Throws GraphError for a name that is not among them.
BenchCase make_bench_case(const std::string& name);

}  // namespace weft::cli
