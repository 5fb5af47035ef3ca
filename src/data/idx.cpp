#include <algorithm>
#include <cstring>

#include "src/data/input_file.h"
#include "weft/data.h"
#include "weft/error.h"

namespace weft::data {

namespace {

constexpr std::uint8_t kByte = 0x08;

struct ElementType {
  std::uint8_t code;
  std::size_t bytes;
  DType dtype;
};
constexpr ElementType kTypes[] = {
    {kByte, 1, DType::i32}, {0x09, 1, DType::i32}, {0x0B, 2, DType::i32},
    {0x0C, 4, DType::i32},  {0x0D, 4, DType::f32}, {0x0E, 8, DType::f64}};

std::uint64_t big_endian(const std::uint8_t* p, std::size_t bytes) {
  std::uint64_t v = 0;
  for (std::size_t i = 0; i < bytes; ++i) v = v << 8 | p[i];
  return v;
}

/// An IDX file: its type, its shape, and the elements as they are there.
struct Idx {
  ElementType type;
  Shape shape;
  std::vector<std::uint8_t> elements;
};

std::string hex(std::uint8_t byte) {
  constexpr char digits[] = "0123456789ABCDEF";
  return {digits[byte >> 4], digits[byte & 15]};
}

Idx read_header(InputFile& file) {
  std::uint8_t b[4] = {};
  const std::size_t got = file.read(b, 4);
  const auto* type =
      std::find_if(std::begin(kTypes), std::end(kTypes),
                   [&](const ElementType& t) { return t.code == b[2]; });
  if (got < 4 || b[0] != 0 || b[1] != 0 || type == std::end(kTypes)) {
    std::string found;
    for (std::size_t i = 0; i < got; ++i) found += (i ? " " : "") + hex(b[i]);
    fail(file.path(), "is no IDX file: byte 0: found " + found +
                          ", expected the magic number 00 00 TYPE RANK with a "
                          "TYPE of 08, 09, 0B, 0C, 0D or 0E");
  }
  const std::size_t rank = b[3];
  if (rank < 1 || rank > Shape::kMaxRank) {
    fail(file.path(), "byte 3: the rank is " + std::to_string(rank) +
                          ", it must be 1 to " +
                          std::to_string(Shape::kMaxRank));
  }
  Idx idx{*type, {}, {}};
  for (std::size_t i = 0; i < rank; ++i) {
    std::uint8_t size[4];
    if (file.read(size, 4) < 4) {
      fail(file.path(), "ends within its header, at byte " +
                            std::to_string(file.position()) + " of " +
                            std::to_string(4 + 4 * rank) +
                            "; copy or download it again");
    }
    idx.shape.push_back(Dim(static_cast<std::int64_t>(big_endian(size, 4))));
  }
  return idx;
}

Idx read_file(const std::string& path) {
  InputFile file(path);
  Idx idx = read_header(file);
  std::uint64_t expected = 0;
  try {
    expected =
        static_cast<std::uint64_t>(idx.shape.elements()) * idx.type.bytes;
  } catch (const ShapeError& e) {
    fail(path, std::string("byte 4: the sizes in its header are too large: ") +
                   e.what());
  }
  file.read_rest(idx.elements, expected, "its header " + to_string(idx.shape));
  return idx;
}

template <class T, class Bits>
T as(std::uint64_t v) {
  const auto bits = static_cast<Bits>(v);
  T value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

Tensor to_tensor(const Idx& idx) {
  Tensor t(idx.type.dtype, idx.shape);
  const std::uint8_t* p = idx.elements.data();
  const std::size_t size = idx.type.bytes;
  for (std::int64_t i = 0; i < t.size(); ++i, p += size) {
    const std::uint64_t v = big_endian(p, size);
    switch (idx.type.code) {
      case 0x09:
        t.data<std::int32_t>()[i] = as<std::int8_t, std::uint8_t>(v);
        break;
      case 0x0B:
        t.data<std::int32_t>()[i] = as<std::int16_t, std::uint16_t>(v);
        break;
      case 0x0D: t.data<float>()[i] = as<float, std::uint32_t>(v); break;
      case 0x0E: t.data<double>()[i] = as<double, std::uint64_t>(v); break;
      default: t.data<std::int32_t>()[i] = as<std::int32_t, std::uint32_t>(v);
    }
  }
  return t;
}

/// The classes of the labels; names them by number if they have no names.
Tensor read_labels(const std::string& path,
                   std::vector<std::string>& class_names) {
  constexpr std::int32_t kMost = 999'999;
  const Tensor y = to_tensor(read_file(path));
  if (y.rank() != 1 || y.dtype() != DType::i32) {
    fail(path, "labels must be integers of rank 1, these are " +
                   to_string(y.type()) + "; are images and labels swapped?");
  }
  const bool named = !class_names.empty();
  const std::int32_t last =
      named ? static_cast<std::int32_t>(class_names.size()) - 1 : kMost;
  std::int32_t most = 0;
  for (std::int64_t i = 0; i < y.size(); ++i) {
    const std::int32_t v = y.data<std::int32_t>()[i];
    if (v < 0 || v > last) {
      fail(path, "label " + std::to_string(i) + " is " + std::to_string(v) +
                     ", it must be 0 to " + std::to_string(last));
    }
    most = std::max(most, v);
  }
  for (int c = 0; !named && c <= most; ++c) {
    class_names.push_back(std::to_string(c));
  }
  return y;
}

}  // namespace

Tensor read_idx(const std::string& path) { return to_tensor(read_file(path)); }

Dataset read_idx_images(const std::string& images, const std::string& labels,
                        std::vector<std::string> class_names) {
  Idx x = read_file(images);
  if (x.shape.rank() < 2 || x.elements.empty()) {
    fail(images, "has the shape " + to_string(x.shape) +
                     "; images must have rank 2 or more and some elements");
  }
  Dataset d;
  d.class_names = std::move(class_names);
  d.targets = read_labels(labels, d.class_names);
  const std::int64_t count = x.shape.dim(0);
  if (count != d.targets.size()) {
    fail(images,
         "has " + count_of(static_cast<std::uint64_t>(count), "image") +
             ", but " + labels + " has " +
             count_of(static_cast<std::uint64_t>(d.targets.size()), "label") +
             "; the two files must belong together");
  }
  const std::int64_t pixels = x.shape.elements() / count;
  d.row = Shape{Dim(pixels)};
  if (x.type.code == kByte) {
    d.bytes =
        std::make_shared<std::vector<std::uint8_t>>(std::move(x.elements));
  } else {
    d.inputs = to_tensor(x).to(DType::f32).reshape({Dim(count), Dim(pixels)});
  }
  return d;
}

}  // namespace weft::data
