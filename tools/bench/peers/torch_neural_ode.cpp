// The training of models/examples/neural_ode.cpp in libtorch, for the error of
// the trajectory: the same data, network, steps and minimiser.
//   torch-neural-ode [ITERATIONS]

#include <torch/torch.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

using torch::Tensor;
namespace nn = torch::nn;

constexpr std::int64_t kPoints = 1001, kRows = 10, kPieces = 100;
constexpr double kStep = 25.0 / (kPoints - 1);

template <class Field>
Tensor step(const Field& f, const Tensor& y, double h) {
  const Tensor a = f(y), b = f(y + h / 2 * a), c = f(y + h / 2 * b);
  return y + h / 6 * (a + 2 * (b + c) + f(y + h * c));
}

Tensor spiral() {
  const Tensor matrix =
      torch::tensor({-0.1, 2.0, -2.0, -0.1}, torch::kFloat64).reshape({2, 2});
  auto field = [&](const Tensor& y) { return torch::matmul(y.pow(3), matrix); };
  std::vector<Tensor> all;
  Tensor y = torch::tensor({2.0, 0.0}, torch::kFloat64).reshape({1, 2});
  for (std::int64_t i = 0; i < kPoints; ++i) {
    all.push_back(y);
    for (int part = 0; part < 20; ++part) y = step(field, y, kStep / 20);
  }
  return torch::cat(all);
}

Tensor trajectory(nn::Sequential& network, Tensor y, std::int64_t rows) {
  auto field = [&](const Tensor& at) { return network->forward(at); };
  std::vector<Tensor> all;
  for (std::int64_t i = 0; i < rows; ++i) {
    all.push_back(y = step(field, y, kStep));
  }
  return torch::stack(all);
}

}  // namespace

int main(int argc, char** argv) {
  torch::manual_seed(1);
  nn::Sequential network(nn::Linear(2, 50), nn::Tanh(), nn::Linear(50, 2));
  network->to(torch::kFloat64);
  for (auto& p : network->named_parameters()) {
    torch::NoGradGuard guard;
    if (p.value().dim() == 2) nn::init::xavier_normal_(p.value());
    if (p.value().dim() == 1) p.value().zero_();
  }
  const Tensor all = spiral();
  const Tensor start = all.slice(0, 0, kPoints - 1, kRows);
  const Tensor after =
      all.slice(0, 1).reshape({kPieces, kRows, 2}).transpose(0, 1);
  const std::int64_t iterations = argc > 1 ? std::atoll(argv[1]) : 3000;
  torch::optim::LBFGS minimiser(network->parameters(),
                                torch::optim::LBFGSOptions()
                                    .max_iter(iterations)
                                    .max_eval(2 * iterations)
                                    .history_size(30)
                                    .tolerance_grad(1e-12)
                                    .tolerance_change(0)
                                    .line_search_fn("strong_wolfe"));
  auto cost = [&] {
    minimiser.zero_grad();
    const Tensor loss =
        (trajectory(network, start, kRows) - after).square().mean();
    loss.backward();
    return loss;
  };
  minimiser.step(cost);
  std::printf("cost %.1e\n", cost().item<double>());
  torch::NoGradGuard guard;
  const Tensor found =
      trajectory(network, all.slice(0, 0, 1), kPoints - 1).squeeze(1);
  std::printf("mean error of the trajectory: %.1e\n",
              (found - all.slice(0, 1)).abs().mean().item<double>());
}
