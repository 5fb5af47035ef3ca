#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace weft::fuzz {

/// A kind of file that makes a reader's memory or time large for its size.
struct Case {
  std::string name;
  /// A file of about so many bytes.
  std::function<std::string(std::size_t bytes)> make;
  std::function<void(const std::string& path)> read;
  /// A part of the error's text; empty if the file is read.
  std::string error = {};
  /// The most bytes of memory for a byte of the file, besides the first MiB.
  double factor = 64;
};

std::vector<Case> container_cases();
std::vector<Case> array_cases();
std::vector<Case> text_cases();

/// As gzip packs them.
std::string gzip(const std::string& bytes);

}  // namespace weft::fuzz
