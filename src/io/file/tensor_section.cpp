#include "src/io/file/tensor_section.h"

#include <algorithm>

#include "src/core/memory.h"

namespace weft::io {

TensorSection::TensorSection(const ContainerReader& file, TensorReading how)
    : file_(file), section_(file.section("tensors")), how_(how) {
  if (how.map) mapping_ = file.map();
}

std::uint64_t TensorSection::place(const std::string& path, const Type& type,
                                   std::uint64_t offset) {
  if (!type.shape.is_concrete()) {
    file_.fail("the tensor '" + path + "' has the shape " +
               to_string(type.shape));
  }
  if (offset != next_) {
    file_.fail("the tensor '" + path + "' is at byte " +
               std::to_string(offset) + " of its section, not at byte " +
               std::to_string(next_) + " where the one before it ends");
  }
  // Never overflows: a shape has at most 2^58 elements.
  const std::uint64_t bytes =
      static_cast<std::uint64_t>(type.shape.elements()) * size_of(type.dtype);
  if (offset > section_.length || bytes > section_.length - offset) {
    file_.fail("the tensor '" + path + "' of type " + to_string(type) +
               " lies outside its section");
  }
  end_ = offset + bytes;
  next_ = padded(end_);
  return section_.offset + offset;
}

void TensorSection::end() const {
  if (end_ == section_.length) return;
  file_.fail("the tensors end at byte " + std::to_string(end_) +
             " of their section, which has " + std::to_string(section_.length) +
             " bytes");
}

Tensor TensorSection::copy(const TensorPlace& p, std::uint32_t& sum) const {
  const auto bytes =
      static_cast<std::size_t>(p.type.shape.elements()) * size_of(p.type.dtype);
  const std::shared_ptr<void> memory = allocate_elements(p.type, bytes);
  auto* to = static_cast<char*>(memory.get());
  // In pieces that are still in the cache when they are summed.
  constexpr std::size_t kPiece = 256 * 1024;
  sum = 0;
  for (std::size_t at = 0; at < bytes; at += kPiece) {
    const std::size_t n = std::min(kPiece, bytes - at);
    file_.read_at(p.offset + at, to + at, n);
    if (how_.verify) sum = crc32(to + at, n, sum);
  }
  return Tensor::view(to, p.type.dtype, p.type.shape, memory);
}

Tensor TensorSection::read(const TensorPlace& p) const {
  Tensor tensor;
  std::uint32_t sum = 0;
  if (mapping_) {
    tensor = Tensor::view(mapping_.get() + p.offset, p.type.dtype, p.type.shape,
                          mapping_);
    if (how_.verify) sum = crc32(tensor.raw(), tensor.bytes());
  } else {
    tensor = copy(p, sum);
  }
  if (how_.verify) {
    if (sum != p.checksum) {
      file_.fail("the tensor '" + p.path +
                 "' is damaged: its checksum differs");
    }
    file_.check_padding(p.offset + tensor.bytes());
  }
  if (p.type.dtype != DType::boolean) return tensor;
  const auto* elements = static_cast<const std::uint8_t*>(tensor.raw());
  for (std::size_t i = 0; i < tensor.bytes(); ++i) {
    if (elements[i] > 1) {
      file_.fail("the tensor '" + p.path + "' is not boolean");
    }
  }
  return tensor;
}

}  // namespace weft::io
