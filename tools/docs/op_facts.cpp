// Prints what the registry knows of every op, as JSON: for the reference.

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "weft/error.h"
#include "weft/graph.h"
#include "weft/registry.h"

namespace {

using nlohmann::json;
using namespace weft;

std::vector<Type> types_of(const Sample& sample, DType dtype) {
  std::vector<Type> types;
  for (const SampleInput& in : sample.inputs) {
    types.push_back({in.dtype.value_or(dtype), in.shape});
  }
  return types;
}

std::vector<DType> dtypes_of(const std::vector<Type>& types) {
  std::vector<DType> dtypes;
  for (const Type& t : types) dtypes.push_back(t.dtype);
  return dtypes;
}

bool takes(const Op& op, const Sample& sample, DType dtype) {
  try {
    const std::vector<Type> inputs = types_of(sample, dtype);
    const std::vector<Type> outputs = op.infer(inputs);
    const auto in = dtypes_of(inputs), out = dtypes_of(outputs);
    return op.traits().alias || op.kernel(in, out) != nullptr ||
           op.tile(in, out.at(0)) != nullptr ||
           (inputs.empty() && op.generator(out.at(0)) != nullptr);
  } catch (const Error&) {
    return false;
  }
}

json dtypes(const Op& op, const std::vector<Sample>& samples) {
  json names = json::array();
  for (DType d :
       {DType::f32, DType::f64, DType::i32, DType::i64, DType::boolean}) {
    const bool any = std::any_of(
        samples.begin(), samples.end(),
        [&](const Sample& s) { return takes(s.op ? *s.op : op, s, d); });
    if (any) names.push_back(to_string(d));
  }
  return names;
}

/// Input and output shapes of one sample.
json shapes(const Op& op, const Sample& sample) {
  json in = json::array(), out = json::array();
  const std::vector<Type> inputs = types_of(sample, DType::f64);
  for (const Type& t : inputs) in.push_back(to_string(t.shape));
  for (const Type& t : op.infer(inputs)) out.push_back(to_string(t.shape));
  return {{"op", to_string(op)}, {"in", in}, {"out", out}};
}

json facts(const std::string& name) {
  const OpPtr op = registry().prototype(name);
  const OpTraits t = op->traits();
  const std::vector<Sample> samples = op->samples();
  json attributes = json::array(), examples = json::array();
  for (const Attribute& a : op->attributes()) {
    attributes.push_back({{"name", a.name}, {"default", to_string(a.value)}});
  }
  for (const Sample& s : samples) {
    examples.push_back(shapes(s.op ? *s.op : *op, s));
  }
  return {{"name", name},
          {"inputs", t.variadic ? json("any number") : json(t.inputs)},
          {"elementwise", t.elementwise},
          {"random", t.random},
          {"alias", t.alias},
          {"differentiable", op->differentiable()},
          {"dtypes", dtypes(*op, samples)},
          {"attributes", attributes},
          {"shapes", examples}};
}

}  // namespace

int main() {
  json all = json::array();
  for (const std::string& name : registry().names()) {
    all.push_back(facts(name));
  }
  std::cout << all.dump(1) << "\n";
}
