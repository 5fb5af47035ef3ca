// What layers do with their weights: tying and spectral norm.

#include <cmath>
#include <cstdio>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;
using Catch::Matchers::Contains;

namespace {

Tensor numbers(const std::vector<double>& v, const Shape& shape) {
  return Tensor::from<double>(v, shape);
}

/// A model of words: logits of the next one from the means of an embedding, by
/// a weight of its own or the embedding's table.
Network words(Graph& g, bool tied) {
  Network n;
  n.input = g.input("words", {kBatch, 3}, DType::i32);
  n.target = g.input("next", {kBatch}, DType::i32);
  const Value h = mean(
      embedding(n.input, 5, 2, {.name = "table", .dtype = DType::f64}), {1});
  DenseOptions out{.name = "out", .bias = false};
  if (tied) out.tied = {.path = "table/table", .transposed = true};
  n.output = dense(h, 5, out);
  n.loss = mean(softmax_cross_entropy(n.output, n.target));
  return n;
}

}  // namespace

TEST_CASE("the gradient of a tied weight is the sum over its uses") {
  const Tensor table =
      numbers({0.1, -0.4, 0.7, 0.2, -0.3, 0.5, 0.9, -0.8, 0.6, 0.35}, {5, 2});
  const Tensor in = Tensor::from<std::int32_t>({0, 1, 1, 4, 2, 0}, {2, 3});
  const Tensor next = Tensor::from<std::int32_t>({3, 1}, {2});
  auto grads = [&](bool tied) {
    Graph g;
    const Network n = words(g, tied);
    CHECK(g.parameters().size() == (tied ? 1 : 2));
    State s = initialize(g);
    s.set("table/table", table);
    if (!tied) {
      Tensor turned(DType::f64, {2, 5});
      for (int i = 0; i < 10; ++i) {
        turned.data<double>()[i % 2 * 5 + i / 2] = table.at(i);
      }
      s.set("out/weight", turned);
    }
    auto outputs = gradients(n.loss, g.parameters());
    outputs.push_back(n.output);
    Executor run({.threads = 1});
    return run(compile(g, {.outputs = outputs}), s,
               {{n.input, in}, {n.target, next}});
  };
  const auto apart = grads(false), together = grads(true);
  for (int i = 0; i < 10; ++i) {
    CHECK(
        together[0].at(i) ==
        Approx(apart[0].at(i) + apart[1].at(i % 2 * 5 + i / 2)).epsilon(1e-13));
    CHECK(together[1].at(i) == Approx(apart[2].at(i)).epsilon(1e-13));
  }
}

TEST_CASE(
    "a model with tied weights is saved, and goes on with the same bits") {
  auto build = [](Graph& g, Mode) { return words(g, true); };
  Graph g;
  const Network n = words(g, true);
  const auto step = minimize(n.loss, Adam{.learning_rate = 0.05});
  const Program p = compile(g, {.outputs = {n.loss}, .updates = step.updates});
  State s = initialize(g, {3});
  const Tensor in = Tensor::from<std::int32_t>({0, 1, 1, 4, 2, 0}, {2, 3});
  const Tensor next = Tensor::from<std::int32_t>({3, 1}, {2});
  Executor run({.threads = 1});
  double first = 0, loss = 0;
  for (int i = 0; i < 200; ++i) {
    loss = run(p, s, {{n.input, in}, {n.target, next}})[0].item();
    if (i == 0) first = loss;
  }
  CHECK(loss < first / 2);

  Trainer trainer(build, Adam{});
  const std::string file = "weights_test.weft";
  save(trainer, file);
  const FileSummary summary = inspect(file);
  int weights = 0;
  for (const auto& t : summary.tensors) weights += t.trainable ? 1 : 0;
  CHECK(weights == 1);
  Trainer loaded = load(file);
  std::remove(file.c_str());
  CHECK(loaded.predict(in).bits_equal(trainer.predict(in)));
}

TEST_CASE("tied convolutions share a window") {
  Graph g;
  const Value x = g.input("x", {kBatch, 2, 5}, DType::f64);
  const Value down = convolution(x, 3, {2}, {.name = "down", .bias = false});
  const Value up = transposed_convolution(
      down, 2, {2},
      {.name = "up", .bias = false, .tied = {.path = "down/weight"}});
  CHECK(up.shape() == x.shape());
  CHECK(g.parameters().size() == 1);
  // <up, x> = ‖down‖², for the one is the other's transpose.
  State s = initialize(g);
  Tensor in(DType::f64, {1, 2, 5});
  double k = 0;
  for (double& v : in.values<double>()) v = std::sin(k += 0.9);
  const Feed feeds[] = {{x, in}};
  CHECK(eval(dot(up, x), s, feeds).item() ==
        Approx(eval(dot(down, down), s, feeds).item()).epsilon(1e-13));
}

TEST_CASE("what does not fit is no tied weight") {
  Graph g;
  const Value words = g.input("words", {kBatch}, DType::i32);
  const Value h = embedding(words, 7, 4, {.name = "words"});
  auto tied = [&](Value x, std::int64_t width, const TiedWeight& to) {
    return dense(x, width, {.name = "out", .tied = to});
  };
  CHECK_THROWS_WITH(
      tied(h, 7, {.path = "word/table"}),
      Contains("[dense] there is no parameter 'word/table' to tie the weight "
               "to; did you mean words/table?") &&
          Contains("weights_test.cpp:"));
  CHECK_THROWS_WITH(
      tied(h, 7, {.path = "words/table"}),
      Contains("'words/table' is (7, 4), the layer needs (4, 7); did you mean "
               "transposed = true?"));
  CHECK_THROWS_WITH(tied(h, 8, {.path = "words/table", .transposed = true}),
                    Contains("(7, 4), transposed, the layer needs (4, 8)"));
  CHECK_THROWS_WITH(
      tied(cast(h, DType::f64), 7, {.path = "words/table", .transposed = true}),
      Contains("is f32, the layer needs f64"));
  batch_norm(h, Mode::train);
  CHECK_THROWS_AS(tied(h, 4, {.path = "batch_norm/mean"}), GraphError);
  CHECK_THROWS_AS(tied(h, 4, {.path = "words"}), GraphError);
  const Value image = g.input("image", {kBatch, 7, 9, 9});
  CHECK_THROWS_AS(
      convolution(image, 4, {1},
                  {.tied = {.path = "words/table", .transposed = true}}),
      ShapeError);
  CHECK_THROWS_WITH(
      dense(h, 3,
            {.name = "odd",
             .reparametrise = [](Value w) { return sum(w, {0}); }}),
      Contains("reparametrise made f32(3) of a weight f32(4, 3)"));
}

namespace {

/// The singular values of ((3, 0), (4, 5)) are √45 and √5, its first vectors
/// u = (1, 3)/√10 and v = (1, 1)/√2.
const std::vector<double> kMatrix{3, 0, 4, 5};

}  // namespace

TEST_CASE("the spectral norm of a matrix is its first singular value") {
  Graph g;
  const Shape shape{2, 2};
  const Value w = g.parameter(
      "w", shape, initializers::zeros()(shape, DType::f64), DType::f64);
  const Value y = spectral_norm(w, Mode::train);
  const Tensor c = numbers({0.3, -1, 0.7, 2}, shape);
  const Value grad = gradient(sum(y * g.constant(c)), w);
  const Program p =
      compile(g, {.outputs = {y, grad}, .updates = g.step_updates()});
  State s = initialize(g, {1});
  s.set("w", numbers(kMatrix, shape));
  Executor run({.threads = 1});
  std::vector<Tensor> out;
  for (int i = 0; i < 40; ++i) out = run(p, s, {});
  const double sigma = std::sqrt(45.0);
  const double u[] = {1 / std::sqrt(10.0), 3 / std::sqrt(10.0)};
  const double v = 1 / std::sqrt(2.0);
  double along = 0;  // Σ c·W
  for (int i = 0; i < 4; ++i) along += c.at(i) * kMatrix[std::size_t(i)];
  for (int i = 0; i < 4; ++i) {
    CHECK(out[0].at(i) ==
          Approx(kMatrix[std::size_t(i)] / sigma).margin(1e-12));
    CHECK(out[1].at(i) ==
          Approx(c.at(i) / sigma - along / 45 * u[i / 2] * v).margin(1e-12));
  }
  CHECK(std::abs(s.at("spectral_norm/vector").at(1)) == Approx(u[1]));
}

TEST_CASE("a training step makes the iterations, evaluation none") {
  // From u = (1, 0): v = (1, 0), u = (3, 4)/5, σ = 5. Then v = (5, 4)/√41,
  // u = (15, 40)/√1825, σ = ‖Wv‖ = √(1825/41).
  for (const auto& [mode, iterations, sigma] :
       {std::tuple{Mode::train, 1, 5.0},
        std::tuple{Mode::train, 2, std::sqrt(1825 / 41.0)},
        std::tuple{Mode::eval, 1, 3.0}, std::tuple{Mode::eval, 2, 3.0}}) {
    Graph g;
    const Value w = g.constant(numbers(kMatrix, {2, 2}));
    const Value y = spectral_norm(w, mode, {.iterations = iterations});
    State s = initialize(g);
    s.set("spectral_norm/vector", numbers({1, 0}, {2}));
    Executor run({.threads = 1});
    const Program p = compile(g, {.outputs = {y}, .updates = g.step_updates()});
    CHECK(run(p, s, {})[0].at(0) == Approx(3 / sigma).epsilon(1e-13));
    const double first = mode == Mode::eval ? 1
                         : iterations == 1  ? 0.6
                                            : 15 / std::sqrt(1825.0);
    CHECK(s.at("spectral_norm/vector").at(0) == Approx(first).epsilon(1e-13));
  }
}

TEST_CASE("layers with spectral norm have weights of norm 1") {
  auto build = [](Graph& g, Mode mode) {
    auto normed = [mode](Value w) { return spectral_norm(w, mode); };
    Network n;
    n.input = g.input("x", {kBatch, 2, 6}, DType::f32);
    n.target = g.input("y", {kBatch}, DType::i32);
    const Value h = convolution(n.input, 4, {3}, {.reparametrise = normed});
    n.output =
        dense(flatten(tanh(h)), 3, {.name = "out", .reparametrise = normed});
    n.loss = mean(softmax_cross_entropy(n.output, n.target));
    return n;
  };
  Tensor x(DType::f32, {24, 2, 6});
  float k = 0;
  for (float& v : x.values<float>()) v = std::sin(k += 0.37F);
  Tensor y(DType::i32, {24});
  for (int i = 0; i < 24; ++i) y.data<std::int32_t>()[i] = i % 3;
  const auto data = data::make_dataset(x, y);
  Trainer one(build, Sgd{.learning_rate = 0.01});
  one.fit(data, {.epochs = 60, .batch_size = 8});
  for (const char* path : {"conv", "out"}) {
    const std::string scope = path;
    CHECK(one.state().contains(scope + "/spectral_norm/vector"));
    Graph g;
    const Tensor w = one.state().at(scope + "/weight").to(DType::f64);
    const Value m = g.constant(w);
    const Value sigma = svd(flatten(m)).values;
    const Value normed = spectral_norm(m, Mode::eval);
    State s = initialize(g);
    s.set("spectral_norm/vector",
          one.state().at(scope + "/spectral_norm/vector").to(DType::f64));
    CHECK(eval(norm(normed), s).item() ==
          Approx(eval(norm(m), s).item() / eval(sigma, s).at(0)).epsilon(1e-3));
  }
  Trainer two(build, Sgd{.learning_rate = 0.01});
  two.fit(data, {.epochs = 20, .batch_size = 8});
  save(two, "spectral_test.weft");
  Trainer loaded = load("spectral_test.weft");
  std::remove("spectral_test.weft");
  loaded.fit(data, {.epochs = 60, .batch_size = 8});
  CHECK(parameter_hash(loaded.state()) == parameter_hash(one.state()));
  CHECK(loaded.predict(x).bits_equal(one.predict(x)));
}

TEST_CASE("spectral norm of axes, zeros and what is no matrix") {
  Graph g;
  // Along axis 1 the rows of (2, 3, 4) are 3, each of 8 elements.
  Tensor t(DType::f64, {2, 3, 4});
  double k = 0;
  for (double& v : t.values<double>()) v = std::cos(k += 1.3);
  const Value w = g.constant(t);
  const Value y = spectral_norm(w, Mode::train, {.iterations = 200, .axis = 1});
  CHECK(g.find("spectral_norm/vector").shape() == Shape{3});
  const Value matrix = flatten(transpose(w, {1, 0, 2}));
  const Tensor found = eval(y);
  const double sigma = eval(svd(matrix).values).at(0);
  for (int i = 0; i < 24; ++i) CHECK(found.at(i) == Approx(t.at(i) / sigma));

  const Value zeros = g.constant(Tensor(DType::f64, {2, 2}));
  CHECK(eval(spectral_norm(zeros, Mode::train, {.name = "z"})).at(3) == 0);
  const Value vector = g.constant(Tensor(DType::f64, {4}));
  CHECK_THROWS_WITH(spectral_norm(vector, Mode::train),
                    Contains("(4) is no matrix with rows along axis 0") &&
                        Contains("weights_test.cpp:"));
  CHECK_THROWS_AS(spectral_norm(w, Mode::train, {.axis = 3}), ShapeError);
  CHECK_THROWS_WITH(spectral_norm(w, Mode::train, {.iterations = 0}),
                    Contains("iterations must be at least 1, not 0"));
}
