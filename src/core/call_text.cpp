#include "src/core/call_text.h"

#include <charconv>
#include <cmath>

namespace weft::detail {

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<CallText> parse_call(std::string_view text) {
  text = trimmed(text);
  const auto open = text.find('(');
  if (open == std::string_view::npos) {
    if (text.empty() || text.find(')') != text.npos) return {};
    return CallText{text, {}};
  }
  CallText call{trimmed(text.substr(0, open)), {}};
  if (text.back() != ')' || call.name.empty()) return {};
  std::string_view rest = text.substr(open + 1, text.size() - open - 2);
  if (rest.find_first_of("()") != rest.npos) return {};
  while (true) {
    const auto comma = rest.find(',');
    call.arguments.push_back(trimmed(rest.substr(0, comma)));
    if (call.arguments.back().empty()) return {};
    if (comma == rest.npos) return call;
    rest.remove_prefix(comma + 1);
  }
}

std::optional<double> parse_number(std::string_view text) {
  double number = 0;
  const char* last = text.data() + text.size();
  const auto [end, wrong] = std::from_chars(text.data(), last, number);
  if (wrong != std::errc() || end != last || !std::isfinite(number)) return {};
  return number;
}

}  // namespace weft::detail
