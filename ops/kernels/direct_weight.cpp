#include "ops/kernels/direct_copy.h"
#include "ops/kernels/direct_run.h"

namespace weft {

namespace {

using Three = PatchPlan::Three;

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
                      DirectMemory<T>& m) {
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

/// Adds what a box of a group gives, by sums over the vectors of y.
template <class T>
void add_sums(const DirectWork& work, std::int64_t item, const T* x, const T* y,
              T* w) {
  const PatchPlan& g = work.plan;
  const std::int64_t group = item % g.groups, at = item / g.groups;
  DirectMemory<T>& m = DirectMemory<T>::of_thread();
  Correlation& c = m.correlation;
  plan_forward(g, c);
  const DirectBox box = work.boxes.at(at, g.out);
  if (box.is_empty()) return;
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

/// y of a box with the channels of each place side by side, `width` apart.
template <class T>
const T* turn_box(const PatchPlan& g, const DirectBox& box, const T* y,
                  std::int64_t image_step, std::int64_t width,
                  DirectMemory<T>& m) {
  const std::int64_t count = box.size[0] * box.size[1] * box.size[2];
  T* const turned = aligned(m.results, box.images * count * width);
  if (width > g.out_channels) {
    std::fill_n(turned, box.images * count * width, T(0));
  }
  // Whole rows lie one after the other.
  const bool whole = box.size[2] == g.out[2];
  const std::int64_t run = whole ? box.size[1] * box.size[2] : box.size[2];
  T* to = turned;
  for (std::int64_t n = 0; n < box.images; ++n) {
    for (std::int64_t i = 0; i < box.size[0]; ++i) {
      for (std::int64_t j = 0; j < (whole ? 1 : box.size[1]); ++j) {
        const std::int64_t place =
            ((box.first[0] + i) * g.out[1] + box.first[1] + j) * g.out[2] +
            box.first[2];
        direct_set<T>().transpose(g.out_channels, run,
                                  y + n * image_step + place, g.positions(), to,
                                  width);
        to += run * width;
      }
    }
  }
  return turned;
}

/// The gradient of channels c0 … c1 − 1 of one group from boxes b0 … b1 − 1:
/// tap by tap the product of the pixels under it with y, turned. All of it is
/// written.
template <class T>
void sum_turned(const DirectWork& work, std::int64_t group, std::int64_t c0,
                std::int64_t c1, std::int64_t b0, std::int64_t b1, const T* x,
                const T* y, T* w) {
  const PatchPlan& g = work.plan;
  DirectMemory<T>& m = DirectMemory<T>::of_thread();
  Correlation& c = m.correlation;
  plan_forward(g, c);
  c.channels = c1 - c0;
  const std::int64_t lanes = direct_sum_lanes<T>, taps = g.kernel_size();
  const std::int64_t width = (g.out_channels + lanes - 1) / lanes * lanes;
  T* const sums = aligned(m.sums, taps * c.channels * width);
  if (b0 == b1) std::fill_n(sums, taps * c.channels * width, T(0));
  const DirectSet<T>& set = direct_set<T>();
  for (std::int64_t b = b0; b < b1; ++b) {
    const DirectBox box = work.boxes.at(b, g.out);
    const DirectCopy copy = copy_of(c, box);
    find_taps(c, copy, m.taps);
    m.places.clear();
    for (std::int64_t i = 0; i < box.size[0] * box.size[1]; ++i) {
      const std::int64_t row =
          (i / box.size[1] * copy.extent[1] + i % box.size[1]) * copy.extent[2];
      for (std::int64_t j = 0; j < box.size[2]; ++j) {
        m.places.push_back(
            {row + j, static_cast<std::int64_t>(m.places.size()) * width});
      }
    }
    m.pixels.clear();  // here of the vectors of a row of y
    for (std::int64_t v = 0; v < width; v += set.lanes) m.pixels.push_back(v);
    const std::int64_t first = work.boxes.first_image(b) * g.groups + group;
    DirectProduct<T> p;
    p.rows = c.channels;
    p.channels = box.images;
    p.taps = static_cast<std::int64_t>(m.places.size());
    p.vectors = static_cast<std::int64_t>(m.pixels.size());
    const T* pixels =
        copy_images(c, box, copy, x + (first * g.in_channels + c0) * g.pixels(),
                    g.groups * g.in_channels * g.pixels(), m);
    p.row_step = copy.channel;
    p.channel_step = copy.image;
    p.tap = m.places.data();
    p.x = turn_box(g, box, y + first * g.out_channels * g.positions(),
                   g.groups * g.out_channels * g.positions(), width, m);
    p.plane = p.taps * width;
    p.from = p.to = m.pixels.data();
    p.ldc = width;
    p.add = b > b0;
    for (std::int64_t t = 0; t < taps; ++t) {
      p.a = pixels + m.taps[static_cast<std::size_t>(t)].pixel;
      p.c = sums + t * c.channels * width;
      set.product(p);
    }
  }
  for (std::int64_t o = 0; o < g.out_channels; ++o) {
    T* to = w + ((group * g.out_channels + o) * g.in_channels + c0) * taps;
    for (std::int64_t i = 0; i < c.channels; ++i) {
      for (std::int64_t t = 0; t < taps; ++t) {
        *to++ = sums[(t * c.channels + i) * width + o];
      }
    }
  }
}

}  // namespace

bool direct_weight(const PatchPlan& g, DirectWork& work) {
  // Fewer channels leave lanes or rows of turned products empty; more elements
  // are better not summed from tile to tile.
  constexpr std::int64_t kOut = 24, kIn = 8, kElements = 64 * 1024, kChunk = 32;
  constexpr std::int64_t kFewPositions = 64;
  if (!direct_forward(g, work)) return false;
  work.parts = 1;
  work.turned = g.out_channels >= kOut && g.in_channels >= kIn;
  std::int64_t channels = g.in_channels;
  if (!work.turned && g.positions() > kFewPositions) return true;
  if (work.turned && g.groups * g.out_channels * g.depth() > kElements) {
    const std::int64_t parts = std::clamp<std::int64_t>(
        8 / g.groups, 1, std::max<std::int64_t>(1, channels / kChunk));
    work.chunks = g.groups * parts;
    channels = (channels + parts - 1) / parts;
  }
  Three reach;
  std::int64_t phases = 1;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t span = (g.kernel[i] - 1) * g.dilation[i];
    reach[i] = span / g.stride[i];
    phases *= std::min(g.stride[i], span + 1);
  }
  // Each box ends with a sum over lanes for each weight, which takes longer
  // than a few positions: there, as many images as fit.
  const bool together = work.chunks > 0 || !work.turned;
  work.boxes =
      boxes_of(g.out, reach, std::max(phases * channels, g.out_channels),
               g.images, together ? 8 : 1);
  return true;
}

template <class T>
void sum_weight(const DirectWork& work, std::int64_t begin, std::int64_t end,
                const T* x, const T* y, T* w) {
  const PatchPlan& g = work.plan;
  if (!work.turned) {
    std::fill_n(w, g.groups * g.out_channels * g.depth(), T(0));
    for (std::int64_t i = begin; i < end; ++i) add_sums(work, i, x, y, w);
    return;
  }
  for (std::int64_t group = 0; group < g.groups; ++group) {
    sum_turned(work, group, 0, g.in_channels, begin, end, x, y, w);
  }
}

template <class T>
void write_weight(const DirectWork& work, std::int64_t chunk, const T* x,
                  const T* y, T* w) {
  const std::int64_t n = work.plan.in_channels;
  const std::int64_t parts = work.chunks / work.plan.groups;
  const std::int64_t part = chunk % parts;
  sum_turned(work, chunk / parts, n * part / parts, n * (part + 1) / parts, 0,
             work.boxes.count(), x, y, w);
}

template void sum_weight(const DirectWork&, std::int64_t, std::int64_t,
                         const float*, const float*, float*);
template void sum_weight(const DirectWork&, std::int64_t, std::int64_t,
                         const double*, const double*, double*);
template void write_weight(const DirectWork&, std::int64_t, const float*,
                           const float*, float*);
template void write_weight(const DirectWork&, std::int64_t, const double*,
                           const double*, double*);

}  // namespace weft
