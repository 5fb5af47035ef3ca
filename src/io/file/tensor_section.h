#pragma once

#include <memory>
#include <string>

#include "src/io/file/container.h"
#include "weft/tensor.h"

namespace weft::io {

/// A tensor's place in a file.
struct TensorPlace {
  std::string path;
  Type type;
  std::uint64_t offset = 0;  ///< in the file
  std::uint32_t checksum = 0;
};

/// How elements come into memory.
struct TensorReading {
  bool map = false;    ///< they stay in the file's pages until they are written
  bool verify = true;  ///< by their checksums, for which all are read
};

/// The section "tensors": elements one after the other, each tensor at the
/// first multiple of 64 bytes after the one before, so that what is read never
/// exceeds the file.
class TensorSection {
 public:
  explicit TensorSection(const ContainerReader& file, TensorReading how = {});

  /// The place in the file of the next tensor of the list, which says that it
  /// is at `offset` of the section. Throws FormatError unless it is next.
  std::uint64_t place(const std::string& path, const Type& type,
                      std::uint64_t offset);
  /// Throws FormatError if elements follow those of the last tensor.
  void end() const;

  /// The elements, checked with the zeros that follow them.
  Tensor read(const TensorPlace& place) const;

 private:
  /// The elements in memory of their own, with their checksum if it is asked
  /// for.
  Tensor copy(const TensorPlace& place, std::uint32_t& sum) const;

  const ContainerReader& file_;
  const Section& section_;
  TensorReading how_;
  std::shared_ptr<char> mapping_;
  std::uint64_t next_ = 0;
  std::uint64_t end_ = 0;
};

}  // namespace weft::io
