#include "nn/finite_differences.h"

using namespace weft;

namespace {

/// The text of what f throws.
template <class F>
std::string text_of(F f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "nothing";
}

SampleInput f64(const Shape& shape) { return SampleInput(shape, -1, 1); }

/// A deep network, each block of which may be computed again.
struct Deep {
  Graph g;
  Value x;
  std::vector<Value> results;  ///< the loss, and the squares of gradients

  explicit Deep(bool again) {
    x = g.input("x", {kBatch, 64});
    Value h = x;
    for (int i = 0; i < 12; ++i) {
      auto block = [&](Value v) {
        const Scope scope(v.graph(), "block" + std::to_string(i));
        const Value wide = tanh(dense(v, 256, {.name = "wide"}));
        const Value kept = dropout(wide, 0.1, Mode::train);
        return v + softmax(dense(kept, 64, {.name = "narrow"}), -1);
      };
      h = again ? checkpoint(block, h) : block(h);
    }
    results = {mean(square(h))};
    for (const Value& d : gradients(results[0], g.parameters())) {
      results.push_back(sum(square(d)));
    }
  }
};

}  // namespace

TEST_CASE("derivatives of checkpoints and custom derivatives") {
  check_derivatives({"checkpoint",
                     {f64({2, 3}), f64({3, 3}), f64({3})},
                     [](const std::vector<Value>& v) {
                       const auto ys = checkpoint(
                           [&](const std::vector<Value>& in) {
                             const Value h = tanh(matmul(in[0], in[1]) + v[2]);
                             return std::vector{h * exp(v[2]), sum(h)};
                           },
                           {v[0], v[1]});
                       return ys[0] * ys[1] + v[0];
                     }});
  check_derivatives(
      {"nested", {f64({2, 3})}, [](const std::vector<Value>& v) {
         return checkpoint(
             [&](Value x) {
               return sin(
                   checkpoint([&](Value y) { return exp(y) * v[0]; }, tanh(x)));
             },
             v[0]);
       }});
  check_derivatives(
      {"custom", {f64({2, 3}), f64({3})}, [](const std::vector<Value>& v) {
         const auto ys = custom_vjp(
             [](const std::vector<Value>& in) {
               return std::vector{exp(in[0]) * in[1], square(in[1])};
             },
             [](const std::vector<Value>& in, const std::vector<Value>& out,
                const std::vector<Value>& dy) {
               return std::vector{
                   dy[0] * out[0],
                   sum_to(dy[0] * exp(in[0]), {3}) + 2 * in[1] * dy[1]};
             },
             v);
         return ys[0] * ys[1];
       }});
}

// Without "contract": a product that is read once is joined with its sum, and
// what is computed twice is read less often.
TEST_CASE("a checkpoint keeps bits, and needs less memory") {
  SymbolSizes sizes;
  sizes.sizes[0] = 32;
  Tensor in(DType::f32, {32, 64});
  RandomSequence draws(Philox({5}, 0, 0));
  for (float& v : in.values<float>()) v = static_cast<float>(draws.normal());
  std::vector<std::vector<Tensor>> found;
  std::vector<std::int64_t> bytes;
  for (const auto& [again, threads] :
       {std::pair{false, 1}, std::pair{true, 1}, std::pair{true, 3}}) {
    Deep deep(again);
    const Program p = compile(deep.g, {.outputs = deep.results,
                                       .disabled_passes = {"contract"},
                                       .parallel_from = 0});
    bytes.push_back(p.planned_bytes(sizes));
    State s = initialize(deep.g, {1});
    Executor run({.threads = threads});
    found.push_back(run(p, s, {{deep.x, in}}));
  }
  CHECK(10 * bytes[1] < 4 * bytes[0]);
  for (std::size_t i = 0; i < found[0].size(); ++i) {
    CHECK(found[1][i].bits_equal(found[0][i]));
    CHECK(found[2][i].bits_equal(found[0][i]));
  }
}

TEST_CASE("a custom derivative is the one that is used") {
  Graph g;
  const Value x = g.constant(Tensor::from({1.0, 2.0}, {2}));
  const Value three = g.constant(Tensor::scalar(3.0));
  const Value y =
      custom_vjp([](const std::vector<Value>& v) { return std::vector{-v[0]}; },
                 [&](const std::vector<Value>&, const std::vector<Value>&,
                     const std::vector<Value>& dy) {
                   return std::vector{dy[0] * three};
                 },
                 {x})
          .front();
  CHECK(eval(y).bits_equal(Tensor::from({-1.0, -2.0}, {2})));
  CHECK(eval(gradient(sum(y), x)).bits_equal(Tensor::from({3.0, 3.0}, {2})));
  const Value s = straight_through([](Value v) { return round(v); }, 0.6 * x);
  CHECK(eval(s).bits_equal(Tensor::from({1.0, 1.0}, {2})));
  const Tensor ds = eval(gradient(sum(s * s), x));
  CHECK(ds.bits_equal(Tensor::from({1.2, 1.2}, {2})));
  const Value r = reverse_gradient(x * x, 0.5);
  CHECK(eval(r).bits_equal(Tensor::from({1.0, 4.0}, {2})));
  const Tensor dr = eval(gradient(sum(r), x));
  CHECK(dr.bits_equal(Tensor::from({-1.0, -2.0}, {2})));
}

TEST_CASE("what a body can't do is said") {
  Graph g;
  const Value x = g.constant(Tensor::from({1.0, 2.0}, {2}));
  const Value b =
      g.buffer("b", {2}, initializers::zeros()({2}, DType::f64), DType::f64);
  CHECK(text_of([&] {
          checkpoint([&](Value v) { return g.assign(b, v); }, x);
        }).find("[assign] a state can't be written in the body") == 0);
  Value leaked;
  checkpoint([&](Value v) { return leaked = exp(v); }, x);
  CHECK(text_of([&] {
          sin(leaked);
        }).find("[sin] a value of a body was used outside of it") == 0);
  CHECK(text_of([&] {
          checkpoint([&](Value) { return Value(); }, x);
        }).find("[checkpoint] its function returned no value") == 0);
  auto custom = [&](const std::vector<Value>& grads) {
    return text_of([&] {
      custom_vjp([](const std::vector<Value>& v) { return v; },
                 [&](const auto&, const auto&, const auto&) { return grads; },
                 {x});
    });
  };
  CHECK(custom({}).find("gives 0 gradients of 1 arguments (checkpoint_test") !=
        std::string::npos);
  CHECK(custom({sum(x)}).find("argument 0 is f64(2), its gradient is f64()") !=
        std::string::npos);
  CHECK(text_of([&] {
          straight_through([](Value v) { return sum(v); }, x);
        }).find("the value is f64(2), the result is f64()") !=
        std::string::npos);
  // After all that the graph can be built on.
  CHECK(eval(sum(x)).item() == 3);
}
