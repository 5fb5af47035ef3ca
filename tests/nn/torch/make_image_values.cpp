// Makes image_values.txt: what PyTorch's layers of images compute from
// parameters and inputs that are functions of their elements' numbers, f64.
// image_layers_test.cpp compares Weft's layers with them.
//   g++ -std=c++17 -O1 -I/usr/include/torch/csrc/api/include \
//     make_image_values.cpp -ltorch -ltorch_cpu -lc10 -o make_values &&
//     ./make_values > image_values.txt
#include <torch/torch.h>

#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

namespace nn = torch::nn;
using torch::Tensor;

namespace {

/// 0.4·sin(0.7·k + salt) for element k.
Tensor pattern(at::IntArrayRef shape, double salt) {
  Tensor t = torch::empty(shape, torch::kF64);
  double* to = t.data_ptr<double>();
  for (int64_t k = 0; k < t.numel(); ++k)
    to[k] = 0.4 * std::sin(0.7 * double(k) + salt);
  return t;
}

void print(const std::string& name, const Tensor& t) {
  const Tensor flat = t.detach().contiguous().flatten();
  std::printf("%s %ld", name.c_str(), long(flat.numel()));
  for (int64_t k = 0; k < flat.numel(); ++k) {
    std::printf(" %.17g", flat.data_ptr<double>()[k]);
  }
  std::printf("\n");
}

/// The output, and the gradients of Σ 0.4·sin(0.7·k + 9)·y for x and the
/// parameters, of which parameter i is a pattern with salt i.
void layer(const std::string& name, nn::Module& m,
           const std::function<Tensor(Tensor)>& f,
           std::vector<int64_t> shape = {2, 4, 5, 6}) {
  m.to(torch::kF64);
  double salt = 0;
  for (Tensor& p : m.parameters()) {
    torch::NoGradGuard off;
    p.copy_(pattern(p.sizes(), salt++));
  }
  Tensor x = pattern(shape, 0.5).requires_grad_();
  const Tensor y = f(x);
  print(name + "/y", y);
  (y * pattern(y.sizes(), 9)).sum().backward();
  print(name + "/dx", x.grad());
  std::vector<Tensor> all;
  for (Tensor& p : m.parameters()) all.push_back(p.grad().flatten());
  print(name + "/dp", torch::cat(all));
}

template <class M>
void layer(const std::string& name, M m, std::vector<int64_t> shape) {
  layer(
      name, *m, [&](Tensor x) { return m->forward(x); }, shape);
}

void convolutions() {
  const std::vector<int64_t> image{2, 4, 5, 6};
  layer("conv",
        nn::Conv2d(nn::Conv2dOptions(4, 6, {3, 2})
                       .stride({2, 1})
                       .padding({1, 0})
                       .dilation({1, 2})
                       .groups(2)),
        image);
  layer("conv1d", nn::Conv1d(nn::Conv1dOptions(3, 2, 3).padding(1)), {2, 3, 7});
  layer("transposed",
        nn::ConvTranspose2d(nn::ConvTranspose2dOptions(4, 6, 3)
                                .stride(2)
                                .padding(1)
                                .output_padding(1)
                                .groups(2)),
        image);
  nn::Sequential separable(
      nn::Conv2d(nn::Conv2dOptions(4, 4, 3).stride(2).padding(1).groups(4).bias(
          false)),
      nn::Conv2d(nn::Conv2dOptions(4, 3, 1)));
  layer("separable", separable, image);
}

void batch_norms() {
  nn::BatchNorm2d m(4);
  layer("batch_norm", m, {2, 4, 5, 6});
  print("batch_norm/mean", m->running_mean);
  print("batch_norm/variance", m->running_var);
  m->zero_grad();
  m->eval();
  layer("batch_norm_eval", m, {2, 4, 5, 6});
}

/// Hu et al. 2018, of PyTorch's layers.
struct SqueezeExcite : nn::Module {
  SqueezeExcite() {
    fc1 = register_module("fc1", nn::Linear(4, 2));
    fc2 = register_module("fc2", nn::Linear(2, 4));
  }
  Tensor forward(const Tensor& x) {
    const Tensor h = torch::relu(fc1(x.mean({2, 3})));
    return x * torch::sigmoid(fc2(h)).unsqueeze(-1).unsqueeze(-1);
  }
  nn::Linear fc1{nullptr}, fc2{nullptr};
};

/// The second block of a residual network's stage (He et al. 2016).
struct Residual : nn::Module {
  Residual() {
    c1 = register_module(
        "c1", nn::Conv2d(
                  nn::Conv2dOptions(4, 6, 3).stride(2).padding(1).bias(false)));
    n1 = register_module("n1", nn::BatchNorm2d(6));
    c2 = register_module(
        "c2", nn::Conv2d(nn::Conv2dOptions(6, 6, 3).padding(1).bias(false)));
    shortcut = register_module(
        "shortcut",
        nn::Conv2d(nn::Conv2dOptions(4, 6, 1).stride(2).bias(false)));
  }
  Tensor forward(const Tensor& x) {
    return torch::relu(shortcut(x) + c2(torch::relu(n1(c1(x)))));
  }
  nn::Conv2d c1{nullptr}, c2{nullptr}, shortcut{nullptr};
  nn::BatchNorm2d n1{nullptr};
};

}  // namespace

int main() {
  const std::vector<int64_t> image{2, 4, 5, 6};
  convolutions();
  batch_norms();
  layer("group_norm", nn::GroupNorm(nn::GroupNormOptions(2, 4)), image);
  layer("instance_norm",
        nn::InstanceNorm2d(nn::InstanceNorm2dOptions(4).affine(true)), image);
  SqueezeExcite squeeze;
  layer("squeeze_excite", squeeze,
        [&](Tensor x) { return squeeze.forward(x); });
  Residual residual;
  layer("residual", residual, [&](Tensor x) { return residual.forward(x); });
}
