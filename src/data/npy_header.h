#pragma once

#include <cstdint>
#include <string>

#include "src/data/input_file.h"
#include "weft/tensor.h"

namespace weft::data {

/// What the text of an NPY header says.
struct NpyHeader {
  std::string descr;  ///< byte order and type, such as "<f4"
  bool fortran = false;
  Shape shape;
};

/// Reads up to the first element.
NpyHeader read_npy_header(InputFile& file);

/// From the magic number to the first element, in version 1.
std::string npy_header(const NpyHeader& header);
/// The same of a tensor.
std::string npy_header(const Tensor& tensor);

/// The array of a file that is open; see `read_npy` of weft/data.h.
Tensor read_npy(InputFile& file);

}  // namespace weft::data
