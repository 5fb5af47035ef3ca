#include <algorithm>
#include <bit>
#include <cstring>

#include "src/data/npy_header.h"
#include "src/io/common/temporary_file.h"
#include "weft/data.h"
#include "weft/error.h"

namespace weft::data {

namespace {

constexpr char kNative = std::endian::native == std::endian::little ? '<' : '>';

struct ElementType {
  DType dtype;
  std::size_t bytes;
  bool swapped;
};

ElementType element_type(const std::string& path, const std::string& descr) {
  struct {
    const char* name;
    DType dtype;
    std::size_t bytes;
  } constexpr types[] = {{"f4", DType::f32, 4}, {"f8", DType::f64, 8},
                         {"i4", DType::i32, 4}, {"i8", DType::i64, 8},
                         {"u1", DType::i32, 1}, {"b1", DType::boolean, 1}};
  const bool order = !descr.empty() && std::strchr("<>=|", descr[0]) != nullptr;
  for (const auto& t : types) {
    if (!order || descr.substr(1) != t.name) continue;
    if (descr[0] == '|' && t.bytes > 1) break;
    const bool given = descr[0] == '<' || descr[0] == '>';
    return {t.dtype, t.bytes, given && descr[0] != kNative};
  }
  fail(path, "its elements are '" + descr.substr(0, 40) +
                 "'; known are f4, f8, i4, i8, u1 and b1, with the byte order "
                 "< or >: convert with astype before saving");
}

/// From column-major to row-major order.
Tensor reorder(const Tensor& columns, const Shape& shape) {
  Tensor t(columns.dtype(), shape);
  const std::size_t bytes = size_of(t.dtype());
  const auto* from = static_cast<const std::uint8_t*>(columns.raw());
  auto* into = static_cast<std::uint8_t*>(t.raw());
  for (std::int64_t i = 0; i < t.size(); ++i, into += bytes) {
    std::int64_t rest = i, at = 0, stride = t.size();
    for (int axis = shape.rank(); axis-- > 0;) {
      stride /= shape.dim(axis);
      at += rest % shape.dim(axis) * stride;
      rest /= shape.dim(axis);
    }
    std::memcpy(into, from + static_cast<std::size_t>(at) * bytes, bytes);
  }
  return t;
}

Tensor convert(const std::string& path, const ElementType& e,
               const Shape& shape, std::vector<std::uint8_t>& elements) {
  Tensor t(e.dtype, shape);
  if (e.dtype == DType::i32 && e.bytes == 1) {
    std::copy(elements.begin(), elements.end(), t.data<std::int32_t>());
    return t;
  }
  for (std::size_t i = 0; e.dtype == DType::boolean && i < elements.size();
       ++i) {
    if (elements[i] <= 1) continue;
    fail(path, "element " + std::to_string(i) + " is " +
                   std::to_string(elements[i]) +
                   ", a bool must be 0 or 1; the file is damaged");
  }
  if (e.swapped) {
    for (std::size_t i = 0; i < elements.size(); i += e.bytes) {
      const auto begin = elements.begin() + static_cast<std::ptrdiff_t>(i);
      std::reverse(begin, begin + static_cast<std::ptrdiff_t>(e.bytes));
    }
  }
  if (!elements.empty()) {
    std::memcpy(t.raw(), elements.data(), elements.size());
  }
  return t;
}

}  // namespace

Tensor read_npy(const std::string& path) {
  InputFile file(path);
  return read_npy(file);
}

Tensor read_npy(InputFile& file) {
  const std::string& path = file.path();
  const NpyHeader h = read_npy_header(file);
  const ElementType e = element_type(path, h.descr);
  std::uint64_t expected = 0;
  try {
    expected = static_cast<std::uint64_t>(h.shape.elements()) * e.bytes;
  } catch (const ShapeError& error) {
    fail(path,
         std::string("the shape in its header is too large: ") + error.what());
  }
  std::vector<std::uint8_t> elements;
  file.read_rest(elements, expected, "its header " + to_string(h.shape));
  const Tensor t = convert(path, e, h.shape, elements);
  return h.fortran && h.shape.rank() > 1 ? reorder(t, h.shape) : t;
}

std::string npy_header(const Tensor& tensor) {
  static constexpr const char* kNames[] = {"f4", "f8", "i4", "i8", "b1"};
  const char* name = kNames[static_cast<std::size_t>(tensor.dtype())];
  const char order = tensor.dtype() == DType::boolean ? '|' : kNative;
  return npy_header({std::string(1, order) + name, false, tensor.shape()});
}

void write_npy(const std::string& path, const Tensor& tensor) {
  const std::string header = npy_header(tensor);
  io::TemporaryFile file(path);
  file.write(header.data(), header.size());
  file.write(tensor.raw(), tensor.bytes());
  file.commit();
}

}  // namespace weft::data
