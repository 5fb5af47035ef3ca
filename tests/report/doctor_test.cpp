#include "weft/doctor.h"

#include "catch.h"
#include "train/rings.h"
#include "weft/initializers.h"
#include "weft/models/mlp.h"
#include "weft/weft.h"

using namespace weft;

namespace {

struct Patient {
  std::string activation = "tanh";
  Initializer weight = initializers::glorot_normal();
  double bias = 0;
  Optimizer optimizer = Adam{.learning_rate = 3e-3};
  int epochs = 6, width = 32;
  bool scale = true, quadratic = false;
  double keep = 1;  ///< share of the training examples
  double inputs = 1;
};

data::Split digits() {
  return data::split(
      data::read_csv(std::string(WEFT_SOURCE_DIR) + "/tests/data/digits.csv"),
      0.2, {1});
}

Network network(Graph& g, Mode, const Patient& p) {
  Network n;
  n.input = g.input("x", {kBatch, 64});
  Value h = n.input;
  for (const char* name : {"fc1", "fc2"}) {
    h = activation(dense(h, p.width,
                         {.name = name,
                          .weight = p.weight,
                          .bias_value = initializers::constant(p.bias)}),
                   p.activation);
  }
  n.output =
      dense(h, 10, {.name = "out", .weight = initializers::glorot_normal()});
  n.target = g.input("y", {kBatch}, DType::i32);
  if (p.quadratic) {
    n.output = sigmoid(n.output);
    n.loss = mean(square(n.output - one_hot(n.target, 10)));
  } else {
    n.loss = mean(softmax_cross_entropy(n.output, n.target));
  }
  return n;
}

std::vector<Finding> examine(const Patient& p, data::Split d = digits()) {
  if (p.keep < 1) d.train = data::split(d.train, p.keep, {1}).test;
  if (p.scale) {
    const data::Scaler s = data::standardize(d.train);
    d.train = data::apply(s, d.train);
    d.test = data::apply(s, d.test);
  }
  Trainer t([=](Graph& g, Mode m) { return network(g, m, p); }, p.optimizer,
            {.seed = {1}, .threads = 1});
  auto doctor = std::make_shared<Doctor>(RecorderOptions{.free_seconds = 10});
  t.fit(d.train, {.epochs = p.epochs,
                  .batch_size = 32,
                  .validation = &d.test,
                  .callbacks = {doctor}});
  return doctor->findings();
}

std::string kinds(const std::vector<Finding>& found) {
  std::string text;
  for (const Finding& f : found) {
    CHECK_FALSE(f.evidence.empty());
    CHECK_FALSE(f.reason.empty());
    CHECK_FALSE(f.remedy.empty());
    text += f.kind + (f.layer.empty() ? "" : " in " + f.layer) + "; ";
  }
  return text;
}

}  // namespace

TEST_CASE("the doctor is silent on healthy trainings") {
  for (const char* act : {"tanh", "relu", "sigmoid", "leaky_relu"}) {
    for (const int width : {16, 64}) {
      INFO(act << " " << width);
      CHECK(kinds(examine({.activation = act, .width = width})) == "");
    }
  }
  CHECK(kinds(examine({.activation = "relu",
                       .optimizer = Sgd{.learning_rate = 0.1}})) == "");
}

TEST_CASE("the doctor finds weights that start too large") {
  const auto found =
      examine({.activation = "sigmoid", .weight = initializers::normal(0, 3)});
  CHECK(kinds(found) == "saturated units in fc1; saturated units in fc2; ");
  REQUIRE(!found.empty());
  CHECK(found[0].reason.find("fan-in 64") != std::string::npos);
  CHECK(found[0].remedy.find("Glorot") != std::string::npos);
}

TEST_CASE("the doctor finds dead units") {
  CHECK(kinds(examine({.activation = "relu", .bias = -6}))
            .find("dead units in fc1") != std::string::npos);
}

TEST_CASE("the doctor finds a wrong learning rate") {
  CHECK(kinds(examine({.optimizer = Sgd{.learning_rate = 1e-6}})) ==
        "learning rate too low; ");
  const auto found = examine(
      {.activation = "leaky_relu", .optimizer = Adam{.learning_rate = 10}});
  INFO(kinds(found));
  CHECK(kinds(found).find("learning rate too high") != std::string::npos);
}

TEST_CASE("the doctor finds unscaled inputs and a wrong pairing") {
  CHECK(kinds(examine({.activation = "relu", .scale = false}))
            .find("unscaled inputs in fc1") != std::string::npos);
  CHECK(kinds(examine({.quadratic = true})).find("wrong pairing in out") !=
        std::string::npos);
}

TEST_CASE("records have the warnings of the graph") {
  auto build = [](Graph& g, Mode) {
    Network n;
    n.input = g.input("x", {kBatch, 64});
    n.target = g.input("y", {kBatch}, DType::i32);
    const Value z = dense(n.input, 10, {.name = "out"});
    const Loss loss = make_loss(z, n.target, Cost::log_likelihood, "sigmoid");
    n.output = loss.output;
    n.loss = loss.value;
    return n;
  };
  Trainer t(build, Adam{}, {.threads = 1});
  for (const auto& found :
       {describe(t).findings, diagnose(t, digits().train)}) {
    CHECK(kinds(found).find("wrong pairing; ") != std::string::npos);
    REQUIRE(!found.empty());
    CHECK(found[0].evidence.find("log-likelihood on sigmoid, doctor_test") !=
          std::string::npos);
  }
}

TEST_CASE("the doctor traces a slow layer to its output or to its input") {
  // Five sigmoids in a row leave little of the error; nothing is saturated.
  auto deep = [](Graph& g, Mode) {
    Network n;
    n.input = g.input("x", {kBatch, 64});
    n.target = g.input("y", {kBatch}, DType::i32);
    Value h = n.input;
    for (int i = 1; i <= 5; ++i) {
      h = sigmoid(dense(h, 16, {.name = "fc" + std::to_string(i)}));
    }
    n.output = dense(h, 10, {.name = "out"});
    n.loss = mean(softmax_cross_entropy(n.output, n.target));
    return n;
  };
  // The second layer is fed with a thousandth of what the first one gives.
  auto starved = [](Graph& g, Mode) {
    Network n;
    n.input = g.input("x", {kBatch, 64});
    n.target = g.input("y", {kBatch}, DType::i32);
    const Value h = tanh(dense(n.input, 16, {.name = "fc1"}));
    const Value fed = tanh(dense(0.001 * h, 16, {.name = "fc2"}));
    n.output = dense(h + fed, 10, {.name = "out"});
    n.loss = mean(softmax_cross_entropy(n.output, n.target));
    return n;
  };
  data::Dataset d = digits().train;
  d = data::apply(data::standardize(d), d);
  auto finding = [&](const Build& build, const std::string& layer) {
    Trainer t(build, Adam{}, {.threads = 1});
    Finding slow;
    for (const Finding& f : diagnose(t, d)) {
      INFO(to_string(f));
      CHECK(f.kind == "slow layer");
      if (f.layer == layer) slow = f;
    }
    return slow;
  };
  CHECK(finding(deep, "fc1").reason.find("hardly any error reaches it") !=
        std::string::npos);
  CHECK(finding(starved, "fc2").reason.find("what it is fed is too small") !=
        std::string::npos);
}

TEST_CASE("the doctor finds overfitting") {
  CHECK(kinds(examine({.activation = "relu",
                       .optimizer = Adam{.learning_rate = 0.02},
                       .epochs = 60,
                       .width = 64,
                       .keep = 0.04}))
            .find("overfitting") != std::string::npos);
}

TEST_CASE("the doctor finds class imbalance") {
  data::Split d = digits();
  std::vector<std::int64_t> rows;
  int nines = 0;
  for (std::int64_t i = 0; i < d.train.size(); ++i) {
    const bool nine = d.train.batch(i, i + 1).second.at(0) > 8.5;
    if (!nine || ++nines <= 5) rows.push_back(i);
  }
  d.train = d.train.subset(rows);
  const auto found = examine({}, d);
  CHECK(kinds(found) == "class imbalance; ");
  REQUIRE(!found.empty());
  CHECK(found[0].evidence.find("'9' has 5") != std::string::npos);
}
