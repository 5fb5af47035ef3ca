#pragma once

#include <iosfwd>
#include <nlohmann/json.hpp>

#include "weft/weft.h"

namespace weft::cli {

nlohmann::json to_json(const Evaluation& e);
nlohmann::json to_json(Trainer& trainer, const Evaluation& e);
/// Loss, and for classes accuracy, as lines of text.
void print_evaluation(std::ostream& out, const Evaluation& e, bool classes);
/// What the building of the network warned of, a line each.
void print_warnings(std::ostream& out, const Trainer& trainer);
/// Truth by rows, predictions by columns.
void print_confusion(std::ostream& out, const Evaluation& e,
                     const std::vector<std::string>& names);
/// A square image as characters from light to dark.
void print_image(std::ostream& out, const Tensor& pixels);
/// "0123456789abcdef".
std::string hex(std::uint64_t number);

}  // namespace weft::cli
