// Training steps of models in Weft, through its public interface; the same as
// peers/torch_models.cpp. See peers/rig.h for arguments and output. A case is
// lenet, lstm or block, a dash and the batch size.

#include "tools/bench/peers/model_cases.h"
#include "tools/bench/peers/rig.h"
#include "weft/weft.h"

namespace {

using weft::DType;
using weft::Value;

Value conv_layer(Value x, const std::string& name, weft::Shape shape,
                 std::int64_t padding) {
  weft::Graph& g = x.graph();
  const std::int64_t out = shape.dim(0);
  const Value w =
      g.parameter(name + "/weight", shape,
                  weft::initializers::normal(0, 0.1)(shape, DType::f32));
  const Value b =
      g.parameter(name + "/bias", {out, 1, 1},
                  weft::initializers::zeros()({out, 1, 1}, DType::f32));
  return weft::max_pool(relu(conv(x, w, {.padding = {padding}}) + b), {2})
      .values;
}

Value lenet(Value x) {
  Value h = conv_layer(x, "conv1", {6, 1, 5, 5}, 2);
  h = reshape(conv_layer(h, "conv2", {16, 6, 5, 5}, 0), {weft::kBatch, 400});
  h = relu(weft::dense(h, 120, {.name = "fc1"}));
  h = relu(weft::dense(h, 84, {.name = "fc2"}));
  return weft::dense(h, bench::kClasses, {.name = "out"});
}

Value lstm_model(Value x) {
  const Value h = weft::lstm(x, bench::kLstmWidth, weft::Mode::train, {}).state;
  return weft::dense(reshape(h, {weft::kBatch, bench::kLstmWidth}),
                     bench::kClasses, {.name = "out"});
}

Value block(Value x) {
  const Value h =
      weft::transformer_encoder_block(x, weft::Mode::train,
                                      {.heads = bench::kHeads,
                                       .hidden = bench::kHidden,
                                       .activation = weft::Activation::relu});
  return weft::dense(mean(h, {1}), bench::kClasses, {.name = "out"});
}

weft::Tensor noise(const weft::Shape& shape) {
  weft::Tensor t(DType::f32, shape);
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (float& v : t.values<float>()) v = uniform(random);
  return t;
}

int run(const bench::Arguments& a) {
  const bench::ModelCase c = bench::parse_model(a.name);
  weft::Shape shape{c.batch}, symbolic{weft::kBatch};
  for (long n : c.input) {
    shape.push_back(n);
    symbolic.push_back(n);
  }
  weft::Graph g;
  const Value x = g.input("x", symbolic);
  const Value y = g.input("label", {weft::kBatch}, DType::i32);
  Value out;
  if (c.model == "lenet") out = lenet(x);
  if (c.model == "lstm") out = lstm_model(x);
  if (c.model == "block") out = block(x);
  if (!out) return bench::no_such_case(a);
  const Value loss = mean(weft::softmax_cross_entropy(out, y));
  const weft::Adam rule{.learning_rate = 1e-3};
  const weft::Program program = weft::compile(
      g, {.outputs = {loss}, .updates = weft::minimize(loss, rule).updates});
  weft::State state = weft::initialize(g, {1});
  weft::Executor executor({.threads = a.threads});
  weft::Tensor labels(DType::i32, {c.batch});
  for (long i = 0; i < c.batch; ++i) {
    labels.values<std::int32_t>()[static_cast<std::size_t>(i)] =
        static_cast<std::int32_t>(i % bench::kClasses);
  }
  const weft::Feed feeds[] = {{x, noise(shape)}, {y, labels}};
  std::vector<weft::Tensor> outputs(1);
  bench::measure(a, [&] { executor.run(program, state, feeds, outputs); });
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(bench::parse(argc, argv));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "models_bench: %s\n", e.what());
    return 1;
  }
}
