#pragma once

#include <map>
#include <string>

#include "weft/named_tensors.h"

namespace weft {

/// The tensors of a file in the safetensors format
/// (https://huggingface.co/docs/safetensors), in the order of their bytes.
/// F64, F32, I64, I32 and BOOL stay what they are; F16 and BF16 become f32,
/// I16, U16, I8 and U8 become i32, U32 becomes i64. Throws DataError if the
/// file can't be read, is damaged (every bound of its header is checked), or
/// has another dtype. `metadata` receives the header's `__metadata__`.
NamedTensors read_safetensors(
    const std::string& path,
    std::map<std::string, std::string>* metadata = nullptr);

/// Writes such a file; it appears whole or not at all. Throws DataError if it
/// can't be written, a name is there twice, or is `__metadata__`.
void write_safetensors(const std::string& path, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace weft
