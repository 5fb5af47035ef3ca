// Fused programs against the same computation with every pass left out, and
// against themselves with other numbers of threads.

#include <cmath>
#include <functional>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;

namespace {

const std::vector<std::string> kAllPasses{
    "fold",       "merge",     "algebra",  "fuse",
    "reductions", "epilogues", "contract", "reuse_memory"};

struct Case {
  std::string name;
  Shape shape;         ///< of the input x
  std::int64_t batch;  ///< the size of kBatch in it
  int most_kernels;    ///< with all passes on
  std::function<Value(Graph&, Value)> build;
};

Tensor input_for(Shape shape, std::int64_t batch) {
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i].is_symbolic()) shape[i] = batch;
  }
  Tensor x(DType::f64, shape);
  RandomSequence draws(Philox({7}, 0, 0));
  for (double& v : x.values<double>()) v = draws.normal();
  return x;
}

struct Results {
  std::vector<Tensor> outputs;
  State state;
};

/// y, its sum's gradients, and a step of descent on all parameters.
Results run_case(const Case& c, const std::vector<std::string>& disabled,
                 int threads, int* kernels = nullptr) {
  Graph g;
  const Value x = g.input("x", c.shape, DType::f64);
  const Value y = c.build(g, x);
  const Value loss = mean(square(y) + y);
  CompileOptions options;
  options.outputs = {y, loss, gradients(loss, {x})[0]};
  options.disabled_passes = disabled;
  options.parallel_from = 0;
  if (!g.parameters().empty()) {
    options.updates = minimize(loss, Momentum{.learning_rate = 0.1}).updates;
  }
  const Program p = compile(g, options);
  Executor run({.threads = threads});
  Results out{{}, initialize(g, {3})};
  const Tensor in = input_for(c.shape, c.batch);
  for (int i = 0; i < 3; ++i) out.outputs = run(p, out.state, {{x, in}});
  if (kernels) {
    CompileOptions forward;
    forward.outputs = {y};
    SymbolSizes sizes;
    sizes.sizes[0] = c.batch;
    *kernels = static_cast<int>(compile(g, forward).kernel_count(sizes));
  }
  return out;
}

void check_close(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  double worst = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    const double scale = std::max({1.0, std::abs(a.at(i)), std::abs(b.at(i))});
    worst = std::max(worst, std::abs(a.at(i) - b.at(i)) / scale);
  }
  CHECK(worst < 1e-12);
}

Value affine(Value x, std::int64_t width, const std::string& name) {
  return dense(x, width, {.name = name});
}

std::vector<Case> cases() {
  return {
      {"softmax of short rows",
       {kBatch, 10},
       37,
       1,
       [](Graph&, Value x) { return softmax(x * 2.0) + 1.0; }},
      {"softmax of long rows",
       {kBatch, 700},
       5,
       1,
       [](Graph&, Value x) { return log_softmax(x) * 0.5; }},
      {"softmax of rows too long to fuse",
       {kBatch, 2500},
       3,
       3,
       [](Graph&, Value x) { return softmax(x * 2.0) + 1.0; }},
      {"softmax of one row",
       {1, 9},
       1,
       1,
       [](Graph&, Value x) { return softmax(x); }},
      {"layer norm",
       {kBatch, 33},
       50,
       1,
       [](Graph&, Value x) { return layer_norm(tanh(x)); }},
      {"layer norm of three axes",
       {kBatch, 4, 300},
       6,
       1,
       [](Graph&, Value x) { return layer_norm(x); }},
      {"batch norm",
       {kBatch, 17},
       3000,
       6,
       [](Graph&, Value x) { return batch_norm(x, Mode::train); }},
      {"rows without their axis",
       {kBatch, 12},
       40,
       2,
       [](Graph&, Value x) {
         const Value s = sum(exp(x), {1});  // {batch}
         return x * unsqueeze(log(s) * s, 1);
       }},
      {"a vector as long as the rows are many",
       {12, 12},
       1,
       3,
       [](Graph&, Value x) { return x + sum(x * x, {1}); }},
      {"row maximum and ties",
       {kBatch, 8},
       9,
       4,
       [](Graph&, Value x) {
         return x * max(where(greater(x, 0), 1.0, x), {1}, true);
       }},
      {"dense layers",
       {kBatch, 20},
       64,
       6,
       [](Graph&, Value x) {
         return affine(tanh(affine(relu(affine(x, 48, "a")), 32, "b")), 10,
                       "c");
       }},
      {"a wide layer, cut by columns",
       {kBatch, 300},
       4,
       2,
       [](Graph&, Value x) { return sigmoid(affine(x, 3000, "a")); }},
      {"a wide layer and rows, cut by columns",
       {kBatch, 300},
       4,
       3,
       [](Graph&, Value x) { return softmax(affine(x, 2000, "a")); }},
      {"a tall layer, cut by rows",
       {kBatch, 100},
       2000,
       1,
       [](Graph&, Value x) { return softmax(affine(x, 40, "a")); }},
      {"many small products",
       {kBatch, 6, 5},
       200,
       2,
       [](Graph& g, Value x) {
         const Value w = g.parameter(
             "w", {5, 7}, initializers::glorot_normal()({5, 7}, DType::f64),
             DType::f64);
         return softmax(matmul(x, w) * 0.3);
       }},
      {"attention",
       {kBatch, 6, 8},
       5,
       6,
       [](Graph&, Value x) {
         const Value scores = matmul(x, x, false, true) * 0.35;
         return matmul(softmax(scores), x);
       }},
      {"two products in one group",
       {kBatch, 16},
       30,
       4,
       [](Graph&, Value x) {
         const Value a = affine(x, 24, "a"), b = affine(x, 24, "b");
         return tanh(a) * sigmoid(b) + square(a - b);
       }},
      {"products that read each other's groups",
       {kBatch, 16},
       30,
       6,
       [](Graph&, Value x) {
         const Value a = affine(x, 16, "a"), b = affine(x, 16, "b");
         const Value c = a * b, d = a - sum(b * c, {1}, true);
         return matmul(c, matmul(d, c, true, false)) + d;
       }},
      {"a group over a column sum",
       {kBatch, 6},
       300,
       7,
       [](Graph&, Value x) {
         return x * sum(x, {0}) + sum(x, {0, 1}) + mean(square(x), {0}, true);
       }},
      {"dropout",
       {kBatch, 50},
       40,
       2,
       [](Graph&, Value x) {
         return affine(dropout(tanh(x), 0.3) * 2.0, 9, "a");
       }},
      {"dropout of a product cut by columns",
       {kBatch, 300},
       4,
       1,
       [](Graph&, Value x) { return dropout(affine(x, 3000, "a"), 0.5); }},
      {"transposed operands",
       {kBatch, 5, 8},
       6,
       2,
       [](Graph&, Value x) {
         const Value t = transpose(x, {0, 2, 1});
         return matmul(matmul(t, x), transpose(x, {0, 2, 1}));
       }},
      {"products of one element",
       {1, 5},
       0,
       3,
       [](Graph&, Value x) {
         return matmul(x, x, false, true) + matmul(sin(x), x, false, true);
       }},
      {"no rows",
       {kBatch, 10},
       0,
       3,
       [](Graph&, Value x) {
         return softmax(affine(x, 4, "a")) + mean(x, {1}, true);
       }},
  };
}

}  // namespace

TEST_CASE(
    "fused programs compute what plain ones do, with the same bits for "
    "any number of threads") {
  for (const Case& c : cases()) {
    DYNAMIC_SECTION(c.name) {
      int kernels = 0;
      const Results fused = run_case(c, {}, 1, &kernels);
      CHECK(kernels <= c.most_kernels);
      const Results plain = run_case(c, kAllPasses, 1);
      std::vector<std::vector<std::string>> others{{"epilogues"},
                                                   {"reductions"}};
      for (const std::vector<std::string>& off : others) {
        const Results partly = run_case(c, off, 2);
        for (std::size_t i = 0; i < plain.outputs.size(); ++i) {
          check_close(partly.outputs[i], plain.outputs[i]);
        }
      }
      for (std::size_t i = 0; i < plain.outputs.size(); ++i) {
        check_close(fused.outputs[i], plain.outputs[i]);
      }
      for (std::size_t i = 0; i < plain.state.entries().size(); ++i) {
        check_close(fused.state.entries()[i].tensor,
                    plain.state.entries()[i].tensor);
      }
      for (int threads : {2, 5}) {
        const Results again = run_case(c, {}, threads);
        for (std::size_t i = 0; i < fused.outputs.size(); ++i) {
          CHECK(again.outputs[i].bits_equal(fused.outputs[i]));
        }
        for (std::size_t i = 0; i < fused.state.entries().size(); ++i) {
          CHECK(again.state.entries()[i].tensor.bits_equal(
              fused.state.entries()[i].tensor));
        }
      }
    }
  }
}

TEST_CASE(
    "a weight that its own product's group would overwrite is read "
    "first") {
  // w <- w·w: the product reads all of w until its last block is done.
  for (const auto& off :
       {std::vector<std::string>{}, std::vector<std::string>{"epilogues"}}) {
    Graph g;
    const Value w = g.parameter(
        "w", {200, 200}, initializers::normal(0.1)({200, 200}, DType::f64),
        DType::f64);
    const Value next = w - 0.1 * matmul(w, w);
    CompileOptions options;
    options.outputs = {sum(next)};
    options.updates = {g.assign(w, next)};
    options.disabled_passes = off;
    options.parallel_from = 0;
    const Program p = compile(g, options);
    State s = initialize(g, {1});
    const Tensor before = s.clone().at("w");
    Executor run({.threads = 3});
    run(p, s, {});
    double worst = 0;
    for (int i = 0; i < 200; i += 23) {
      for (int j = 0; j < 200; j += 19) {
        double product = 0;
        for (int k = 0; k < 200; ++k) {
          product += before.data<double>()[i * 200 + k] *
                     before.data<double>()[k * 200 + j];
        }
        const double expected =
            before.data<double>()[i * 200 + j] - 0.1 * product;
        worst = std::max(
            worst, std::abs(expected - s.at("w").data<double>()[i * 200 + j]));
      }
    }
    CHECK(worst < 1e-13);
  }
}

TEST_CASE("infinities give the softmax the same elements fused or not") {
  const double inf = HUGE_VAL, nan = std::nan("");
  const Tensor in(DType::f64, {4, 3});
  const double values[] = {inf, 0, 1, -inf, -inf, -inf, -inf, 0, 1, nan, 0, 1};
  std::copy(std::begin(values), std::end(values),
            const_cast<Tensor&>(in).data<double>());
  auto result = [&](const std::vector<std::string>& off) {
    Graph g;
    const Value x = g.input("x", {kBatch, 3}, DType::f64);
    const Program p = compile(
        g, {.outputs = {softmax(x), log_softmax(x)}, .disabled_passes = off});
    State s = initialize(g);
    Executor run({.threads = 1});
    return run(p, s, {{x, in}});
  };
  const auto fused = result({}), plain = result({"reductions"});
  for (std::size_t k = 0; k < 2; ++k) {
    for (std::int64_t i = 0; i < 12; ++i) {
      INFO(k << " " << i);
      const double a = fused[k].at(i), b = plain[k].at(i);
      CHECK(((std::isnan(a) && std::isnan(b)) || a == Approx(b)));
    }
  }
}
