#pragma once

#include <cstdint>
#include <string>

#include "weft/tensor.h"

namespace weft::io {

/// A dtype of the safetensors format, and what Weft makes of it.
struct StoredType {
  const char* name;
  std::uint64_t bytes;
  DType dtype;
};

/// Null if it is not known.
const StoredType* find_stored_type(const std::string& name);
/// Of the format's own name for a dtype.
const char* stored_name(DType dtype);

/// `count` little-endian elements of `type` at `from` as those of a tensor.
/// Throws FormatError for a bool that is neither 0 nor 1.
void convert_elements(const StoredType& type, const char* from,
                      std::int64_t count, Tensor& into);

}  // namespace weft::io
