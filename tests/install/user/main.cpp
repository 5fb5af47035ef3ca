// A program outside Weft's tree: an op of its own with all that must hold for
// one, a model of Weft's, an error; the names of the registered ops on stdout.

#include <weft/models/mlp.h>
#include <weft/testing.h>
#include <weft/version.h>
#include <weft/weft.h>

#include <cmath>
#include <cstdio>
#include <string>

#include "softplus.h"

namespace {

int failures = 0;

void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  ++failures;
}

void check_own_op() {
  weft::Graph g;
  const weft::Value x = g.input("x", {weft::kBatch}, weft::DType::f64);
  const weft::Value y = my::softplus(x, 2);
  const weft::Value dx = weft::gradient(weft::sum(y), x);
  const weft::Program p = weft::compile(g, {.outputs = {y, dx}});
  weft::State state = weft::initialize(g);
  weft::Executor run{{.threads = 2}};
  const std::vector<weft::Tensor> out =
      run(p, state, {{x, weft::Tensor::from<double>({-1, 0, 3}, {3})}});
  for (std::int64_t i = 0; i < 3; ++i) {
    const double at = i == 0 ? -1 : i == 1 ? 0 : 3;
    expect(std::abs(out[0].at(i) - std::log1p(std::exp(2 * at)) / 2) < 1e-12,
           "the value of softplus");
    expect(std::abs(out[1].at(i) - 1 / (1 + std::exp(-2 * at))) < 1e-12,
           "the gradient of softplus");
  }
}

void check_model() {
  weft::Graph g;
  const weft::Value x = g.input("x", {weft::kBatch, 4});
  const weft::Value y = weft::models::mlp(
      my::softplus(x), {.hidden = {8}, .classes = 3}, weft::Mode::eval);
  const weft::Program p = weft::compile(g, {.outputs = {y}});
  weft::State state = weft::initialize(g);
  weft::Executor run{{.threads = 2}};
  const weft::Tensor in(weft::DType::f32, {5, 4});
  expect(run(p, state, {{x, in}}).front().shape() == weft::Shape{5, 3},
         "the shape of the logits");
}

void check_error() {
  weft::Graph g;
  const weft::Value x = g.input("x", {2, 3});
  const weft::Value y = g.input("y", {4});
  try {
    (void)(x + y);
    expect(false, "shapes that don't fit are an error");
  } catch (const weft::ShapeError& error) {
    expect(std::string(error.what()).find("(2, 3)") != std::string::npos,
           "the error names the shape");
  }
}

}  // namespace

int main() {
  try {
    weft::testing::check_op<my::Softplus>();  // registers it, too
    check_own_op();
    check_model();
    check_error();
    for (const std::string& name : weft::registry().names()) {
      std::printf("op %s\n", name.c_str());
    }
    std::printf("version %s\n", WEFT_VERSION);
  } catch (const weft::Error& error) {
    std::fprintf(stderr, "weft::Error: %s\n", error.what());
    return 3;
  }
  return failures == 0 ? 0 : 1;
}
