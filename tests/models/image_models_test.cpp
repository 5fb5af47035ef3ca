// Networks of images: shapes, options, and costs worked out by hand.

#include <cmath>

#include "catch.h"
#include "weft/models/lenet.h"
#include "weft/models/resnet.h"
#include "weft/models/vae.h"
#include "weft/weft.h"

using namespace weft;

namespace {

/// Parameters, without buffers.
std::int64_t count(const Graph& g) {
  std::int64_t n = 0;
  for (const Value& p : g.parameters()) n += p.shape().elements();
  return n;
}

}  // namespace

TEST_CASE("LeNet-5 has the parameters of the paper's layers") {
  Graph g;
  const Value x = g.input("x", {kBatch, 1, 28, 28});
  const Value y = models::lenet(x, {}, Mode::train);
  CHECK(y.shape() == Shape{kBatch, 10});
  // C1 156, C5 48,120, F6 10,164 as in the paper; C3 here joins all maps, and
  // the output is a dense layer.
  CHECK(g.find("conv1/weight").shape().elements() + 6 == 156);
  CHECK(g.find("fc1/weight").shape() == Shape{400, 120});
  CHECK(count(g) == 156 + 16 * (6 * 25 + 1) + 48120 + 10164 + 850);
}

TEST_CASE("LeNet's options") {
  Graph g;
  const Value x = g.input("x", {kBatch, 3, 8, 8}, DType::f64);
  const Value y = models::lenet(x,
                                {.channels = {4, 5},
                                 .hidden = {},
                                 .classes = 7,
                                 .window = 3,
                                 .activation = Activation::tanh,
                                 .max_pool = false,
                                 .batch_norm = true,
                                 .dropout = 0.5},
                                Mode::eval);
  CHECK(y.shape() == Shape{kBatch, 7});
  CHECK(g.find("conv1/weight").shape() == Shape{4, 3, 3, 3});
  CHECK_FALSE(g.find("conv1/bias"));
  CHECK(g.find("conv2_norm/variance"));
  CHECK(g.find("out/weight").shape() == Shape{5, 7});
}

TEST_CASE("the residual network has the paper's parameters") {
  Graph g;
  const Value x = g.input("x", {kBatch, 3, 32, 32});
  const Value y = models::resnet(x, {.blocks = 3}, Mode::train);
  CHECK(y.shape() == Shape{kBatch, 10});
  // ResNet-20: 0.27 million (table 6), and two projections.
  const std::int64_t convolutions = 3 * 9 * 16 + 6 * 9 * 16 * 16 + 9 * 16 * 32 +
                                    5 * 9 * 32 * 32 + 9 * 32 * 64 +
                                    5 * 9 * 64 * 64;
  const std::int64_t norms = 2 * (7 * 16 + 6 * 32 + 6 * 64);
  const std::int64_t shortcuts = 16 * 32 + 32 * 64 + 2 * (32 + 64);
  CHECK(count(g) == convolutions + norms + shortcuts + 650);
  CHECK(g.find("stage2/block1/shortcut/norm/gain"));
  CHECK_FALSE(g.find("stage1/block1/shortcut/weight"));
  Graph h;
  models::resnet(h.input("x", {kBatch, 1, 28, 28}),
                 {.stem_stride = 2, .squeeze_excite = true}, Mode::eval);
  CHECK(h.find("stage3/block1/squeeze_excite/fc1/weight").shape() ==
        Shape{64, 4});
}

TEST_CASE("the divergence of codes is that of two normal distributions") {
  Graph g;
  const Value x =
      g.constant(Tensor::from<double>({0.2, 0.9, 0.5, 1, 0, 0.3}, {2, 3}));
  const auto v = models::vae(x, {.hidden = {}, .code = 2});
  State s = initialize(g, {1});
  auto all = [](State& state, const char* path, double value) {
    for (double& e : state.at(path).values<double>()) e = value;
  };
  all(s, "encoder/mean/weight", 0);
  all(s, "encoder/log_variance/weight", 0);
  CHECK(eval(v.divergence, s).at(1) == 0);  // a standard normal distribution
  s.set("encoder/mean/bias", Tensor::from<double>({1, -2}, {2}));
  s.set("encoder/log_variance/bias",
        Tensor::from<double>({std::log(4), std::log(0.25)}, {2}));
  // ½(1 + 4 − 1 − ln 4) + ½(4 + ¼ − 1 + ln 4).
  CHECK(eval(v.divergence, s).at(0) == Approx(0.5 * 7.25).epsilon(1e-14));

  // With a decoder of zeros each pixel costs ln 2, whatever it is.
  all(s, "decoder/out/weight", 0);
  CHECK(eval(v.cost, s).at(1) ==
        Approx(0.5 * 7.25 + 3 * std::log(2)).epsilon(1e-14));
}

TEST_CASE("codes are drawn from their distribution") {
  Graph g;
  const std::int64_t n = 20000;
  const Value x = g.constant(Tensor(DType::f64, {n, 1}));
  const auto v = models::vae(x, {.hidden = {}, .code = 1});
  State s = initialize(g, {1});
  s.set("encoder/mean/bias", Tensor::from<double>({3}, {1}));
  s.set("encoder/log_variance/bias",
        Tensor::from<double>({std::log(0.25)}, {1}));
  const Tensor code = eval(v.code, s);
  double mean = 0, square = 0;
  for (double z : code.values<double>()) {
    mean += z / double(n);
    square += (z - 3) * (z - 3) / double(n);
  }
  CHECK(mean == Approx(3).margin(0.015));  // four standard errors
  CHECK(square == Approx(0.25).epsilon(0.04));
}
