#include "check.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <deque>
#include <span>

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

/// A derivative without what the reference rounds to floats: its derivative of
/// the hard sigmoid is 1/6 as one, and its celu's has 1/α.
Tensor corrected(const Case& c, const Tensor& derivative, int order) {
  if (c.op != "hardsigmoid" && c.op != "celu") return derivative;
  Tensor exact = derivative.clone();
  const std::span<double> g = exact.values<double>();
  if (c.op == "hardsigmoid") {
    for (double& v : g) v *= (1.0 / 6) / (1.0F / 6);
    return exact;
  }
  const double alpha = c.attributes.value("alpha", 1.0);
  const double there = 1 / static_cast<double>(static_cast<float>(alpha));
  const std::span<const double> x = c.inputs.at(0).tensor.values<double>();
  for (std::size_t i = 0; i < g.size() && i < x.size(); ++i) {
    if (!(x[i] <= 0) || g[i] == 0) continue;
    g[i] *= std::exp(x[i] * (1 / alpha - there));
    g[i] /= std::pow(alpha * there, order);
  }
  return exact;
}

class Run {
 public:
  /// With a rounding, inputs are numbers of f32, whatever the dtype.
  enum class Rounding { none, nearest, even_away, odd_away };
  Run(const Case& c, const Build& build, DType dtype, double tolerance,
      Rounding rounding = Rounding::none)
      : case_(c), dtype_(dtype), tolerance_(tolerance), rounding_(rounding) {
    std::vector<Value> inputs;
    for (const Input& in : c.inputs) {
      inputs.push_back(in.absent ? Value() : feed(in.name, in.tensor));
      if (in.differentiated) {
        xs_.push_back(inputs.back());
        names_.push_back(in.name);
      }
    }
    const Arguments arguments(graph_, c, inputs);
    outputs_ = build(arguments);
    unread_ = arguments.unread();
  }

  Outcome compare() {
    if (outputs_.size() < case_.outputs.size()) {
      outcome_.wrong.push_back("has fewer outputs" + aside());
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
  /// What differs from the expected by more than any other run.
  std::vector<std::string> beyond(const std::vector<Run*>& others) const {
    std::vector<std::string> wrong;
    for (std::size_t i = 0; i < found_.size(); ++i) {
      const auto& [what, expected] = expected_[i];
      double more = 0;
      for (const Run* other : others) {
        if (i >= other->found_.size()) continue;
        more = std::max(more, largest_difference(other->found_[i], expected));
      }
      const std::string text =
          difference(found_[i], expected, tolerance_, more);
      if (!text.empty()) wrong.push_back(what + ": " + text + aside());
    }
    return wrong;
  }

 private:
  Value feed(const std::string& name, const Tensor& t) {
    const DType type = t.dtype() == DType::f64 ? dtype_ : t.dtype();
    const Value v = graph_.input(name, t.shape(), type);
    const bool round = rounding_ != Rounding::none && t.dtype() == DType::f64;
    feeds_.emplace_back(v, (round ? rounded(t) : t).to(type));
    return v;
  }
  /// To the next number of f32, or every other element to the one on its other
  /// side: what is computed in f32 is rounded by as much at each step.
  Tensor rounded(const Tensor& t) const {
    Tensor result = t.clone();
    std::size_t i = rounding_ == Rounding::odd_away ? 1 : 0;
    for (double& x : result.values<double>()) {
      const float near = static_cast<float>(x);
      const double exact = x;
      x = static_cast<double>(near);
      const bool away = rounding_ != Rounding::nearest && i++ % 2 == 0;
      if (!away || !std::isfinite(x)) continue;
      const float up = x < exact ? HUGE_VALF : -HUGE_VALF;
      x = static_cast<double>(std::nextafter(near, up));
    }
    return result;
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
      expect("gradient " + name, grads[input(name)], corrected(case_, g, 1));
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
      expect("hvp " + name, hvps[input(name)], corrected(case_, h, 2));
    }
    for (const auto& [name, j] : case_.jvps) {
      const Value y = outputs_[static_cast<std::size_t>(index(name))];
      expect("jvp " + name, weft::jvp(y, xs, vs), corrected(case_, j, 1));
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
      if (!text.empty()) outcome_.wrong.push_back(what + ": " + text + aside());
    }
  }
  std::string aside() const {
    return unread_.empty() ? "" : "; unknown here: " + unread_;
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
  Rounding rounding_;
  Graph graph_;
  std::vector<weft::Feed> feeds_;
  std::vector<Value> xs_, asked_;
  std::vector<std::string> names_;
  Results outputs_;
  std::string unread_;
  Named expected_;
  std::vector<Tensor> found_;
  Outcome outcome_;
};

}  // namespace

double largest_difference(const Tensor& a, const Tensor& b) {
  double most = 0;
  for (std::int64_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const double off = std::abs(a.at(i) - b.at(i));
    if (std::isfinite(off)) most = std::max(most, off);
  }
  return most;
}

std::string difference(const Tensor& found, const Tensor& expected,
                       double tolerance, double more) {
  if (!same_shape(found.shape(), expected.shape())) {
    return "has the shape " + to_string(found.shape()) + ", not " +
           to_string(expected.shape());
  }
  // What the reference computed in f32 has its digits.
  if (expected.dtype() == DType::f32) tolerance = std::max(tolerance, 1e-5);
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
    // inputs alone are rounded to f32, in one way or another.
    using enum Run::Rounding;
    std::deque<Run> exact;
    std::vector<Run*> others;
    for (const auto rounding : {nearest, even_away, odd_away}) {
      exact.emplace_back(c, build, DType::f64, tolerance, rounding);
      exact.back().compare();
      others.push_back(&exact.back());
    }
    outcome.wrong = run.beyond(others);
    return outcome;
  } catch (const std::exception& e) {
    return {1, {std::string("threw ") + e.what()}};
  }
}

}  // namespace reference
