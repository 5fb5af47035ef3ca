#pragma once

// The work of the cases, the same for every peer. A step of training is a
// forward pass, the gradients of all parameters and the optimiser's update.

#include <string>
#include <vector>

namespace bench {

enum class Cost { cross_entropy, squared };  // squared: mean (σ(z) − onehot)²
enum class Rule { none, sgd, momentum, adam, forward_only };

// A multilayer perceptron on images. Rule none: value and gradients only.
struct MlpCase {
  std::string name;
  std::vector<int> sizes;
  int batch;
  bool sigmoid;  // activation of the hidden layers; ReLU otherwise
  Cost cost;
  Rule rule;
  float rate;
};

inline const std::vector<MlpCase>& mlp_cases() {
  static const std::vector<MlpCase> cases = {
      {"B1", {784, 30, 10}, 10, true, Cost::squared, Rule::sgd, 0.5f},
      {"B2-momentum",
       {784, 300, 100, 10},
       64,
       false,
       Cost::cross_entropy,
       Rule::momentum,
       0.01f},
      {"B2-adam",
       {784, 300, 100, 10},
       64,
       false,
       Cost::cross_entropy,
       Rule::adam,
       1e-3f},
      {"B3",
       {784, 1024, 1024, 10},
       256,
       false,
       Cost::cross_entropy,
       Rule::adam,
       1e-3f},
      {"B8",
       {784, 300, 100, 10},
       1,
       false,
       Cost::cross_entropy,
       Rule::forward_only,
       0},
      {"B10", {784, 25, 10}, 5000, true, Cost::cross_entropy, Rule::none, 0},
      {"start",
       {784, 300, 100, 10},
       64,
       false,
       Cost::cross_entropy,
       Rule::adam,
       1e-3f},
  };
  return cases;
}

inline const MlpCase* find_mlp(const std::string& name) {
  for (const MlpCase& c : mlp_cases()) {
    if (c.name == name) return &c;
  }
  return nullptr;
}

// Examples that a case goes through; few at the start, to read little.
inline long examples(const std::string& name) {
  return name == "start" ? 640 : 10000;
}

inline constexpr float kMomentum = 0.9f;
inline constexpr float kBeta1 = 0.9f;
inline constexpr float kBeta2 = 0.999f;
inline constexpr float kEpsilon = 1e-8f;

// B7: 2,500 times x = relu(x * w + b) - c on vectors of 16, each of the four
// ops a node; then the gradients of sum(x) with respect to w and b.
inline constexpr int kChainRounds = 2500;
inline constexpr int kChainWidth = 16;

// B9: eight towers, each on 98 pixels, four ReLU layers of 256; their outputs
// side by side go into a linear classifier. Batch 32, momentum.
inline constexpr int kTowers = 8;
inline constexpr int kTowerInput = 98;
inline constexpr int kTowerWidth = 256;
inline constexpr int kTowerLayers = 4;
inline constexpr int kTowerBatch = 32;

// Products C(m, n) = A(m, k) B(k, n), row-major; A or B may be stored
// transposed.
struct ProductCase {
  std::string name;
  int m, k, n;
  bool transpose_a, transpose_b;
};

inline const std::vector<ProductCase>& product_cases() {
  static const std::vector<ProductCase> cases = {
      {"64x64x64", 64, 64, 64, false, false},
      {"64x784x300", 64, 784, 300, false, false},
      {"784x64x300-ta", 784, 64, 300, true, false},
      {"64x300x100", 64, 300, 100, false, false},
      {"64x100x300-tb", 64, 100, 300, false, true},
      {"256x784x1024", 256, 784, 1024, false, false},
      {"784x256x1024-ta", 784, 256, 1024, true, false},
      {"256x1024x1024-tb", 256, 1024, 1024, false, true},
  };
  return cases;
}

inline const ProductCase* find_product(const std::string& name) {
  for (const ProductCase& c : product_cases()) {
    if (c.name == name) return &c;
  }
  return nullptr;
}

}  // namespace bench
