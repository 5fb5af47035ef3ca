#include "weft/check_finite.h"

#include <cmath>

#include "catch.h"
#include "weft/doctor.h"
#include "weft/weft.h"

using namespace weft;

namespace {

/// 40 examples of three numbers, and of one target.
data::Dataset examples(float offset = 1) {
  data::Dataset d;
  d.inputs = Tensor(DType::f32, {40, 3});
  d.targets = Tensor(DType::f32, {40, 1});
  for (int i = 0; i < 120; ++i) {
    d.inputs.data<float>()[i] = static_cast<float>(i % 7) + offset;
  }
  for (int i = 0; i < 40; ++i) d.targets.data<float>()[i] = 1;
  d.row = Shape{3};
  return d;
}

using Head = Value (*)(Value);

Build model(Head head) {
  return [head](Graph& g, Mode) {
    Network n;
    n.input = g.input("x", {kBatch, 3});
    n.target = g.input("y", {kBatch, 1});
    n.output = dense(n.input, 1,
                     {.name = "fc", .weight = initializers::constant(0.1)});
    n.loss = mean(square(head(n.output) - n.target));
    return n;
  };
}

std::string failure(Trainer& t, const data::Dataset& d, FitOptions options) {
  try {
    t.fit(d, options);
  } catch (const NumericError& e) {
    return e.what();
  }
  return "";
}

bool has(const std::string& text, std::string_view part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

/// Keeps the bits of the weights before the last step that went well.
struct LastSound : Callback {
  bool on_step(Trainer& t, std::int64_t, std::int64_t, double) override {
    before = std::move(after);
    after = t.state().at("fc/weight").clone();
    ++steps;
    return true;
  }
  Tensor before, after;
  int steps = 0;
};

bool same(const Tensor& a, const Tensor& b) {
  return std::equal(a.data<float>(), a.data<float>() + a.size(),
                    b.data<float>());
}

}  // namespace

TEST_CASE("a broken training names the node, forward") {
  // The steps make weights smaller until the logarithm meets a negative value.
  Trainer t(model([](Value z) { return -log(z); }), Sgd{.learning_rate = 0.05},
            {.threads = 1});
  auto last = std::make_shared<LastSound>();
  auto doctor = std::make_shared<Doctor>();
  const std::string text =
      failure(t, examples(),
              {.epochs = 50, .batch_size = 5, .callbacks = {last, doctor}});
  has(text, "log (");
  has(text, "check_finite_test.cpp:");
  has(text, "made the first value that is not finite, forward");
  has(text, "from add (fc");
  // What the last sound step wrote is what remains.
  REQUIRE(last->steps > 0);
  CHECK(same(t.state().at("fc/weight"), last->after));
  REQUIRE(!doctor->findings().empty());
  CHECK(doctor->findings().back().kind == "not finite");
}

TEST_CASE("a broken training names the node, backward") {
  // √ has no derivative at 0: the loss of the first step is finite.
  Trainer t(model([](Value z) { return sqrt(0 * z); }), Adam{}, {.threads = 1});
  const std::string start = failure(t, examples(), {.epochs = 1});
  has(start, "backward");
  has(start, "check_finite_test.cpp:");
  for (float w : std::span(t.state().at("fc/weight").data<float>(), 3)) {
    CHECK(w == 0.1F);
  }
  CHECK(t.progress().batch == 0);
}

TEST_CASE("a step that broke at the end of an epoch is found") {
  // One batch an epoch: the next epoch begins with a broken state.
  Trainer t(model([](Value z) { return sqrt(0 * z); }), Sgd{}, {.threads = 1});
  has(failure(t, examples(), {.epochs = 3, .batch_size = 40}),
      "epoch 1, batch 1");
  CHECK(t.progress().history.empty());
}

TEST_CASE("a broken training names the update") {
  Trainer t(model([](Value z) { return 1e30F * z; }),
            Sgd{.learning_rate = 1e30}, {.threads = 1});
  has(failure(t, examples(0), {.epochs = 2}), "not finite");
}

TEST_CASE("infinite examples are named") {
  data::Dataset d = examples();
  d.inputs.data<float>()[7] = INFINITY;
  Trainer t(model([](Value z) { return z; }), Sgd{}, {.threads = 1});
  has(failure(t, d, {.epochs = 1, .batch_size = 40}),
      "input (x, check_finite_test.cpp:");
}

TEST_CASE("what is infinite on the way but harmless is no fault") {
  // exp(−∞) is 0, as in a masked softmax.
  Trainer t(model([](Value z) { return z + exp(log(0 * z)); }),
            Sgd{.learning_rate = 0.01}, {.threads = 1});
  const auto [x, y] = examples().batch(0, 40);
  const TrainingGraphs& g = t.graphs();
  const auto found = first_not_finite(g, t.state(), x, y);
  // The loss is finite; its gradient through the logarithm is not.
  REQUIRE(found);
  CHECK(found->phase == "backward");
  Trainer sound(model([](Value z) { return z; }), Sgd{}, {.threads = 1});
  CHECK_FALSE(first_not_finite(sound.graphs(), sound.state(), x, y));
}
