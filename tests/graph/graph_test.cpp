#include <string>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;

namespace {

/// The text of what f throws.
template <class E, class F>
std::string text_of(F f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  } catch (const std::exception& e) {
    return std::string("another error: ") + e.what();
  }
  return "nothing was thrown";
}

std::string without_line(std::string text) {
  const std::size_t at = text.rfind(".cpp:");
  return at == std::string::npos ? text : text.substr(0, at + 4) + ")";
}

struct Softplus {
  static constexpr std::string_view name = "my::softplus";
  double beta = 1;
  static constexpr auto fields() {
    return std::tuple{field("beta", &Softplus::beta)};
  }
  Type infer(const Type& x) const { return x; }
  template <class T>
  void forward(View<const T> x, View<T> y) const {
    for (std::int64_t i = 0; i < x.size(); ++i) y[i] = x[i];
  }
};

}  // namespace

TEST_CASE("errors name the op, both values, the remedy and the line") {
  Graph g;
  const Value x = g.input("x", {64, 784});
  const Value w = g.input("w", {128, 10});
  CHECK(without_line(text_of<ShapeError>([&] { matmul(x, w); })) ==
        "[matmul] inner sizes differ: (64, 784) x (128, 10) "
        "(graph_test.cpp)");
  CHECK(without_line(text_of<ShapeError>([&] { x + w; })) ==
        "[add] shapes don't broadcast: (64, 784) and (128, 10) "
        "(graph_test.cpp)");
  const Value v = g.input("v", {10, 784});
  CHECK(without_line(text_of<ShapeError>([&] { matmul(x, v); })) ==
        "[matmul] inner sizes differ: (64, 784) x (10, 784); did you mean "
        "transpose_b? (graph_test.cpp)");
  CHECK(without_line(text_of<ShapeError>([&] { softmax(x, 3); })) ==
        "[softmax] axis 3 is out of range for rank 2 (use -2 … 1) "
        "(graph_test.cpp)");
  CHECK(without_line(text_of<GraphError>([&] { g.input("x", {1}); })) ==
        "[input] the name 'x' is taken; give it another one, or a Scope "
        "(graph_test.cpp)");
  const Value i = g.input("i", {3}, DType::i32);
  CHECK(without_line(text_of<TypeError>([&] { exp(i); })) ==
        "[exp] takes f32; f64, got i32(3); did you mean cast? "
        "(graph_test.cpp)");
  CHECK(without_line(text_of<TypeError>([&] { v + i; })) ==
        "[add] takes f32, f32; f64, f64; i32, i32; i64, i64, got "
        "f32(10, 784), i32(3); did you mean cast? (graph_test.cpp)");
  CHECK(text_of<GraphError>([&] { relu(Value()); }).find("relu") !=
        std::string::npos);
  CHECK(text_of<GraphError>([&] {
          Graph other;
          x + other.input("x", {64, 784});
        }).find("different graphs") != std::string::npos);
  // The graph is still usable.
  CHECK(relu(x).shape() == Shape{64, 784});
}

TEST_CASE("a node knows its scope and the user's line") {
  Graph g;
  const Value x = g.input("x", {2});
  Value y;
  {
    const Scope outer(g, "encoder");
    const Scope inner(g, "fc1");
    y = relu(x);
  }
  CHECK(y.path() == "encoder/fc1");
  CHECK(g.describe(y.node()).rfind("relu (encoder/fc1, graph_test.cpp:", 0) ==
        0);
  CHECK(relu(x).path().empty());
}

TEST_CASE("functions made of several ops belong to the line that called") {
  Graph g;
  const Value x = g.input("x", {kBatch, 4});
  const Value y = g.input("y", {kBatch}, DType::i32);
  Value h = dropout(layer_norm(gelu(mish(silu(dense(x, 3))))), 0.1);
  h = batch_norm(h, Mode::train);
  const Value loss = mean(softmax_cross_entropy(h, y)) + logsumexp(h) +
                     sum(prod(min(h, {0}), {0})) + dot(h, h) +
                     mean(huber(h, h)) + mean(hinge(h, h)) +
                     quadratic_cost(h, h);
  gradients(loss, g.parameters());
  minimize(loss, Adam{}, {.clip_norm = 1});
  for (std::size_t i = 0; i < g.size(); ++i) {
    const std::string text = g.describe(static_cast<std::int32_t>(i));
    INFO(text);
    CHECK(text.find("graph_test.cpp:") != std::string::npos);
  }
}

TEST_CASE("sizes whose products overflow are refused where they arise") {
  Graph g;
  const Dim large(std::int64_t{1} << 40);
  const auto refusal = [](auto f) {
    return without_line(text_of<ShapeError>(f));
  };
  const std::string end = " has more than 2^58 elements (graph_test.cpp)";
  const std::string n = "1099511627776";
  CHECK(refusal([&] {
          g.input("x", {large, large});
        }) == "[input] the shape (" + n + ", " + n + ")" + end);
  CHECK(refusal([&] {
          g.input("x", {large, 0, large});
        }) == "[input] the shape (" + n + ", 0, " + n + ")" + end);
  const Value column = g.input("c", {large, 1}), row = g.input("r", {large});
  CHECK(refusal([&] { column + row; }) ==
        "[add] the shape (" + n + ", " + n + ")" + end);
}

TEST_CASE("attributes come from fields") {
  const OpPtr a = make_op(Softplus{2}), b = make_op(Softplus{2});
  const OpPtr c = make_op(Softplus{3});
  CHECK(*a == *b);
  CHECK(hash_value(*a) == hash_value(*b));
  CHECK_FALSE(*a == *c);
  CHECK(to_string(*a) == "my::softplus(beta=2)");
}

TEST_CASE("the registry has every op of the library and takes new ones") {
  CHECK(registry().contains("matmul"));
  CHECK(registry().names().size() > 50);
  CHECK_FALSE(registry().contains("my::softplus"));
  registry().add<Softplus>();
  registry().add<Softplus>();
  const std::vector<Attribute> two{{"beta", 2.0}};
  CHECK(*registry().make_op_by_name("my::softplus", two) ==
        *make_op(Softplus{2}));
  CHECK_THROWS_AS(registry().make_op_by_name("my::softplus", {}), FormatError);
  const std::vector<Attribute> wrong{{"beta", std::string("x")}};
  CHECK_THROWS_AS(registry().make_op_by_name("my::softplus", wrong),
                  FormatError);
  CHECK_THROWS_AS(registry().make_op_by_name("nothing", {}), FormatError);
}

TEST_CASE("symbolic sizes go through reshape and flatten") {
  Graph g;
  const Value x = g.input("x", {kBatch, 4, 6});
  CHECK(flatten(x).shape() == Shape{kBatch, 24});
  CHECK(reshape(x, {kBatch, 2, kInfer}).shape() == Shape{kBatch, 2, 12});
  CHECK(reshape(x, {kInfer, 8}).shape() == Shape{Dim::affine(0, 3, 0), 8});
  CHECK(reshape(x, {-1}).shape() == Shape{Dim::affine(0, 24, 0)});
  CHECK_THROWS_AS(reshape(x, {kBatch, 5}), ShapeError);
  CHECK_THROWS_AS(reshape(x, {-1, -1}), ShapeError);
}
