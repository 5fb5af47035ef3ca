#pragma once

// Cases of operations and training runs with the values that another library
// computed, as read from cases.txt and tensors.bin (see FORMAT.txt beside
// them).

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "weft/tensor.h"

namespace reference {

using Named = std::vector<std::pair<std::string, weft::Tensor>>;

struct Input {
  std::string name;
  weft::Tensor tensor;  ///< unless absent
  bool differentiated = false;
  bool absent = false;
};

struct Case {
  std::string id, op;
  std::set<std::string> tags;
  nlohmann::json attributes = nlohmann::json::object();
  std::string unreadable;  ///< why, if a line of it was not understood
  std::vector<Input> inputs;
  Named outputs, cotangents, gradients, directions, hvps, jvps;
};

struct Training {
  std::string id, model, optimizer, dtype, clip;
  std::string unreadable;  ///< likewise
  nlohmann::json attributes = nlohmann::json::object();
  weft::Tensor x, y, losses, rates;
  Named parameters;
  std::vector<weft::Tensor> finals;
};

struct Set {
  std::vector<Case> cases;
  std::vector<Training> trainings;
};

/// The folder with the values; nothing if there is none.
std::optional<std::string> folder();
/// The values, read once; must not be called where folder() is empty.
const Set& values();
/// A few cases of many operations, which tests/data has.
const Set& kept();

}  // namespace reference
