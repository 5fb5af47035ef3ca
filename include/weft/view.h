#pragma once

#include <cstdint>

#include "weft/shape.h"

namespace weft {

/// What a kernel sees of a tensor: contiguous, row-major elements and a
/// concrete shape. It owns nothing.
template <class T>
class View {
 public:
  View(T* data, const Shape* shape) : data_(data), shape_(shape) {}

  T* data() const { return data_; }
  T& operator[](std::int64_t i) const { return data_[i]; }
  std::int64_t size() const { return shape_->elements(); }
  const Shape& shape() const { return *shape_; }
  int rank() const { return shape_->rank(); }
  std::int64_t dim(int axis) const { return shape_->dim(axis); }
  T* begin() const { return data_; }
  T* end() const { return data_ + size(); }

 private:
  T* data_;
  const Shape* shape_;
};

}  // namespace weft
