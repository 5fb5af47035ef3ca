#include <algorithm>

#include "recipe.h"

namespace random_graphs {

namespace {

/// Without the steps that no output needs.
Recipe pruned(const Recipe& r) {
  std::vector<bool> needed(r.steps.size());
  for (const Port& p : r.outputs) {
    needed[static_cast<std::size_t>(p.node)] = true;
  }
  for (std::size_t i = r.steps.size(); i-- > 0;) {
    if (!needed[i]) continue;
    for (const Port& p : r.steps[i].inputs) {
      needed[static_cast<std::size_t>(p.node)] = true;
    }
  }
  Recipe small = r;
  small.steps.clear();
  std::vector<std::int32_t> place(r.steps.size(), -1);
  for (std::size_t i = 0; i < r.steps.size(); ++i) {
    if (!needed[i]) continue;
    place[i] = static_cast<std::int32_t>(small.steps.size());
    small.steps.push_back(r.steps[i]);
    for (Port& p : small.steps.back().inputs) {
      p.node = place[static_cast<std::size_t>(p.node)];
    }
  }
  for (Port& p : small.outputs)
    p.node = place[static_cast<std::size_t>(p.node)];
  return small;
}

/// Step i as a leaf of its type.
bool cut(Recipe& r, std::size_t i) {
  Step& s = r.steps[i];
  if (s.kind != Node::Kind::op || s.outputs.size() != 1) return false;
  const Type type = s.outputs.front();
  const bool number = is_floating(type.dtype);
  s = Step{Node::Kind::buffer, nullptr, {}, {type}, number ? -2.0 : 0.0, 2, {}};
  if (!type.shape.is_concrete()) s.kind = Node::Kind::input;
  return true;
}

/// Recipes that are one change smaller.
std::vector<Recipe> smaller(const Recipe& r) {
  std::vector<Recipe> out;
  for (std::size_t i = 0; r.outputs.size() > 1 && i < r.outputs.size(); ++i) {
    Recipe one = r;
    one.outputs = {r.outputs[i]};
    out.push_back(pruned(one));
  }
  for (std::size_t i = 0; r.outputs.size() > 2 && i < r.outputs.size(); ++i) {
    Recipe fewer = r;
    fewer.outputs.erase(fewer.outputs.begin() + static_cast<std::ptrdiff_t>(i));
    out.push_back(pruned(fewer));
  }
  if (r.optimizer >= 0) (out.emplace_back(r)).optimizer = -1;
  if (r.derivatives > 0) --(out.emplace_back(r)).derivatives;
  for (std::size_t i = 0; i < r.steps.size(); ++i) {
    Recipe one = r;
    if (cut(one, i)) out.push_back(pruned(one));
  }
  for (std::size_t i = 0; i < r.steps.size(); ++i) {
    // The inputs of what is taken away stand for it.
    for (const Port& p : r.steps[i].inputs) {
      Recipe one = r;
      one.outputs = {p};
      out.push_back(pruned(one));
    }
  }
  return out;
}

/// Up to the first colon: how it failed, or what it threw.
std::string kind_of(const std::string& failure) {
  return failure.substr(0, failure.find_first_of(":;"));
}

}  // namespace

Recipe shrink(const Recipe& recipe) {
  const std::string kind = kind_of(failure(recipe));
  Recipe best = recipe;
  for (bool again = true; again;) {
    again = false;
    for (const Recipe& r : smaller(best)) {
      const bool less = r.steps.size() < best.steps.size() ||
                        r.outputs.size() < best.outputs.size() ||
                        r.derivatives < best.derivatives ||
                        r.optimizer < best.optimizer;
      // A leaf in the place of an op is smaller too, once.
      const auto ops = [](const Recipe& x) {
        return std::count_if(x.steps.begin(), x.steps.end(), [](const Step& s) {
          return s.kind == Node::Kind::op;
        });
      };
      if (!less && ops(r) >= ops(best)) continue;
      if (kind_of(failure(r)) != kind) continue;
      best = r;
      again = true;
      break;
    }
  }
  return best;
}

}  // namespace random_graphs
