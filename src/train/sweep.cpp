#include "weft/sweep.h"

#include <charconv>
#include <cmath>

#include "weft/error.h"

namespace weft {

namespace {

void check_axes(const std::vector<Axis>& axes) {
  for (std::size_t i = 0; i < axes.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (axes[i].name == axes[j].name) {
        throw GraphError("[sweep] two axes are named '" + axes[i].name + "'");
      }
    }
  }
}

void check_range(const Axis& a) {
  const bool ordered =
      std::isfinite(a.low) && std::isfinite(a.high) && a.low <= a.high;
  const bool whole =
      a.scale != Axis::Scale::whole || std::ceil(a.low) <= std::floor(a.high);
  const bool positive = a.scale != Axis::Scale::log || a.low > 0;
  if (ordered && whole && positive) return;
  throw GraphError("[sweep] the axis '" + a.name + "' has no number from " +
                   Setting(a.low).text() + " to " + Setting(a.high).text() +
                   (positive ? "" : "; a logarithm needs positive ones"));
}

Setting draw(const Axis& a, RandomSequence& draws) {
  if (!a.values.empty()) return a.values[draws.below(a.values.size())];
  const double u = draws.uniform();
  switch (a.scale) {
    case Axis::Scale::log:
      return std::min(a.high, a.low * std::pow(a.high / a.low, u));
    case Axis::Scale::whole: {
      const double first = std::ceil(a.low), last = std::floor(a.high);
      return std::min(last, first + std::floor(u * (last - first + 1)));
    }
    case Axis::Scale::linear: break;
  }
  return std::min(a.high, a.low + u * (a.high - a.low));
}

}  // namespace

double Setting::number() const {
  if (const double* n = std::get_if<double>(&value_)) return *n;
  throw TypeError("[sweep] the setting '" + std::get<std::string>(value_) +
                  "' is a text, not a number");
}

std::string Setting::text() const {
  if (const auto* t = std::get_if<std::string>(&value_)) return *t;
  char digits[32];
  const auto end = std::to_chars(std::begin(digits), std::end(digits),
                                 std::get<double>(value_));
  return {digits, end.ptr};
}

const Setting& Choice::operator[](std::string_view name) const {
  for (const auto& [key, value] : settings_) {
    if (key == name) return value;
  }
  throw GraphError("[sweep] there is no setting '" + std::string(name) +
                   "' in: " + to_string(*this));
}

std::string to_string(const Choice& choice) {
  std::string text;
  for (const auto& [name, value] : choice.settings()) {
    text += (text.empty() ? "" : " ") + name + "=" + value.text();
  }
  return text;
}

std::vector<Choice> grid(const std::vector<Axis>& axes) {
  check_axes(axes);
  constexpr std::size_t kMost = 1'000'000;
  std::vector<Choice> all(1);
  for (const Axis& a : axes) {
    if (a.values.empty()) {
      throw GraphError("[grid] the axis '" + a.name +
                       "' has no values; ranges are for random_choices");
    }
    if (all.size() > kMost / a.values.size()) {
      throw GraphError("[grid] there are more than a million combinations");
    }
    std::vector<Choice> longer;
    for (const Choice& c : all) {
      for (const Setting& v : a.values) {
        longer.push_back(c);
        longer.back().add(a.name, v);
      }
    }
    all = std::move(longer);
  }
  return all;
}

std::vector<Choice> random_choices(const std::vector<Axis>& axes, int count,
                                   Seed seed) {
  check_axes(axes);
  for (const Axis& a : axes) {
    if (a.values.empty()) check_range(a);
  }
  if (count < 0) {
    throw GraphError("[random_choices] can't draw " + std::to_string(count) +
                     " choices");
  }
  std::vector<Choice> all;
  for (int i = 0; i < count; ++i) {
    Choice c;
    for (const Axis& a : axes) {
      RandomSequence draws(Philox(seed, stable_hash("weft sweep " + a.name),
                                  static_cast<std::uint64_t>(i)));
      c.add(a.name, draw(a, draws));
    }
    all.push_back(std::move(c));
  }
  return all;
}

}  // namespace weft
