#include <cstdio>
#include <thread>

#include "catch.h"
#include "train/rings.h"
#include "weft/weft.h"

using namespace weft;

namespace {

/// Rows of different counts, so that instances of several sizes are in use.
std::vector<Tensor> batches() {
  std::vector<Tensor> all;
  const data::Dataset rows = rings(40, 5);
  for (std::int64_t n = 1; n <= 8; ++n) {
    all.push_back(rows.inputs.rows(n, 3 * n));
  }
  return all;
}

}  // namespace

TEST_CASE("many threads use a loaded model while another trains its copy") {
  const std::string file = "inference_threads_test.weft";
  const data::Dataset train = rings(200, 1);
  FitOptions options{.epochs = 1, .batch_size = 20};
  Trainer first(rings_network, Adam{}, {.seed = {3}, .threads = 1});
  first.fit(train, options);
  save(first, file);
  options.epochs = 6;
  first.fit(train, options);

  for (const bool map : {true, false}) {
    Trainer model = load(file, {.threads = 1, .inference = true, .map = map});
    Trainer copy = load(file, 2);
    const Network& net = model.graphs().eval_network;
    const Program program =
        compile(*model.graphs().eval, {.outputs = {net.output}});
    const std::vector<Tensor> in = batches();
    std::vector<Tensor> expected;
    for (const Tensor& x : in) expected.push_back(model.predict(x).clone());
    const std::uint64_t before = parameter_hash(model.state());

    Executor shared({.threads = 2});
    std::vector<int> wrong(4);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < wrong.size(); ++t) {
      threads.emplace_back([&, t] {
        Executor own({.threads = 1});
        Executor& run = t % 2 == 0 ? shared : own;
        for (std::size_t i = 0; i < 200; ++i) {
          const std::size_t k = (i + t) % in.size();
          const Tensor y =
              run(program, model.state(), {{net.input, in[k]}}).front();
          wrong[t] += y.bits_equal(expected[k]) ? 0 : 1;
        }
      });
    }
    copy.fit(train, options);
    for (std::thread& t : threads) t.join();
    CHECK(wrong == std::vector<int>(4));
    CHECK(parameter_hash(model.state()) == before);
    // The readers did not touch the one that trained.
    CHECK(parameter_hash(copy.state()) == parameter_hash(first.state()));
  }
  std::remove(file.c_str());
}

TEST_CASE("what was made may be destroyed in any order") {
  const std::string file = "inference_threads_test.weft";
  Trainer t(rings_network, Adam{}, {.threads = 2});
  save(t, file);
  const Tensor x = rings(10, 1).inputs;
  const Tensor expected = t.predict(x).clone();
  // A mapped tensor outlives its trainer, an output its program and executor.
  Tensor weight, output;
  {
    auto model = std::make_unique<Trainer>(
        load(file, {.threads = 2, .inference = true}));
    weight = model->state().at("out/weight");
    auto program = std::make_unique<Program>(
        compile(*model->graphs().eval,
                {.outputs = {model->graphs().eval_network.output}}));
    auto run = std::make_unique<Executor>(ExecutorOptions{.threads = 2});
    const Value input = model->graphs().eval_network.input;
    State state = model->state();
    output = (*run)(*program, state, {{input, x}}).front();
    model.reset();
    run.reset();
    program.reset();
  }
  CHECK(output.bits_equal(expected));
  CHECK(weight.bits_equal(t.state().at("out/weight")));
  std::remove(file.c_str());
}
