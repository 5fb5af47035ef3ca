// Small fixed cases whose cost a check compares with committed figures.
//
//   weft_guard            prints the names of the cases
//   weft_guard CASE [N]   makes N steps (1) in guarded_steps(), in which the
//                         check counts instructions, and prints as JSON what
//                         the program plans and allocates

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "count_allocations.h"
#include "weft/weft.h"

namespace {

using namespace weft;

// Numbers that look random, the same everywhere.
Tensor numbers(DType dtype, const Shape& shape) {
  Tensor t(DType::f64, shape);
  std::uint32_t state = 1;
  for (double& v : t.values<double>()) {
    state = state * 1664525U + 1013904223U;
    v = static_cast<double>(state >> 8) / (1 << 24) - 0.5;
  }
  return t.to(dtype);
}

Tensor labels(std::int64_t rows, std::int32_t classes) {
  Tensor t(DType::i32, {rows});
  std::int32_t next = 0;
  for (std::int32_t& v : t.values<std::int32_t>()) v = next++ % classes;
  return t;
}

struct Case {
  Case() = default;
  Case(const Case&) = delete;
  Case& operator=(const Case&) = delete;

  void compile(std::vector<Value> outputs, std::vector<Value> updates = {},
               std::vector<std::string> disabled = {}) {
    out.resize(outputs.size());
    program = weft::compile(g, {.outputs = std::move(outputs),
                                .updates = std::move(updates),
                                .disabled_passes = std::move(disabled)});
    state = initialize(g, {1});
  }
  void step() { run.run(program, state, feeds, out); }

  Graph g;
  Program program;
  State state;
  Executor run{{.threads = 1}};
  std::vector<Feed> feeds;
  std::vector<Tensor> out;
};

// A classifier in training: widths from input to classes.
void classifier(Case& c, const std::vector<std::int64_t>& widths,
                std::int64_t batch, const std::string& activation_name,
                const Optimizer& rule, DType dtype = DType::f32) {
  const Value x = c.g.input("x", {kBatch, widths.front()}, DType::f32);
  const Value y = c.g.input("y", {kBatch}, DType::i32);
  Value h = cast(x, dtype);
  for (std::size_t i = 1; i < widths.size(); ++i) {
    h = dense(h, widths[i], {.name = "fc" + std::to_string(i)});
    if (i + 1 < widths.size()) h = activation(h, activation_name);
  }
  const Value loss = mean(softmax_cross_entropy(h, y));
  c.compile({loss}, minimize(loss, rule).updates);
  c.feeds = {{x, numbers(DType::f32, {batch, widths.front()})},
             {y, labels(batch, static_cast<std::int32_t>(widths.back()))}};
}

// x = relu(x * w + b) - c on 16-vectors, and the gradients of w and b.
void chain(Case& c, int rounds, std::vector<std::string> disabled) {
  const Shape shape{16};
  const auto value = [&](const char* name, double v) {
    return c.g.parameter(name, shape,
                         initializers::constant(v)(shape, DType::f32));
  };
  const Value x0 = c.g.input("x", shape);
  const Value w = value("w", 0.999), b = value("b", 0.01);
  const Value d = value("c", 0.005);
  Value x = x0;
  for (int i = 0; i < rounds; ++i) x = relu(x * w + b) - d;
  const Value end = sum(x);
  std::vector<Value> outputs = gradients(end, {w, b});
  outputs.insert(outputs.begin(), end);
  c.compile(outputs, {}, std::move(disabled));
  c.feeds = {{x0, numbers(DType::f32, shape)}};
}

// Normalised, dropped, and read out: reductions and random numbers.
void normalised(Case& c) {
  const Value x = c.g.input("x", {kBatch, 48});
  const Value y = c.g.input("y", {kBatch, 4});
  Value h = layer_norm(dense(x, 32, {.name = "a"}));
  h = dropout(gelu(h), 0.1, Mode::train);
  h = batch_norm(dense(h, 32, {.name = "b"}), Mode::train);
  const Value loss = mean_squared_error(dense(h, 4, {.name = "out"}), y);
  c.compile({loss}, minimize(loss, AdamW{}).updates);
  c.feeds = {{x, numbers(DType::f32, {24, 48})},
             {y, numbers(DType::f32, {24, 4})}};
}

void single_sample(Case& c) {
  const Value x = c.g.input("x", {kBatch, 196});
  const Value h = relu(dense(x, 100, {.name = "fc1"}));
  c.compile({softmax(dense(h, 10, {.name = "fc2"}))});
  c.feeds = {{x, numbers(DType::f32, {1, 196})}};
}

// An LSTM over rows of unequal length.
void recurrent(Case& c) {
  const Value x = c.g.input("x", {kBatch, 8, 12});
  const Value steps = c.g.input("steps", {kBatch}, DType::i32);
  const Value y = lstm(x, 16, Mode::train, {.lengths = steps}).outputs;
  const Value loss = mean(square(y));
  c.compile({loss}, minimize(loss, Adam{}).updates);
  c.feeds = {{x, numbers(DType::f32, {6, 8, 12})}, {steps, labels(6, 9)}};
}

void attentive(Case& c) {
  const Value x = c.g.input("x", {kBatch, 8, 16});
  const Value y = transformer_encoder_block(
      x, Mode::train, {.heads = 2, .dropout = 0.1, .causal = true});
  const Value loss = mean(square(y));
  c.compile({loss}, minimize(loss, Adam{}).updates);
  c.feeds = {{x, numbers(DType::f32, {6, 8, 16})}};
}

struct Named {
  const char* name;
  std::function<void(Case&)> build;
};

const std::vector<Named>& cases() {
  static const std::vector<Named> all = {
      {"sigmoid_sgd",
       [](Case& c) {
         classifier(c, {196, 30, 10}, 10, "sigmoid", Sgd{});
       }},
      {"relu_momentum",
       [](Case& c) {
         classifier(c, {196, 75, 25, 10}, 32, "relu", Momentum{});
       }},
      {"relu_adam",
       [](Case& c) {
         classifier(c, {196, 75, 25, 10}, 32, "relu", Adam{});
       }},
      {"tanh_adam_f64",
       [](Case& c) {
         classifier(c, {64, 24, 10}, 16, "tanh", Adam{}, DType::f64);
       }},
      {"normalised_adamw", normalised},
      {"recurrent", recurrent},
      {"attentive", attentive},
      {"single_sample", single_sample},
      {"chain", [](Case& c) { chain(c, 100, {}); }},
      {"chain_unfused", [](Case& c) { chain(c, 100, {"fuse"}); }},
  };
  return all;
}

void print_plan(const Case& c) {
  SymbolSizes sizes;
  const Type& first = c.feeds.front().second.type();
  if (first.shape.rank() >= 2) sizes.sizes[0] = first.shape.dim(0);
  std::printf(
      "{\"allocations\": %ld, \"planned_bytes\": %lld, \"kernels\": %lld}\n",
      allocations.load(),
      static_cast<long long>(c.program.planned_bytes(sizes)),
      static_cast<long long>(c.program.kernel_count(sizes)));
}

}  // namespace

extern "C" __attribute__((noinline)) void guarded_steps(Case& c, int n) {
  for (int i = 0; i < n; ++i) c.step();
  asm volatile("" ::: "memory");
}

int main(int argc, char** argv) {
  if (argc < 2) {
    for (const Named& n : cases()) std::printf("%s\n", n.name);
    return 0;
  }
  for (const Named& n : cases()) {
    if (n.name != std::string(argv[1])) continue;
    Case c;
    n.build(c);
    for (int i = 0; i < 3; ++i) c.step();
    counting = true;
    guarded_steps(c, argc > 2 ? std::atoi(argv[2]) : 1);
    counting = false;
    print_plan(c);
    return 0;
  }
  std::fprintf(stderr, "weft_guard: no case %s\n", argv[1]);
  return 2;
}
