#include "ops/kernels/direct_run.h"

#include <algorithm>

#include "ops/kernels/direct_copy.h"
#include "ops/kernels/direct_results.h"

namespace weft {

namespace {

using Three = PatchPlan::Three;

/// Rows r0 … r1 − 1 of the results of a box, in `memory` or, if nothing is
/// returned, in y. Images of x are x_step apart.
template <class T>
DirectResults<T> correlate(const Correlation& c, const DirectBox& box,
                           std::int64_t r0, const T* x, std::int64_t x_step,
                           const T* w, const ResultMemory<T>& y,
                           std::vector<T>& memory) {
  DirectMemory<T>& m = DirectMemory<T>::of_thread();
  const DirectSet<T>& set = direct_set<T>();
  const auto& [to_plane, to_row, to_column] = c.to;
  const bool dense = to_column.step == 1;
  const DirectCopy copy = copy_of(c, box);
  find_taps(c, copy, m.taps);
  const DirectPitches final{to_column.size * to_row.step,
                            to_column.size * to_row.size * to_plane.step,
                            y.image_step};
  find_vectors(copy, box, set.lanes, dense ? &final : nullptr, m.vectors);
  const DirectVectors& v = m.vectors;
  DirectProduct<T> p;
  p.rows = y.channels;
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
  if (v.by_rows && dense) {
    std::int64_t first = -1;
    for_result_rows(
        c.to, {box.first, {1, 1, 1}, 1},
        [&](std::int64_t at, std::int64_t, std::int64_t) { first = at; });
    p.c = y.first + first;
    p.ldc = y.pixels;
    set.product(p);
    return {};
  }
  p.c = aligned(memory, p.rows * v.row_length);
  p.ldc = v.row_length;
  set.product(p);
  return {p.c, v.pitch, v.row_length, box, c.to};
}

/// Results without taps.
template <class T>
void clear_results(const Correlation& c, const DirectBox& box,
                   const ResultMemory<T>& y) {
  const std::int64_t step = c.to[2].step;
  y.for_channels(box.images, [&](std::int64_t, std::int64_t, T* to) {
    for_result_rows(c.to, box,
                    [&](std::int64_t at, std::int64_t, std::int64_t) {
                      for (std::int64_t k = 0; k < box.size[2]; ++k) {
                        to[at + k * step] = T(0);
                      }
                    });
  });
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
  const DirectBox box = work.boxes.at(at, g.out);
  if (box.is_empty()) return;
  DirectMemory<T>& m = DirectMemory<T>::of_thread();
  Correlation& c = m.correlation;
  plan_forward(g, c);
  const std::int64_t first = work.boxes.first_image(at) * g.groups + group;
  const std::int64_t r0 = c.rows * part / work.parts;
  const std::int64_t r1 = c.rows * (part + 1) / work.parts;
  const ResultMemory<T> to{y + (first * c.rows + r0) * g.positions(), r1 - r0,
                           g.positions(), g.groups * c.rows * g.positions()};
  write_results(correlate(c, box, r0, x + first * c.channels * g.pixels(),
                          g.groups * c.channels * g.pixels(),
                          w + group * c.rows * g.depth(), to, m.results),
                to);
}

template <class T>
void run_backward(const DirectWork& work, std::int64_t item, const T* y,
                  const T* w, T* x) {
  const PatchPlan& g = work.plan;
  const ItemPlace place = place_of(work, item);
  const std::int64_t first =
      work.boxes.first_image(place.box) * g.groups + place.group;
  const std::int64_t r0 = g.in_channels * place.part / work.parts;
  const std::int64_t r1 = g.in_channels * (place.part + 1) / work.parts;
  const ResultMemory<T> to{x + (first * g.in_channels + r0) * g.pixels(),
                           r1 - r0, g.pixels(),
                           g.groups * g.in_channels * g.pixels()};
  DirectMemory<T>& m = DirectMemory<T>::of_thread();
  Correlation& c = m.correlation;
  auto results_of = [&](const Three& phase,
                        std::vector<T>& memory) -> DirectResults<T> {
    plan_backward(g, phase, c);
    const DirectBox cut = work.boxes.at(
        place.box, {c.axes[0].results, c.axes[1].results, c.axes[2].results});
    if (cut.is_empty()) return {};
    if (!c.has_taps()) {
      clear_results(c, cut, to);
      return {};
    }
    return correlate(c, cut, r0, y + first * g.out_channels * g.positions(),
                     g.groups * g.out_channels * g.positions(),
                     w + place.group * g.out_channels * g.depth(), to, memory);
  };
  Three phase, phases;
  for (std::size_t i = 0; i < 3; ++i) {
    phases[i] = std::min(g.stride[i], g.in[i]);  // others are of no pixel
  }
  for (phase[0] = 0; phase[0] < phases[0]; ++phase[0]) {
    for (phase[1] = 0; phase[1] < phases[1]; ++phase[1]) {
      if (phases[2] == 2) {
        const auto even = results_of({phase[0], phase[1], 0}, m.results);
        const auto odd = results_of({phase[0], phase[1], 1}, m.sums);
        if (even.first && odd.first) {
          write_results(even, odd, to);
        } else {
          write_results(even, to);
          write_results(odd, to);
        }
        continue;
      }
      for (phase[2] = 0; phase[2] < phases[2]; ++phase[2]) {
        write_results(results_of(phase, m.results), to);
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
