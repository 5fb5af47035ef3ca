#include <cstdio>
#include <fstream>
#include <iterator>

#include "catch.h"
#include "core/error_text.h"
#include "weft/weft.h"

using namespace weft;

namespace {

const std::string kFile = "training_file_test.weft";

Network build(Graph& g, Mode mode) {
  Network n;
  n.input = g.input("x", {kBatch, 3});
  n.target = g.input("y", {kBatch}, DType::i32);
  Value h = batch_norm(relu(dense(n.input, 5, {.name = "fc1"})), mode);
  n.output = dense(dropout(h, 0.1, mode), 2, {.name = "out"});
  n.loss = mean(softmax_cross_entropy(n.output, n.target));
  return n;
}

std::string read_all(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_all(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

TEST_CASE("a file gives back all that was saved") {
  Trainer t(build, Adam{}, {.seed = {4}, .threads = 1});
  t.class_names = {"cat", "dog"};
  t.scaler = {{1, 2, 3}, {0.5, 1, 2}};
  t.settings = {{"epochs", "3"}};
  t.metrics = {{"accuracy", 0.5}};
  save(t, kFile);
  Trainer u = load(kFile, 1);
  CHECK(u.class_names == t.class_names);
  CHECK(u.scaler.offset == t.scaler.offset);
  CHECK(u.scaler.scale == t.scaler.scale);
  CHECK(u.settings == t.settings);
  CHECK(u.metrics == t.metrics);
  CHECK(u.state().seed.value == 4);
  CHECK(parameter_hash(u.state()) == parameter_hash(t.state()));
  Tensor x(DType::f32, {2, 3});
  x.data<float>()[1] = 1;
  CHECK(u.predict(x).bits_equal(t.predict(x)));
  const FileSummary s = inspect(kFile);
  CHECK(s.version == 2);
  CHECK(s.tensors.size() == u.state().entries().size());
  CHECK(to_dot(*s.eval).find("fc1/weight") != std::string::npos);
  std::remove(kFile.c_str());
}

TEST_CASE("a damaged file is a FormatError, wherever the damage is") {
  Trainer t(build, Adam{}, {.threads = 1});
  save(t, kFile);
  const std::string good = read_all(kFile);
  for (std::size_t i = 0; i < good.size(); i += 1 + i / 50) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x41);
    write_all(kFile, bad);
    CAPTURE(i);
    const std::string text = error_text<FormatError>([&] { load(kFile, 1); });
    CHECK(text.rfind(kFile + ": ", 0) == 0);
  }
  for (std::size_t n : {std::size_t{0}, std::size_t{7}, std::size_t{31},
                        std::size_t{100}, good.size() / 2, good.size() - 1}) {
    write_all(kFile, good.substr(0, n));
    CHECK_THROWS_AS(load(kFile, 1), FormatError);
  }
  write_all(kFile, good + "x");
  CHECK_THROWS_AS(load(kFile, 1), FormatError);
  std::remove(kFile.c_str());
  CHECK_THROWS_AS(load(kFile, 1), DataError);
  CHECK_THROWS_AS(load(".", 1), DataError);
}

TEST_CASE("what can't be written leaves the old file") {
  Trainer t(build, Adam{}, {.threads = 1});
  save(t, kFile);
  const std::string before = read_all(kFile);
  CHECK_THROWS_AS(save(t, "no/such/folder/file.weft"), DataError);
  CHECK(read_all(kFile) == before);
  std::remove(kFile.c_str());
}

namespace {

struct Unregistered {
  static constexpr std::string_view name = "test::unregistered";
  template <class T>
  T operator()(T x) const {
    return x;
  }
  Value vjp(Value, Value, Value dy) const { return dy; }
};

}  // namespace

TEST_CASE("an op that is not registered is named") {
  Trainer t(
      [](Graph& g, Mode) {
        Network n;
        n.input = g.input("x", {kBatch, 3});
        n.output = dense(apply(Unregistered{}, n.input), 1);
        n.loss = mean(square(n.output));
        return n;
      },
      Sgd{}, {.threads = 1});
  save(t, kFile);
  try {
    load(kFile, 1);
    FAIL("it was loaded");
  } catch (const FormatError& e) {
    CHECK(std::string(e.what()).find("test::unregistered") !=
          std::string::npos);
  }
  registry().add<Unregistered>();
  CHECK(load(kFile, 1).predict(Tensor(DType::f32, {1, 3})).size() == 1);
  std::remove(kFile.c_str());
}

TEST_CASE("a file of format version 1 stays readable") {
  const std::string file = WEFT_SOURCE_DIR "/tests/data/format1.weft";
  Trainer t = load(file, 1);
  CHECK(parameter_hash(t.state()) == 0x2b671bd95779b44fU);
  CHECK(t.class_names.size() == 10);
  CHECK(t.progress().epoch == 1);
  const auto digits = data::read_csv(WEFT_SOURCE_DIR "/tests/data/digits.csv");
  CHECK(t.evaluate(digits).count == 1797);
  CHECK_NOTHROW(t.fit(digits, {.epochs = 2}));
}
