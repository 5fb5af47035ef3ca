#pragma once

// Those of the cases of op_cases.h that are segments, subgraphs and draws, in
// libtorch's C++ interface.

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

namespace bench {

using torch::Tensor;
using Tensors = std::vector<Tensor>;

struct OwnGradient : torch::autograd::Function<OwnGradient> {
  static Tensor forward(torch::autograd::AutogradContext*, const Tensor& x) {
    return x.relu();
  }
  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext*, torch::autograd::variable_list dy) {
    return {2 * dy[0]};
  }
};

inline Tensor scanned(const Tensors& x) {
  Tensor h = torch::zeros({32, 64});
  Tensors rows;
  for (long t = 0; t < x[0].size(0); ++t) {
    h = torch::tanh(torch::addmm(x[0][t], h, x[1]));
    rows.push_back(h);
  }
  return torch::stack(rows);
}

inline std::map<std::string, Tensor (*)(const Tensors&)> flow_functions() {
  return {
      {"segment_sum",
       [](const Tensors& x) {
         return torch::zeros({64, 32}).index_add(0, x[1], x[0]);
       }},
      {"segment_max",
       [](const Tensors& x) {
         return torch::scatter_reduce(
             torch::full({64, 32}, -INFINITY), 0,
             x[1].unsqueeze(1).expand({x[0].size(0), 32}), x[0], "amax");
       }},
      {"random_gamma",
       [](const Tensors& x) { return torch::_standard_gamma(x[0]); }},
      {"cond",
       [](const Tensors& x) {
         return x[0].sum().item<float>() < 1e9F ? x[0].tanh() : x[0].sin();
       }},
      {"straight_through",
       [](const Tensors& x) { return x[0] + (x[0].round() - x[0]).detach(); }},
      {"reverse_gradient",
       [](const Tensors& x) { return 2 * x[0].detach() - x[0]; }},
      {"own_gradient",
       [](const Tensors& x) { return OwnGradient::apply(x[0]); }},
      {"scan", scanned},
      {"attention_long",
       [](const Tensors& x) {
         return torch::matmul(
             torch::softmax(torch::matmul(x[0], x[1].transpose(2, 3)) *
                                (1 / std::sqrt(32.0)),
                            -1),
             x[2]);
       }},
      {"max_pool_places",
       [](const Tensors& x) {
         return std::get<1>(torch::max_pool2d_with_indices(x[0], 2));
       }},
  };
}

}  // namespace bench
