#pragma once

#include <string>

#include "weft/data.h"

namespace weft::cli {

/// Fails before the training rather than after it.
void check_writable(const std::string& out);
/// The same for a training file; it does not replace what is none.
void check_training_file(const std::string& out);
/// The path as a shell reads it.
std::string shell_word(const std::string& path);
/// A hash of the examples: other data have another one.
std::string fingerprint(const data::Dataset& data);

}  // namespace weft::cli
