// The cases of the comparison in Weft, through its public interface. See
// peers/rig.h for arguments and output. Passes named in $WEFT_BENCH_DISABLE
// (comma between them) are left out.

#include <cstdlib>
#include <sstream>

#include "tools/bench/peers/cases.h"
#include "tools/bench/peers/rig.h"
#include "weft/weft.h"

namespace {

using weft::DType;
using weft::Value;

std::vector<std::string> disabled_passes() {
  std::vector<std::string> names;
  const char* text = std::getenv("WEFT_BENCH_DISABLE");
  std::istringstream in(text ? text : "");
  for (std::string name; std::getline(in, name, ',');) names.push_back(name);
  return names;
}

weft::Optimizer optimizer(bench::Rule rule, double rate) {
  switch (rule) {
    case bench::Rule::adam: return weft::Adam{.learning_rate = rate};
    case bench::Rule::momentum:
      return weft::Momentum{.learning_rate = rate,
                            .momentum = bench::kMomentum};
    default: return weft::Sgd{.learning_rate = rate};
  }
}

// A compiled graph with what its runs need; `step` makes one run on the rows
// of the data that come next.
class Case {
 public:
  Case(const bench::Arguments& a, long batch)
      : data_(bench::load(bench::examples(a.name))),
        batches_{data_.n, batch},
        run_({.threads = a.threads}) {
    x = g.input("pixels", {weft::kBatch, 784});
    y = g.input("label", {weft::kBatch}, DType::i32);
    images_ = weft::Tensor::view(data_.x.data(), DType::f32, {data_.n, 784});
    labels_ = weft::Tensor::view(data_.y.data(), DType::i32, {data_.n});
  }

  void compile(std::vector<Value> outputs, std::vector<Value> updates) {
    needs_labels_ = outputs.front().type().shape.rank() == 0;
    program_ = weft::compile(g, {.outputs = outputs,
                                 .updates = std::move(updates),
                                 .disabled_passes = disabled_passes()});
    state_ = weft::initialize(g, {1});
    out_.resize(outputs.size());
    feeds_ = {{x, {}}};
    if (needs_labels_) feeds_.push_back({y, {}});
  }

  void step() {
    const long row = batches_.next();
    feeds_[0].second = images_.rows(row, row + batches_.size);
    if (needs_labels_) {
      feeds_[1].second = labels_.rows(row, row + batches_.size);
    }
    run_.run(program_, state_, feeds_, out_);
  }

  weft::Graph g;
  Value x, y;

 private:
  bench::Data data_;
  bench::Batches batches_;
  weft::Tensor images_, labels_;
  bool needs_labels_ = true;
  weft::Program program_;
  weft::State state_;
  weft::Executor run_;
  std::vector<weft::Feed> feeds_;
  std::vector<weft::Tensor> out_;
};

void build_mlp(Case& c, const bench::MlpCase& m) {
  Value h = c.x;
  for (std::size_t i = 1; i < m.sizes.size(); ++i) {
    h = weft::dense(h, m.sizes[i], {.name = "fc" + std::to_string(i)});
    if (i + 1 < m.sizes.size()) h = m.sigmoid ? sigmoid(h) : relu(h);
  }
  if (m.rule == bench::Rule::forward_only) return c.compile({h}, {});
  const Value loss =
      m.cost == bench::Cost::squared
          ? weft::mean_squared_error(sigmoid(h), weft::one_hot(c.y, 10))
          : weft::mean(weft::softmax_cross_entropy(h, c.y));
  if (m.rule == bench::Rule::none) {
    std::vector<Value> outputs = weft::gradients(loss, c.g.parameters());
    outputs.insert(outputs.begin(), loss);
    return c.compile(outputs, {});
  }
  c.compile({loss}, weft::minimize(loss, optimizer(m.rule, m.rate)).updates);
}

void build_towers(Case& c) {
  std::vector<Value> ends;
  for (int t = 0; t < bench::kTowers; ++t) {
    const weft::Scope scope(c.g, "tower" + std::to_string(t));
    Value h = weft::slice(c.x, 1, t * bench::kTowerInput,
                          (t + 1) * bench::kTowerInput);
    for (int i = 0; i < bench::kTowerLayers; ++i) {
      h = relu(weft::dense(h, bench::kTowerWidth,
                           {.name = "fc" + std::to_string(i)}));
    }
    ends.push_back(h);
  }
  const Value out = weft::dense(weft::concat(ends, 1), 10, {.name = "out"});
  const Value loss = weft::mean(weft::softmax_cross_entropy(out, c.y));
  const weft::Momentum rule{.learning_rate = 0.01,
                            .momentum = bench::kMomentum};
  c.compile({loss}, weft::minimize(loss, rule).updates);
}

void run_chain(const bench::Arguments& a) {
  weft::Graph g;
  const weft::Shape shape{bench::kChainWidth};
  const auto constant = [&](const char* name, double value) {
    return g.parameter(name, shape,
                       weft::initializers::constant(value)(shape, DType::f32));
  };
  const Value x0 = g.input("x", shape);
  const Value w = constant("w", 0.999), b = constant("b", 0.01);
  const Value c = constant("c", 0.005);
  Value x = x0;
  for (int i = 0; i < bench::kChainRounds; ++i) x = relu(x * w + b) - c;
  const Value end = weft::sum(x);
  std::vector<Value> outputs = weft::gradients(end, {w, b});
  outputs.insert(outputs.begin(), end);
  const weft::Program p = weft::compile(
      g, {.outputs = outputs, .disabled_passes = disabled_passes()});
  weft::State state = weft::initialize(g, {1});
  weft::Executor run({.threads = a.threads});
  weft::Tensor start(DType::f32, shape);
  for (float& v : start.values<float>()) v = 0.5f;
  const weft::Feed feeds[] = {{x0, start}};
  std::vector<weft::Tensor> out(outputs.size());
  bench::measure(a, [&] { run.run(p, state, feeds, out); });
}

void run_product(const bench::Arguments& a, const bench::ProductCase& s) {
  weft::Graph g;
  const weft::Shape left =
      s.transpose_a ? weft::Shape{s.k, s.m} : weft::Shape{s.m, s.k};
  const weft::Shape right =
      s.transpose_b ? weft::Shape{s.n, s.k} : weft::Shape{s.k, s.n};
  const Value l = g.input("left", left), r = g.input("right", right);
  const weft::Program p = weft::compile(
      g, {.outputs = {matmul(l, r, s.transpose_a, s.transpose_b)}});
  weft::State state;
  weft::Executor run({.threads = a.threads});
  weft::Tensor lt(DType::f32, left), rt(DType::f32, right);
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (float& v : lt.values<float>()) v = uniform(random);
  for (float& v : rt.values<float>()) v = uniform(random);
  const weft::Feed feeds[] = {{l, lt}, {r, rt}};
  std::vector<weft::Tensor> out(1);
  bench::measure(a, [&] { run.run(p, state, feeds, out); });
}

int run(const bench::Arguments& a) {
  if (const auto* m = bench::find_mlp(a.name)) {
    Case c(a, m->batch);
    build_mlp(c, *m);
    if (a.name == "start") {
      bench::measure_start([&] { c.step(); });
    } else {
      bench::measure(a, [&] { c.step(); });
    }
    return 0;
  }
  if (a.name == "B7") return run_chain(a), 0;
  if (a.name == "B9") {
    Case c(a, bench::kTowerBatch);
    build_towers(c);
    bench::measure(a, [&] { c.step(); });
    return 0;
  }
  if (const auto* s = bench::find_product(a.name)) return run_product(a, *s), 0;
  return bench::no_such_case(a);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(bench::parse(argc, argv));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "weft_bench: %s\n", e.what());
    return 1;
  }
}
