#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace weft::detail {

/// A name with settings, as in "prelu(shared, 0.5)"; they have no spaces around
/// them.
struct CallText {
  std::string_view name;
  std::vector<std::string_view> arguments;
};
/// Takes the text apart, whose memory is used on; nothing if the brackets are
/// wrong or a setting is empty.
std::optional<CallText> parse_call(std::string_view text);
/// A finite number that is all of the text.
std::optional<double> parse_number(std::string_view text);

}  // namespace weft::detail
