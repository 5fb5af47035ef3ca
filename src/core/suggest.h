#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weft::detail {

/// "; did you mean relu?" with the candidate that is most like `name`, or
/// nothing if none is like it.
std::string suggestion(std::string_view name,
                       const std::vector<std::string>& candidates);
/// "a, b and c".
std::string listed(const std::vector<std::string>& names);

}  // namespace weft::detail
