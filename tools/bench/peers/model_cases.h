#pragma once

// The models whose training steps are compared: forward pass, gradients of all
// parameters and Adam, on one batch of noise with labels of ten classes.
//   lenet: 28x28; 6 channels 5x5 padded by 2, pool, 16 channels 5x5, pool (ReLU
//          before the pools of the greatest of 2x2), 400-120-84-10 ReLU.
//   lstm:  64 steps of 64 numbers, width 128; a dense layer on the last state.
//   block: 64 steps of width 128; a transformer block (norms first, ReLU, no
//          dropout), a dense layer on the mean over the steps.

#include <cstdlib>
#include <string>
#include <vector>

namespace bench {

inline constexpr int kClasses = 10;
inline constexpr int kLstmWidth = 128;
inline constexpr int kHeads = 4;
inline constexpr int kHidden = 512;

struct ModelCase {
  std::string model;
  long batch = 1;
  std::vector<long> input;  // sizes of one example
};

inline ModelCase parse_model(const std::string& name) {
  const std::size_t dash = name.find('-');
  ModelCase c{name.substr(0, dash), 1, {}};
  if (dash != std::string::npos) c.batch = std::atol(name.c_str() + dash + 1);
  if (c.model == "lenet") c.input = {1, 28, 28};
  if (c.model == "lstm") c.input = {64, 64};
  if (c.model == "block") c.input = {64, 128};
  return c;
}

}  // namespace bench
