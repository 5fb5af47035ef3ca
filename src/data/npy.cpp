#include <algorithm>
#include <cstdio>
#include <cstring>

#include "weft/data.h"
#include "weft/error.h"

namespace weft::data {

namespace {

[[noreturn]] void fail(const std::string& path, const std::string& why) {
  throw DataError(path + ": " + why);
}

struct Header {
  std::string descr;
  bool fortran = false;
  Shape shape;
  std::size_t data = 0;  // where the elements begin
};

/// The text after 'key': in NumPy's header, a Python dictionary.
std::string_view after(const std::string& path, std::string_view header,
                       const std::string& key) {
  const std::size_t at = header.find("'" + key + "'");
  const std::size_t colon =
      at == std::string_view::npos ? at : header.find(':', at);
  if (colon == std::string_view::npos) {
    fail(path, "its header has no '" + key + "'");
  }
  std::string_view rest = header.substr(colon + 1);
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  return rest;
}

Shape parse_shape(const std::string& path, std::string_view text) {
  Shape shape;
  if (text.empty() || text.front() != '(') fail(path, "a shape must begin (");
  text.remove_prefix(1);
  while (!text.empty() && text.front() != ')') {
    std::int64_t n = 0;
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
      if (n > (std::int64_t{1} << 50)) fail(path, "a size is too large");
      n = n * 10 + (text[digits++] - '0');
    }
    if (digits == 0) fail(path, "its shape has something that is no size");
    if (shape.rank() == Shape::kMaxRank) fail(path, "its rank is above 8");
    shape.push_back(Dim(n));
    text.remove_prefix(digits);
    while (!text.empty() && (text.front() == ',' || text.front() == ' ')) {
      text.remove_prefix(1);
    }
  }
  if (text.empty()) fail(path, "its shape is not closed");
  return shape;
}

Header parse_header(const std::string& path,
                    const std::vector<std::uint8_t>& b) {
  if (b.size() < 10 || std::memcmp(b.data(), "\x93NUMPY", 6) != 0) {
    fail(path, "is no NPY file: the magic number is missing");
  }
  const int version = b[6];
  if (version < 1 || version > 3) {
    fail(path, "has the format version " + std::to_string(version) +
                   "; known are 1 to 3");
  }
  std::size_t length = static_cast<std::size_t>(b[8] | b[9] << 8);
  std::size_t begin = 10;
  if (version > 1) {
    if (b.size() < 12) fail(path, "ends within its header");
    length |= static_cast<std::size_t>(b[10]) << 16 |
              static_cast<std::size_t>(b[11]) << 24;
    begin = 12;
  }
  if (length > b.size() - begin) fail(path, "ends within its header");
  const std::string_view text(reinterpret_cast<const char*>(b.data()) + begin,
                              length);
  Header h;
  std::string_view descr = after(path, text, "descr");
  if (descr.size() < 4 || descr[0] != '\'') {
    fail(path, "structured element types can't be read");
  }
  h.descr = descr.substr(1, descr.find('\'', 1) - 1);
  h.fortran = after(path, text, "fortran_order").substr(0, 4) == "True";
  h.shape = parse_shape(path, after(path, text, "shape"));
  h.data = begin + length;
  return h;
}

struct ElementType {
  DType dtype;
  std::size_t bytes;
};

ElementType element_type(const std::string& path, const std::string& descr) {
  const std::string kind = descr.substr(1);
  if (kind == "f4") return {DType::f32, 4};
  if (kind == "f8") return {DType::f64, 8};
  if (kind == "i4") return {DType::i32, 4};
  if (kind == "i8") return {DType::i64, 8};
  if (kind == "u1") return {DType::i32, 1};
  if (kind == "b1") return {DType::boolean, 1};
  fail(path,
       "its elements are " + descr + "; known are f4, f8, i4, i8, u1 and b1");
}

/// From column-major to row-major order.
Tensor reorder(const Tensor& columns, const Shape& shape) {
  Tensor t(columns.dtype(), shape);
  const std::size_t bytes = size_of(t.dtype());
  for (std::int64_t i = 0; i < t.size(); ++i) {
    std::int64_t rest = i, from = 0, stride = t.size();
    for (int axis = shape.rank(); axis-- > 0;) {
      stride /= shape.dim(axis);
      from += rest % shape.dim(axis) * stride;
      rest /= shape.dim(axis);
    }
    std::memcpy(
        static_cast<char*>(t.raw()) + static_cast<std::size_t>(i) * bytes,
        static_cast<const char*>(columns.raw()) +
            static_cast<std::size_t>(from) * bytes,
        bytes);
  }
  return t;
}

}  // namespace

Tensor read_npy(const std::string& path) {
  const std::vector<std::uint8_t> b = read_bytes(path);
  const Header h = parse_header(path, b);
  const ElementType e = element_type(path, h.descr);
  std::int64_t count = 0;
  try {
    count = h.shape.elements();
  } catch (const ShapeError& error) {
    fail(path, error.what());
  }
  const std::size_t expected = static_cast<std::size_t>(count) * e.bytes;
  if (b.size() - h.data != expected) {
    fail(path, "the shape " + to_string(h.shape) + " needs " +
                   std::to_string(expected) + " bytes, there are " +
                   std::to_string(b.size() - h.data));
  }
  Tensor t(e.dtype, h.shape);
  const std::uint8_t* in = b.data() + h.data;
  if (h.descr.substr(1) == "u1") {
    std::copy(in, in + count, t.data<std::int32_t>());
  } else if (e.dtype == DType::boolean) {
    for (std::int64_t i = 0; i < count; ++i) t.data<bool>()[i] = in[i] != 0;
  } else if (expected > 0) {
    std::memcpy(t.raw(), in, expected);
  }
  if (h.descr[0] == '>' && e.bytes > 1) {
    auto* p = static_cast<std::uint8_t*>(t.raw());
    for (std::int64_t i = 0; i < count; ++i, p += e.bytes) {
      std::reverse(p, p + e.bytes);
    }
  }
  return h.fortran && h.shape.rank() > 1 ? reorder(t, h.shape) : t;
}

void write_npy(const std::string& path, const Tensor& tensor) {
  static constexpr const char* kDescr[] = {"<f4", "<f8", "<i4", "<i8", "|b1"};
  std::string header = std::string("{'descr': '") +
                       kDescr[static_cast<std::size_t>(tensor.dtype())] +
                       "', 'fortran_order': False, 'shape': (";
  for (Dim d : tensor.shape()) header += std::to_string(d.size()) + ",";
  header += "), }";
  header.resize((header.size() + 10 + 64) / 64 * 64 - 11, ' ');
  header += '\n';
  std::string start = "\x93NUMPY";
  start += '\x01';
  start += '\0';
  start += static_cast<char>(header.size() & 0xff);
  start += static_cast<char>(header.size() >> 8);
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) fail(path, std::string("can't be written: ") + strerror(errno));
  bool ok =
      std::fwrite(start.data(), 1, 10, file) == 10 &&
      std::fwrite(header.data(), 1, header.size(), file) == header.size() &&
      std::fwrite(tensor.raw(), 1, tensor.bytes(), file) == tensor.bytes();
  ok = std::fclose(file) == 0 && ok;
  if (!ok) fail(path, std::string("can't be written: ") + strerror(errno));
}

}  // namespace weft::data
