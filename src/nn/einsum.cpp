#include <algorithm>
#include <map>
#include <string>

#include "src/nn/contraction_order.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/indexing.h"
#include "weft/ops.h"
#include "weft/statistics.h"

namespace weft {

namespace {

/// A value and a letter for each of its axes, none twice.
struct Term {
  Value value;
  std::string letters;
};

bool has(const std::string& letters, char c) {
  return letters.find(c) != std::string::npos;
}

[[noreturn]] void fail(std::string_view equation, const std::string& why) {
  throw ShapeError("[einsum] '" + std::string(equation) + "': " + why);
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts{""};
  for (char c : text) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

/// The equation without spaces, with capital stand-ins '0', '1', … for the axes
/// of "...", counted from the last.
class Equation {
 public:
  Equation(std::string_view text, const std::vector<Value>& operands)
      : text_(text) {
    std::string plain;
    for (char c : text) {
      if (c != ' ') plain += c;
    }
    const std::size_t arrow = plain.find("->");
    inputs = split_at_commas(plain.substr(0, arrow));
    if (inputs.size() != operands.size()) {
      fail(text, std::to_string(inputs.size()) + " operands are named, " +
                     std::to_string(operands.size()) + " given");
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      inputs[i] = expanded(inputs[i], operands[i].rank());
    }
    if (arrow == std::string::npos) {
      result = implied();
    } else {
      std::string out = plain.substr(arrow + 2);
      const std::size_t dots = out.find("...");
      if (dots != std::string::npos) out.replace(dots, 3, dots_);
      result = out;
    }
    check_result();
  }

  std::vector<std::string> inputs;
  std::string result;

 private:
  std::string expanded(std::string letters, int rank) {
    const std::size_t dots = letters.find("...");
    const int named =
        static_cast<int>(letters.size()) - (dots == std::string::npos ? 0 : 3);
    const int rest = rank - named;
    if (rest < 0 || (dots == std::string::npos && rest != 0)) {
      fail(text_,
           "'" + letters + "' does not fit rank " + std::to_string(rank));
    }
    std::string extra;
    for (int i = rest; i-- > 0;) extra += static_cast<char>('0' + i);
    if (extra.size() > dots_.size()) dots_ = extra;
    if (dots != std::string::npos) letters.replace(dots, 3, extra);
    for (char c : letters) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!letter && !(c >= '0' && c <= '9')) {
        fail(text_, std::string("'") + c + "' is no letter");
      }
    }
    return letters;
  }
  /// Without an arrow: the letters that occur once.
  std::string implied() const {
    std::map<char, int> count;
    for (const std::string& in : inputs) {
      for (char c : in) ++count[c];
    }
    std::string out = dots_;
    for (const auto& [c, n] : count) {
      if (n == 1 && !(c >= '0' && c <= '9')) out += c;
    }
    return out;
  }
  void check_result() const {
    for (std::size_t i = 0; i < result.size(); ++i) {
      const char c = result[i];
      const bool known =
          std::any_of(inputs.begin(), inputs.end(),
                      [c](const auto& in) { return has(in, c); });
      if (!known || result.find(c, i + 1) != std::string::npos) {
        fail(text_, std::string("'") + c + "' in the result is " +
                        (known ? "there twice" : "in no operand"));
      }
    }
  }

  std::string_view text_;
  std::string dots_;
};

/// Repeated letters become the diagonal of their axes.
Term without_repeats(Term t) {
  for (std::size_t i = 0; i < t.letters.size(); ++i) {
    const char c = t.letters[i];
    const std::size_t again = t.letters.find(c, i + 1);
    if (again == std::string::npos) continue;
    t.value = diagonal(t.value, 0, static_cast<std::int64_t>(i),
                       static_cast<std::int64_t>(again));
    t.letters.erase(again, 1);
    t.letters.erase(i, 1);
    t.letters += c;
    i = static_cast<std::size_t>(-1);
  }
  return t;
}

/// Sums over the axes whose letters nothing needs any more.
Term summed(Term t, const std::string& needed) {
  std::vector<std::int64_t> axes;
  std::string kept;
  for (std::size_t i = 0; i < t.letters.size(); ++i) {
    if (has(needed, t.letters[i])) {
      kept += t.letters[i];
    } else {
      axes.push_back(static_cast<std::int64_t>(i));
    }
  }
  if (!axes.empty()) t.value = sum(t.value, axes);
  return {t.value, kept};
}

/// A symbolic shape is kept where it can be.
Value shaped(Value v, const Shape& shape) {
  return v.shape() == shape ? v : reshape(v, shape);
}

/// The axes in the order of `letters`, missing ones of size 1.
Value arranged(const Term& t, const std::string& letters) {
  std::vector<std::int64_t> order;
  Shape shape;
  for (char c : letters) {
    const std::size_t at = t.letters.find(c);
    if (at == std::string::npos) {
      shape.push_back(1);
      continue;
    }
    order.push_back(static_cast<std::int64_t>(at));
    shape.push_back(t.value.shape()[static_cast<int>(at)]);
  }
  const Value moved = order.empty() ? t.value : transpose(t.value, order);
  return shaped(moved, shape);
}

/// The product of the sizes of some letters.
Dim size_of(const Term& t, const std::string& letters) {
  Dim n(1);
  for (char c : letters) {
    n = n * t.value.shape()[static_cast<int>(t.letters.find(c))];
  }
  return n;
}

/// Letters by what becomes of them in a product of two terms.
struct Roles {
  std::string batch, left, right, inner;
  bool broadcasts = false;  ///< an axis of size 1 meets another size
};

Roles roles_of(const Term& a, const Term& b, const std::string& needed) {
  Roles r;
  for (char c : a.letters) {
    if (!has(b.letters, c)) {
      r.left += c;
      continue;
    }
    (has(needed, c) ? r.batch : r.inner) += c;
    r.broadcasts = r.broadcasts || size_of(a, {c}) != size_of(b, {c});
  }
  for (char c : b.letters) {
    if (!has(a.letters, c)) r.right += c;
  }
  return r;
}

/// One product of matrices for each index of the batch letters.
Term product(const Term& a, const Term& b, const std::string& needed) {
  const Roles r = roles_of(a, b, needed);
  const std::string all = r.batch + r.left + r.right;
  if (r.inner.empty() || r.broadcasts) {
    const std::string every = all + r.inner;
    return summed({arranged(a, every) * arranged(b, every), every}, needed);
  }
  Shape out, left, right;
  for (char c : r.batch) {
    const Dim d = size_of(a, {c});
    for (Shape* s : {&out, &left, &right}) s->push_back(d);
  }
  const Dim k = size_of(a, r.inner);
  left.push_back(size_of(a, r.left));
  left.push_back(k);
  right.push_back(k);
  right.push_back(size_of(b, r.right));
  for (char c : r.left) out.push_back(size_of(a, {c}));
  for (char c : r.right) out.push_back(size_of(b, {c}));
  const Value x = shaped(arranged(a, r.batch + r.left + r.inner), left);
  const Value y = shaped(arranged(b, r.batch + r.inner + r.right), right);
  return {shaped(matmul(x, y), out), all};
}

/// The sizes of the axes, for which a symbolic one counts as some rows.
std::map<char, double> checked_sizes(std::string_view equation,
                                     const std::vector<Term>& terms) {
  constexpr double kSymbolic = 64;
  std::map<char, Dim> sizes;
  for (const Term& t : terms) {
    for (std::size_t i = 0; i < t.letters.size(); ++i) {
      const Dim d = t.value.shape()[static_cast<int>(i)];
      const auto [at, added] = sizes.try_emplace(t.letters[i], d);
      if (added || at->second == d || d == Dim(1)) continue;
      if (at->second != Dim(1)) {
        fail(equation, std::string("the axis '") + t.letters[i] +
                           "' has size " + to_string(at->second) + " and " +
                           to_string(d));
      }
      at->second = d;
    }
  }
  std::map<char, double> numbers;
  for (const auto& [letter, d] : sizes) {
    numbers[letter] =
        d.is_symbolic() ? kSymbolic : static_cast<double>(d.size());
  }
  return numbers;
}

}  // namespace

Value einsum(std::string_view equation, const std::vector<Value>& operands,
             Source at) {
  if (operands.empty()) throw ShapeError("[einsum] needs operands");
  const CallScope call(operands.front().graph(), at);
  const Equation e(equation, operands);
  std::vector<Term> terms;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    terms.push_back({operands[i], e.inputs[i]});
  }
  const std::map<char, double> sizes = checked_sizes(equation, terms);
  std::vector<std::string> letters;
  for (Term& t : terms) {
    t = without_repeats(t);
    letters.push_back(t.letters);
  }
  std::vector<bool> joined(terms.size());
  for (const Join& j : contraction_order(letters, e.result, sizes)) {
    joined[j.first] = joined[j.second] = true;
    std::string needed = e.result;
    for (std::size_t k = 0; k < terms.size(); ++k) {
      if (!joined[k]) needed += terms[k].letters;
    }
    // What only one of the two has is summed before they meet.
    const Term a = summed(terms[j.first], needed + terms[j.second].letters);
    const Term b = summed(terms[j.second], needed + a.letters);
    terms.push_back(product(a, b, needed));
    joined.push_back(false);
  }
  return arranged(summed(terms.back(), e.result), e.result);
}

}  // namespace weft
