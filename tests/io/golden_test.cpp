// Files that this version wrote and every later one must read. To write those
// of a new format version: `weft_io_tests "[write]"`, in tests/data.

#include <cmath>
#include <fstream>
#include <sstream>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;

namespace {

data::Dataset points() {
  data::Dataset d;
  d.row = {6};
  d.inputs = Tensor(DType::f32, {40, 6});
  d.targets = Tensor(DType::i32, {40});
  for (std::int64_t i = 0; i < d.inputs.size(); ++i) {
    d.inputs.data<float>()[i] = static_cast<float>(i * 37 % 101) / 101;
  }
  for (int i = 0; i < 40; ++i) d.targets.data<std::int32_t>()[i] = i % 3;
  d.class_names = {"a", "b", "ç"};
  return d;
}

Network perceptron(Graph& g, Mode) {
  Network n;
  n.input = g.input("x", {kBatch, 6});
  n.target = g.input("y", {kBatch}, DType::i32);
  n.output = dense(tanh(dense(n.input, 4, {.name = "fc1"})), 3);
  n.loss = mean(softmax_cross_entropy(n.output, n.target));
  return n;
}

Network images(Graph& g, Mode mode) {
  Network n;
  n.input = g.input("x", {kBatch, 6});
  n.target = g.input("y", {kBatch}, DType::i32);
  const Shape size{2, 1, 2, 2};
  const Value w = g.parameter("conv/weight", size,
                              initializers::he_normal()(size, DType::f32));
  Value h = conv(reshape(n.input, {kInfer, 1, 2, 3}), w, {.same = true});
  h = batch_norm(flatten(relu(h)), mode);
  n.output = dense(dropout(h, 0.2, mode), 3, {.name = "out"});
  n.loss = mean(softmax_cross_entropy(n.output, n.target));
  return n;
}

/// Constants and buffers of every dtype.
Network all_dtypes(Graph& g, Mode mode) {
  Network n = perceptron(g, mode);
  Value sum = n.output;
  for (DType t :
       {DType::f32, DType::f64, DType::i32, DType::i64, DType::boolean}) {
    Tensor numbers = Tensor::from<double>({1, 0, 3}, {3}).to(t);
    const Value b = g.buffer("kept/" + std::string(to_string(t)), {3},
                             initializers::constant(1)({3}, t), t);
    sum = sum + cast(g.constant(numbers), DType::f32) + cast(b, DType::f32);
  }
  n.output = sum;
  n.loss = mean(softmax_cross_entropy(n.output, n.target));
  return n;
}

/// Every kind of body, one in the other.
Network bodies(Graph& g, Mode mode) {
  Network n;
  n.input = g.input("x", {kBatch, 6});
  n.target = g.input("y", {kBatch}, DType::i32);
  const Value rows = transpose(reshape(n.input, {kInfer, 3, 2}), {1, 0, 2});
  const Value start = expand(zeros_like(select(rows, 0, 0)), {kBatch, 2});
  const Scanned s = scan(
      [&](const std::vector<Value>& c, const std::vector<Value>& x) {
        const Value h = checkpoint(
            [&](Value v) {
              return tanh(dense(v, 2, {.name = "in"}) +
                          0.5 * dense(c[0], 2, {.name = "hidden"}));
            },
            x[0]);
        return Scanned{cond(
            greater(sum(c[0]), 1000.0),
            [&](const auto&) { return std::vector{zeros_like(h)}; },
            [&](const auto&) { return std::vector{dropout(h, 0.1, mode)}; })};
      },
      {start}, {rows});
  const Value h = custom_vjp(
      [](const std::vector<Value>& v) { return std::vector{relu(v[0])}; },
      [](const std::vector<Value>&, const std::vector<Value>& y,
         const std::vector<Value>& dy) {
        return std::vector{where(greater(y[0], 0), dy[0], 0.1 * dy[0])};
      },
      s.carry)[0];
  n.output = dense(h, 3, {.name = "out"});
  n.loss = mean(softmax_cross_entropy(n.output, n.target));
  return n;
}

/// An op of a user's, with an attribute of every kind that has one.
struct EveryAttribute {
  static constexpr std::string_view name = "golden::every_attribute";
  bool flag = true;
  std::int64_t whole = -5;
  double real = 0.1;
  std::string text = "ij,jk->ik";
  DType dtype = DType::i64;
  Shape shape{2, 0, 3};
  std::vector<std::int64_t> wholes{1, -2};
  std::vector<double> reals{0.25, -1e300};
  static constexpr auto fields() {
    using E = EveryAttribute;
    return std::tuple{field("flag", &E::flag),     field("whole", &E::whole),
                      field("real", &E::real),     field("text", &E::text),
                      field("dtype", &E::dtype),   field("shape", &E::shape),
                      field("wholes", &E::wholes), field("reals", &E::reals)};
  }
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(reals[0]) * x;
  }
  Value vjp(Value, Value, Value dy) const { return reals[0] * dy; }
  static Samples samples() { return {{Shape{2, 3}}}; }
};

Network own_op(Graph& g, Mode mode) {
  Network n = perceptron(g, mode);
  n.output = apply(EveryAttribute{}, n.output);
  n.loss = mean(softmax_cross_entropy(n.output, n.target));
  return n;
}

/// Stops in the middle of the second epoch.
struct StopThere : Callback {
  bool on_step(Trainer& t, std::int64_t batch, std::int64_t, double) override {
    return t.progress().epoch == 0 || batch < 2;
  }
};

struct Golden {
  const char* name;
  Build build;
  std::uint64_t hash;  ///< of its parameters
};

const Golden kGolden[] = {
    {"perceptron", perceptron, 0x42989235f0724f9aU},
    {"images", images, 0x30ceff71197f5235U},
    {"dtypes", all_dtypes, 0xb8913b80a776295aU},
    {"bodies", bodies, 0x4c303110c8ee0e87U},
    {"own_op", own_op, 0xf2aa013214acb915U},
};

FitOptions fit_options() {
  FitOptions o;
  o.epochs = 3;
  o.batch_size = 8;
  return o;
}

std::string file_of(const std::string& name) {
  return WEFT_SOURCE_DIR "/tests/data/format2_" + name + ".weft";
}

}  // namespace

TEST_CASE("write the golden files", "[.write]") {
  registry().add<EveryAttribute>();
  for (const Golden& g : kGolden) {
    Trainer t(g.build, AdamW{}, {.seed = {7}, .threads = 1});
    t.settings = {{"epochs", "3"}};
    t.metrics = {{"accuracy", 0.5}};
    FitOptions o = fit_options();
    o.callbacks = {std::make_shared<StopThere>()};
    t.fit(points(), o);
    save(t, file_of(g.name));
  }
  State s;
  s.seed.value = 9;
  s.step = 4;
  s.add({"x", Tensor::from<double>({1, 2, 3}, {3}), true});
  s.add({"mask", Tensor::from<bool>({true, false}, {2}), false});
  save_state(s, file_of("state"));
}

TEST_CASE("files of format version 2 stay readable, and go on") {
  registry().add<EveryAttribute>();
  for (const Golden& g : kGolden) {
    CAPTURE(g.name);
    Trainer t = load(file_of(g.name), 1);
    CHECK(inspect(file_of(g.name)).version == 2);
    CHECK(t.progress().epoch == 1);
    CHECK(t.progress().batch == 2);
    CHECK(t.class_names == std::vector<std::string>{"a", "b", "ç"});
    CHECK(parameter_hash(t.state()) == g.hash);
    t.fit(points(), fit_options());
    CHECK(t.progress().epoch == 3);
    CHECK(std::isfinite(t.progress().history.back().loss));
  }
  const State s = load_state(file_of("state"));
  CHECK(s.seed.value == 9);
  CHECK(s.step == 4);
  CHECK(s.at("x").bits_equal(Tensor::from<double>({1, 2, 3}, {3})));
  CHECK(s.at("mask").bits_equal(Tensor::from<bool>({true, false}, {2})));
}

#ifdef __linux__

namespace {

/// Whether the memory at p is a mapping of this file.
bool lies_in(const void* p, const std::string& file) {
  const auto at = reinterpret_cast<std::uintptr_t>(p);
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0, end = 0;
    char dash = 0;
    std::istringstream(line) >> std::hex >> begin >> dash >> end;
    if (at >= begin && at < end) return line.find(file) != std::string::npos;
  }
  return false;
}

}  // namespace

TEST_CASE("loading for inference copies no weights") {
  const std::string name = "format2_images.weft";
  Trainer mapped = load(file_of("images"), {.threads = 1, .inference = true});
  Trainer read =
      load(file_of("images"), {.threads = 1, .inference = true, .map = false});
  for (const State::Entry& e : mapped.state().entries()) {
    INFO(e.path);
    CHECK(lies_in(e.tensor.raw(), name));
    CHECK(!lies_in(read.state().at(e.path).raw(), name));
  }
  // Nor does running it.
  mapped.predict(points().inputs);
  for (const State::Entry& e : mapped.state().entries()) {
    CHECK(lies_in(e.tensor.raw(), name));
  }
}

#endif

TEST_CASE("a model for inference is the file's pages") {
  const auto data = points();
  Trainer whole = load(file_of("images"), 1);
  for (const bool map : {true, false}) {
    Trainer t =
        load(file_of("images"), {.threads = 1, .inference = true, .map = map});
    CHECK(t.predict(data.inputs).bits_equal(whole.predict(data.inputs)));
    CHECK(!t.state().contains("optimizer/learning_rate"));
    CHECK_THROWS_AS(t.fit(data, fit_options()), GraphError);
    // What is written is the program's own.
    t.state().at("out/bias").data<float>()[0] = 100;
    CHECK(load(file_of("images"), 1).state().at("out/bias").at(0) ==
          whole.state().at("out/bias").at(0));
  }
}

TEST_CASE("a mapped model keeps its weights when its file is replaced") {
  const std::string file = "golden_test_mapped.weft";
  Trainer t = load(file_of("images"), 1);
  save(t, file);
  const auto data = points();
  const Tensor before = t.predict(data.inputs).clone();
  Trainer mapped = load(file, {.threads = 1, .inference = true});
  t.fit(data, fit_options());
  save(t, file);
  CHECK(mapped.predict(data.inputs).bits_equal(before));
  CHECK(!t.predict(data.inputs).bits_equal(before));
  std::remove(file.c_str());
}
