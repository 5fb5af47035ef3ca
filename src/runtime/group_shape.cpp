#include "src/runtime/group_shape.h"

#include <algorithm>

namespace weft::runtime {

namespace {

/// Elements to advance along each axis of `shape` when reading `input`.
std::vector<std::int64_t> broadcast_strides(const Shape& input,
                                            const Shape& shape) {
  std::vector<std::int64_t> strides(static_cast<std::size_t>(shape.rank()));
  std::int64_t stride = 1;
  for (int i = input.rank(); i-- > 0;) {
    const int axis = i + shape.rank() - input.rank();
    if (input.dim(i) != 1) strides[static_cast<std::size_t>(axis)] = stride;
    // What is empty may have any other sizes; its strides are not used.
    if (__builtin_mul_overflow(stride, input.dim(i), &stride)) stride = 0;
  }
  return strides;
}

Shape with_last(Shape shape) {
  shape.push_back(1);
  return shape;
}

}  // namespace

bool InputView::same_for_all_rows() const {
  return std::all_of(outer.begin(), outer.end(),
                     [](std::int64_t s) { return s == 0; });
}

GroupShape::GroupShape(const passes::Group& group,
                       std::span<const Shape> input_shapes, const Shape& shape,
                       bool keep_rows) {
  const std::size_t count = input_shapes.size();
  std::vector<std::vector<std::int64_t>> all;
  for (std::size_t i = 0; i < count; ++i) {
    const Shape& s = input_shapes[i];
    all.push_back(broadcast_strides(
        group.inputs[i].lacks_last ? with_last(s) : s, shape));
  }
  std::vector<std::int64_t> extents;
  std::vector<std::vector<std::int64_t>> strides(count);
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const auto a = static_cast<std::size_t>(axis);
    const bool last = keep_rows && axis == shape.rank() - 1;
    const std::int64_t extent = shape.dim(axis);
    if (extent == 1 && !last) continue;
    bool merge = !extents.empty() && !last;
    for (std::size_t i = 0; merge && i < count; ++i) {
      merge = strides[i].back() == all[i][a] * extent;
    }
    if (merge) {
      extents.back() *= extent;
    } else {
      extents.push_back(extent);
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (!merge) strides[i].push_back(0);
      strides[i].back() = all[i][a];
    }
  }
  inputs.resize(count);
  if (extents.empty()) return;
  columns = extents.back();
  outer.assign(extents.begin(), extents.end() - 1);
  for (std::int64_t n : outer) rows *= n;
  for (std::size_t i = 0; i < count; ++i) {
    inputs[i].outer.assign(strides[i].begin(), strides[i].end() - 1);
    inputs[i].column = strides[i].back();
  }
}

std::int64_t GroupShape::row_offset(std::size_t i, std::int64_t r) const {
  const std::vector<std::int64_t>& strides = inputs[i].outer;
  std::int64_t offset = 0;
  for (std::size_t axis = outer.size(); axis-- > 1;) {
    offset += r % outer[axis] * strides[axis];
    r /= outer[axis];
  }
  return outer.empty() ? 0 : offset + r * strides[0];
}

bool GroupShape::rows_advance_by(std::size_t i, std::int64_t stride) const {
  for (std::size_t axis = outer.size(); axis-- > 0;) {
    if (inputs[i].outer[axis] != stride) return false;
    stride *= outer[axis];
  }
  return true;
}

}  // namespace weft::runtime
