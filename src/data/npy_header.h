#pragma once

#include <cstdint>
#include <string>

#include "src/data/input_file.h"
#include "weft/shape.h"

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

}  // namespace weft::data
