#pragma once

#include <string>

#include "weft/named_tensors.h"

namespace weft::data {

/// The arrays of an NPZ file, a ZIP file of NPY files as `numpy.savez` and
/// `savez_compressed` write them, in the order of its directory. Throws
/// DataError if the file can't be read, is damaged, is ZIP64 (from 4 GB on) or
/// has an array that `read_npy` does not take.
NamedTensors read_npz(const std::string& path);

/// Writes such a file, not compressed; it appears whole or not at all. Throws
/// DataError if it can't be written, a name is empty or there twice, or the
/// file would have 4 GB.
void write_npz(const std::string& path, const NamedTensors& tensors);

}  // namespace weft::data
