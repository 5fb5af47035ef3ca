#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "src/io/file/graph_records.h"

namespace weft::fuzz {

/// The records of one graph as the section "graph" has them from the graph for
/// evaluation on: graph, network, whether it is trained, updates.
struct Records {
  std::shared_ptr<Graph> graph;
  std::vector<Value> network{4};  ///< input, target, output, loss
  bool trained = false;
  std::vector<Value> updates;
  std::vector<std::int32_t> constants;  ///< nodes
};

/// Throws as `load` does.
Records read_records(const std::string& bytes);
std::string write_records(const Records& records);

/// The same with one thing changed somewhere: an input, an output's type, an
/// attribute, an op; a node copied or left out. After most changes the types of
/// all outputs follow from the ops again where they can.
std::string mutate_records(const Records& records, unsigned seed);

}  // namespace weft::fuzz
