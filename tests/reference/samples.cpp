// Images at other sizes and places, and pools with other divisors.

#include "table.h"
#include "weft/indexing.h"
#include "weft/ops.h"
#include "weft/spatial.h"

namespace reference {

namespace {

/// The element whose centre is next to that of each new one.
Value nearest_exact(Value x, const Axes& sizes) {
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const int axis = static_cast<int>(i) + 2;
    const std::int64_t n = sizes[i], old = x.shape().dim(axis);
    std::vector<std::int32_t> from;
    for (std::int64_t k = 0; k < n; ++k) {
      from.push_back(static_cast<std::int32_t>((2 * k + 1) * old / (2 * n)));
    }
    const auto at = weft::Tensor::from<std::int32_t>(from, {n});
    x = weft::gather(x, x.graph().constant(at), axis);
  }
  return x;
}

std::string interpolation(const Arguments& a) {
  const std::string mode = a.text("mode", "nearest");
  return mode == "nearest-exact" ? "nearest_exact" : mode;
}

weft::SampleOptions sampling(const Arguments& a) {
  const std::string outside = a.text("padding_mode", "zeros");
  return {.nearest = a.text("mode", "bilinear") == "nearest",
          .outside = outside == "zeros"    ? weft::Outside::zeros
                     : outside == "border" ? weft::Outside::border
                                           : weft::Outside::mirror,
          .align_corners = a.flag("align_corners")};
}

/// Sums of windows over a number that is the same for all.
void add_divisors(Table& t, const std::string& name) {
  const Build pool = t[name];
  t[name] = [pool](const Arguments& a) -> Results {
    if (!a.given("divisor_override")) return pool(a);
    const weft::PoolOptions options{.stride = a.integers("stride", Axes{}),
                                    .padding = a.integers("padding", Axes{0}),
                                    .ceil = a.flag("ceil_mode")};
    return {weft::sum_pool(a[0], a.integers("kernel_size"), options) /
            a.number("divisor_override")};
  };
}

/// A size that is null stays.
Axes sizes_of(const Arguments& a) {
  const auto& json = a.json("output_size");
  if (!json.is_array()) return a.integers("output_size");
  Axes sizes;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const int axis = a[0].rank() - static_cast<int>(json.size() - i);
    sizes.push_back(json.at(i).is_null() ? a[0].shape().dim(axis)
                                         : json.at(i).get<std::int64_t>());
  }
  return sizes;
}

}  // namespace

void add_samples(Table& t) {
  t["interpolate_nearest_exact"] = [](const Arguments& a) -> Results {
    const auto spatial = static_cast<std::size_t>(a[0].rank() - 2);
    return {nearest_exact(a[0], a.integers("size", spatial))};
  };
  t["interpolate_area"] = [](const Arguments& a) -> Results {
    const auto spatial = static_cast<std::size_t>(a[0].rank() - 2);
    return {weft::adaptive_avg_pool(a[0], a.integers("size", spatial))};
  };
  t["interpolate"] = [](const Arguments& a) -> Results {
    return find("interpolate_" + interpolation(a))(a);
  };
  t["grid_sample"] = [](const Arguments& a) -> Results {
    return {weft::grid_sample(a[0], a[1], sampling(a))};
  };
  t["affine_grid"] = [](const Arguments& a) -> Results {
    const Axes size = a.integers("size");
    return {weft::affine_grid(a[0], size.at(2), size.at(3),
                              a.flag("align_corners"))};
  };
  for (const char* d : {"1d", "2d", "3d"}) {
    add_divisors(t, std::string("avg_pool") + d);
    t[std::string("adaptive_avg_pool") + d] = [](const Arguments& a) {
      return Results{weft::adaptive_avg_pool(a[0], sizes_of(a))};
    };
    t[std::string("adaptive_max_pool") + d] = [](const Arguments& a) {
      const weft::Sorted s = weft::adaptive_max_pool(a[0], sizes_of(a));
      return Results{s.values, s.indices};
    };
    const std::string pool = std::string("max_pool") + d;
    t[pool + "_with_indices"] = t[pool];
  }
}

}  // namespace reference
