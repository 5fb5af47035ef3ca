#include "catch.h"
#include "data/files.h"
#include "weft/data.h"

using namespace weft;

namespace {

data::Dataset square(const std::vector<float>& pixels) {
  const auto n = static_cast<std::int64_t>(pixels.size());
  Tensor x(DType::f32, {Dim(1), Dim(n)});
  std::copy(pixels.begin(), pixels.end(), x.data<float>());
  return data::make_dataset(x, Tensor::from<std::int32_t>({0}, {1}));
}

std::vector<float> resized(const std::vector<float>& pixels,
                           std::int64_t side) {
  const data::Dataset d = data::resize_images(square(pixels), side);
  const float* at = d.inputs.data<float>();
  return {at, at + side * side};
}

}  // namespace

TEST_CASE("images grow by linear interpolation and shrink by a mean") {
  // Checked by hand: centres of the new pixels at −¼, ¼, ¾ and 5⁄4.
  const std::vector<float> grown = resized({0, 4, 8, 12}, 4);
  const float expected[] = {0, 1, 3, 4, 2, 3, 5, 6, 6, 7, 9, 10, 8, 9, 11, 12};
  for (std::size_t i = 0; i < 16; ++i) CHECK(grown[i] == Approx(expected[i]));
  // The middle of the new pixel is 1½, its triangle has weights ¼ ¾ ¾ ¼.
  std::vector<float> rows;
  for (int i = 0; i < 16; ++i) rows.push_back(static_cast<float>(i / 4));
  CHECK(resized(rows, 1)[0] == Approx(1.5));
  CHECK(resized({1, 2, 3, 4}, 2) == std::vector<float>{1, 2, 3, 4});
  CHECK_THROWS_AS(data::resize_images(square(std::vector<float>{1, 2, 3}), 2),
                  DataError);
  CHECK_THROWS_AS(data::resize_images(square(std::vector<float>{1}), 0),
                  DataError);
}

TEST_CASE("a constant image stays constant at any size") {
  for (const std::int64_t side : {1, 2, 3, 7, 20, 31}) {
    for (float v : resized(std::vector<float>(81, 0.3F), side)) {
      CHECK(v == Approx(0.3F));
    }
  }
}

TEST_CASE("a table reads back with the same bits") {
  data::Dataset d = data::make_dataset(
      Tensor::from<float>({0.1F, -1e-30F, 3e38F, 1.0F / 3}, {2, 2}),
      Tensor::from<std::int32_t>({1, 0}, {2}), {"a,b", "say \"c\""});
  const File file("written.csv", "");
  data::write_csv(file.name(), d);
  const data::Dataset back = data::read_csv(file.name());
  REQUIRE(back.size() == 2);
  for (int i = 0; i < 4; ++i) {
    CHECK(back.inputs.data<float>()[i] == d.inputs.data<float>()[i]);
  }
  CHECK(back.class_names[static_cast<std::size_t>(
            back.targets.data<std::int32_t>()[0])] == "say \"c\"");
  CHECK_THROWS_AS(data::write_csv("/no/such/folder/x.csv", d), DataError);
}
