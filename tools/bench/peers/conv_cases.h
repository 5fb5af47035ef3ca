#pragma once

// Single convolutions and pools, whose passes are compared. A case is a name of
// the table, a dash and a pass: of convolutions forward, input or weight (the
// gradients), of pools forward or both (with the gradient).

#include <string>

namespace bench {

enum class Kind { conv, transposed, max_pool, avg_pool };

struct ConvCase {
  const char* name;
  Kind kind;
  int axes;  // spatial, all of one size
  long batch, in, out, size, kernel, stride, padding, groups;
};

inline constexpr ConvCase kConvCases[] = {
    {"lenet1", Kind::conv, 2, 64, 1, 6, 28, 5, 1, 2, 1},
    {"lenet2", Kind::conv, 2, 64, 6, 16, 14, 5, 1, 0, 1},
    {"single", Kind::conv, 2, 1, 16, 16, 32, 3, 1, 1, 1},
    {"c16", Kind::conv, 2, 16, 16, 16, 32, 3, 1, 1, 1},
    {"c64", Kind::conv, 2, 16, 64, 64, 16, 3, 1, 1, 1},
    {"c64wide", Kind::conv, 2, 1, 64, 64, 56, 3, 1, 1, 1},
    {"c256", Kind::conv, 2, 4, 256, 256, 14, 3, 1, 1, 1},
    {"c512", Kind::conv, 2, 4, 512, 512, 7, 3, 1, 1, 1},
    {"stem", Kind::conv, 2, 2, 3, 32, 112, 7, 2, 3, 1},
    {"stride2", Kind::conv, 2, 8, 32, 64, 32, 3, 2, 1, 1},
    {"pointwise", Kind::conv, 2, 16, 64, 128, 28, 1, 1, 0, 1},
    {"depthwise", Kind::conv, 2, 8, 64, 64, 28, 3, 1, 1, 64},
    {"line", Kind::conv, 1, 16, 32, 64, 256, 5, 1, 2, 1},
    {"cube", Kind::conv, 3, 2, 8, 16, 16, 3, 1, 1, 1},
    {"up", Kind::transposed, 2, 8, 64, 32, 14, 4, 2, 1, 1},
    {"max2", Kind::max_pool, 2, 64, 6, 6, 28, 2, 2, 0, 1},
    {"max3", Kind::max_pool, 2, 16, 32, 32, 28, 3, 2, 1, 1},
    {"avg2", Kind::avg_pool, 2, 16, 32, 32, 28, 2, 2, 0, 1},
};

/// Null if there is no such case; `pass` is what follows the dash.
inline const ConvCase* find_conv(const std::string& name, std::string& pass) {
  const std::size_t dash = name.find('-');
  if (dash == std::string::npos) return nullptr;
  pass = name.substr(dash + 1);
  for (const ConvCase& c : kConvCases) {
    if (name.substr(0, dash) == c.name) return &c;
  }
  return nullptr;
}

}  // namespace bench
