#include <cstdio>
#include <fstream>
#include <iterator>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;

namespace {

const std::string kFile = "subgraphs_test.weft";

/// A network that has every kind of body, one in the other.
Network build(Graph& g, Mode mode) {
  Network n;
  n.input = g.input("x", {kBatch, 6});
  n.target = g.input("y", {kBatch}, DType::i32);
  const Value rows = transpose(reshape(n.input, {kInfer, 3, 2}), {1, 0, 2});
  const Scanned s = scan(
      [&](const std::vector<Value>& c, const std::vector<Value>& x) {
        const Value h = checkpoint(
            [&](Value v) {
              return tanh(dense(v, 5, {.name = "in"}) +
                          0.5 * dense(c[0], 5, {.name = "hidden"}));
            },
            x[0]);
        const Value kept = cond(
            greater(sum(c[0]), 1000.0),
            [&](const auto&) { return std::vector{zeros_like(h)}; },
            [&](const auto&) { return std::vector{dropout(h, 0.1, mode)}; })[0];
        return Scanned{{kept}};
      },
      {expand(zeros_like(select(rows, 0, 0), {1, 5}), {kBatch, 5})}, {rows});
  const Value h = custom_vjp(
      [](const std::vector<Value>& v) { return std::vector{relu(v[0])}; },
      [](const std::vector<Value>&, const std::vector<Value>& y,
         const std::vector<Value>& dy) {
        return std::vector{where(greater(y[0], 0), dy[0], 0.1 * dy[0])};
      },
      s.carry)[0];
  n.output = dense(h, 2, {.name = "out"});
  n.loss = mean(softmax_cross_entropy(n.output, n.target));
  return n;
}

std::string read_all(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

data::Dataset examples() {
  Tensor x(DType::f32, {16, 6}), y(DType::i32, {16});
  RandomSequence draws(Philox({5}, 0, 0));
  for (float& v : x.values<float>()) v = static_cast<float>(draws.normal());
  for (auto& v : y.values<std::int32_t>()) {
    v = static_cast<std::int32_t>(draws.below(2));
  }
  data::Dataset set;
  set.inputs = x;
  set.targets = y;
  set.row = Shape{6};
  return set;
}

}  // namespace

TEST_CASE(
    "bodies are saved, and a loaded training goes on with the same bits") {
  Trainer t(build, Adam{}, {.seed = {4}, .threads = 1});
  const data::Dataset set = examples();
  t.fit(set, {.epochs = 1, .batch_size = 8});
  save(t, kFile);
  Trainer u = load(kFile, 1);
  CHECK(u.predict(set.inputs).bits_equal(t.predict(set.inputs)));
  t.fit(set, {.epochs = 1, .batch_size = 8});
  u.fit(set, {.epochs = 1, .batch_size = 8});
  CHECK(parameter_hash(u.state()) == parameter_hash(t.state()));
  std::remove(kFile.c_str());
}

TEST_CASE("a file with a damaged body is a FormatError") {
  Trainer t(build, Adam{}, {.threads = 1});
  save(t, kFile);
  const std::string good = read_all(kFile);
  int accepted = 0;
  for (std::size_t i = 0; i < good.size(); i += 1 + i / 20) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x41);
    std::ofstream(kFile, std::ios::binary) << bad;
    try {
      load(kFile, 1);
      ++accepted;  // a byte of padding between tensors
    } catch (const FormatError&) {
    }
  }
  CHECK(accepted < 20);
  std::remove(kFile.c_str());
}
