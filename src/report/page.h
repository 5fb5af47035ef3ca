#pragma once

#include <string>
#include <string_view>

namespace weft::report {

/// The page of the report, in which "WEFT_RUNS" stands for the records; empty
/// in a build without npm. Made by cmake/report_page.cmake.
std::string_view page();

/// Writes the page with `json`, the records of runs or of the laboratory.
/// Throws as `write_report`.
void write_page(std::string_view json, const std::string& path);

}  // namespace weft::report
