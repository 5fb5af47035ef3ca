#include "weft/tensor.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <vector>

#include "tests/catch.h"
#include "tests/core/error_text.h"
#include "weft/error.h"

namespace {

using weft::DType;
using weft::kBatch;
using weft::kInfer;
using weft::Shape;
using weft::ShapeError;
using weft::Tensor;

template <class F>
std::string shape_error(F f) {
  return error_text<ShapeError>(f);
}

/// 0, 1, 2, … in `shape`.
Tensor counting(const Shape& shape) {
  Tensor t(DType::f32, shape);
  std::iota(t.values<float>().begin(), t.values<float>().end(), 0.0F);
  return t;
}

bool is_aligned(const void* p) {
  return reinterpret_cast<std::uintptr_t>(p) % 64 == 0;
}

}  // namespace

TEST_CASE("a new tensor is zero and aligned") {
  for (DType t : weft::kAllDTypes) {
    for (std::int64_t n : {0, 1, 3, 16, 1000}) {
      // Memory that was in use before must be zeroed again.
      Tensor old(DType::i32, {n});
      for (auto& x : old.values<std::int32_t>()) x = -1;
      old = Tensor();
      const Tensor x(t, {n});
      CAPTURE(to_string(t), n);
      CHECK(is_aligned(x.raw()));
      CHECK(x.size() == n);
      CHECK(x.bytes() == static_cast<std::size_t>(n) * weft::size_of(t));
      const auto* bytes = static_cast<const unsigned char*>(x.raw());
      CHECK(std::all_of(bytes, bytes + x.bytes(),
                        [](unsigned char b) { return b == 0; }));
    }
  }
}

TEST_CASE("an empty tensor and a scalar") {
  const Tensor none;
  CHECK(none.dtype() == DType::f32);
  CHECK(none.shape() == Shape{0});
  CHECK(none.size() == 0);
  CHECK(none.values<float>().empty());
  CHECK(none.clone().bits_equal(none));

  const Tensor two = Tensor::scalar(2.5);
  CHECK(two.dtype() == DType::f64);
  CHECK(two.rank() == 0);
  CHECK(two.item() == 2.5);
  CHECK(Tensor::scalar(std::int64_t{1} << 60).data<std::int64_t>()[0] ==
        std::int64_t{1} << 60);
  CHECK(Tensor::scalar(2.5, DType::i32).data<std::int32_t>()[0] == 2);
  CHECK(Tensor::scalar(2.5, DType::boolean).data<bool>()[0]);
}

TEST_CASE("a tensor holds the values it is made from") {
  const std::vector<double> values{1, 2, 3, 4, 5, 6};
  const Tensor x = Tensor::from(values, {2, 3});
  CHECK(x.dtype() == DType::f64);
  CHECK(x.dim(1) == 3);
  CHECK(std::equal(values.begin(), values.end(), x.values<double>().begin()));
  CHECK(x.data<double>() != values.data());
  CHECK(is_aligned(x.raw()));

  const Tensor flags = Tensor::from({true, false, true}, {3});
  CHECK(flags.dtype() == DType::boolean);
  CHECK(flags.at(0) == 1);
  CHECK(flags.at(1) == 0);

  CHECK(shape_error([&] {
          Tensor::from(values, {2, 2});
        }) == "[tensor] 6 values don't fill the shape (2, 2)");
  CHECK(shape_error([&] {
          Tensor::from(values, {kBatch, 2});
        }) == "[tensor] 6 values don't fill the shape (batch, 2)");
}

TEST_CASE("a tensor of symbolic or huge shape is refused") {
  CHECK(shape_error([] {
          Tensor(DType::f32, {kBatch, 3});
        }) == "the size of (batch, 3) is not known before a run");
  CHECK(shape_error([] {
          Tensor(DType::f32, {2, kInfer});
        }) == "the size of (2, -1) is not known; only reshape replaces a -1");
  const std::int64_t half = std::int64_t{1} << 32;
  CHECK(shape_error([&] {
          Tensor(DType::boolean, {half, half});
        }) == "the shape (4294967296, 4294967296) has more than 2^58 elements");
  CHECK(Tensor(DType::f32, {half, half, 0}).size() == 0);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("a tensor beyond memory is an error that tells the bytes") {
  CHECK(error_text<weft::Error>(
            [] { Tensor(DType::f64, {std::int64_t{1} << 57}); }) ==
        "[tensor] out of memory: f64(144115188075855872) needs "
        "1152921504606846976 bytes");
}
#endif

TEST_CASE("copies share the elements, clones don't") {
  Tensor a = counting({2, 3});
  Tensor shared = a;
  const Tensor cloned = a.clone();
  CHECK(shared.raw() == a.raw());
  CHECK(cloned.raw() != a.raw());
  CHECK(is_aligned(cloned.raw()));
  CHECK(cloned.bits_equal(a));
  a.data<float>()[4] = 50;
  CHECK(shared.at(4) == 50);
  CHECK(cloned.at(4) == 4);
  a = Tensor();
  CHECK(shared.at(5) == 5);
}

TEST_CASE("elements are typed") {
  Tensor x(DType::f32, {2});
  const Tensor& c = x;
  CHECK(error_text<weft::TypeError>([&] { x.data<double>(); }) ==
        "[tensor] the elements are f32, not f64; convert with to()");
  CHECK(error_text<weft::TypeError>([&] { c.values<bool>(); }) ==
        "[tensor] the elements are f32, not bool; convert with to()");
  CHECK(error_text<weft::TypeError>([&] { c.as<std::int32_t>(); }) ==
        "[tensor] the elements are f32, not i32; convert with to()");
}

TEST_CASE("a typed view sees elements and shape") {
  const Tensor x = counting({2, 3});
  const weft::View<const float> v = x.as<float>();
  CHECK(v.data() == x.raw());
  CHECK(v.size() == 6);
  CHECK(v.rank() == 2);
  CHECK(v.dim(0) == 2);
  CHECK(v[5] == 5);
  CHECK(std::accumulate(v.begin(), v.end(), 0.0F) == 15);
}

TEST_CASE("a view borrows memory and keeps its owner") {
  auto memory = std::make_shared<std::vector<float>>(6, 1.0F);
  const std::weak_ptr<std::vector<float>> watch = memory;
  Tensor x = Tensor::view(memory->data(), DType::f32, {2, 3}, memory);
  CHECK(x.raw() == memory->data());
  x.data<float>()[0] = 7;
  CHECK((*memory)[0] == 7);
  memory.reset();
  Tensor row = x.rows(1, 2);
  x = Tensor();
  CHECK_FALSE(watch.expired());
  CHECK(row.at(0) == 1);
  row = Tensor();
  CHECK(watch.expired());

  double one = 1;
  CHECK(Tensor::view(&one, DType::f64, {}).item() == 1);
  CHECK(Tensor::view(nullptr, DType::f64, {0, 4}).clone().size() == 0);
  CHECK(error_text<weft::DataError>([] {
          Tensor::view(nullptr, DType::f32, {2});
        }) == "[tensor] a view of f32(2) needs memory, got a null pointer");
  CHECK(shape_error([&] { Tensor::view(&one, DType::f64, {kBatch}); }) ==
        "the size of (batch) is not known before a run");
}

TEST_CASE("elements of any dtype are read as double") {
  CHECK(Tensor::from({1.5F, 2.5F}, {2}).at(1) == 2.5);
  CHECK(Tensor::from<std::int64_t>({-3}, {1, 1}).item() == -3);
  const Tensor x(DType::i32, {2, 3});
  CHECK(shape_error([&] { x.at(6); }) ==
        "[at] element 6 of i32(2, 3) is out of range (use 0 … 5)");
  CHECK(shape_error([&] { x.at(-1); }) ==
        "[at] element -1 of i32(2, 3) is out of range (use 0 … 5)");
  CHECK(shape_error([] { Tensor().at(0); }) ==
        "[at] element 0 of f32(0) is out of range (it is empty)");
  CHECK(shape_error([&] { x.item(); }) ==
        "[item] i32(2, 3) has not exactly one element; use at()");
  CHECK(shape_error([] { Tensor().item(); }) ==
        "[item] f32(0) has not exactly one element; use at()");
}

TEST_CASE("reshape keeps the elements") {
  Tensor x = counting({2, 3});
  Tensor y = x.reshape({3, 2});
  CHECK(y.shape() == Shape{3, 2});
  CHECK(x.shape() == Shape{2, 3});
  CHECK(y.raw() == x.raw());
  CHECK(x.reshape({kInfer}).shape() == Shape{6});
  CHECK(x.reshape({2, -1, 1}).shape() == Shape{2, 3, 1});
  CHECK(counting({}).reshape({1, 1}).at(0) == 0);
  CHECK(Tensor(DType::f32, {0, 3}).reshape({5, 0}).shape() == Shape{5, 0});
  CHECK(Tensor(DType::f32, {0, 3}).reshape({kInfer, 3}).shape() == Shape{0, 3});
}

TEST_CASE("reshape to another size is refused") {
  const Tensor x = counting({2, 3});
  CHECK(shape_error([&] {
          (void)x.reshape({4, 2});
        }) == "[reshape] (2, 3) to (4, 2): the sizes differ, 6 and 8");
  CHECK(shape_error([&] {
          (void)x.reshape({4, kInfer});
        }) == "[reshape] (2, 3) to (4, -1): the -1 has no whole value");
  CHECK(shape_error([&] {
          (void)x.reshape({kInfer, kInfer});
        }) == "[reshape] (2, 3) to (-1, -1): only one dimension can be -1");
  CHECK(shape_error([&] {
          (void)x.reshape({kBatch, 3});
        }) ==
        "[reshape] (2, 3) to (batch, 3): a tensor's shape can't be symbolic");
  CHECK(shape_error([] {
          (void)Tensor(DType::f32, {0, 3}).reshape({0, kInfer});
        }) == "[reshape] (0, 3) to (0, -1): the -1 has no whole value");
}

TEST_CASE("rows share the elements") {
  Tensor x = counting({4, 3});
  Tensor middle = x.rows(1, 3);
  CHECK(middle.shape() == Shape{2, 3});
  CHECK(middle.size() == 6);
  CHECK(middle.raw() == x.data<float>() + 3);
  CHECK(middle.at(0) == 3);
  middle.data<float>()[0] = 30;
  CHECK(x.at(3) == 30);
  CHECK(middle.rows(1, 2).at(0) == 6);
  CHECK(x.rows(0, 4).bits_equal(x));
  CHECK(x.rows(4, 4).size() == 0);
  CHECK(x.rows(2, 2).shape() == Shape{0, 3});
  CHECK(Tensor(DType::f64, {0, 3}).rows(0, 0).shape() == Shape{0, 3});
  CHECK(Tensor(DType::f64, {3, 0}).rows(1, 3).shape() == Shape{2, 0});
  CHECK(Tensor::from<std::int64_t>({1, 2, 3}, {3}).rows(2, 3).item() == 3);
}

TEST_CASE("rows out of range are refused") {
  const Tensor x = counting({4, 3});
  const std::string tail = " of f32(4, 3) are out of range (use 0 … 4)";
  CHECK(shape_error([&] { (void)x.rows(-1, 2); }) ==
        "[rows] rows -1 to 2" + tail);
  CHECK(shape_error([&] { (void)x.rows(2, 5); }) ==
        "[rows] rows 2 to 5" + tail);
  CHECK(shape_error([&] { (void)x.rows(3, 2); }) ==
        "[rows] rows 3 to 2" + tail);
  CHECK(shape_error([] { (void)Tensor::scalar(1.0).rows(0, 1); }) ==
        "[rows] a scalar has no rows, rows 0 to 1 are asked for");
}

TEST_CASE("tensors are equal by type and bits") {
  const Tensor x = Tensor::from({0.0F, 1.0F}, {2});
  CHECK(x.bits_equal(x.clone()));
  CHECK_FALSE(x.bits_equal(Tensor::from({-0.0F, 1.0F}, {2})));
  CHECK_FALSE(x.bits_equal(x.reshape({2, 1})));
  CHECK_FALSE(Tensor(DType::f32, {2}).bits_equal(Tensor(DType::i32, {2})));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(Tensor::scalar(nan).bits_equal(Tensor::scalar(nan)));
  CHECK_FALSE(Tensor(DType::f32, {0, 2}).bits_equal(Tensor()));
}
