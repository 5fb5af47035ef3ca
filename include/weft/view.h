#pragma once

#include <cstddef>
#include <cstdint>

#include "weft/shape.h"

namespace weft {

/// The memory of one tensor, untyped.
struct Buffer {
  void* data = nullptr;
  const Shape* shape = nullptr;
};

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

/// An output whose dtype follows from the op's attributes, not from T.
class AnyView {
 public:
  AnyView(void* data, const Shape* shape) : data_(data), shape_(shape) {}
  void* data() const { return data_; }
  const Shape& shape() const { return *shape_; }
  std::int64_t size() const { return shape_->elements(); }

 private:
  void* data_;
  const Shape* shape_;
};

/// All inputs, and all outputs, of an op whose attributes say their dtypes.
struct AnyInputs {
  const Buffer* buffers;
  std::size_t size;
};
struct AnyOutputs {
  const Buffer* buffers;
  std::size_t size;
};

/// What a kernel with any number of inputs (or outputs) sees of them.
template <class T>
class Views {
 public:
  Views(const Buffer* buffers, std::size_t size)
      : buffers_(buffers), size_(size) {}

  std::size_t size() const { return size_; }
  View<T> operator[](std::size_t i) const {
    return View<T>(static_cast<T*>(buffers_[i].data), buffers_[i].shape);
  }

 private:
  const Buffer* buffers_;
  std::size_t size_;
};

}  // namespace weft
