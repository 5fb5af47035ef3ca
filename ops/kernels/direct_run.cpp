#include "ops/kernels/direct_run.h"

#include <algorithm>

#include "ops/kernels/direct_copy.h"

namespace weft {

namespace {

using Three = PatchPlan::Three;

/// Memory of this thread, kept from call to call.
template <class T>
struct Memory {
  Correlation correlation;
  DirectVectors vectors;
  std::vector<DirectTap> taps;
  std::vector<std::int64_t> pixels;  // of the columns of sums
  std::vector<T> copy, results;
  std::vector<char> mask;

  static Memory& of_thread() {
    static thread_local Memory memory;
    return memory;
  }
};

/// The first of n elements that begin with a cache line.
template <class T>
T* aligned(std::vector<T>& memory, std::int64_t n) {
  constexpr std::size_t kLine = 64;
  const std::size_t size = static_cast<std::size_t>(n) + kLine / sizeof(T);
  if (memory.size() < size) memory.resize(size);
  const std::size_t over =
      reinterpret_cast<std::uintptr_t>(memory.data()) % kLine;
  return memory.data() + (kLine - over) % kLine / sizeof(T);
}

template <class T>
const T* copy_images(const Correlation& c, const DirectBox& box,
                     const DirectCopy& copy, const T* x,
                     std::int64_t image_step, Memory<T>& m) {
  // Vectors may reach behind the last pixel.
  T* to = aligned(m.copy, box.images * copy.image + 64);
  for (std::int64_t n = 0; n < box.images; ++n) {
    copy_image(c, box, copy, x + n * image_step, to + n * copy.image);
  }
  return to;
}

void find_taps(const Correlation& c, const DirectCopy& copy,
               std::vector<DirectTap>& taps) {
  const auto& [z, y, w] = c.axes;
  const auto ny = static_cast<std::int64_t>(y.remainders.size());
  const auto nw = static_cast<std::int64_t>(w.remainders.size());
  taps.clear();
  for (const auto& a : z.taps) {
    for (const auto& b : y.taps) {
      for (const auto& d : w.taps) {
        taps.push_back(
            {a.kernel * c.kernel_steps[0] + b.kernel * c.kernel_steps[1] +
                 d.kernel * c.kernel_steps[2],
             ((a.phase * ny + b.phase) * nw + d.phase) * copy.phase +
                 (a.shift * copy.extent[1] + b.shift) * copy.extent[2] +
                 d.shift});
      }
    }
  }
}

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
  Memory<T>& m = Memory<T>::of_thread();
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
            if (step == 1) return copy_row(row, box.size[2], to + at);
            for (std::int64_t k = 0; k < box.size[2]; ++k) {
              to[at + k * step] = row[k];
            }
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

/// Rows of y, of one image and channel, in the places of the sums' vectors, and
/// zeros in all other lanes. `row(i, j)` is the first of a row's elements.
template <class T, class Row>
void spread_rows(const DirectBox& box, const DirectVectors& v, T* to, Row row) {
  constexpr std::int64_t lanes = direct_sum_lanes<T>;
  const std::int64_t width = box.size[2];
  if (v.by_rows) {
    // The last vector of a row has elements again that the one before has.
    const std::int64_t whole = (width - 1) / lanes * lanes;
    for (std::int64_t i = 0; i < box.size[0]; ++i) {
      for (std::int64_t j = 0; j < box.size[1]; ++j, to += whole + lanes) {
        const T* from = row(i, j);
        copy_row(from, whole, to);
        std::fill_n(to + whole, whole + lanes - width, T(0));
        copy_row(from + whole, width - whole, to + 2 * whole + lanes - width);
      }
    }
    return;
  }
  std::int64_t done = 0;
  for (std::int64_t i = 0; i < box.size[0]; ++i) {
    for (std::int64_t j = 0; j < box.size[1]; ++j) {
      const std::int64_t at = i * v.pitch.plane + j * v.pitch.row;
      for (; done < at; ++done) to[done] = T(0);
      copy_row(row(i, j), width, to + at);
      done = at + width;
    }
  }
  for (; done < v.pitch.image; ++done) to[done] = T(0);
}

/// Ones in the lanes that count, for vectors that run on from row to row.
template <class T>
const void* find_mask(const DirectBox& box, const DirectVectors& v,
                      Memory<T>& m) {
  if (v.by_rows) return nullptr;
  using Bits = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  const std::int64_t bytes =
      v.row_length * static_cast<std::int64_t>(sizeof(Bits));
  auto* first = reinterpret_cast<Bits*>(aligned(m.mask, bytes));
  for (std::int64_t n = 0; n < box.images; ++n) {
    Bits* to = first + n * v.pitch.image;
    std::fill_n(to, v.pitch.image, Bits(0));
    for (std::int64_t i = 0; i < box.size[0]; ++i) {
      for (std::int64_t j = 0; j < box.size[1]; ++j) {
        std::fill_n(to + i * v.pitch.plane + j * v.pitch.row, box.size[2],
                    Bits(-1));
      }
    }
  }
  return first;
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

/// Fewer lanes than that filled: patches take less.
constexpr double kLeastFilled = 0.3;
/// The widest vectors of direct_set<float>(): the choice of the way is the same
/// for all processors.
constexpr std::int64_t kLanes = 16;

}  // namespace

bool direct_forward(const PatchPlan& g, DirectWork& work) {
  if (g.is_plain() || g.depth() == 0 || g.positions() == 0) return false;
  Correlation& c = Memory<float>::of_thread().correlation;
  plan_forward(g, c);
  Three reach, extent;
  std::int64_t phases = 1;
  for (std::size_t i = 0; i < 3; ++i) {
    reach[i] = c.axes[i].reach;
    extent[i] = g.out[i] + reach[i];
    phases *= static_cast<std::int64_t>(c.axes[i].remainders.size());
  }
  if (filled_lanes(g.out, extent, kLanes) < kLeastFilled) return false;
  work.plan = g;
  work.boxes = boxes_of(g.out, reach, phases, g.in_channels, g.images);
  work.parts = parts_of(work, g.out_channels);
  return true;
}

bool direct_weight(const PatchPlan& g, DirectWork& work) {
  if (!direct_forward(g, work)) return false;
  work.parts = 1;
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
  work.plan = g;
  work.boxes = boxes_of(results, reach, 1, g.out_channels, g.images);
  work.parts = parts_of(work, g.in_channels);
  return true;
}

template <class T>
void run_forward(const DirectWork& work, std::int64_t item, const T* x,
                 const T* w, T* y) {
  const PatchPlan& g = work.plan;
  const std::int64_t part = item % work.parts, box = item / work.parts;
  const std::int64_t group = box % g.groups, at = box / g.groups;
  Correlation& c = Memory<T>::of_thread().correlation;
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
  const std::int64_t part = item % work.parts, box = item / work.parts;
  const std::int64_t group = box % g.groups, at = box / g.groups;
  const std::int64_t first = work.boxes.first_image(at) * g.groups + group;
  const std::int64_t r0 = g.in_channels * part / work.parts;
  const std::int64_t r1 = g.in_channels * (part + 1) / work.parts;
  Correlation& c = Memory<T>::of_thread().correlation;
  Three phase;
  for (phase[0] = 0; phase[0] < g.stride[0]; ++phase[0]) {
    for (phase[1] = 0; phase[1] < g.stride[1]; ++phase[1]) {
      for (phase[2] = 0; phase[2] < g.stride[2]; ++phase[2]) {
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

template <class T>
void add_weight(const DirectWork& work, std::int64_t item, const T* x,
                const T* y, T* w) {
  const PatchPlan& g = work.plan;
  const std::int64_t group = item % g.groups, at = item / g.groups;
  Memory<T>& m = Memory<T>::of_thread();
  Correlation& c = m.correlation;
  plan_forward(g, c);
  const DirectBox box = work.boxes.at(at, g.out);
  if (box.size[0] * box.size[1] * box.size[2] == 0) return;
  const DirectCopy copy = copy_of(c, box);
  find_taps(c, copy, m.taps);
  find_vectors(copy, box, direct_sum_lanes<T>, nullptr, m.vectors);
  const DirectVectors& v = m.vectors;
  m.pixels.clear();
  for (std::int64_t i = 0; i < c.channels; ++i) {
    for (const DirectTap& t : m.taps) {
      m.pixels.push_back(i * copy.channel + t.pixel);
    }
  }
  const std::int64_t first = work.boxes.first_image(at) * g.groups + group;
  DirectSums<T> s;
  s.rows = c.rows;
  s.depth = g.depth();
  s.vectors = static_cast<std::int64_t>(v.from.size());
  s.ldy = s.vectors * direct_sum_lanes<T>;
  s.x = copy_images(c, box, copy, x + first * c.channels * g.pixels(),
                    g.groups * c.channels * g.pixels(), m);
  s.pixel = m.pixels.data();
  s.from = v.from.data();
  s.mask = find_mask(box, v, m);
  s.sum = w + group * c.rows * g.depth();
  T* to = aligned(m.results, s.rows * s.ldy);
  s.y = to;
  const std::int64_t image = s.ldy / box.images;
  for (std::int64_t n = 0; n < box.images; ++n) {
    for (std::int64_t r = 0; r < c.rows; ++r) {
      const T* from = y + ((first + n * g.groups) * c.rows + r) * g.positions();
      spread_rows(box, v, to + r * s.ldy + n * image,
                  [&](std::int64_t i, std::int64_t j) {
                    return from +
                           ((box.first[0] + i) * g.out[1] + box.first[1] + j) *
                               g.out[2] +
                           box.first[2];
                  });
    }
  }
  direct_set<T>().sums(s);
}

template void run_forward(const DirectWork&, std::int64_t, const float*,
                          const float*, float*);
template void run_forward(const DirectWork&, std::int64_t, const double*,
                          const double*, double*);
template void run_backward(const DirectWork&, std::int64_t, const float*,
                           const float*, float*);
template void run_backward(const DirectWork&, std::int64_t, const double*,
                           const double*, double*);
template void add_weight(const DirectWork&, std::int64_t, const float*,
                         const float*, float*);
template void add_weight(const DirectWork&, std::int64_t, const double*,
                         const double*, double*);

}  // namespace weft
