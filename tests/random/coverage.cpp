#include "coverage.h"

#include <algorithm>

namespace random_graphs {

namespace {

std::vector<Type> types_of(const std::vector<SampleInput>& inputs, DType main) {
  std::vector<Type> types;
  for (const SampleInput& in : inputs) {
    types.push_back({in.dtype.value_or(main), in.shape});
  }
  return types;
}

std::string key(const Op& op, const std::vector<DType>& inputs) {
  std::string text(op.name());
  for (const DType t : inputs) text += " " + std::string(to_string(t));
  return text;
}

std::string key(const Drawn& d) {
  std::vector<DType> inputs;
  for (const Type& t : types_of(d.inputs, d.main)) inputs.push_back(t.dtype);
  return key(*d.op, inputs);
}

std::vector<Drawn> all_samples() {
  constexpr DType kMain[] = {DType::f64, DType::f32, DType::i32, DType::i64,
                             DType::boolean};
  std::vector<Drawn> all;
  for (const std::string& name : registry().names()) {
    const OpPtr prototype = registry().prototype(name);
    for (const Sample& s : prototype->samples()) {
      for (const DType main : kMain) {
        const OpPtr op = s.op ? s.op : prototype;
        const bool same = std::all_of(
            s.inputs.begin(), s.inputs.end(),
            [](const SampleInput& in) { return in.dtype.has_value(); });
        if (same && main != DType::f64) continue;
        if (takes(*op, s, main)) all.push_back({op, s.inputs, main});
      }
    }
  }
  return all;
}

}  // namespace

bool takes(const Op& op, const Sample& s, DType main) {
  try {
    op.infer(types_of(s.inputs, main));
    return true;
  } catch (const Error&) {
    return false;
  }
}

const std::vector<Drawn>& drawable() {
  static const std::vector<Drawn> all = all_samples();
  return all;
}

Coverage::Coverage() {
  for (const Drawn& d : drawable()) counts_[key(d)] = 0;
}

void Coverage::add(const Recipe& recipe) {
  for (const Step& s : recipe.steps) {
    if (s.kind != Node::Kind::op) continue;
    std::vector<DType> inputs;
    for (const Port& p : s.inputs) {
      const Step& from = recipe.steps[static_cast<std::size_t>(p.node)];
      inputs.push_back(from.outputs[static_cast<std::size_t>(p.output)].dtype);
    }
    ++counts_[key(*s.op, inputs)];
  }
}

std::vector<std::string> Coverage::missing() const {
  std::vector<std::string> keys;
  for (const auto& [k, n] : counts_) {
    if (n == 0) keys.push_back(k);
  }
  for (const std::string& name : registry().names()) {
    if (registry().prototype(name)->samples().empty()) keys.push_back(name);
  }
  return keys;
}

std::string Coverage::text() const {
  std::map<std::string, std::int64_t> ops;
  for (const auto& [k, n] : counts_) ops[k.substr(0, k.find(' '))] += n;
  const auto least = std::min_element(
      ops.begin(), ops.end(),
      [](const auto& a, const auto& b) { return a.second < b.second; });
  return std::to_string(ops.size()) + " ops in " +
         std::to_string(counts_.size()) + " combinations of dtypes, " +
         least->first + " least often: " + std::to_string(least->second) +
         " times";
}

}  // namespace random_graphs
