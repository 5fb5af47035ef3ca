// Layers of images beside values that PyTorch computed
// (torch/make_image_values.cpp), and what must hold of them.

#include <cstdio>

#include "finite_differences.h"
#include "torch_values.h"

using namespace weft;
using Catch::Matchers::Contains;

namespace {

using Layer = std::function<Value(Value)>;

const std::vector<double>& expected(const std::string& name) {
  static const auto values = torch_values::read("image_values.txt");
  const auto at = values.find(name);
  INFO(name);
  REQUIRE(at != values.end());
  return at->second;
}

/// Compares output and gradients with PyTorch's, whose parameter i has path i;
/// those of dense layers are transposed. Returns the state after the step.
State check_layer(const std::string& name, const Layer& layer,
                  const std::vector<std::string>& paths,
                  const Shape& shape = {2, 4, 5, 6}, State* given = nullptr) {
  Graph g;
  const Value x = g.constant(torch_values::pattern(shape, 0.5));
  const Value y = layer(x);
  const Value c = g.constant(torch_values::pattern(y.shape(), 9));
  std::vector<Value> wanted{x};
  for (const std::string& p : paths) wanted.push_back(g.find(p));
  CHECK(g.parameters().size() == paths.size());
  std::vector<Value> outputs{y};
  for (const Value& v : gradients(sum(y * c), wanted)) outputs.push_back(v);
  State s = initialize(g);
  auto is_dense = [&](std::size_t i) {
    return wanted[i + 1].shape().rank() == 2;
  };
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const Tensor& w = s.at(paths[i]);
    const Shape theirs = is_dense(i) ? Shape{w.dim(1), w.dim(0)} : w.shape();
    const Tensor salted = torch_values::pattern(theirs, static_cast<double>(i));
    s.set(paths[i], torch_values::turned(salted, is_dense(i)));
  }
  if (given) {
    for (const State::Entry& e : given->entries()) {
      if (!e.trainable) s.set(e.path, e.tensor);
    }
  }
  Executor run({.threads = 2});
  const Program p =
      compile(g, {.outputs = outputs, .updates = g.step_updates()});
  const auto made = run(p, s, {});
  std::vector<double> found_y, found_dx, found_dp;
  torch_values::append(found_y, made[0]);
  torch_values::append(found_dx, made[1]);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    torch_values::append(found_dp,
                         torch_values::turned(made[i + 2], is_dense(i)));
  }
  torch_values::compare(name + "/y", expected(name + "/y"), found_y);
  torch_values::compare(name + "/dx", expected(name + "/dx"), found_dx);
  torch_values::compare(name + "/dp", expected(name + "/dp"), found_dp);
  return s;
}

ConvolutionOptions strided(std::string name) {
  ConvolutionOptions o;
  o.name = std::move(name);
  o.stride = {2};
  o.padding = {1};
  o.bias = false;
  return o;
}

}  // namespace

TEST_CASE("convolution layers agree with PyTorch") {
  check_layer("conv",
              [](Value x) {
                return convolution(x, 6, {3, 2},
                                   {.stride = {2, 1},
                                    .padding = {1, 0},
                                    .dilation = {1, 2},
                                    .groups = 2});
              },
              {"conv/weight", "conv/bias"});
  check_layer("conv1d",
              [](Value x) { return convolution(x, 2, {3}, {.padding = {1}}); },
              {"conv/weight", "conv/bias"}, {2, 3, 7});
  check_layer("transposed",
              [](Value x) {
                return transposed_convolution(x, 6, {3},
                                              {.name = "up",
                                               .stride = {2},
                                               .padding = {1},
                                               .output_padding = {1},
                                               .groups = 2});
              },
              {"up/weight", "up/bias"});
  check_layer("separable",
              [](Value x) {
                return separable_convolution(
                    x, 3, {3}, {.name = "s", .stride = {2}, .padding = {1}});
              },
              {"s/depthwise/weight", "s/pointwise/weight", "s/pointwise/bias"});
}

TEST_CASE("norms of images agree with PyTorch") {
  auto norm = [](Mode mode) {
    return [mode](Value x) { return batch_norm(x, mode, {.axis = 1}); };
  };
  const std::vector<std::string> paths{"batch_norm/gain", "batch_norm/bias"};
  State s = check_layer("batch_norm", norm(Mode::train), paths);
  for (const char* what : {"mean", "variance"}) {
    std::vector<double> found;
    torch_values::append(found, s.at(std::string("batch_norm/") + what));
    const std::string name = std::string("batch_norm/") + what;
    torch_values::compare(name, expected(name), found);
  }
  check_layer("batch_norm_eval", norm(Mode::eval), paths, {2, 4, 5, 6}, &s);
  check_layer("group_norm", [](Value x) { return group_norm(x, 2); },
              {"group_norm/gain", "group_norm/bias"});
  check_layer("instance_norm", [](Value x) { return instance_norm(x); },
              {"instance_norm/gain", "instance_norm/bias"});
}

TEST_CASE("blocks of images agree with PyTorch") {
  check_layer(
      "squeeze_excite",
      [](Value x) { return squeeze_excite(x, {.name = "se", .reduction = 2}); },
      {"se/fc1/weight", "se/fc1/bias", "se/fc2/weight", "se/fc2/bias"});
  auto inside = [](Value h) {
    h = batch_norm(convolution(h, 6, {3}, strided("c1")), Mode::train,
                   {.name = "n1", .axis = 1});
    return convolution(relu(h), 6, {3},
                       {.name = "c2", .same = true, .bias = false});
  };
  check_layer("residual",
              [&](Value x) {
                return residual(x, inside, {.name = "r", .activation = "relu"});
              },
              {"r/c1/weight", "r/n1/gain", "r/n1/bias", "r/c2/weight",
               "r/shortcut/weight"});
}

TEST_CASE("rms_norm is its formula") {
  Graph g;
  const Value x = g.constant(Tensor::from<double>({1, -2, 3, 0.5}, {2, 2}));
  State s = initialize(g);
  const Value y = rms_norm(x, {.epsilon = 0.5});
  initialize_missing(g, s);
  s.set("rms_norm/gain", Tensor::from<double>({2, -1}, {2}));
  const Tensor found = eval(y, s);
  const double a = std::sqrt(2.5 + 0.5), b = std::sqrt(9.25 / 2 + 0.5);
  CHECK(found.at(0) == Approx(2 / a).epsilon(1e-14));
  CHECK(found.at(1) == Approx(2 / a).epsilon(1e-14));
  CHECK(found.at(2) == Approx(6 / b).epsilon(1e-14));
  CHECK(found.at(3) == Approx(-0.5 / b).epsilon(1e-14));
}

TEST_CASE("derivatives of image layers") {
  const std::vector<std::pair<std::string, Layer>> layers{
      {"convolution",
       [](Value x) {
         return convolution(x, 2, {2},
                            {.stride = {2}, .activation = Activation::tanh});
       }},
      {"transposed_convolution",
       [](Value x) {
         return transposed_convolution(
             x, 2, {2}, {.stride = {2}, .activation = Activation::tanh});
       }},
      {"separable_convolution",
       [](Value x) {
         return separable_convolution(x, 3, {2}, {.same = true});
       }},
      {"batch_norm, training",
       [](Value x) { return batch_norm(x, Mode::train, {.axis = 1}); }},
      {"batch_norm, evaluation",
       [](Value x) { return batch_norm(x, Mode::eval, {.axis = 1}); }},
      {"group_norm", [](Value x) { return group_norm(x, 1); }},
      {"instance_norm", [](Value x) { return instance_norm(x); }},
      {"rms_norm", [](Value x) { return rms_norm(x); }},
      {"layer_norm", [](Value x) { return layer_norm(x); }},
      {"squeeze_excite",
       [](Value x) {
         return squeeze_excite(
             x, {.reduction = 1, .activation = Activation::tanh});
       }},
      {"residual", [](Value x) {
         return residual(x, [](Value h) {
           return convolution(tanh(h), 3, {3}, {.stride = {2}, .padding = {1}});
         });
       }}};
  for (const auto& [name, layer] : layers) {
    const Layer f = layer;
    check_derivatives({name,
                       {Shape{2, 2, 3, 4}},
                       [f](const std::vector<Value>& xs) { return f(xs[0]); },
                       name != "batch_norm, training"});
  }
}

TEST_CASE("a residual block adds x as it is where shapes agree") {
  Graph g;
  const Value x = g.constant(torch_values::pattern({2, 3}, 0));
  const Value y = residual(x, [](Value h) { return 2 * h; });
  CHECK(g.parameters().empty());
  CHECK(eval(y).at(4) == Approx(3 * eval(x).at(4)));
  const Value z = residual(x, [](Value h) { return slice(h, 1, 0, 2); },
                           {.name = "narrow"});
  CHECK(z.shape() == Shape{2, 2});
  CHECK(g.find("narrow/shortcut/weight").shape() == Shape{3, 2});
}

TEST_CASE("a projection has the stride that gives the size") {
  // Of a 1×1 projection with weights 1 the k-th element is x[k·stride].
  for (const auto& [from, to, stride] :
       {std::tuple{7, 4, 2}, std::tuple{8, 4, 2}, std::tuple{9, 3, 3},
        std::tuple{5, 1, 5}, std::tuple{5, 5, 1}}) {
    Graph g;
    const std::int64_t n = to;
    const Value x = g.constant(torch_values::pattern({1, 1, from}, 0));
    const Value y =
        residual(x,
                 [n](Value h) {
                   return concat({slice(h, 2, 0, n), 0 * slice(h, 2, 0, n)}, 1);
                 },
                 {.weight = initializers::ones()});
    CHECK(y.shape() == Shape{1, 2, n});
    const Tensor found = eval(y), in = eval(x);
    for (std::int64_t i = 0; i < n; ++i) {
      CHECK(found.at(n + i) == Approx(in.at(i * stride)));
    }
  }
  Graph g;
  const Value x = g.input("x", {kBatch, 2, 5});
  auto narrow = [](Value h) { return convolution(slice(h, 2, 0, 4), 3, {1}); };
  CHECK_THROWS_WITH(residual(x, narrow),
                    Contains("no projection of (batch, 2, 5) has the shape of "
                             "f(x), (batch, 3, 4)") &&
                        Contains("image_layers_test.cpp:"));
  CHECK_THROWS_AS(
      residual(x, [](Value h) { return sum(h, {2}); }, {.name = "rank"}),
      ShapeError);
  CHECK_THROWS_AS(residual(x, [](Value) { return Value(); }, {.name = "none"}),
                  GraphError);
}

TEST_CASE("layers of images say what does not fit") {
  Graph g;
  const Value flat = g.input("flat", {kBatch, 784});
  const Value x = g.input("x", {kBatch, 6, 5, 5});
  const Value unknown = g.input("unknown", {kBatch, kBatch, 5});
  CHECK_THROWS_WITH(convolution(flat, 8, {3}),
                    Contains("[convolution] takes (batch, channels, …)") &&
                        Contains("got (batch, 784); did you mean to reshape") &&
                        Contains("image_layers_test.cpp:"));
  CHECK_THROWS_WITH(
      convolution(x, 8, {3, 3, 3}),
      Contains("a window of 3 numbers") && Contains("has 2 spatial axes"));
  CHECK_THROWS_WITH(convolution(x, 8, {0}), Contains("a window of 0"));
  CHECK_THROWS_WITH(convolution(x, 0, {3}),
                    Contains("the width must be positive, not 0"));
  CHECK_THROWS_WITH(convolution(x, 8, {3}, {.groups = 3}),
                    Contains("3 groups do not divide 6 channels and a width of "
                             "8"));
  CHECK_THROWS_AS(convolution(x, 8, {3}, {.groups = 0}), ShapeError);
  CHECK_THROWS_AS(convolution(x, 8, {}), ShapeError);
  CHECK_THROWS_AS(convolution(x, 8, {9}), ShapeError);
  CHECK_THROWS_WITH(convolution(unknown, 8, {3}),
                    Contains("dimension 1 must be a number"));
  CHECK_THROWS_AS(transposed_convolution(x, 8, {3}, {.groups = 4}), ShapeError);
  CHECK_THROWS_AS(separable_convolution(flat, 8, {3}), ShapeError);
  CHECK_THROWS_WITH(batch_norm(x, Mode::train, {.axis = 4}),
                    Contains("(batch, 6, 5, 5) has no axis 4"));
  CHECK_THROWS_WITH(batch_norm(unknown, Mode::train, {.axis = 1}),
                    Contains("dimension 1 must be a number"));
  CHECK_THROWS_AS(group_norm(x, 4), ShapeError);
  CHECK_THROWS_WITH(instance_norm(flat), Contains("did you mean layer_norm?"));
  CHECK_THROWS_AS(rms_norm(g.input("scalar", {})), ShapeError);
  CHECK_THROWS_AS(squeeze_excite(flat), ShapeError);
  CHECK_THROWS_AS(squeeze_excite(x, {.reduction = 0}), ShapeError);
}

TEST_CASE("weights of convolutions are drawn by their fans") {
  auto deviation = [&](const Initializer& init, const Shape& shape) {
    Graph g;
    g.parameter("w", shape, init(shape, DType::f64), DType::f64);
    double square = 0;
    const State s = initialize(g, {1});
    for (double v : s.at("w").values<double>()) square += v * v;
    return std::sqrt(square / static_cast<double>(shape.elements()));
  };
  using namespace initializers;
  const Shape shape{64, 32, 3, 5};
  CHECK(deviation(he_normal(), shape) ==
        Approx(std::sqrt(2 / 480.0)).epsilon(0.02));
  CHECK(deviation(glorot_normal(), shape) ==
        Approx(std::sqrt(2 / 1440.0)).epsilon(0.02));
  CHECK(deviation(lecun_normal(), {400, 1, 3, 5}) ==
        Approx(std::sqrt(1 / 15.0)).epsilon(0.03));
  // Rows of an orthogonal weight have length 1.
  CHECK(deviation(orthogonal(), shape) == Approx(std::sqrt(1 / 480.0)));
}

TEST_CASE("a network of image layers is saved and goes on") {
  auto build = [](Graph& g, Mode mode) {
    Network n;
    n.input = g.input("x", {kBatch, 1, 6, 6});
    n.target = g.input("y", {kBatch}, DType::i32);
    Value h = convolution(n.input, 4, {3}, {.same = true});
    h = relu(batch_norm(h, mode, {.axis = 1}));
    h = squeeze_excite(group_norm(h, 2), {.reduction = 2});
    h = residual(h, [](Value v) {
      return separable_convolution(v, 6, {3}, {.stride = {2}, .same = true});
    });
    h = transposed_convolution(instance_norm(h), 2, {2}, {.stride = {2}});
    n.output = dense(mean(h, {2, 3}), 3, {.name = "out"});
    n.loss = mean(softmax_cross_entropy(n.output, n.target));
    return n;
  };
  Tensor x(DType::f32, {30, 1, 6, 6});
  float k = 0;
  for (float& v : x.values<float>()) v = std::sin(k += 0.37F);
  Tensor y(DType::i32, {30});
  for (int i = 0; i < 30; ++i) y.data<std::int32_t>()[i] = i % 3;
  const auto data = data::make_dataset(x, y);
  Trainer one(build, Adam{}), two(build, Adam{});
  one.fit(data, {.epochs = 4, .batch_size = 8});
  two.fit(data, {.epochs = 2, .batch_size = 8});
  const std::string file = "image_layers_test.weft";
  save(two, file);
  Trainer loaded = load(file);
  loaded.fit(data, {.epochs = 4, .batch_size = 8});
  std::remove(file.c_str());
  CHECK(parameter_hash(loaded.state()) == parameter_hash(one.state()));
  const auto rows = data.batch(0, 4).first;
  CHECK(loaded.predict(rows).bits_equal(one.predict(rows)));
}
