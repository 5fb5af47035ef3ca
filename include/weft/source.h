#pragma once

#include <cstdint>
#include <source_location>
#include <string>

namespace weft {

/// A place in the user's code. Taken as a default argument, so that errors and
/// nodes name the line that asked for them.
struct Source {
  const char* file = "";
  std::uint32_t line = 0;

  static constexpr Source current(
      std::source_location at = std::source_location::current()) {
    return {at.file_name(), at.line()};
  }
};

/// "train.cpp:41" (the file's name without its folders); empty when unknown.
std::string to_string(const Source& source);

}  // namespace weft
