#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "weft/dtype.h"
#include "weft/shape.h"
#include "weft/view.h"

namespace weft {

/// A concrete array: row-major, contiguous, 64-byte aligned when Weft allocated
/// it. Copies share the elements; `clone` copies them. Reading from several
/// threads is safe; writing is the user's to order.
class Tensor {
 public:
  /// An empty tensor of dtype f32 and shape (0).
  Tensor();
  /// Zeros. Throws ShapeError if the shape is symbolic or negative, or its
  /// bytes don't fit into memory.
  Tensor(DType dtype, const Shape& shape);

  template <class T>
  static Tensor from(const std::vector<T>& values, const Shape& shape) {
    return copy_of(values.data(), static_cast<std::int64_t>(values.size()),
                   dtype_of<T>, shape);
  }
  template <class T>
  static Tensor from(std::initializer_list<T> values, const Shape& shape) {
    return copy_of(values.begin(), static_cast<std::int64_t>(values.size()),
                   dtype_of<T>, shape);
  }
  template <class T>
  static Tensor scalar(T value) {
    return copy_of(&value, 1, dtype_of<T>, Shape{});
  }
  /// One number, converted to `dtype`.
  static Tensor scalar(double value, DType dtype);
  /// A view of memory that `owner` keeps alive (or that the caller keeps
  /// alive if `owner` is empty). The elements are not copied.
  static Tensor view(void* data, DType dtype, const Shape& shape,
                     std::shared_ptr<const void> owner = {});

  DType dtype() const { return type_.dtype; }
  const Shape& shape() const { return type_.shape; }
  const Type& type() const { return type_; }
  int rank() const { return type_.shape.rank(); }
  std::int64_t dim(int axis) const { return type_.shape.dim(axis); }
  std::int64_t size() const { return size_; }
  std::size_t bytes() const {
    return static_cast<std::size_t>(size_) * size_of(dtype());
  }
  void* raw() { return data_; }
  const void* raw() const { return data_; }

  /// The elements. Throws TypeError if T is not the tensor's dtype.
  template <class T>
  T* data() {
    check_dtype(dtype_of<T>);
    return static_cast<T*>(data_);
  }
  template <class T>
  const T* data() const {
    check_dtype(dtype_of<T>);
    return static_cast<const T*>(data_);
  }
  template <class T>
  std::span<T> values() {
    return {data<T>(), static_cast<std::size_t>(size_)};
  }
  template <class T>
  std::span<const T> values() const {
    return {data<T>(), static_cast<std::size_t>(size_)};
  }
  template <class T>
  View<const T> as() const {
    return {data<T>(), &type_.shape};
  }
  /// The only element of a tensor with one element, of any dtype, as double.
  /// Throws ShapeError if there is not exactly one.
  double item() const;
  /// Element `i` in row-major order, of any dtype, as double. Throws
  /// ShapeError if there is none.
  double at(std::int64_t i) const;

  Tensor clone() const;
  /// A copy with the elements converted as by `cast`; the same tensor if
  /// nothing changes.
  Tensor to(DType dtype) const;
  /// The same elements with another shape of the same size, in which one
  /// dimension may be -1: what is left over.
  Tensor reshape(const Shape& shape) const;
  /// Rows `begin` up to `end` (without it) of the outermost axis, sharing the
  /// elements. Throws ShapeError if there are none such.
  Tensor rows(std::int64_t begin, std::int64_t end) const;
  /// True if dtype, shape and every bit are equal.
  bool bits_equal(const Tensor& other) const;

 private:
  static Tensor copy_of(const void* data, std::int64_t count, DType dtype,
                        const Shape& shape);
  void check_dtype(DType asked) const;

  Type type_;
  std::int64_t size_ = 0;
  void* data_ = nullptr;
  std::shared_ptr<const void> owner_;
};

/// "f32(2, 3) [[1, 2, 3], [4, 5, 6]]", shortened above some hundred elements.
std::string to_string(const Tensor& tensor);

}  // namespace weft
