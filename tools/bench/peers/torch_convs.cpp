// The convolutions and pools of conv_cases.h in libtorch.

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include "conv_cases.h"
#include "rig.h"

namespace {

using torch::Tensor;
using Sizes = std::vector<int64_t>;

Tensor noise(long first, long second, int axes, long size) {
  Sizes sizes{first, second};
  sizes.insert(sizes.end(), static_cast<std::size_t>(axes), size);
  return torch::rand(sizes) * 2 - 1;
}

int run_conv(const bench::Arguments& a, const bench::ConvCase& c,
             const std::string& pass) {
  const bool turned = c.kind == bench::Kind::transposed;
  const auto axes = static_cast<std::size_t>(c.axes);
  const Sizes stride(axes, c.stride), padding(axes, c.padding),
      dilation(axes, 1), more(axes, 0);
  const Tensor x = noise(c.batch, c.in, c.axes, c.size);
  const Tensor w = noise(turned ? c.in : c.out,
                         (turned ? c.out : c.in) / c.groups, c.axes, c.kernel);
  auto forward = [&] {
    return at::convolution(x, w, {}, stride, padding, dilation, turned, more,
                           c.groups);
  };
  const Tensor dy = torch::rand(forward().sizes()) * 2 - 1;
  auto backward = [&](bool input, bool weight) {
    return at::convolution_backward(dy, x, w, c10::nullopt, stride, padding,
                                    dilation, turned, more, c.groups,
                                    {input, weight, false});
  };
  if (pass == "forward") bench::measure(a, forward);
  if (pass == "input") bench::measure(a, [&] { backward(true, false); });
  if (pass == "weight") bench::measure(a, [&] { backward(false, true); });
  return 0;
}

int run_pool(const bench::Arguments& a, const bench::ConvCase& c,
             const std::string& pass) {
  const Tensor x = noise(c.batch, c.in, c.axes, c.size);
  const Sizes window(2, c.kernel), stride(2, c.stride), padding(2, c.padding);
  const bool max = c.kind == bench::Kind::max_pool;
  auto forward = [&] {
    return max ? at::max_pool2d_with_indices(x, window, stride, padding)
               : std::tuple(at::avg_pool2d(x, window, stride, padding),
                            Tensor());
  };
  const Tensor dy = torch::rand(std::get<0>(forward()).sizes()) * 2 - 1;
  auto both = [&] {
    const auto found = forward();
    return max ? at::max_pool2d_with_indices_backward(dy, x, window, stride,
                                                      padding, {1, 1}, false,
                                                      std::get<1>(found))
               : at::avg_pool2d_backward(dy, x, window, stride, padding, false,
                                         true, c10::nullopt);
  };
  if (pass == "forward") bench::measure(a, forward);
  if (pass == "both") bench::measure(a, both);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Arguments a = bench::parse(argc, argv);
  torch::NoGradGuard none;
  torch::set_num_threads(a.threads);
  at::set_num_interop_threads(1);
  torch::manual_seed(1);
  std::string pass;
  const bench::ConvCase* c = bench::find_conv(a.name, pass);
  if (c == nullptr) return bench::no_such_case(a);
  const bool pool =
      c->kind == bench::Kind::max_pool || c->kind == bench::Kind::avg_pool;
  return pool ? run_pool(a, *c, pass) : run_conv(a, *c, pass);
}
