#include "weft/tensor.h"

#include <cstring>
#include <new>
#include <sstream>

#include "weft/error.h"

namespace weft {

namespace {

constexpr std::size_t kAlignment = 64;

std::shared_ptr<void> allocate(std::size_t bytes) {
  const std::size_t padded =
      bytes == 0 ? kAlignment
                 : (bytes + kAlignment - 1) / kAlignment * kAlignment;
  void* p = ::operator new (padded, std::align_val_t{kAlignment}, std::nothrow);
  if (!p) {
    throw Error("out of memory: a tensor of " + std::to_string(bytes) +
                " bytes");
  }
  std::memset(p, 0, padded);
  return {p,
          [](void* q) { ::operator delete (q, std::align_val_t{kAlignment}); }};
}

}  // namespace

Tensor::Tensor() : Tensor(DType::f32, Shape{0}) {}

Tensor::Tensor(DType dtype, const Shape& shape)
    : type_{dtype, shape}, size_(shape.elements()) {
  auto memory = allocate(bytes());
  data_ = memory.get();
  owner_ = std::move(memory);
}

Tensor Tensor::copy_of(const void* data, std::int64_t count, DType dtype,
                       const Shape& shape) {
  if (!shape.is_concrete() || shape.elements() != count) {
    throw ShapeError("[tensor] " + std::to_string(count) +
                     " values don't fill the shape " + weft::to_string(shape));
  }
  Tensor t(dtype, shape);
  if (count > 0) std::memcpy(t.data_, data, t.bytes());
  return t;
}

Tensor Tensor::scalar(double value, DType dtype) {
  Tensor t(dtype, Shape{});
  visit_dtype(dtype, nullptr, [&](auto* p) {
    using T = std::remove_pointer_t<decltype(p)>;
    *t.data<T>() = static_cast<T>(value);
  });
  return t;
}

Tensor Tensor::view(void* data, DType dtype, const Shape& shape,
                    std::shared_ptr<const void> owner) {
  Tensor t;
  t.type_ = {dtype, shape};
  t.size_ = shape.elements();
  if (!data && t.size_ > 0) {
    throw DataError("[tensor] a view needs memory, got a null pointer");
  }
  t.data_ = data;
  t.owner_ = std::move(owner);
  return t;
}

void Tensor::check_dtype(DType asked) const {
  if (asked != dtype()) {
    throw TypeError(
        "[tensor] the elements are " + std::string(weft::to_string(dtype())) +
        ", not " + std::string(weft::to_string(asked)) + "; convert with to()");
  }
}

double Tensor::item() const {
  if (size_ != 1) {
    throw ShapeError("[item] the tensor has the shape " +
                     weft::to_string(shape()) + ", not one element");
  }
  return at(0);
}

double Tensor::at(std::int64_t i) const {
  if (i < 0 || i >= size_) {
    throw ShapeError("[at] element " + std::to_string(i) + " of " +
                     std::to_string(size_));
  }
  return visit_dtype(dtype(), nullptr, [&](auto* p) {
    using T = std::remove_pointer_t<decltype(p)>;
    return static_cast<double>(data<T>()[i]);
  });
}

Tensor Tensor::clone() const {
  Tensor t(dtype(), shape());
  if (size_ > 0) std::memcpy(t.data_, data_, bytes());
  return t;
}

Tensor Tensor::to(DType wanted) const {
  if (wanted == dtype()) return *this;
  Tensor t(wanted, shape());
  visit_dtype(dtype(), nullptr, [&](auto* from) {
    using A = std::remove_pointer_t<decltype(from)>;
    visit_dtype(wanted, nullptr, [&](auto* into) {
      using B = std::remove_pointer_t<decltype(into)>;
      const A* a = data<A>();
      B* b = t.data<B>();
      for (std::int64_t i = 0; i < size_; ++i) b[i] = static_cast<B>(a[i]);
    });
  });
  return t;
}

Tensor Tensor::reshape(const Shape& shape) const {
  if (!shape.is_concrete() || shape.elements() != size_) {
    throw ShapeError("[reshape] " + weft::to_string(this->shape()) +
                     " has not the size of " + weft::to_string(shape));
  }
  Tensor t = *this;
  t.type_.shape = shape;
  return t;
}

Tensor Tensor::rows(std::int64_t begin, std::int64_t end) const {
  if (rank() == 0 || begin < 0 || end < begin || end > dim(0)) {
    throw ShapeError("[rows] " + std::to_string(begin) + " to " +
                     std::to_string(end) + " of the shape " +
                     weft::to_string(shape()));
  }
  Tensor t = *this;
  const std::int64_t row = dim(0) == 0 ? 0 : size_ / dim(0);
  t.type_.shape[0] = Dim(end - begin);
  t.size_ = row * (end - begin);
  if (size_ > 0) {
    t.data_ = static_cast<char*>(data_) +
              static_cast<std::size_t>(row * begin) * size_of(dtype());
  }
  return t;
}

bool Tensor::bits_equal(const Tensor& other) const {
  return type_ == other.type_ &&
         (size_ == 0 || std::memcmp(data_, other.data_, bytes()) == 0);
}

namespace {

void print(const Tensor& t, int axis, std::int64_t& next,
           std::ostringstream& out) {
  if (axis == t.rank()) {
    out << t.at(next++);
    return;
  }
  out << "[";
  for (std::int64_t i = 0; i < t.dim(axis); ++i) {
    if (i) out << ", ";
    print(t, axis + 1, next, out);
  }
  out << "]";
}

}  // namespace

std::string to_string(const Tensor& tensor) {
  std::ostringstream out;
  out << to_string(tensor.type()) << " ";
  constexpr std::int64_t kShown = 200;
  if (tensor.size() <= kShown) {
    std::int64_t next = 0;
    print(tensor, 0, next, out);
  } else {
    out << "[";
    for (std::int64_t i = 0; i < 8; ++i) out << tensor.at(i) << ", ";
    out << "…, " << tensor.at(tensor.size() - 1) << "]";
  }
  return out.str();
}

}  // namespace weft
