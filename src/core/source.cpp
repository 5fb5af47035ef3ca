#include "weft/source.h"

#include <cstring>

namespace weft {

std::string to_string(const Source& source) {
  if (!source.file || !*source.file) return "";
  const char* slash = std::strrchr(source.file, '/');
  return std::string(slash ? slash + 1 : source.file) + ":" +
         std::to_string(source.line);
}

std::string at_line(const Source& source) {
  const std::string line = to_string(source);
  return line.empty() ? line : " (" + line + ")";
}

}  // namespace weft
