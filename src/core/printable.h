#pragma once

#include <string>
#include <string_view>

namespace weft::detail {

/// The text with control characters as \xNN. What a file says goes through it
/// on its way into an error: a zero byte would end the text, and others mean
/// something to terminals.
std::string printable(std::string_view text);

}  // namespace weft::detail
