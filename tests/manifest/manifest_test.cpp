#include "weft/manifest.h"

#include <fstream>

#include "catch.h"
#include "weft/error.h"

using namespace weft;

namespace {

std::string folder() {
  return std::string(WEFT_SOURCE_DIR) + "/models/manifests/";
}

/// The message of the error that a text makes.
std::string error_of(const std::string& text) {
  try {
    parse_manifest(text, "m");
  } catch (const DataError& e) {
    return e.what();
  }
  return "no error";
}

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the four manifests of the Go program are read") {
  const Manifest relu = read_manifest(folder() + "relu.yaml");
  CHECK(relu.inputs == 400);
  CHECK(relu.hidden == std::vector<std::int64_t>{25});
  CHECK(relu.activation == std::vector<std::string>{"relu"});
  CHECK(relu.outputs == 10);
  CHECK(relu.output_activation == "softmax");
  CHECK(relu.cost == "cross_entropy");
  CHECK(relu.lambda == 1);
  CHECK(relu.optimizer == "bfgs");
  CHECK(relu.iterations == 82);
  CHECK(read_manifest(folder() + "sigmoid.yaml").iterations == 69);
  const Manifest tanh = read_manifest(folder() + "tanh.yaml");
  CHECK(tanh.output_activation == "tanh");
  CHECK(tanh.iterations == 173);
  const Manifest deep = read_manifest(folder() + "relu-deep.yaml");
  CHECK(deep.hidden == std::vector<std::int64_t>{25, 20});
  CHECK(deep.cost == "log_likelihood");
}

TEST_CASE("a manifest without iterations makes 20") {
  CHECK(
      parse_manifest("training:\n  optimize:\n    method: bfgs\n").iterations ==
      20);
}

TEST_CASE("every key survives being written and read") {
  Manifest m;
  m.hidden = {7, 3};
  m.activation = {"leaky_relu(0.1)", "prelu(shared)"};
  m.output_activation = "sigmoid";
  m.cost = "focal";
  m.weights = "normal(0,0.5)";
  m.lambda = 0.1;
  m.optimizer = "conjugate_gradient";
  m.beta = "dai_yuan";
  m.search = "backtracking";
  m.seed = 42;
  m.gradient = 1e-9;
  CHECK(parse_manifest(to_yaml(m)) == m);
  CHECK(parse_manifest(to_yaml(Manifest{})) == Manifest{});
  for (const auto& [key, help] : manifest_keys()) CHECK(!help.empty());
}

TEST_CASE("every optimiser and schedule can be named") {
  for (const std::string& name : optimizer_names()) {
    const Manifest m =
        parse_manifest("training:\n  optimize:\n    method: " + name +
                       "\n    learning_rate: 0.25\n");
    const std::string made = make_optimizer(m).name();
    CHECK(made == (name == "nesterov" ? "momentum" : name));
    CHECK(make_optimizer(m).learning_rate() == 0.25);
  }
  for (const std::string& name : schedule_names()) {
    Manifest m;
    m.schedule = name;
    m.steps = {10, 20};
    CHECK(parse_manifest(to_yaml(m)) == m);
    const Schedule s = make_schedule(m);
    CHECK(s.name == name);
    CHECK(s.rate(1, 5) > 0);
  }
  const Manifest m = parse_manifest(
      "training:\n  optimize:\n    schedule:\n      kind: multistep\n"
      "      factor: 0.5\n      steps: [3, 5]\n");
  CHECK(make_schedule(m).rate(1, 2) == 1);
  CHECK(make_schedule(m).rate(1, 5) == 0.25);
  CHECK(has(error_of("training:\n  optimize:\n    schedule:\n      kind: "
                     "multistep\n"),
            "when multistep decays"));
  CHECK(has(error_of("training:\n  optimize:\n    schedule:\n      kind: "
                     "one_cycel\n"),
            "did you mean one_cycle"));
}

TEST_CASE("errors of a manifest have a place and a remedy") {
  CHECK(has(error_of("network:\n  hiden:\n    size: 3\n"), "m:2:3:"));
  CHECK(has(error_of("network:\n  hiden:\n    size: 3\n"),
            "did you mean hidden"));
  CHECK(has(error_of("lambda: 1\n"), "did you mean training.params.lambda"));
  CHECK(has(error_of("training:\n  optimize:\n    method: bgfs\n"), "m:3:13:"));
  CHECK(has(error_of("training:\n  optimize:\n    method: bgfs\n"),
            "did you mean bfgs"));
  CHECK(has(error_of("network:\n  hidden:\n    activation: rleu\n"),
            "did you mean relu"));
  CHECK(has(error_of("network: 3\n"), "must be a group of keys"));
  CHECK(has(error_of("network:\n"), "m:1:1:"));
  CHECK(has(error_of("network:\n  hidden:\n    size: many\n"),
            "must be a whole number, not 'many'"));
  CHECK(has(error_of("network:\n  hidden:\n    size: [3, 2.5]\n"), "m:3:15:"));
  CHECK(has(error_of("network:\n  hidden:\n    size: [3, \"4\"]\n"),
            "the text '4'"));
  CHECK(has(error_of("network:\n  hidden:\n    size: -3\n"), "from 1 to"));
  CHECK(has(error_of("training:\n  params:\n    lambda: .nan\n"), "m:3:13:"));
  CHECK(has(error_of("training:\n  params:\n    lambda: nan\n"), "a number"));
  CHECK(has(error_of("training:\n  params:\n    lambda: 1e999\n"), "from 0"));
  CHECK(has(error_of("task: class\ntask: class\n"),
            "m:2:1: 'task' is given twice"));
}

TEST_CASE("hostile manifests are refused") {
  CHECK(has(error_of(""), "is empty"));
  CHECK(has(error_of(" \n\n"), "is empty"));
  CHECK(has(error_of("# nothing\n"), "must consist of keys"));
  CHECK(has(error_of("network: {"), "is no YAML"));
  CHECK(has(error_of("network:\n\tinput: 3\n"), "m:2:1: a tab"));
  CHECK(has(error_of("- a\n- b\n"), "not of a list"));
  CHECK(has(error_of("task: class\n---\ntask: class\n"), "more than one"));
  CHECK(has(error_of("task: class\n...\ntask: class\n"), "more than one"));
  CHECK(has(error_of("---\n---\n"), "more than one"));
  CHECK(parse_manifest("# one\n---\ntask: class\n...\n# end\n") == Manifest{});
  // Behind this the parser finds empty documents without end.
  CHECK(has(error_of(",a\n:b\xff:"), "m:"));
  CHECK(has(error_of(std::string("task: cl\0ss\n", 12)), "byte of 0"));
  CHECK(has(error_of(std::string(100'000, '[')),
            "m:1:101: is nested more than 100 deep"));
  CHECK(has(error_of(std::string(2'000'000, ' ')), "larger than 1 MiB"));
  CHECK(has(error_of("network: &a\n  hidden: *a\n"), "m:"));
  CHECK(has(error_of("network:\n  hidden:\n    size: &a [*a, *a]\n"), "m:"));
  CHECK(has(error_of("? [1, 2]\n: 3\n"), "a key must be a name"));
  CHECK(has(
      error_of("network:\n  input:\n    size: 1000000\n  hidden:\n    size: "
               "[1000000, 1000000, 1000000]\n"),
      "this machine has"));
  CHECK_THROWS_AS(read_manifest("/nowhere/at/all.yaml"), DataError);
  CHECK_THROWS_AS(read_manifest("/"), DataError);
}

TEST_CASE("values must go together") {
  CHECK(
      has(error_of("network:\n  hidden:\n    size: [3, 4, 5]\n    activation: "
                   "[relu, tanh]\n"),
          "2 names for 3 layers"));
  CHECK(has(error_of("network:\n  hidden:\n    dropout: 0.5\ntraining:\n  "
                     "optimize:\n    method: bfgs\n"),
            "must not be random"));
}
