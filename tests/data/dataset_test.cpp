#include <algorithm>
#include <cmath>
#include <set>

#include "catch.h"
#include "data/files.h"

using namespace weft;
using data::Stratify;

namespace {

/// n examples with two columns as bytes, of three classes of unequal size.
data::Dataset images(std::int64_t n) {
  data::Dataset d;
  d.row = {2};
  d.class_names = {"a", "b", "c"};
  d.targets = Tensor(DType::i32, {Dim(n)});
  auto bytes = std::make_shared<std::vector<std::uint8_t>>();
  for (std::int64_t i = 0; i < n; ++i) {
    bytes->push_back(static_cast<std::uint8_t>(i));
    bytes->push_back(7);
    d.targets.data<std::int32_t>()[i] = i % 10 == 0 ? 2 : i % 10 < 4 ? 1 : 0;
  }
  d.bytes = bytes;
  return d;
}

std::vector<int> class_counts(const data::Dataset& d) {
  std::vector<int> counts(static_cast<std::size_t>(d.classes()));
  for (double c : targets_of(d)) ++counts[static_cast<std::size_t>(c)];
  return counts;
}

}  // namespace

TEST_CASE("splits have every example once and depend on the seed") {
  const data::Dataset d = numbers(10);
  const data::Split s = data::split(d, 0.3, {1});
  CHECK(s.train.size() == 7);
  CHECK(s.test.size() == 3);
  auto all = targets_of(s.train);
  for (double t : targets_of(s.test)) all.push_back(t);
  CHECK(std::set<double>(all.begin(), all.end()).size() == 10);
  CHECK(targets_of(data::split(d, 0.3, {1}).test) == targets_of(s.test));
  CHECK(targets_of(data::split(d, 0.3, {2}).train) != targets_of(s.train));
  // A part of a part names the rows of the whole.
  const data::Split t = data::split(s.train, 0.5, {1});
  for (double v : targets_of(t.test)) {
    CHECK(std::count(all.begin(), all.begin() + 7, v) == 1);
  }
}

TEST_CASE("folds have every example once, in parts of equal size") {
  const data::Dataset d = numbers(10);
  for (Stratify stratify : {Stratify::no, Stratify::yes}) {
    std::vector<int> seen(10);
    for (const data::Split& f : data::k_fold(d, 3, {1}, stratify)) {
      CHECK(f.train.size() + f.test.size() == 10);
      CHECK((f.test.size() == 3 || f.test.size() == 4));
      for (double t : targets_of(f.test)) ++seen[static_cast<std::size_t>(t)];
      const auto rest = targets_of(f.train);
      for (double t : targets_of(f.test)) {
        CHECK(std::count(rest.begin(), rest.end(), t) == 0);
      }
    }
    CHECK(seen == std::vector<int>(10, 1));
  }
}

TEST_CASE("stratified parts have their share of every class") {
  const data::Dataset d = images(200);  // 120 of a, 60 of b, 20 of c
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const data::Split s = data::split(d, 0.25, {seed}, Stratify::yes);
    CHECK(class_counts(s.test) == std::vector<int>{30, 15, 5});
    for (const auto& f : data::k_fold(d, 4, {seed}, Stratify::yes)) {
      CHECK(class_counts(f.test) == std::vector<int>{30, 15, 5});
    }
    // The parts are not in order of class.
    const auto order = targets_of(s.train);
    CHECK_FALSE(std::is_sorted(order.begin(), order.end()));
    const auto part = s.train.subset({0, 5, 9, 20, 31, 44, 58, 60});
    CHECK(data::split(part, 0.5, {seed}, Stratify::yes).test.size() == 4);
  }
}

TEST_CASE("splits that can't be are refused") {
  const data::Dataset d = numbers(10);
  CHECK(data_error([&] { data::split(d, 1.5); }) ==
        "[split] can't take the fraction 1.500000 of 10 examples; both parts "
        "need one");
  for (double f : {0.0, 1.0, -1.0, 0.01, 0.99, std::nan(""), 1e300}) {
    CHECK_THROWS_AS(data::split(d, f), DataError);
  }
  CHECK(data_error([&] { data::k_fold(d, 11); }) ==
        "[k_fold] can't make 11 parts of 10 examples; use 2 to 10");
  CHECK_THROWS_AS(data::k_fold(d, 1), DataError);
  CHECK(data_error([&] { d.subset({}); }) ==
        "[subset] no indices are given; a set needs an example");
  CHECK(data_error([&] { d.subset({10}); }) ==
        "[dataset] there is no example 10 of 10, counted from 0");
  CHECK(data_error([&] { d.batch(3, 11); }) ==
        "[batch] there are no examples 3 up to 11 of 10");
  data::Dataset r = d;
  r.targets = Tensor(DType::f32, {10, 1});
  CHECK(data_error([&] { data::split(r, 0.5, {}, Stratify::yes); }) ==
        "[split] the targets are f32(10, 1), which are no classes; split "
        "without Stratify::yes");
}

TEST_CASE("a set whose members don't fit is refused by all that take it") {
  auto refused = [](const data::Dataset& d, const std::string& text) {
    CHECK(data_error([&] { d.check(); }) == text);
    CHECK(data_error([&] { data::split(d, 0.5); }) == text);
    CHECK(data_error([&] { data::k_fold(d, 2); }) == text);
    CHECK(data_error([&] { data::standardize(d); }) == text);
    CHECK(data_error([&] { data::min_max(d); }) == text);
    CHECK(data_error([&] { data::apply({{0}, {1}}, d); }) == text);
    CHECK(data_error([&] { data::Loader(d, {}); }) == text);
  };
  data::Dataset d = numbers(4);
  d.targets = Tensor(DType::i32, {5});
  refused(d, "[dataset] there are 4 inputs, but 5 targets");
  CHECK_THROWS_AS(d.batch(0, 4), DataError);
  d = numbers(4);
  d.targets = Tensor(DType::f64, {4});
  refused(d,
          "[dataset] the targets are f64(4); they must be i32 classes (n) or "
          "f32 numbers (n, ...)");
  d = numbers(4);
  d.row = {2};
  refused(d,
          "[dataset] the inputs are f32(4, 1), with rows of (2) they must be "
          "f32(4, 2); make_dataset() sets both");
  d = numbers(4);
  d.row = {kBatch};
  refused(d, "[dataset] the row is (batch); its sizes must be numbers");
  d = numbers(4);
  d.rows = {0, 4};
  refused(d, "[dataset] there is no example 4 of 4, counted from 0");
  CHECK_THROWS_AS(d.batch(0, 2), DataError);
  d = numbers(4);
  d.class_names = {"a", "b", "c"};
  refused(d,
          "[dataset] a target is class 3, there are 3 class names, counted "
          "from 0");
  d = numbers(4);
  d.scaler = {{1, 2}, {1, 2}};
  refused(d, "[dataset] the scaler has 2 columns, a row has 1");
  d = images(4);
  d.row = {3};
  refused(d, "[dataset] 8 bytes are no whole number of rows (3)");
}

TEST_CASE("sets of tensors") {
  const Tensor x = Tensor::from<double>({1, 2, 3, 4}, {2, 2});
  const auto d = data::make_dataset(x, Tensor::from<std::int64_t>({2, 0}, {2}));
  CHECK(d.row == Shape{2});
  CHECK(d.inputs.dtype() == DType::f32);
  CHECK(d.class_names == std::vector<std::string>{"0", "1", "2"});
  CHECK(targets_of(d) == std::vector<double>{2, 0});
  const auto r = data::make_dataset(x, Tensor::from<double>({.5, 2}, {2}));
  CHECK(r.targets.shape() == Shape{2, 1});
  CHECK(r.classes() == 0);
  CHECK(data::make_dataset(x).size() == 2);
  CHECK(data::make_dataset(x).batch(0, 2).second.size() == 0);
  auto error = [&](const Tensor& inputs, const Tensor& targets,
                   std::vector<std::string> names = {}) {
    return data_error([&] { data::make_dataset(inputs, targets, names); });
  };
  CHECK(error(Tensor::scalar(1.0), {}) ==
        "[make_dataset] the inputs are f64(); they must be (n, ...), a row an "
        "example");
  CHECK(error(x, Tensor::from<std::int64_t>({1, -1}, {2})) ==
        "[make_dataset] the class of example 1 is -1; classes are counted "
        "from 0 to at most 999999");
  CHECK(error(x, Tensor(DType::i32, {2, 1})) ==
        "[make_dataset] the targets are i32(2, 1); classes must be (n), "
        "numbers to predict f32");
  CHECK(error(x, Tensor(DType::i32, {3})) ==
        "[dataset] there are 2 inputs, but 3 targets");
  CHECK(error(x, Tensor::from<std::int64_t>({0, 1}, {2}), {"a"}) ==
        "[dataset] a target is class 1, there are 1 class names, counted "
        "from 0");
}

TEST_CASE("standardising leaves constant columns finite") {
  const auto d =
      data::make_dataset(Tensor::from<float>({1, 7, 2, 7, 3, 7}, {3, 2}));
  const data::Scaler s = data::standardize(d);
  CHECK(s.offset == std::vector<double>{2, 7});
  CHECK(s.scale[1] == 1);
  const auto z = data::apply(s, d);
  CHECK(z.inputs.at(0) == Approx(-std::sqrt(1.5)));
  CHECK(z.inputs.at(1) == 0);
  CHECK(z.inputs.at(4) == Approx(std::sqrt(1.5)));
  const data::Scaler m = data::min_max(d);
  CHECK(data::apply(m, d).inputs.bits_equal(
      Tensor::from<float>({0, 0, .5, 0, 1, 0}, {3, 2})));
  CHECK(data_error([&] {
          data::apply({{1}, {1}}, d);
        }) ==
        "[scaler] was made for 1 columns, the data have 2; use data with the "
        "columns that it was made from");
  const auto none = data::make_dataset(Tensor(DType::f32, {0, 2}));
  CHECK(data_error([&] { data::standardize(none); }) ==
        "[standardize] there are no examples to learn the columns from");
}

TEST_CASE("scaled bytes stay bytes and have the same bits as scaled floats") {
  const auto d = images(50);
  auto floats = d;
  floats.inputs = d.batch(0, 50).first;
  floats.bytes = nullptr;
  const data::Scaler s = data::standardize(d);
  CHECK(s.offset == data::standardize(floats).offset);
  const auto a = data::apply(s, d), b = data::apply(s, floats);
  CHECK(a.bytes == d.bytes);
  CHECK(a.batch(0, 50).first.bits_equal(b.inputs));
  CHECK(a.subset({3, 1}).batch(0, 2).first.bits_equal(
      b.subset({3, 1}).batch(0, 2).first));
  // A second scaler acts on the result of the first.
  const data::Scaler twice{{1, 1}, {2, 2}};
  CHECK(data::apply(twice, a).inputs.bits_equal(data::apply(twice, b).inputs));
}
