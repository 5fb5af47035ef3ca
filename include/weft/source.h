#pragma once

#include <cstdint>
#include <string>

namespace weft {

/// A place in the user's code. Taken as a default argument, so that errors and
/// nodes name the line that asked for them.
struct Source {
  const char* file = "";
  std::uint32_t line = 0;

  /// The place that calls this, or whose default argument this is. As
  /// std::source_location, which clang 14 does not have.
  static constexpr Source current(const char* file = __builtin_FILE(),
                                  std::uint32_t line = __builtin_LINE()) {
    return {file, line};
  }
};

/// "train.cpp:41" (the file's name without its folders); empty when unknown.
std::string to_string(const Source& source);
/// " (train.cpp:41)" for the end of an error's text; empty when unknown.
std::string at_line(const Source& source);

}  // namespace weft
