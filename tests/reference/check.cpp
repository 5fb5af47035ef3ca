#include "check.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "weft/autodiff.h"
#include "weft/ops.h"
#include "weft/program.h"

namespace reference {

namespace {

using weft::DType;
using weft::Graph;
using weft::Shape;
using weft::Tensor;

/// A scalar is written as one element there.
bool same_shape(const Shape& a, const Shape& b) {
  return a == b || (a.rank() + b.rank() == 1 && a.elements() == b.elements());
}

/// A gradient without what the reference rounds: its derivative of the hard
/// sigmoid is 1/6 as a float.
Tensor corrected(const Case& c, const Tensor& gradient) {
  if (c.op != "hardsigmoid") return gradient;
  Tensor exact = gradient.clone();
  for (double& g : exact.values<double>()) g *= (1.0 / 6) / (1.0F / 6);
  return exact;
}

class Run {
 public:
  /// `rounded`: inputs are those of f32, whatever the dtype.
  Run(const Case& c, const Build& build, DType dtype, double tolerance,
      bool rounded = false)
      : case_(c), dtype_(dtype), tolerance_(tolerance), rounded_(rounded) {
    std::vector<Value> inputs;
    for (const Input& in : c.inputs) {
      inputs.push_back(in.absent ? Value() : feed(in.name, in.tensor));
      if (in.differentiated) {
        xs_.push_back(inputs.back());
        names_.push_back(in.name);
      }
    }
    outputs_ = build(Arguments(graph_, c, inputs));
  }

  Outcome compare() {
    if (outputs_.size() < case_.outputs.size()) {
      outcome_.wrong.push_back("has fewer outputs");
      return outcome_;
    }
    for (std::size_t i = 0; i < case_.outputs.size(); ++i) {
      expect("value " + case_.outputs[i].first, outputs_[i],
             case_.outputs[i].second);
    }
    if (!xs_.empty()) derivatives();
    finish();
    return outcome_;
  }
  /// What differs from the expected by more than `rounded` does.
  std::vector<std::string> beyond(const std::vector<Tensor>& rounded) const {
    std::vector<std::string> wrong;
    for (std::size_t i = 0; i < found_.size() && i < rounded.size(); ++i) {
      const auto& [what, expected] = expected_[i];
      const std::string text =
          difference(found_[i], expected, tolerance_, &rounded[i]);
      if (!text.empty()) wrong.push_back(what + ": " + text);
    }
    return wrong;
  }
  /// What `compare` found, in its order.
  const std::vector<Tensor>& found() const { return found_; }

 private:
  Value feed(const std::string& name, const Tensor& t) {
    const DType type = t.dtype() == DType::f64 ? dtype_ : t.dtype();
    const Value v = graph_.input(name, t.shape(), type);
    const bool round = rounded_ && t.dtype() == DType::f64;
    feeds_.emplace_back(v, (round ? t.to(DType::f32) : t).to(type));
    return v;
  }
  void expect(const std::string& what, Value v, const Tensor& expected) {
    asked_.push_back(v);
    expected_.push_back({what, expected});
  }

  void derivatives() {
    Value total;
    for (const auto& [name, cot] : case_.cotangents) {
      const Value y = outputs_[static_cast<std::size_t>(index(name))];
      const Value c = feed("cotangent " + name, cot);
      const Value term = weft::dot(weft::reshape(y, cot.shape()), c);
      total = total ? total + term : term;
    }
    std::vector<Value> grads;
    for (const Value& x : xs_) grads.push_back(weft::zeros_like(x));
    if (total) grads = weft::gradients(total, xs_);
    for (const auto& [name, g] : case_.gradients) {
      expect("gradient " + name, grads[input(name)], corrected(case_, g));
    }
    if (!case_.directions.empty()) second(grads);
  }

  void second(const std::vector<Value>& grads) {
    std::vector<Value> xs, vs;
    Value product;
    for (const auto& [name, v] : case_.directions) {
      xs.push_back(xs_[input(name)]);
      vs.push_back(feed("direction " + name, v));
      const Value term = weft::dot(grads[input(name)], vs.back());
      product = product ? product + term : term;
    }
    const auto hvps = weft::gradients(product, xs_);
    for (const auto& [name, h] : case_.hvps) {
      expect("hvp " + name, hvps[input(name)], h);
    }
    for (const auto& [name, j] : case_.jvps) {
      const Value y = outputs_[static_cast<std::size_t>(index(name))];
      expect("jvp " + name, weft::jvp(y, xs, vs), j);
    }
  }

  void finish() {
    const auto program = weft::compile(graph_, {.outputs = asked_});
    weft::State state = weft::initialize(graph_);
    weft::Executor run({.threads = 1});
    found_ = run(program, state, feeds_);
    for (std::size_t i = 0; i < found_.size(); ++i) {
      ++outcome_.compared;
      const auto& [what, expected] = expected_[i];
      const std::string text = difference(found_[i], expected, tolerance_);
      if (!text.empty()) outcome_.wrong.push_back(what + ": " + text);
    }
  }

  /// "y2" is output 2.
  static int index(const std::string& name) {
    return std::stoi(name.substr(1));
  }
  std::size_t input(const std::string& name) const {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] == name) return i;
    }
    throw std::runtime_error("no differentiated input " + name);
  }

  const Case& case_;
  DType dtype_;
  double tolerance_;
  bool rounded_;
  Graph graph_;
  std::vector<weft::Feed> feeds_;
  std::vector<Value> xs_, asked_;
  std::vector<std::string> names_;
  Results outputs_;
  Named expected_;
  std::vector<Tensor> found_;
  Outcome outcome_;
};

}  // namespace

std::string difference(const Tensor& found, const Tensor& expected,
                       double tolerance, const Tensor* rounded) {
  if (!same_shape(found.shape(), expected.shape())) {
    return "has the shape " + to_string(found.shape()) + ", not " +
           to_string(expected.shape());
  }
  double more = 0;
  for (std::int64_t i = 0; rounded && i < expected.size(); ++i) {
    const double off = std::abs(rounded->at(i) - expected.at(i));
    if (std::isfinite(off)) more = std::max(more, off);
  }
  for (std::int64_t i = 0; i < expected.size(); ++i) {
    const double a = found.at(i);
    // What is beyond the numbers of f32 is infinite there.
    const double e =
        found.dtype() == DType::f32
            ? static_cast<double>(static_cast<float>(expected.at(i)))
            : expected.at(i);
    if (a == e || (std::isnan(a) && std::isnan(e))) continue;
    const double limit = tolerance * (1 + std::abs(e)) + more;
    if (std::abs(a - e) <= limit && std::isfinite(e)) continue;
    char text[120];
    std::snprintf(text, sizeof text, "element %lld is %.12g, not %.12g",
                  static_cast<long long>(i), a, e);
    return text;
  }
  return {};
}

bool representable(const Case& c, DType dtype) {
  if (dtype != DType::f32) return true;
  for (const Input& in : c.inputs) {
    if (in.absent || in.tensor.dtype() != DType::f64) continue;
    for (double x : in.tensor.values<double>()) {
      const float narrow = static_cast<float>(x);
      if (std::isfinite(x) && std::isinf(narrow)) return false;
      if (x != 0 && narrow == 0) return false;
    }
  }
  return true;
}

Outcome check(const Case& c, const Build& build, DType dtype,
              double tolerance) {
  try {
    Run run(c, build, dtype, tolerance);
    Outcome outcome = run.compare();
    if (outcome.wrong.empty() || dtype == DType::f64) return outcome;
    // An ill-conditioned case may differ as much as it does in f64 when its
    // inputs alone are rounded to f32.
    Run exact(c, build, DType::f64, tolerance, true);
    exact.compare();
    outcome.wrong = run.beyond(exact.found());
    return outcome;
  } catch (const std::exception& e) {
    return {1, {std::string("threw ") + e.what()}};
  }
}

}  // namespace reference
