#include "weft/tensor.h"

#include <cstring>
#include <type_traits>

#include "src/core/convert.h"
#include "src/core/memory.h"
#include "weft/error.h"

namespace weft {

Tensor::Tensor() : Tensor(DType::f32, Shape{0}) {}

Tensor::Tensor(DType dtype, const Shape& shape)
    : type_{dtype, shape}, size_(shape.elements()) {
  auto memory = allocate_elements(type_, bytes());
  if (size_ > 0) std::memset(memory.get(), 0, bytes());
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
    *t.data<T>() = convert<T>(value);
  });
  return t;
}

Tensor Tensor::view(void* data, DType dtype, const Shape& shape,
                    std::shared_ptr<const void> owner) {
  Tensor t;
  t.type_ = {dtype, shape};
  t.size_ = shape.elements();
  if (!data && t.size_ > 0) {
    throw DataError("[tensor] a view of " + weft::to_string(t.type_) +
                    " needs memory, got a null pointer");
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
    throw ShapeError("[item] " + weft::to_string(type_) +
                     " has not exactly one element; use at()");
  }
  return at(0);
}

double Tensor::at(std::int64_t i) const {
  if (i < 0 || i >= size_) {
    throw ShapeError("[at] element " + std::to_string(i) + " of " +
                     weft::to_string(type_) + " is out of range " +
                     (size_ == 0
                          ? "(it is empty)"
                          : "(use 0 … " + std::to_string(size_ - 1) + ")"));
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
      for (std::int64_t i = 0; i < size_; ++i) b[i] = convert<B>(a[i]);
    });
  });
  return t;
}

Tensor Tensor::reshape(const Shape& wanted) const {
  auto fail = [&](const std::string& why) {
    throw ShapeError("[reshape] " + weft::to_string(shape()) + " to " +
                     weft::to_string(wanted) + ": " + why);
  };
  Shape whole = wanted;
  int rest = -1;
  for (int i = 0; i < wanted.rank(); ++i) {
    if (!wanted[i].is_symbolic()) continue;
    if (wanted[i] != kInfer) fail("a tensor's shape can't be symbolic");
    if (rest >= 0) fail("only one dimension can be -1");
    rest = i;
    whole[i] = 1;
  }
  const std::int64_t known = whole.elements();
  if (rest >= 0) {
    if (known == 0 || size_ % known != 0) fail("the -1 has no whole value");
    whole[rest] = size_ / known;
  } else if (known != size_) {
    fail("the sizes differ, " + std::to_string(size_) + " and " +
         std::to_string(known));
  }
  Tensor t = *this;
  t.type_.shape = whole;
  return t;
}

Tensor Tensor::rows(std::int64_t begin, std::int64_t end) const {
  auto asked = [&] {
    return "rows " + std::to_string(begin) + " to " + std::to_string(end);
  };
  if (rank() == 0) {
    throw ShapeError("[rows] a scalar has no rows, " + asked() +
                     " are asked for");
  }
  if (begin < 0 || end < begin || end > dim(0)) {
    throw ShapeError("[rows] " + asked() + " of " + weft::to_string(type_) +
                     " are out of range (use 0 … " + std::to_string(dim(0)) +
                     ")");
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

}  // namespace weft
