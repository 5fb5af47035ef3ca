#include "ops/kernels/direct_plan.h"

#include <algorithm>
#include <array>

namespace weft {

namespace {

using Three = PatchPlan::Three;

std::int64_t up(std::int64_t x, std::int64_t y) { return (x + y - 1) / y; }

void clear(DirectAxis& a) {
  a.remainders.clear();
  a.taps.clear();
  a.reach = 0;
}

void add_tap(DirectAxis& a, std::int64_t kernel, std::int64_t shift,
             std::int64_t remainder) {
  const auto found =
      std::find(a.remainders.begin(), a.remainders.end(), remainder);
  const std::int64_t phase = found - a.remainders.begin();
  if (found == a.remainders.end()) a.remainders.push_back(remainder);
  a.taps.push_back({kernel, phase, shift});
  a.reach = std::max(a.reach, shift);
}

void weight_steps(const PatchPlan& g, Correlation& c) {
  c.kernel_steps[0] = g.kernel[1] * g.kernel[2];
  c.kernel_steps[1] = g.kernel[2];
  c.kernel_steps[2] = 1;
}

/// How the rows of a box are cut into vectors.
struct Cut {
  bool by_rows = false, by_planes = true;
  std::int64_t a_row = 0, a_plane = 0, count = 0;  // vectors, of one image
};

Cut cut_of(const Three& size, const Three& extent, std::int64_t lanes) {
  Cut c;
  c.a_row = up(size[2], lanes);
  const std::int64_t rows = size[0] * size[1] * c.a_row;
  const std::int64_t plane = (size[1] - 1) * extent[2] + size[2];
  const std::int64_t all =
      up((size[0] - 1) * extent[1] * extent[2] + plane, lanes);
  c.a_plane = up(plane, lanes);
  c.by_planes = size[0] * c.a_plane <= all;
  c.count = std::min(size[0] * c.a_plane, all);
  // Vectors that run on have to be taken apart into rows afterwards.
  c.by_rows = size[2] >= lanes && 10 * rows <= 11 * c.count;
  if (c.by_rows) c.count = rows;
  return c;
}

}  // namespace

std::int64_t Correlation::in_pixels() const {
  return axes[0].in_size * axes[1].in_size * axes[2].in_size;
}
bool Correlation::has_taps() const {
  return !axes[0].taps.empty() && !axes[1].taps.empty() &&
         !axes[2].taps.empty();
}

void plan_forward(const PatchPlan& g, Correlation& c) {
  c.channels = g.in_channels;
  c.rows = g.out_channels;
  c.row_step = g.depth();
  c.channel_step = g.kernel_size();
  weight_steps(g, c);
  for (std::size_t i = 0; i < 3; ++i) {
    DirectAxis& a = c.axes[i];
    clear(a);
    a.results = g.out[i];
    c.to[i] = {0, 1, g.out[i]};
    a.in_size = g.in[i];
    a.in_step = g.stride[i];
    a.origin = -g.before[i];
    for (std::int64_t k = 0; k < g.kernel[i]; ++k) {
      const std::int64_t at = k * g.dilation[i];
      add_tap(a, k, at / g.stride[i], at % g.stride[i]);
    }
  }
}

void plan_backward(const PatchPlan& g, const Three& phase, Correlation& c) {
  c.channels = g.out_channels;
  c.rows = g.in_channels;
  c.row_step = g.kernel_size();
  c.channel_step = g.depth();
  weight_steps(g, c);
  for (std::size_t i = 0; i < 3; ++i) {
    DirectAxis& a = c.axes[i];
    clear(a);
    const std::int64_t s = g.stride[i];
    a.results = phase[i] < g.in[i] ? (g.in[i] - phase[i] + s - 1) / s : 0;
    c.to[i] = {phase[i], s, g.in[i]};
    a.in_size = g.out[i];
    a.in_step = 1;
    a.origin = 0;
    // Pixel i·s + phase is under tap k of the result at i + back/s.
    bool first = true;
    for (std::int64_t k = 0; k < g.kernel[i]; ++k) {
      const std::int64_t back = phase[i] + g.before[i] - k * g.dilation[i];
      if (back % s != 0) continue;
      a.origin = first ? back / s : std::min(a.origin, back / s);
      first = false;
    }
    for (std::int64_t k = 0; k < g.kernel[i]; ++k) {
      const std::int64_t back = phase[i] + g.before[i] - k * g.dilation[i];
      if (back % s == 0) add_tap(a, k, back / s - a.origin, 0);
    }
  }
}

DirectBox DirectBoxes::at(std::int64_t box, const Three& all) const {
  DirectBox b;
  b.images = std::min(together, images - first_image(box));
  box %= counts[0] * counts[1] * counts[2];
  const Three place{box / (counts[1] * counts[2]), box / counts[2] % counts[1],
                    box % counts[2]};
  for (std::size_t i = 0; i < 3; ++i) {
    b.first[i] = std::min(all[i], place[i] * size[i]);
    b.size[i] = std::min(all[i], b.first[i] + size[i]) - b.first[i];
  }
  return b;
}

DirectBoxes boxes_of(const Three& results, const Three& reach,
                     std::int64_t channels, std::int64_t images,
                     std::int64_t groups) {
  // Of a box, and of several images in one box.
  constexpr std::int64_t kMost = 96 * 1024, kTogether = 32 * 1024;
  DirectBoxes b;
  b.results = b.size = results;
  b.images = images;
  auto elements = [&] {
    std::int64_t n = std::max<std::int64_t>(1, channels);
    for (std::size_t i = 0; i < 3; ++i) n *= b.size[i] + reach[i];
    return std::max<std::int64_t>(1, n);
  };
  const Three least{1, 1, 64};
  for (std::size_t i = 0; i < 3; ++i) {
    while (elements() > kMost && b.size[i] > least[i]) {
      b.size[i] = (b.size[i] + 1) / 2;
    }
  }
  for (std::size_t i = 0; i < 3; ++i) {
    // Nearly equal boxes.
    b.counts[i] = up(results[i], std::max<std::int64_t>(1, b.size[i]));
    b.size[i] = up(results[i], std::max<std::int64_t>(1, b.counts[i]));
  }
  // Enough boxes for some threads.
  const std::int64_t most = std::min(images, up(images * groups, 8));
  b.together = std::clamp<std::int64_t>(kTogether / elements(), 1,
                                        std::max<std::int64_t>(1, most));
  return b;
}

DirectCopy copy_of(const Correlation& c, const DirectBox& box) {
  DirectCopy copy;
  std::int64_t phases = 1;
  copy.phase = 1;
  for (std::size_t i = 0; i < 3; ++i) {
    copy.extent[i] = box.size[i] + c.axes[i].reach;
    copy.phase *= copy.extent[i];
    phases *= static_cast<std::int64_t>(c.axes[i].remainders.size());
  }
  copy.channel = copy.phase * phases;
  copy.image = copy.channel * c.channels;
  return copy;
}

void find_vectors(const DirectCopy& copy, const DirectBox& box,
                  std::int64_t lanes, const DirectPitches* final,
                  DirectVectors& v) {
  const Three& e = copy.extent;
  const DirectPitches p = final ? *final : DirectPitches{};
  const std::array<std::int64_t, 12> key{
      e[0],        e[1],       e[2],  copy.image, box.size[0], box.size[1],
      box.size[2], box.images, lanes, p.row,      p.plane,     p.image};
  if (v.key == key) return;
  v.key = key;
  const Cut cut = cut_of(box.size, e, lanes);
  v.from.clear();
  v.to.clear();
  v.by_rows = cut.by_rows;
  auto add = [&](std::int64_t from, std::int64_t to) {
    v.from.push_back(from);
    v.to.push_back(to);
  };
  const std::int64_t plane = e[1] * e[2], per_plane = cut.a_plane * lanes;
  if (cut.by_rows) {
    const std::int64_t width = box.size[2], area = width * box.size[1];
    v.pitch = final ? *final : DirectPitches{width, area, area * box.size[0]};
  } else {
    v.pitch = {e[2], cut.by_planes ? per_plane : plane, cut.count * lanes};
  }
  v.row_length = box.images * v.pitch.image;
  for (std::int64_t n = 0; n < box.images; ++n) {
    const std::int64_t image = n * copy.image, to = n * v.pitch.image;
    if (!cut.by_rows) {
      for (std::int64_t i = 0; i < cut.count; ++i) {
        const std::int64_t z = cut.by_planes ? i / cut.a_plane : 0;
        add(image + z * (plane - per_plane) + i * lanes, to + i * lanes);
      }
      continue;
    }
    for (std::int64_t row = 0; row < box.size[0] * box.size[1]; ++row) {
      const std::int64_t z = row / box.size[1], y = row % box.size[1];
      for (std::int64_t i = 0; i < cut.a_row; ++i) {
        const std::int64_t x = std::min(i * lanes, box.size[2] - lanes);
        add(image + z * plane + y * e[2] + x,
            to + z * v.pitch.plane + y * v.pitch.row + x);
      }
    }
  }
}

double filled_lanes(const Three& results, const Three& extent,
                    std::int64_t lanes) {
  const Cut cut = cut_of(results, extent, lanes);
  return static_cast<double>(results[0] * results[1] * results[2]) /
         static_cast<double>(std::max<std::int64_t>(1, cut.count * lanes));
}

}  // namespace weft
