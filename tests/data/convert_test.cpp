#include "src/data/convert.h"

#include "catch.h"
#include "data/files.h"

using namespace weft;

TEST_CASE("bytes become floats, for every length and place") {
  std::vector<std::uint8_t> bytes(300);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(255 - i);
  }
  constexpr float kScale = 1.0F / 255;
  for (std::size_t begin : {0U, 1U, 17U}) {
    for (std::size_t n : {0U, 1U, 7U, 8U, 31U, 32U, 33U, 64U, 100U, 283U}) {
      std::vector<float> out(n + 1, -1);
      data::bytes_to_floats(bytes.data() + begin, n, kScale, out.data());
      for (std::size_t i = 0; i < n; ++i) {
        const float expected = static_cast<float>(bytes[begin + i]) * kScale;
        CHECK(out[i] == expected);
      }
      CHECK(out[n] == -1);
    }
  }
}

TEST_CASE("rows are scaled in f64 and rounded once") {
  for (std::size_t n : {1U, 3U, 4U, 5U, 16U, 29U}) {
    data::Scaler s;
    std::vector<float> values;
    for (std::size_t i = 0; i < n; ++i) {
      s.offset.push_back(0.1 * static_cast<double>(i));
      s.scale.push_back(1 / (3.0 + static_cast<double>(i)));
      values.push_back(0.7F * static_cast<float>(i));
    }
    const auto before = values;
    values.push_back(-1);
    data::scale_row(s, values.data());
    for (std::size_t i = 0; i < n; ++i) {
      const double shifted = static_cast<double>(before[i]) - s.offset[i];
      CHECK(values[i] == static_cast<float>(shifted * s.scale[i]));
    }
    CHECK(values[n] == -1);
  }
}
