#include "table.h"
#include "weft/ops.h"
#include "weft/spatial.h"

namespace reference {

namespace {

weft::ConvOptions conv_options(const Arguments& a) {
  const bool named = a.given("padding") && a.json("padding").is_string();
  return {.stride = a.integers("stride", Axes{1}),
          .padding = named ? Axes{0} : a.integers("padding", Axes{0}),
          .same = named && a.get<std::string>("padding") == "same",
          .dilation = a.integers("dilation", Axes{1}),
          .groups = a.integer("groups", 1)};
}

Value with_bias(Value y, Value bias) {
  if (!bias) return y;
  weft::Shape shape{bias.shape()[0]};
  for (int i = 2; i < y.rank(); ++i) shape.push_back(1);
  return y + weft::reshape(bias, shape);
}

weft::PoolOptions pool_options(const Arguments& a) {
  return {.stride = a.integers("stride", Axes{}),
          .padding = a.integers("padding", Axes{0}),
          .dilation = a.integers("dilation", Axes{1}),
          .ceil = a.flag("ceil_mode", false),
          .count_padding = a.flag("count_include_pad", true)};
}

/// Of the outputs, the indices only where the case has them.
Results pooled(const weft::Sorted& s) { return {s.values, s.indices}; }

/// A last window that is not whole stands for a whole one there.
Results last_windows_scaled(const Arguments& a) {
  const double p = a.number("norm_type", 2);
  Axes window = a.integers("kernel_size");
  window.resize(static_cast<std::size_t>(a[0].rank() - 2), window.back());
  double count = 1;
  for (std::int64_t n : window) count *= static_cast<double>(n);
  const Value mean =
      weft::avg_pool(weft::pow(weft::abs(a[0]), p), window, pool_options(a));
  return {weft::pow(count * mean, 1 / p)};
}

void add_pools(Table& t, const std::string& d) {
  t["max_pool" + d] = [](const Arguments& a) {
    return pooled(
        weft::max_pool(a[0], a.integers("kernel_size"), pool_options(a)));
  };
  t["avg_pool" + d] = [](const Arguments& a) -> Results {
    return {weft::avg_pool(a[0], a.integers("kernel_size"), pool_options(a))};
  };
  t["lp_pool" + d] = [](const Arguments& a) -> Results {
    if (a.flag("ceil_mode")) return last_windows_scaled(a);
    return {weft::lp_pool(a[0], a.number("norm_type", 2),
                          a.integers("kernel_size"), pool_options(a))};
  };
  t["adaptive_avg_pool" + d] = [](const Arguments& a) -> Results {
    return {weft::adaptive_avg_pool(a[0], a.integers("output_size"))};
  };
  t["adaptive_max_pool" + d] = [](const Arguments& a) {
    return pooled(weft::adaptive_max_pool(a[0], a.integers("output_size")));
  };
}

Results resized(const Arguments& a, weft::Resize mode) {
  const auto spatial = static_cast<std::size_t>(a[0].rank() - 2);
  Axes sizes;
  if (a.given("size")) {
    sizes = a.integers("size", spatial);
  } else {
    for (int i = 2; i < a[0].rank(); ++i) {
      const double size =
          static_cast<double>(a[0].shape().dim(i)) * a.number("scale_factor");
      sizes.push_back(static_cast<std::int64_t>(size));
    }
  }
  return {weft::resize(a[0], sizes, mode, a.flag("align_corners", false))};
}

void add_sizes(Table& t) {
  using weft::Resize;
  for (const auto& [name, mode] : {std::pair{"nearest", Resize::nearest},
                                   std::pair{"linear", Resize::linear},
                                   std::pair{"bilinear", Resize::linear},
                                   std::pair{"trilinear", Resize::linear},
                                   std::pair{"bicubic", Resize::cubic}}) {
    const Resize kind = mode;
    t[std::string("interpolate_") + name] = [kind](const Arguments& a) {
      return resized(a, kind);
    };
  }
  t["pixel_shuffle"] = [](const Arguments& a) -> Results {
    return {weft::pixel_shuffle(a[0], a.integer("upscale_factor"))};
  };
  t["pixel_unshuffle"] = [](const Arguments& a) -> Results {
    return {weft::pixel_unshuffle(a[0], a.integer("downscale_factor"))};
  };
  t["unfold"] = [](const Arguments& a) -> Results {
    return {weft::unfold(a[0], a.integers("kernel_size", 2), conv_options(a))};
  };
  t["fold"] = [](const Arguments& a) -> Results {
    return {weft::fold(a[0], a.integers("output_size", 2),
                       a.integers("kernel_size", 2), conv_options(a))};
  };
}

/// A vector for each channel (axis 1) of x.
Value per_channel(Value v, Value x) {
  weft::Shape shape{v.shape()[0]};
  for (int i = 2; i < x.rank(); ++i) shape.push_back(1);
  return weft::reshape(v, shape);
}

Axes all_but_channels(Value x) {
  Axes axes{0};
  for (int i = 2; i < x.rank(); ++i) axes.push_back(i);
  return axes;
}

Value scaled(Value y, Value gain, Value bias) {
  if (gain) y = y * per_channel(gain, y);
  return bias ? y + per_channel(bias, y) : y;
}

Value trained(const Arguments& a, Value gain, Value bias) {
  return scaled(
      weft::standardize(a[0], all_but_channels(a[0]), a.number("eps", 1e-5)),
      gain, bias);
}

/// Averages with the batch's mean and unbiased variance.
Results running(const Arguments& a) {
  const double m = a.number("momentum", 0.1);
  const Axes axes = all_but_channels(a[0]);
  double n = 1;
  for (std::int64_t i : axes) {
    n *= static_cast<double>(a[0].shape().dim(static_cast<int>(i)));
  }
  const Value mean = weft::mean(a[0], axes);
  const Value off = a[0] - weft::mean(a[0], axes, true);
  const Value variance = weft::sum(weft::square(off), axes) / (n - 1);
  return {trained(a, a[3], a[4]), (1 - m) * a[1] + m * mean,
          (1 - m) * a[2] + m * variance};
}

void add_norms(Table& t) {
  t["batch_norm_train"] = [](const Arguments& a) -> Results {
    return {trained(a, a[1], a[2])};
  };
  t["batch_norm_eval"] = [](const Arguments& a) -> Results {
    const Value scale = weft::rsqrt(a[2] + a.number("eps", 1e-5));
    const Value y = (a[0] - per_channel(a[1], a[0])) * per_channel(scale, a[0]);
    return {scaled(y, a[3], a[4])};
  };
  t["batch_norm_running_stats"] = running;
  t["layer_norm"] = [](const Arguments& a) -> Results {
    Axes axes;
    const std::int64_t count =
        a.given("normalized_ndim")
            ? a.integer("normalized_ndim")
            : static_cast<std::int64_t>(
                  a.integers("normalized_shape", Axes{0}).size());
    for (std::int64_t i = 0; i < count; ++i) axes.push_back(-1 - i);
    Value y = weft::standardize(a[0], axes, a.number("eps", 1e-5));
    if (a[1]) y = y * a[1];
    return {a[2] ? y + a[2] : y};
  };
  t["rms_norm"] = [](const Arguments& a) -> Results {
    const Value y = weft::rms_normalize(a[0], {-1}, a.number("eps", 1e-5));
    return {a[1] ? y * a[1] : y};
  };
  t["group_norm"] = [](const Arguments& a) -> Results {
    const std::int64_t groups =
        a.integer(a.given("num_groups") ? "num_groups" : "groups");
    return {scaled(weft::group_standardize(a[0], groups, a.number("eps", 1e-5)),
                   a[1], a[2])};
  };
  t["instance_norm"] = [](const Arguments& a) -> Results {
    return {scaled(weft::group_standardize(a[0], a[0].shape().dim(1),
                                           a.number("eps", 1e-5)),
                   a[1], a[2])};
  };
  t["local_response_norm"] = [](const Arguments& a) -> Results {
    return {weft::local_response(a[0], a.integer("size"),
                                 a.number("alpha", 1e-4),
                                 a.number("beta", 0.75), a.number("k", 1))};
  };
}

}  // namespace

void add_images(Table& t) {
  for (const char* d : {"1d", "2d", "3d"}) {
    t[std::string("conv") + d] = [](const Arguments& a) -> Results {
      return {with_bias(weft::conv(a[0], a[1], conv_options(a)), a[2])};
    };
    t[std::string("conv_transpose") + d] = [](const Arguments& a) -> Results {
      return {
          with_bias(weft::conv_transpose(a[0], a[1], conv_options(a),
                                         a.integers("output_padding", Axes{0})),
                    a[2])};
    };
    add_pools(t, d);
  }
  add_sizes(t);
  add_norms(t);
}

}  // namespace reference
