#include <cstdint>
#include <limits>

#include "tests/catch.h"
#include "tests/core/error_text.h"
#include "weft/error.h"
#include "weft/shape.h"

namespace {

using weft::Dim;
using weft::kBatch;
using weft::kInfer;
using weft::kTime;
using weft::ShapeError;

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLargestMultiple = (1 << 23) - 1;
constexpr std::int64_t kLargestOffset = std::numeric_limits<int>::max();

template <class F>
std::string shape_error(F f) {
  return error_text<ShapeError>(f);
}

}  // namespace

TEST_CASE("a number is a dimension") {
  CHECK(Dim() == Dim(0));
  CHECK_FALSE(Dim(64).is_symbolic());
  CHECK(Dim(64).size() == 64);
  CHECK(Dim(64).multiple() == 0);
  CHECK(Dim(64).offset() == 64);
  CHECK(Dim(kLargest).size() == kLargest);
  CHECK_FALSE(Dim(kLargest).is_symbolic());
  CHECK(Dim(-1) == kInfer);
  CHECK(shape_error([] { Dim(-2); }) == "a dimension can't be negative: -2");
  CHECK(shape_error([] {
          (void)Dim(std::numeric_limits<std::int64_t>::min());
        }) == "a dimension can't be negative: -9223372036854775808");
}

TEST_CASE("a symbolic dimension keeps its symbol, multiple and offset") {
  for (int id : {0, 1, 2, 128, 255}) {
    for (std::int64_t multiple : {std::int64_t{1}, kLargestMultiple}) {
      for (std::int64_t offset : {-kLargestOffset, std::int64_t{0},
                                  std::int64_t{7}, kLargestOffset}) {
        const Dim d = Dim::affine(id, multiple, offset);
        CHECK(d.is_symbolic());
        CHECK(d.symbol_id() == id);
        CHECK(d.multiple() == multiple);
        CHECK(d.offset() == offset);
        CHECK(Dim::from_bits(d.bits()) == d);
      }
    }
  }
  CHECK(Dim::affine(3, 0, 5) == Dim(5));
  CHECK(kBatch != kTime);
}

TEST_CASE("a symbolic dimension that has no bits is refused") {
  CHECK(shape_error([] { Dim::symbol(256); }) ==
        "there is no dimension 1 * symbol 256 + 0");
  CHECK(shape_error([] { Dim::symbol(-1); }) ==
        "there is no dimension 1 * symbol -1 + 0");
  CHECK(shape_error([] { Dim::affine(0, kLargestMultiple + 1, 0); }) ==
        "there is no dimension 8388608 * symbol 0 + 0");
  CHECK(shape_error([] { Dim::affine(0, -1, 0); }) ==
        "there is no dimension -1 * symbol 0 + 0");
  CHECK(shape_error([] { Dim::affine(0, 1, kLargestOffset + 1); }) ==
        "there is no dimension 1 * symbol 0 + 2147483648");
  CHECK(shape_error([] { Dim::affine(0, 0, -3); }) ==
        "there is no dimension 0 * symbol 0 + -3");
  // Its bits are those of kInfer.
  CHECK(shape_error([] { Dim::affine(255, kLargestMultiple, -1); }) ==
        "there is no dimension 8388607 * symbol 255 + -1");
}

TEST_CASE("numbers add, subtract and multiply") {
  CHECK(Dim(3) + Dim(4) == Dim(7));
  CHECK(Dim(4) - Dim(4) == Dim(0));
  CHECK(Dim(3) * Dim(4) == Dim(12));
  CHECK(Dim(kLargest) * Dim(1) == Dim(kLargest));
}

TEST_CASE("sums and products stay affine in one symbol") {
  CHECK(kBatch + 3 == Dim::affine(0, 1, 3));
  CHECK(3 + kBatch == Dim::affine(0, 1, 3));
  CHECK(kBatch - 3 == Dim::affine(0, 1, -3));
  CHECK(kBatch + kBatch == Dim::affine(0, 2, 0));
  CHECK(kBatch * 4 + 1 == Dim::affine(0, 4, 1));
  CHECK(4 * (kBatch + 1) == Dim::affine(0, 4, 4));
  CHECK((2 * kTime - 1) * 3 == Dim::affine(1, 6, -3));
  CHECK(kBatch * 0 == Dim(0));
  CHECK(kBatch - kBatch == Dim(0));
  CHECK((kBatch + 5) - kBatch == Dim(5));
  CHECK(kBatch * kLargestMultiple == Dim::affine(0, kLargestMultiple, 0));
}

TEST_CASE("what is not affine in one symbol names both dimensions") {
  const std::string form = " is not of the form multiple * symbol + offset";
  CHECK(shape_error([] { kBatch + kTime; }) ==
        "the dimension (batch) + (time)" + form);
  CHECK(shape_error([] { kBatch - kTime; }) ==
        "the dimension (batch) - (time)" + form);
  CHECK(shape_error([] { kBatch* kTime; }) ==
        "the dimension (batch) * (time)" + form);
  CHECK(shape_error([] { (2 * kBatch + 1) * kBatch; }) ==
        "the dimension (2*batch+1) * (batch)" + form);
  CHECK(shape_error([] { Dim(3) - kBatch; }) ==
        "the dimension (3) - (batch)" + form);
  CHECK(shape_error([] { kBatch - 2 * kBatch; }) ==
        "the dimension (batch) - (2*batch)" + form);
  CHECK(shape_error([] { kInfer + 1; }) == "the dimension (-1) + (1)" + form);
  CHECK(shape_error([] { kInfer * 0; }) == "the dimension (-1) * (0)" + form);
}

TEST_CASE("a difference below zero is refused") {
  CHECK(shape_error([] { Dim(3) - Dim(4); }) ==
        "the dimension (3) - (4) is negative");
  CHECK(shape_error([] { kBatch - (kBatch + 1); }) ==
        "the dimension (batch) - (batch+1) is negative");
}

TEST_CASE("a dimension that doesn't fit into its bits is refused") {
  CHECK(shape_error([] { kBatch*(kLargestMultiple + 1); }) ==
        "the dimension (batch) * (8388608) is too large");
  CHECK(shape_error([] { kBatch + Dim(kLargestOffset + 1); }) ==
        "the dimension (batch) + (2147483648) is too large");
  CHECK(shape_error([] { kBatch - Dim(kLargestOffset + 1); }) ==
        "the dimension (batch) - (2147483648) is too large");
  CHECK(shape_error([] { (kBatch + 1) + Dim(kLargest); }) ==
        "the dimension (batch+1) + (9223372036854775807) is too large");
  CHECK(shape_error([] { (kBatch + 65536) * 65536; }) ==
        "the dimension (batch+65536) * (65536) is too large");
  CHECK(shape_error([] { kBatch* Dim(kLargest) * 2; }) ==
        "the dimension (batch) * (9223372036854775807) is too large");
  CHECK(shape_error([] { Dim(kLargest) + Dim(1); }) ==
        "the dimension (9223372036854775807) + (1) is too large");
  CHECK(shape_error([] {
          Dim(std::int64_t{1} << 32) * (std::int64_t{1} << 31);
        }) == "the dimension (4294967296) * (2147483648) is too large");
  // The one affine dimension whose bits are those of kInfer.
  CHECK(shape_error([] { Dim::symbol(255) * kLargestMultiple - 1; }) ==
        "the dimension (8388607*s255) - (1) is too large");
}

TEST_CASE("dimensions print as they are written") {
  CHECK(to_string(Dim(64)) == "64");
  CHECK(to_string(kInfer) == "-1");
  CHECK(to_string(kBatch) == "batch");
  CHECK(to_string(kTime) == "time");
  CHECK(to_string(Dim::symbol(2)) == "s2");
  CHECK(to_string(Dim::symbol(255)) == "s255");
  CHECK(to_string(4 * kBatch + 1) == "4*batch+1");
  CHECK(to_string(kTime - 2) == "time-2");
  CHECK(to_string(2 * kTime) == "2*time");
}

TEST_CASE("symbols are replaced by the sizes of a run") {
  weft::SymbolSizes run;
  CHECK(run.resolve(7) == 7);
  run.sizes[0] = 10;
  CHECK(run.resolve(kBatch) == 10);
  CHECK(run.resolve(4 * kBatch - 3) == 37);
  CHECK(run.resolve(kBatch - 10) == 0);
  run.sizes[0] = 0;
  CHECK(run.resolve(kBatch) == 0);
}

TEST_CASE("a symbol without a size is refused") {
  const weft::SymbolSizes run;
  CHECK(shape_error([&] { run.resolve(kTime); }) ==
        "the size of 'time' is not known: no input of the program has it");
  // An unknown size must not count as the number -1.
  CHECK(shape_error([&] { run.resolve(kBatch + 5); }) ==
        "the size of 'batch' is not known: no input of the program has it");
  CHECK(shape_error([&] { run.resolve(kInfer); }) ==
        "the dimension -1 has no size; only reshape replaces it");
}

TEST_CASE("a size that a run can't have is refused") {
  weft::SymbolSizes run;
  run.sizes[0] = 2;
  CHECK(shape_error([&] { run.resolve(kBatch - 3); }) ==
        "the dimension batch-3 is negative with batch = 2");
  run.sizes[0] = kLargest;
  CHECK(run.resolve(kBatch) == kLargest);
  CHECK(shape_error([&] { run.resolve(2 * kBatch); }) ==
        "the dimension 2*batch is too large with batch = "
        "9223372036854775807");
  CHECK(shape_error([&] { run.resolve(kBatch + 1); }) ==
        "the dimension batch+1 is too large with batch = "
        "9223372036854775807");
}
