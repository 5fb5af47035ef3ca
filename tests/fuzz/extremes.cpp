// Every op with attributes and sizes that nobody writes: it refuses them with
// an Error, or is inferred, differentiated and run.
//
//   weft_extremes [--pairs] [OP]...
//
// What one change gives is run; of two at once the types are inferred, and with
// --pairs it is run, too.

#include <cstdio>
#include <cstring>
#include <limits>
#include <set>

#include "src/core/check_size.h"
#include "target.h"
#include "use_model.h"
#include "weft/autodiff.h"
#include "weft/registry.h"
#include "weft/weft.h"

using namespace weft;

namespace {

/// An op and what it is applied to.
struct Case {
  OpPtr op;
  std::vector<Type> inputs;
};
using Edit = std::function<void(Case&)>;

constexpr std::int64_t kLeast = INT64_MIN, kMost = INT64_MAX;
constexpr std::int64_t kIntegers[] = {
    0,         -1,        1,          2,          -2,        7,
    INT32_MAX, INT32_MIN, 1LL << 32,  1LL << 62,  kMost,     kMost - 1,
    kMost / 2, kLeast,    kLeast + 1, -kMost / 2, 1LL << 40, 3037000500};
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNumbers[] = {0,
                               -0.0,
                               1,
                               -1,
                               0.5,
                               2,
                               -1e9,
                               1e9,
                               1e300,
                               1e-300,
                               kInfinity,
                               -kInfinity,
                               std::numeric_limits<double>::quiet_NaN()};
const Dim kDims[] = {0, 1, 2, 3, 1LL << 31, 1LL << 62, kMost, kBatch, kTime};

/// What a value may become.
template <class T>
std::vector<T> others(const T&) {
  return {};
}
std::vector<bool> others(bool v) { return {!v}; }
std::vector<std::int64_t> others(std::int64_t) {
  return {std::begin(kIntegers), std::end(kIntegers)};
}
std::vector<double> others(double) {
  return {std::begin(kNumbers), std::end(kNumbers)};
}
std::vector<std::string> others(const std::string& v) {
  return {"", v + "x", "...", v + v};
}
std::vector<DType> others(DType) {
  return {DType::f32, DType::f64, DType::i32, DType::i64, DType::boolean};
}
std::vector<Shape> others(const Shape& v) {
  std::vector<Shape> all{Shape{}};
  Shape longer = v;
  if (v.rank() < Shape::kMaxRank) longer.push_back(2);
  all.push_back(longer);
  for (int i = 0; i < v.rank(); ++i) {
    for (const Dim d : kDims) {
      Shape s = v;
      s[i] = d;
      all.push_back(s);
    }
  }
  return all;
}
template <class T>
std::vector<std::vector<T>> others(const std::vector<T>& v) {
  std::vector<std::vector<T>> all{{}};
  std::vector<T> longer = v;
  longer.push_back(v.empty() ? T{} : v.back());
  all.push_back(longer);
  if (!v.empty()) all.emplace_back(v.begin(), v.end() - 1);
  for (std::size_t i = 0; i < v.size(); ++i) {
    for (const T& other : others(v[i])) {
      all.push_back(v);
      all.back()[i] = other;
    }
  }
  return all;
}

void add_attribute_edits(const Case& c, std::vector<Edit>& edits) {
  const std::vector<Attribute> attributes = c.op->attributes();
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    const auto add = [&](const auto& value) {
      using T = std::decay_t<decltype(value)>;
      for (const T& other : others(value)) {
        edits.push_back([i, other](Case& e) {
          std::vector<Attribute> all = e.op->attributes();
          all.at(i).value = AttributeValue(other);
          e.op = registry().make_op_by_name(e.op->name(), all);
        });
      }
    };
    std::visit(add, attributes[i].value);
  }
}

void add_input_edits(const Case& c, std::vector<Edit>& edits) {
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    for (const Shape& s : others(c.inputs[i].shape)) {
      edits.push_back([i, s](Case& e) { e.inputs.at(i).shape = s; });
    }
    for (const DType t : others(DType::f32)) {
      edits.push_back([i, t](Case& e) { e.inputs.at(i).dtype = t; });
    }
  }
}

/// Elements of a tensor of this type: small ones, or the greatest and least.
Tensor filled(const Type& type, bool extreme) {
  if (type.dtype == DType::i64 && extreme) {
    Tensor t(DType::i64, type.shape);
    for (std::int64_t i = 0; i < t.size(); ++i) {
      t.data<std::int64_t>()[i] = i % 3 == 0 ? kLeast : i % 3 == 1 ? kMost : -1;
    }
    return t;
  }
  const bool whole = type.dtype == DType::i32;
  const double low = whole ? INT32_MIN : -kInfinity;
  const double high = whole ? INT32_MAX : kInfinity;
  Tensor t(DType::f64, type.shape);
  for (std::int64_t i = 0; i < t.size(); ++i) {
    t.data<double>()[i] = !extreme     ? static_cast<double>(i % 3)
                          : i % 3 == 0 ? low
                          : i % 3 == 1 ? high
                                       : -1;
  }
  return t.to(type.dtype);
}

/// Runs the outputs, and the derivatives of those that have some.
void run(const Case& c, bool extreme) {
  Graph graph;
  State state;
  std::vector<Value> inputs;
  for (const Type& t : c.inputs) {
    const std::string name = "x" + std::to_string(inputs.size());
    inputs.push_back(
        t.shape.is_concrete()
            ? graph.parameter(name, t.shape,
                              initializers::zeros()(t.shape, t.dtype), t.dtype)
            : graph.input(name, t.shape, t.dtype));
  }
  const std::vector<Value> outputs = graph.add(c.op, inputs, Source{});
  if (!fuzz::is_small(graph)) return;
  for (const Value& v : graph.state()) {
    state.add({v.path(), filled(v.type(), extreme), true});
  }
  fuzz::run_graph(graph, {.outputs = outputs}, state);
  std::vector<Value> xs;
  for (const Value& v : inputs) {
    if (is_floating(v.dtype())) xs.push_back(v);
  }
  for (const Value& y : outputs) {
    if (!is_floating(y.dtype()) || xs.empty()) continue;
    fuzz::worked([&] {
      std::vector<Value> all = gradients(sum(y), xs);
      if (!fuzz::is_small(graph)) return;
      fuzz::run_graph(graph, {.outputs = all}, state);
    });
    fuzz::worked([&] {
      const Value forward = jvp(y, xs, xs);
      if (!fuzz::is_small(graph)) return;
      fuzz::run_graph(graph, {.outputs = {forward}}, state);
    });
  }
}

void try_case(const Case& c, bool runs) {
  fuzz::worked([&] {
    for (const Type& t : c.inputs) check_size(t.shape);
    c.op->infer(c.inputs);
    if (!runs) return;
    run(c, false);
    run(c, true);
  });
}

void try_sample(const OpPtr& op, const Sample& sample, bool pairs) {
  Case c{sample.op ? sample.op : op, {}};
  for (const SampleInput& in : sample.inputs) {
    c.inputs.push_back({in.dtype.value_or(DType::f32), in.shape});
  }
  std::vector<Edit> edits;
  add_attribute_edits(c, edits);
  const std::size_t attributes = edits.size();
  add_input_edits(c, edits);
  try_case(c, true);
  for (std::size_t i = 0; i < edits.size(); ++i) {
    Case one = c;
    if (!fuzz::worked([&] { edits[i](one); })) continue;
    try_case(one, true);
    // Two sizes at once are for the attributes to read, or for nobody.
    if (i >= attributes && attributes > 0) continue;
    for (std::size_t k = i + 1; k < edits.size(); ++k) {
      Case two = one;
      if (!fuzz::worked([&] { edits[k](two); })) continue;
      try_case(two, pairs);
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  bool pairs = false;
  std::set<std::string> chosen;
  for (int i = 1; i < count; ++i) {
    const std::string text = arguments[i];
    if (text == "--pairs") {
      pairs = true;
    } else {
      chosen.insert(text);
    }
  }
  for (const std::string& name : registry().names()) {
    if (!chosen.empty() && chosen.count(name) == 0) continue;
    std::printf("%s\n", name.c_str());
    std::fflush(stdout);
    const OpPtr op = registry().prototype(name);
    int samples = 0;
    for (const Sample& s : op->samples()) {
      if (samples++ < 4) try_sample(op, s, pairs);
    }
  }
}
