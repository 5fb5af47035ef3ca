#pragma once

#include <cstddef>

namespace weft::fuzz {

/// Counts what operator new gives from its construction on.
class LiveBytes {
 public:
  LiveBytes();
  /// The most bytes that lived at one time, beyond those at the construction.
  std::size_t peak() const;

 private:
  std::size_t begin_;
};

}  // namespace weft::fuzz
