#include "ops/kernels/conv_tiles.h"

#include "ops/kernels/conv_plan.h"
#include "ops/kernels/patch_run.h"

namespace weft {

ConvTiles::ConvTiles(const PatchPlan& plan, bool backward)
    : plan_(plan), backward_(backward) {
  is_direct_ =
      backward ? direct_backward(plan, direct_) : direct_forward(plan, direct_);
  if (is_direct_) {
    items_ = direct_.items();
    unit_ = direct_.unit();
  } else if (backward) {
    items_ = backward_patch_items(plan);
  } else {
    items_ = forward_patch_items(plan);
    unit_ = std::max<std::int64_t>(1, plan.blocks());
  }
}

std::int64_t ConvTiles::count() const {
  return pieces(plan_, by_units() ? units() : items_);
}

std::int64_t ConvTiles::begin(std::int64_t tile, std::int64_t count) const {
  if (!by_units()) return items_ * tile / count;
  return units() * tile / count * unit_;
}

Block ConvTiles::block(std::int64_t tile, std::int64_t count) const {
  const PatchPlan::Three& size = backward_ ? plan_.in : plan_.out;
  const std::int64_t channels =
      backward_ ? plan_.in_channels : plan_.out_channels;
  if (!by_units()) return {0, -1, 0, size[2]};
  auto row = [&](std::int64_t t) {
    const std::int64_t unit = begin(t, count) / unit_;
    std::int64_t first = unit * channels;
    if (is_direct_) {
      first = direct_.first_channel(unit, channels);
    } else if (backward_) {
      const std::int64_t parts = backward_patch_parts(plan_);
      first = unit / parts * channels + channels * (unit % parts) / parts;
    }
    return first * size[0] * size[1];
  };
  return {row(tile), row(tile + 1) - row(tile), 0, size[2]};
}

}  // namespace weft
