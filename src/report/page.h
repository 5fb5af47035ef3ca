#pragma once

#include <string_view>

namespace weft::report {

/// The page of the report, in which "WEFT_RUNS" stands for the records; empty
/// in a build without npm. Made by cmake/report_page.cmake.
std::string_view page();

}  // namespace weft::report
