#pragma once

#include <string>

namespace weft::detail {

/// Throws the exception that is being handled once more with `suffix` added to
/// its text. An Error keeps its kind; another std::exception becomes an Error.
[[noreturn]] void rethrow_with(const std::string& suffix);

}  // namespace weft::detail
