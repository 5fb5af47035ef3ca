// Single convolutions and pools in Weft; the same as peers/torch_convs.cpp. See
// peers/rig.h for arguments and output, peers/conv_cases.h for the cases.

#include "tools/bench/peers/conv_cases.h"
#include "tools/bench/peers/rig.h"
#include "weft/weft.h"

namespace {

using weft::DType;
using weft::Value;

weft::Tensor noise(const weft::Shape& shape) {
  weft::Tensor t(DType::f32, shape);
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (float& v : t.values<float>()) v = uniform(random);
  return t;
}

weft::Shape shape_of(const bench::ConvCase& c, long first, long second,
                     long size) {
  weft::Shape s{first, second};
  for (int i = 0; i < c.axes; ++i) s.push_back(size);
  return s;
}

Value result(const bench::ConvCase& c, Value x, Value w) {
  const weft::ConvOptions o{
      .stride = {c.stride}, .padding = {c.padding}, .groups = c.groups};
  const weft::PoolOptions pool{.stride = {c.stride}, .padding = {c.padding}};
  const std::vector<std::int64_t> window(static_cast<std::size_t>(c.axes),
                                         c.kernel);
  switch (c.kind) {
    case bench::Kind::conv: return conv(x, w, o);
    case bench::Kind::transposed: return conv_transpose(x, w, o);
    case bench::Kind::max_pool: return max_pool(x, window, pool).values;
    case bench::Kind::avg_pool: return avg_pool(x, window, pool);
  }
  return {};
}

int run(const bench::Arguments& a) {
  std::string pass;
  const bench::ConvCase* c = bench::find_conv(a.name, pass);
  if (c == nullptr) return bench::no_such_case(a);
  const bool turned = c->kind == bench::Kind::transposed;
  const weft::Shape image = shape_of(*c, c->batch, c->in, c->size);
  const weft::Shape kernel =
      shape_of(*c, turned ? c->in : c->out,
               (turned ? c->out : c->in) / c->groups, c->kernel);
  weft::Graph g;
  const Value x = g.input("x", image), w = g.input("w", kernel);
  const Value y = result(*c, x, w);
  const Value dy = g.input("dy", y.shape());
  std::vector<Value> outputs;
  if (pass == "forward" || pass == "both") outputs.push_back(y);
  if (pass == "input" || pass == "both") {
    outputs.push_back(weft::gradients(y, {x}, dy)[0]);
  }
  if (pass == "weight") outputs.push_back(weft::gradients(y, {w}, dy)[0]);
  if (outputs.empty()) return bench::no_such_case(a);
  const weft::Program program = weft::compile(g, {.outputs = outputs});
  weft::State state = weft::initialize(g, {1});
  weft::Executor executor({.threads = a.threads});
  std::vector<weft::Feed> feeds;
  for (const Value& v : {x, w, dy}) {
    if (pass != "weight" || v.node() != w.node()) {
      feeds.push_back({v, noise(v.shape())});
    }
  }
  std::vector<weft::Tensor> found(outputs.size());
  bench::measure(a, [&] { executor.run(program, state, feeds, found); });
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(bench::parse(argc, argv));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "convs_bench: %s\n", e.what());
    return 1;
  }
}
