#include <cmath>
#include <cstdint>
#include <limits>
#include <locale>

#include "tests/catch.h"
#include "tests/core/error_text.h"
#include "weft/tensor.h"

namespace {

using weft::DType;
using weft::Shape;
using weft::Tensor;

constexpr auto kMax32 = std::numeric_limits<std::int32_t>::max();
constexpr auto kMin32 = std::numeric_limits<std::int32_t>::min();
constexpr auto kMax64 = std::numeric_limits<std::int64_t>::max();
constexpr auto kMin64 = std::numeric_limits<std::int64_t>::min();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

template <class To>
To converted(auto x) {
  return Tensor::scalar(x).to(weft::dtype_of<To>).template data<To>()[0];
}

}  // namespace

TEST_CASE("small numbers survive every conversion") {
  const Tensor x = Tensor::from({0.0, 1.0}, {2, 1});
  for (DType from : weft::kAllDTypes) {
    for (DType into : weft::kAllDTypes) {
      const Tensor y = x.to(from).to(into);
      CAPTURE(to_string(from), to_string(into));
      CHECK(y.dtype() == into);
      CHECK(y.shape() == Shape{2, 1});
      CHECK(y.at(0) == 0);
      CHECK(y.at(1) == 1);
    }
  }
}

TEST_CASE("nothing is copied when the dtype stays") {
  const Tensor x = Tensor::from({1.0F}, {1});
  CHECK(x.to(DType::f32).raw() == x.raw());
  CHECK(x.to(DType::f64).raw() != x.raw());
}

TEST_CASE("conversion to integers truncates, and saturates out of range") {
  CHECK(converted<std::int32_t>(2.9) == 2);
  CHECK(converted<std::int32_t>(-2.9F) == -2);
  CHECK(converted<std::int32_t>(1e20) == kMax32);
  CHECK(converted<std::int32_t>(-1e20F) == kMin32);
  CHECK(converted<std::int32_t>(2147483647.0) == kMax32);
  CHECK(converted<std::int32_t>(2147483648.0F) == kMax32);
  CHECK(converted<std::int32_t>(kInf) == kMax32);
  CHECK(converted<std::int32_t>(-kInf) == kMin32);
  CHECK(converted<std::int32_t>(kNan) == 0);
  CHECK(converted<std::int64_t>(9.3e18) == kMax64);
  CHECK(converted<std::int64_t>(-9.3e18F) == kMin64);
  CHECK(converted<std::int64_t>(-0x1p63) == kMin64);
  CHECK(converted<std::int32_t>(kMax64) == kMax32);
  CHECK(converted<std::int32_t>(kMin64) == kMin32);
  CHECK(Tensor::scalar(1e20, DType::i32).at(0) == kMax32);
  CHECK(Tensor::scalar(kNan, DType::i64).at(0) == 0);
}

TEST_CASE("all but zero is true") {
  CHECK(converted<bool>(0.5F));
  CHECK(converted<bool>(kNan));
  CHECK(converted<bool>(std::int64_t{1} << 40));
  CHECK_FALSE(converted<bool>(-0.0));
}

TEST_CASE("conversion to f32 rounds") {
  CHECK(converted<float>(0.1) == 0.1F);
  CHECK(converted<float>(1e300) == std::numeric_limits<float>::infinity());
  CHECK(std::isnan(converted<float>(kNan)));
  CHECK(converted<double>(kMin64) == -0x1p63);
}

TEST_CASE("tensors print their type and nested elements") {
  CHECK(to_string(Tensor::from({1.F, 2.F, 3.F, 4.F, 5.F, 6.F}, {2, 3})) ==
        "f32(2, 3) [[1, 2, 3], [4, 5, 6]]");
  CHECK(to_string(Tensor::scalar(0.5)) == "f64() 0.5");
  CHECK(to_string(Tensor::from({true, false}, {2})) == "bool(2) [1, 0]");
  CHECK(to_string(Tensor::from({kNan, -kInf, 1e-7}, {3})) ==
        "f64(3) [nan, -inf, 1e-07]");
}

TEST_CASE("integers print exactly") {
  CHECK(to_string(Tensor::from({kMax32}, {1})) == "i32(1) [2147483647]");
  CHECK(to_string(Tensor::scalar(kMin64)) == "i64() -9223372036854775808");
}

TEST_CASE("empty tensors print quickly") {
  CHECK(to_string(Tensor()) == "f32(0) []");
  const std::int64_t huge = std::int64_t{1} << 40;
  CHECK(to_string(Tensor(DType::i32, {huge, 0})) == "i32(1099511627776, 0) []");
}

TEST_CASE("large tensors print shortened") {
  Tensor x(DType::i32, {100, 10});
  for (int i = 0; i < 1000; ++i) x.data<std::int32_t>()[i] = i;
  CHECK(to_string(x) == "i32(100, 10) [0, 1, 2, 3, 4, 5, 6, 7, …, 999]");
}

TEST_CASE("printing ignores the user's locale") {
  struct Commas : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  const std::locale before =
      std::locale::global(std::locale(std::locale(), new Commas));
  const std::string text = to_string(Tensor::from({1234.5}, {1}));
  std::locale::global(before);
  CHECK(text == "f64(1) [1234.5]");
}
