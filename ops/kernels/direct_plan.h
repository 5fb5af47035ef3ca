#pragma once

// How a convolution, or its gradient, becomes products of ops/kernels/direct.h:
// boxes of results, the copy of the pixels under a box, and its vectors.

#include <array>
#include <cstdint>
#include <vector>

#include "ops/kernels/direct.h"
#include "ops/kernels/patches.h"

namespace weft {

/// One axis of a correlation: result i is the sum over taps of the pixels at
/// (i + shift)·in_step + remainder + origin, which are zero beside the image.
/// The copy has the pixels of each remainder side by side (a phase), so that
/// the taps are shifts whatever the stride is.
struct DirectAxis {
  struct Tap {
    std::int64_t kernel, phase, shift;
  };
  std::int64_t results = 1;
  std::int64_t in_size = 1, in_step = 1, origin = 0;
  std::int64_t reach = 0;  ///< the greatest shift
  std::vector<std::int64_t> remainders;
  std::vector<Tap> taps;
};

/// Result i of an axis is at first + i·step of `size` places.
struct ResultPlaces {
  std::int64_t first = 0, step = 1, size = 1;
};

/// The sums of one group of channels.
struct Correlation {
  std::array<DirectAxis, 3> axes;
  std::array<ResultPlaces, 3> to;
  std::int64_t channels = 0, rows = 0;          ///< summed over; of results
  std::int64_t row_step = 0, channel_step = 0;  ///< of weights
  std::int64_t kernel_steps[3] = {1, 1, 1};     ///< of weights, by axis

  std::int64_t in_pixels() const;
  bool has_taps() const;
};

/// y from x and w.
void plan_forward(const PatchPlan& g, Correlation& c);
/// The part of x from y and w whose places on each axis leave the remainder
/// `phase` when they are divided by the stride.
void plan_backward(const PatchPlan& g, const PatchPlan::Three& phase,
                   Correlation& c);

/// Results first … first + size − 1 of each axis, of some images.
struct DirectBox {
  PatchPlan::Three first{0, 0, 0}, size{1, 1, 1};
  std::int64_t images = 1;

  bool is_empty() const { return size[0] * size[1] * size[2] == 0; }
};

/// All results cut into boxes whose pixels stay in cache.
struct DirectBoxes {
  PatchPlan::Three results, size, counts;
  std::int64_t images = 0, together = 1;  ///< images, and of one box

  std::int64_t groups_of_images() const {
    return (images + together - 1) / together;
  }
  std::int64_t of_image() const { return counts[0] * counts[1] * counts[2]; }
  std::int64_t count() const { return groups_of_images() * of_image(); }
  std::int64_t first_image(std::int64_t box) const {
    return box / of_image() * together;
  }
  /// Cut to the results, of which there may be none.
  DirectBox at(std::int64_t box, const PatchPlan::Three& results) const;
};
/// For pixels of that many channels and phases together, of which `reach` more
/// than results are read along each axis.
DirectBoxes boxes_of(const PatchPlan::Three& results,
                     const PatchPlan::Three& reach, std::int64_t channels,
                     std::int64_t images, std::int64_t groups);

/// The copy of the pixels under a box: images of channels of phases.
struct DirectCopy {
  PatchPlan::Three extent;
  std::int64_t phase = 0, channel = 0, image = 0;  ///< distances
};
DirectCopy copy_of(const Correlation& c, const DirectBox& box);

/// Distances of results in memory: of rows, planes and images.
struct DirectPitches {
  std::int64_t row = 0, plane = 0, image = 0;
};

/// The vectors of a box, and where its results lie in a row of C.
struct DirectVectors {
  std::vector<std::int64_t> from, to;
  DirectPitches pitch;
  std::int64_t row_length = 0;  ///< elements of a row of C
  /// Rows begin with a vector each, and the last of them ends with the row;
  /// otherwise vectors run on from row to row.
  bool by_rows = false;

  /// What these vectors were found for: most boxes are equal.
  std::array<std::int64_t, 12> key{};
};
/// Results by rows have the pitches of `final` if that is given.
void find_vectors(const DirectCopy& copy, const DirectBox& box,
                  std::int64_t lanes, const DirectPitches* final,
                  DirectVectors& v);
/// The share of the vectors' lanes that results fill.
double filled_lanes(const PatchPlan::Three& results,
                    const PatchPlan::Three& extent, std::int64_t lanes);

}  // namespace weft
