#include "src/nn/contraction_order.h"

#include <cstdint>
#include <limits>

namespace weft {

namespace {

using Letters = std::uint64_t;  // a bit for each letter
using Set = std::uint32_t;      // a bit for each term

/// The cheapest tree of products for every set of terms, from those of its
/// parts (as in the optimal order of joins, Selinger et al. 1979).
class Planner {
 public:
  Planner(const std::vector<std::string>& terms, const std::string& result,
          const std::map<char, double>& sizes)
      : count_(terms.size()) {
    std::map<char, int> bits;
    for (const auto& [letter, size] : sizes) {
      bits[letter] = static_cast<int>(sizes_.size());
      sizes_.push_back(size);
    }
    auto letters = [&](const std::string& text) {
      Letters all = 0;
      for (const char c : text) all |= Letters{1} << bits.at(c);
      return all;
    };
    result_ = letters(result);
    for (const std::string& t : terms) terms_.push_back(letters(t));
    const Set all = (Set{1} << count_) - 1;
    costs_.resize(all + 1);
    splits_.resize(all + 1);
    for (Set s = 1; s <= all; ++s) plan(s);
  }

  std::vector<Join> joins() {
    join((Set{1} << count_) - 1);
    return joins_;
  }

 private:
  /// What remains of a set's product: letters that others or the result need.
  Letters kept(Set s) const {
    Letters inside = 0, outside = result_;
    for (std::size_t i = 0; i < count_; ++i) {
      (s >> i & 1 ? inside : outside) |= terms_[i];
    }
    return inside & outside;
  }
  double size(Letters letters) const {
    double n = 1;
    for (std::size_t i = 0; i < sizes_.size(); ++i) {
      if (letters >> i & 1) n *= sizes_[i];
    }
    return n;
  }
  void plan(Set s) {
    if ((s & (s - 1)) == 0) return;
    double& best = costs_[s];
    best = std::numeric_limits<double>::infinity();
    const Set first = s & (~s + 1);
    for (Set left = (s - 1) & s; left != 0; left = (left - 1) & s) {
      if ((left & first) == 0) continue;  // the same two sets, swapped
      const Set right = s ^ left;
      const double cost =
          costs_[left] + costs_[right] + size(kept(left) | kept(right));
      const bool last_alone = right > left && (right & (right - 1)) == 0;
      if (cost < best || (cost == best && last_alone)) {
        best = cost;
        splits_[s] = left;
      }
    }
  }
  std::size_t join(Set s) {
    if ((s & (s - 1)) == 0) {
      std::size_t i = 0;
      while (!(s >> i & 1)) ++i;
      return i;
    }
    const std::size_t left = join(splits_[s]), right = join(s ^ splits_[s]);
    joins_.emplace_back(left, right);
    return count_ + joins_.size() - 1;
  }

  std::size_t count_;
  std::vector<double> sizes_;
  std::vector<Letters> terms_;
  Letters result_ = 0;
  std::vector<double> costs_;
  std::vector<Set> splits_;
  std::vector<Join> joins_;
};

}  // namespace

std::vector<Join> contraction_order(const std::vector<std::string>& terms,
                                    const std::string& result,
                                    const std::map<char, double>& sizes) {
  constexpr std::size_t kMost = 10;
  if (terms.size() > 2 && terms.size() <= kMost && sizes.size() <= 64) {
    return Planner(terms, result, sizes).joins();
  }
  std::vector<Join> joins;
  for (std::size_t i = 1; i < terms.size(); ++i) {
    joins.emplace_back(i == 1 ? 0 : terms.size() + i - 2, i);
  }
  return joins;
}

}  // namespace weft
