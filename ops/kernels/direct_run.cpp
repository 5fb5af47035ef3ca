#include "ops/kernels/direct_run.h"

#include <algorithm>

#include "ops/kernels/direct_copy.h"

namespace weft {

namespace {

using Three = PatchPlan::Three;

/// f(element of the result in its channel, places in the box) for each row of
/// results of an image.
template <class F>
void for_result_rows(const Correlation& c, const DirectBox& box, F f) {
  const auto& [z, y, w] = c.axes;
  for (std::int64_t i = 0; i < box.size[0]; ++i) {
    const std::int64_t pz = z.to + (box.first[0] + i) * z.to_step;
    for (std::int64_t j = 0; j < box.size[1]; ++j) {
      const std::int64_t py = y.to + (box.first[1] + j) * y.to_step;
      f((pz * y.to_size + py) * w.to_size + w.to + box.first[2] * w.to_step, i,
        j);
    }
  }
}

/// Rows r0 … r1 − 1 of the results of a box. Images of x and y are x_step and
/// y_step apart.
template <class T>
void correlate(const Correlation& c, const DirectBox& box, std::int64_t r0,
               std::int64_t r1, const T* x, std::int64_t x_step, const T* w,
               T* y, std::int64_t y_step) {
  if (box.size[0] * box.size[1] * box.size[2] == 0) return;
  DirectMemory<T>& m = DirectMemory<T>::of_thread();
  const DirectSet<T>& set = direct_set<T>();
  const DirectAxis& last = c.axes[2];
  const std::int64_t to_pixels = c.to_pixels(), step = last.to_step;
  const DirectCopy copy = copy_of(c, box);
  find_taps(c, copy, m.taps);
  const DirectPitches final{
      last.to_size * c.axes[1].to_step,
      last.to_size * c.axes[1].to_size * c.axes[0].to_step, y_step};
  find_vectors(copy, box, set.lanes, step == 1 ? &final : nullptr, m.vectors);
  const DirectVectors& v = m.vectors;
  const bool in_place = v.by_rows && step == 1;
  DirectProduct<T> p;
  p.rows = r1 - r0;
  p.channels = c.channels;
  p.taps = static_cast<std::int64_t>(m.taps.size());
  p.vectors = static_cast<std::int64_t>(v.from.size());
  p.a = w + r0 * c.row_step;
  p.row_step = c.row_step;
  p.channel_step = c.channel_step;
  p.tap = m.taps.data();
  p.x = copy_images(c, box, copy, x, x_step, m);
  p.plane = copy.channel;
  p.from = v.from.data();
  p.to = v.to.data();
  if (in_place) {
    std::int64_t first = -1;
    for_result_rows(
        c, {box.first, {1, 1, 1}, 1},
        [&](std::int64_t at, std::int64_t, std::int64_t) { first = at; });
    p.c = y + r0 * to_pixels + first;
    p.ldc = to_pixels;
    set.product(p);
    return;
  }
  p.c = aligned(m.results, p.rows * v.row_length);
  p.ldc = v.row_length;
  set.product(p);
  for (std::int64_t n = 0; n < box.images; ++n) {
    for (std::int64_t r = 0; r < p.rows; ++r) {
      const T* from = p.c + r * p.ldc + n * v.pitch.image;
      T* to = y + n * y_step + (r0 + r) * to_pixels;
      for_result_rows(
          c, box, [&](std::int64_t at, std::int64_t i, std::int64_t j) {
            const T* row = from + i * v.pitch.plane + j * v.pitch.row;
            copy_runs(box.size[2], 1, row, 1, to + at, step);
          });
    }
  }
}

/// Results without taps.
template <class T>
void clear_results(const Correlation& c, const DirectBox& box, std::int64_t r0,
                   std::int64_t r1, T* y, std::int64_t y_step) {
  const std::int64_t step = c.axes[2].to_step;
  for (std::int64_t n = 0; n < box.images; ++n) {
    for (std::int64_t r = r0; r < r1; ++r) {
      T* to = y + n * y_step + r * c.to_pixels();
      for_result_rows(c, box, [&](std::int64_t at, std::int64_t, std::int64_t) {
        for (std::int64_t k = 0; k < box.size[2]; ++k) {
          to[at + k * step] = T(0);
        }
      });
    }
  }
}

Three strides_or_size(const PatchPlan& g) {
  Three n;
  for (std::size_t i = 0; i < 3; ++i) {
    n[i] = (g.in[i] + g.stride[i] - 1) / g.stride[i];
  }
  return n;
}

/// Parts of the channels where there are few boxes.
std::int64_t parts_of(const DirectWork& w, std::int64_t rows) {
  const std::int64_t all = w.plan.groups * w.boxes.count();
  return std::clamp<std::int64_t>(8 / std::max<std::int64_t>(1, all), 1,
                                  std::max<std::int64_t>(1, rows / 8));
}

struct ItemPlace {
  std::int64_t box, group, part;
};

ItemPlace place_of(const DirectWork& work, std::int64_t item) {
  const std::int64_t boxes = work.boxes.of_image(), outer = item / boxes;
  const std::int64_t together = outer / work.parts / work.plan.groups;
  return {together * boxes + item % boxes,
          outer / work.parts % work.plan.groups, outer % work.parts};
}

/// Fewer lanes than that filled: patches take less.
constexpr double kLeastFilled = 0.3;
/// The widest vectors of direct_set<float>(): the choice of the way is the same
/// for all processors.
constexpr std::int64_t kLanes = 16;

/// True if copies of images are mostly zeros of wide edges, whose size nothing
/// but the padding bounds: patches take less memory.
bool is_mostly_edge(const PatchPlan& g, const Three& extent,
                    std::int64_t phases) {
  constexpr double kShare = 64, kSmall = 4096;
  double copied = static_cast<double>(phases);
  for (const std::int64_t n : extent) copied *= static_cast<double>(n);
  const auto read_and_written = static_cast<double>(g.pixels() + g.positions());
  return copied > kSmall + kShare * read_and_written;
}

}  // namespace

bool direct_forward(const PatchPlan& g, DirectWork& work) {
  if (g.is_plain() || g.depth() == 0 || g.positions() == 0) return false;
  Correlation& c = DirectMemory<float>::of_thread().correlation;
  plan_forward(g, c);
  Three reach, extent;
  std::int64_t phases = 1;
  for (std::size_t i = 0; i < 3; ++i) {
    reach[i] = c.axes[i].reach;
    extent[i] = g.out[i] + reach[i];
    phases *= static_cast<std::int64_t>(c.axes[i].remainders.size());
  }
  if (filled_lanes(g.out, extent, kLanes) < kLeastFilled) return false;
  if (is_mostly_edge(g, extent, phases)) return false;
  work.plan = g;
  work.boxes =
      boxes_of(g.out, reach, phases * g.in_channels, g.images, g.groups);
  work.parts = parts_of(work, g.out_channels);
  return true;
}

bool direct_backward(const PatchPlan& g, DirectWork& work) {
  if (g.is_plain() || g.depth() == 0 || g.positions() == 0) return false;
  const Three results = strides_or_size(g);
  Three reach, extent;
  for (std::size_t i = 0; i < 3; ++i) {
    reach[i] = (g.kernel[i] - 1) * g.dilation[i] / g.stride[i];
    extent[i] = results[i] + reach[i];
  }
  if (filled_lanes(results, extent, kLanes) < kLeastFilled) return false;
  if (is_mostly_edge(g, extent, 1)) return false;
  work.plan = g;
  work.boxes = boxes_of(results, reach, g.out_channels, g.images, g.groups);
  work.parts = parts_of(work, g.in_channels);
  return true;
}

template <class T>
void run_forward(const DirectWork& work, std::int64_t item, const T* x,
                 const T* w, T* y) {
  const PatchPlan& g = work.plan;
  const auto [at, group, part] = place_of(work, item);
  Correlation& c = DirectMemory<T>::of_thread().correlation;
  plan_forward(g, c);
  const std::int64_t first = work.boxes.first_image(at) * g.groups + group;
  correlate(
      c, work.boxes.at(at, g.out), c.rows * part / work.parts,
      c.rows * (part + 1) / work.parts, x + first * c.channels * g.pixels(),
      g.groups * c.channels * g.pixels(), w + group * c.rows * g.depth(),
      y + first * c.rows * g.positions(), g.groups * c.rows * g.positions());
}

template <class T>
void run_backward(const DirectWork& work, std::int64_t item, const T* y,
                  const T* w, T* x) {
  const PatchPlan& g = work.plan;
  const auto [at, group, part] = place_of(work, item);
  const std::int64_t first = work.boxes.first_image(at) * g.groups + group;
  const std::int64_t r0 = g.in_channels * part / work.parts;
  const std::int64_t r1 = g.in_channels * (part + 1) / work.parts;
  Correlation& c = DirectMemory<T>::of_thread().correlation;
  Three phase, phases;
  for (std::size_t i = 0; i < 3; ++i) {
    phases[i] = std::min(g.stride[i], g.in[i]);  // others are of no pixel
  }
  for (phase[0] = 0; phase[0] < phases[0]; ++phase[0]) {
    for (phase[1] = 0; phase[1] < phases[1]; ++phase[1]) {
      for (phase[2] = 0; phase[2] < phases[2]; ++phase[2]) {
        plan_backward(g, phase, c);
        const DirectBox cut = work.boxes.at(
            at, {c.axes[0].results, c.axes[1].results, c.axes[2].results});
        T* to = x + first * g.in_channels * g.pixels();
        const std::int64_t to_step = g.groups * g.in_channels * g.pixels();
        if (!c.has_taps()) {
          clear_results(c, cut, r0, r1, to, to_step);
          continue;
        }
        correlate(c, cut, r0, r1, y + first * g.out_channels * g.positions(),
                  g.groups * g.out_channels * g.positions(),
                  w + group * g.out_channels * g.depth(), to, to_step);
      }
    }
  }
}

template void run_forward(const DirectWork&, std::int64_t, const float*,
                          const float*, float*);
template void run_forward(const DirectWork&, std::int64_t, const double*,
                          const double*, double*);
template void run_backward(const DirectWork&, std::int64_t, const float*,
                           const float*, float*);
template void run_backward(const DirectWork&, std::int64_t, const double*,
                           const double*, double*);

}  // namespace weft
