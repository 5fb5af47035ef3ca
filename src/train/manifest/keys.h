#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "weft/manifest.h"

namespace weft::detail {

using ManifestField = std::variant<std::string Manifest::*, double Manifest::*,
                                   int Manifest::*, std::int64_t Manifest::*,
                                   std::vector<std::int64_t> Manifest::*,
                                   std::vector<std::string> Manifest::*>;

/// One key of a manifest: all that reading, writing and telling of it need.
struct ManifestKey {
  std::string path;
  ManifestField field;
  std::string help;
  double low = 0;  ///< of numbers
  double high = 0;
  std::vector<std::string> names = {};  ///< of texts
  /// The text as it is kept; throws weft::Error for one that is none of these.
  std::function<std::string(const std::string&)> check = {};
};

/// All of them, those of one group together.
const std::vector<ManifestKey>& keys();

}  // namespace weft::detail
