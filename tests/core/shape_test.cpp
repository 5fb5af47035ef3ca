#include "weft/shape.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tests/catch.h"
#include "tests/core/error_text.h"
#include "weft/error.h"

namespace {

using weft::broadcast;
using weft::Dim;
using weft::kBatch;
using weft::kInfer;
using weft::kTime;
using weft::normalize_axis;
using weft::Shape;
using weft::ShapeError;

template <class F>
std::string shape_error(F f) {
  return error_text<ShapeError>(f);
}

}  // namespace

TEST_CASE("a shape lists its dimensions") {
  const Shape s{kBatch, 784};
  CHECK(s.rank() == 2);
  CHECK(s[0] == kBatch);
  CHECK(s.dim(1) == 784);
  CHECK(std::vector<Dim>(s.begin(), s.end()) == std::vector<Dim>{kBatch, 784});
  CHECK(Shape(std::vector<std::int64_t>{2, 3}) == Shape{2, 3});
  CHECK(Shape(std::vector<std::int64_t>{2, -1}) == Shape{2, kInfer});
  CHECK(Shape(std::vector<std::int64_t>{}).rank() == 0);
}

TEST_CASE("shapes are equal by rank and dimensions in use") {
  CHECK(Shape{} == Shape{});
  CHECK(Shape{2, 3} != Shape{3, 2});
  CHECK(Shape{2} != Shape{2, 0});
  CHECK(Shape{kBatch, 3} == Shape{kBatch, 3});
  CHECK(Shape{kBatch, 3} != Shape{kTime, 3});
}

TEST_CASE("a shape has up to eight dimensions, none negative") {
  Shape s{1, 2, 3, 4, 5, 6, 7};
  s.push_back(kBatch);
  CHECK(s.rank() == 8);
  CHECK(s[7] == kBatch);
  CHECK(shape_error([&] { s.push_back(9); }) ==
        "a shape has at most 8 dimensions; 9 can't follow "
        "(1, 2, 3, 4, 5, 6, 7, batch)");
  CHECK(s.rank() == 8);
  CHECK(shape_error([] { Shape{1, 1, 1, 1, 1, 1, 1, 1, 2}; }) ==
        "a shape has at most 8 dimensions; 2 can't follow "
        "(1, 1, 1, 1, 1, 1, 1, 1)");
  CHECK(shape_error([] {
          Shape{2, -3};
        }) == "a dimension can't be negative: -3");
  CHECK(shape_error([] { Shape(std::vector<std::int64_t>{-3}); }) ==
        "a dimension can't be negative: -3");
}

TEST_CASE("elements multiply the sizes") {
  CHECK(Shape{}.elements() == 1);
  CHECK(Shape{2, 3, 4}.elements() == 24);
  CHECK(Shape{2, 0, 4}.elements() == 0);
  CHECK(Shape{std::int64_t{1} << 58}.elements() == std::int64_t{1} << 58);
}

TEST_CASE("a product of sizes that overflows is refused") {
  const std::int64_t half = std::int64_t{1} << 32;
  const std::string tail = " has more than 2^58 elements";
  CHECK(shape_error([&] {
          Shape{half, half}.elements();
        }) == "the shape (4294967296, 4294967296)" + tail);
  CHECK(shape_error([&] {
          Shape{half, half, half}.elements();
        }) == "the shape (4294967296, 4294967296, 4294967296)" + tail);
  CHECK(shape_error([] { Shape{(std::int64_t{1} << 58) + 1}.elements(); }) ==
        "the shape (288230376151711745)" + tail);
  // No elements, in whatever order.
  CHECK(Shape{half, half, 0}.elements() == 0);
  CHECK(Shape{0, half, half}.elements() == 0);
}

TEST_CASE("elements need concrete sizes") {
  CHECK(Shape{2, 3}.is_concrete());
  CHECK(Shape{}.is_concrete());
  CHECK_FALSE(Shape{2, kBatch}.is_concrete());
  CHECK_FALSE(Shape{2, kInfer}.is_concrete());
  CHECK(shape_error([] {
          Shape{kBatch, 3}.elements();
        }) == "the size of (batch, 3) is not known before a run");
  CHECK(shape_error([] {
          Shape{0, kBatch}.elements();
        }) == "the size of (0, batch) is not known before a run");
  CHECK(shape_error([] {
          Shape{2, kInfer}.elements();
        }) == "the size of (2, -1) is not known; only reshape replaces a -1");
}

TEST_CASE("a shape resolves its symbols") {
  weft::SymbolSizes run;
  run.sizes[0] = 5;
  CHECK(Shape{kBatch, 3, 2 * kBatch + 1}.resolve(run) == Shape{5, 3, 11});
  CHECK(Shape{}.resolve(run) == Shape{});
  CHECK(shape_error([&] { (void)Shape{kTime}.resolve(run); }) ==
        "the size of 'time' is not known: no input of the program has it");
}

TEST_CASE("shapes and types print") {
  CHECK(to_string(Shape{}) == "()");
  CHECK(to_string(Shape{64}) == "(64)");
  CHECK(to_string(Shape{kBatch, 2 * kTime, 10}) == "(batch, 2*time, 10)");
  CHECK(to_string(weft::Type{weft::DType::f32, {64, 784}}) == "f32(64, 784)");
  CHECK(to_string(weft::Type{weft::DType::boolean, {}}) == "bool()");
}

TEST_CASE("an axis counts from the end when negative") {
  CHECK(normalize_axis(0, 2, "sum") == 0);
  CHECK(normalize_axis(1, 2, "sum") == 1);
  CHECK(normalize_axis(-1, 2, "sum") == 1);
  CHECK(normalize_axis(-2, 2, "sum") == 0);
}

TEST_CASE("an axis out of range names the op and the choice") {
  CHECK(shape_error([] { normalize_axis(3, 2, "softmax"); }) ==
        "[softmax] axis 3 is out of range for rank 2 (use -2 … 1)");
  CHECK(shape_error([] { normalize_axis(2, 2, "sum"); }) ==
        "[sum] axis 2 is out of range for rank 2 (use -2 … 1)");
  CHECK(shape_error([] { normalize_axis(-3, 2, "sum"); }) ==
        "[sum] axis -3 is out of range for rank 2 (use -2 … 1)");
  CHECK(shape_error([] { normalize_axis(0, 0, "sum"); }) ==
        "[sum] axis 0 is out of range for rank 0 (a scalar has no axes)");
  CHECK(shape_error([] { normalize_axis(std::int64_t{1} << 32, 2, "sum"); }) ==
        "[sum] axis 4294967296 is out of range for rank 2 (use -2 … 1)");
}

TEST_CASE("shapes broadcast as NumPy's do") {
  struct Case {
    Shape a, b, out;
  };
  for (const Case& c : {Case{{}, {}, {}},
                        {{3}, {}, {3}},
                        {{2, 3}, {3}, {2, 3}},
                        {{2, 3}, {1}, {2, 3}},
                        {{2, 3}, {2, 1}, {2, 3}},
                        {{2, 1}, {1, 3}, {2, 3}},
                        {{4, 1, 3}, {2, 1}, {4, 2, 3}},
                        {{1}, {0}, {0}},
                        {{2, 1}, {2, 0}, {2, 0}},
                        {{kBatch, 10}, {10}, {kBatch, 10}},
                        {{kBatch, 1}, {1, kTime}, {kBatch, kTime}},
                        {{1, 10}, {kBatch, 10}, {kBatch, 10}}}) {
    CAPTURE(to_string(c.a), to_string(c.b));
    CHECK(broadcast(c.a, c.b, "add") == c.out);
    CHECK(broadcast(c.b, c.a, "add") == c.out);
  }
}

TEST_CASE("shapes that don't broadcast are named with the op") {
  CHECK(shape_error([] {
          broadcast({64, 784}, {128, 10}, "add");
        }) == "[add] shapes don't broadcast: (64, 784) and (128, 10)");
  CHECK(shape_error([] {
          broadcast({3}, {2, 4}, "mul");
        }) == "[mul] shapes don't broadcast: (3) and (2, 4)");
  CHECK(shape_error([] { broadcast({0}, {2}, "mul"); }) ==
        "[mul] shapes don't broadcast: (0) and (2)");
  CHECK(shape_error([] { broadcast({kBatch}, {kTime}, "add"); }) ==
        "[add] shapes don't broadcast: (batch) and (time)");
  CHECK(shape_error([] { broadcast({kBatch}, {2}, "add"); }) ==
        "[add] shapes don't broadcast: (batch) and (2)");
  CHECK(shape_error([] { broadcast({kBatch}, {kBatch + 1}, "add"); }) ==
        "[add] shapes don't broadcast: (batch) and (batch+1)");
}
