// Initialisers by their names.

#include <array>
#include <span>
#include <string>

#include "src/core/call_text.h"
#include "src/core/suggest.h"
#include "weft/error.h"
#include "weft/initializers.h"

namespace weft::initializers {

namespace {

using Settings = std::span<const double>;

struct Named {
  std::string_view name;
  std::size_t least, most;  ///< how many settings it takes
  Initializer (*make)(Settings);
};

double or_else(Settings s, std::size_t i, double otherwise) {
  return i < s.size() ? s[i] : otherwise;
}

constexpr std::array<Named, 12> kNamed{{
    {"zeros", 0, 0, [](Settings) { return zeros(); }},
    {"ones", 0, 0, [](Settings) { return ones(); }},
    {"constant", 1, 1, [](Settings s) { return constant(s[0]); }},
    {"uniform", 2, 2, [](Settings s) { return uniform(s[0], s[1]); }},
    {"normal", 0, 2,
     [](Settings s) { return normal(or_else(s, 0, 0), or_else(s, 1, 1)); }},
    {"truncated_normal", 0, 2,
     [](Settings s) {
       return truncated_normal(or_else(s, 0, 0), or_else(s, 1, 1));
     }},
    {"glorot_uniform", 0, 0, [](Settings) { return glorot_uniform(); }},
    {"glorot_normal", 0, 0, [](Settings) { return glorot_normal(); }},
    {"he_uniform", 0, 1,
     [](Settings s) { return he_uniform(or_else(s, 0, 0)); }},
    {"he_normal", 0, 1, [](Settings s) { return he_normal(or_else(s, 0, 0)); }},
    {"lecun_normal", 0, 0, [](Settings) { return lecun_normal(); }},
    {"orthogonal", 0, 1,
     [](Settings s) { return orthogonal(or_else(s, 0, 1)); }},
}};

[[noreturn]] void refuse(std::string_view text, const Source& at) {
  throw GraphError("[initializer] there is no '" + std::string(text) + "'" +
                   detail::suggestion(text.substr(0, text.find('(')), names()) +
                   "; known are " + detail::listed(names()) +
                   ", with settings as in constant(0.1), uniform(-1,1), "
                   "normal(0,0.5) and he_normal(0.01)" +
                   at_line(at));
}

}  // namespace

const std::vector<std::string>& names() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> list;
    for (const Named& n : kNamed) list.emplace_back(n.name);
    return list;
  }();
  return all;
}

Initializer named(std::string_view text, Source at) {
  const auto call = detail::parse_call(text);
  if (!call) refuse(text, at);
  std::vector<double> settings;
  for (std::string_view argument : call->arguments) {
    const auto number = detail::parse_number(argument);
    if (!number) refuse(text, at);
    settings.push_back(*number);
  }
  for (const Named& n : kNamed) {
    if (n.name != call->name) continue;
    if (settings.size() < n.least || settings.size() > n.most) break;
    return n.make(settings);
  }
  refuse(text, at);
}

}  // namespace weft::initializers
