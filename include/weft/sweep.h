#pragma once

// Lists of settings to try, for train_many.

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "weft/random.h"

namespace weft {

/// A number or a text.
class Setting {
 public:
  Setting(double number) : value_(number) {}                // NOLINT
  Setting(int number) : value_(double{1} * number) {}       // NOLINT
  Setting(std::string text) : value_(std::move(text)) {}    // NOLINT
  Setting(const char* text) : value_(std::string(text)) {}  // NOLINT
  bool is_number() const { return value_.index() == 0; }
  /// Throws TypeError if it is a text.
  double number() const;
  /// The text, or the number in as few digits as tell it apart.
  std::string text() const;

 private:
  std::variant<double, std::string> value_;
};

/// One choice of every setting, in the order in which they were given.
class Choice {
 public:
  /// Throws GraphError if there is no setting of that name.
  const Setting& operator[](std::string_view name) const;
  double number(std::string_view name) const { return (*this)[name].number(); }
  std::string text(std::string_view name) const { return (*this)[name].text(); }
  const std::vector<std::pair<std::string, Setting>>& settings() const {
    return settings_;
  }
  void add(std::string name, Setting value) {
    settings_.emplace_back(std::move(name), std::move(value));
  }

 private:
  std::vector<std::pair<std::string, Setting>> settings_;
};
/// "rate=0.01 width=64".
std::string to_string(const Choice& choice);

/// What a setting may be: one of `values`, or if there are none a number from
/// `low` to `high`.
struct Axis {
  std::string name;
  std::vector<Setting> values = {};
  double low = 0;
  double high = 1;
  /// Of a range: even, or even in the logarithm (Bergstra and Bengio 2012), or
  /// whole numbers, both ends among them.
  enum class Scale { linear, log, whole } scale = Scale::linear;
};

/// Every combination of the axes' values, the last axis changing fastest.
/// Throws GraphError if an axis has no values or two have one name, or there
/// would be more than a million.
std::vector<Choice> grid(const std::vector<Axis>& axes);
/// `count` choices drawn evenly, each a function of seed, number and the
/// axis's name: another axis does not change the draws of the others. Throws
/// GraphError if a range is empty.
std::vector<Choice> random_choices(const std::vector<Axis>& axes, int count,
                                   Seed seed = {});

}  // namespace weft
