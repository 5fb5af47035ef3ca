// Every elementwise op at the ends of the range: infinite, not a number and
// finite where its formula is, in extended precision, which has room for what
// overflows in f64.

#include <cmath>
#include <limits>
#include <set>

#include "catch.h"
#include "limits/run.h"
#include "random/elements.h"

using namespace weft;
using limits::Number;

namespace {

/// Signed zeros, denormals, and numbers around which exponentials, squares and
/// products leave the range.
template <class T>
std::vector<T> grid(bool small) {
  using Limits = std::numeric_limits<T>;
  std::vector<T> sizes = {
      0,      Limits::min(), T(0.5),        T(1),
      T(2.5), T(20),         Limits::max(), Limits::infinity()};
  sizes.push_back(sizeof(T) == 4 ? T(1e38F) : T(1e308));
  if (!small) {
    for (const double v : {1e-38, 1e-30, 1e-19, 1e-3, 2.0, 6.0, 87.0, 88.0,
                           89.0, 104.0, 1e4, 1e19, 2e19, 1e30, 1e38}) {
      sizes.push_back(static_cast<T>(v));
    }
    sizes.push_back(Limits::denorm_min());
    if (sizeof(T) == 8) {
      for (const double v :
           {1e-308, 1e-154, 709.0, 710.0, 746.0, 1e154, 2e154, 1.7e308}) {
        sizes.push_back(static_cast<T>(v));
      }
    }
  }
  std::vector<T> all = {Limits::quiet_NaN()};
  for (const T v : sizes) {
    all.push_back(v);
    all.push_back(-v);
  }
  return all;
}

/// All combinations of `inputs` numbers of the grid, and for booleans of both.
template <class T>
std::vector<Tensor> combinations(const std::vector<SampleInput>& inputs) {
  std::vector<std::vector<T>> choices;
  std::int64_t count = 1;
  for (const SampleInput& in : inputs) {
    choices.push_back(in.dtype == DType::boolean ? std::vector<T>{0, 1}
                                                 : grid<T>(inputs.size() > 2));
    count *= static_cast<std::int64_t>(choices.back().size());
  }
  std::vector<Tensor> tensors;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    tensors.emplace_back(dtype_of<T>, Shape{count});
  }
  for (std::int64_t k = 0; k < count; ++k) {
    auto rest = static_cast<std::size_t>(k);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::size_t n = choices[i].size();
      tensors[i].data<T>()[k] = choices[i][rest % n];
      rest /= n;
    }
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    tensors[i] = tensors[i].to(inputs[i].dtype.value_or(dtype_of<T>));
  }
  return tensors;
}

/// How far from its formula a result may be, in units in the last place.
double ulps(std::string_view op) {
  // The error of a logarithm counts as often as the exponent is large.
  if (op == "pow") return 400;
  return op == "lgamma" || op == "tan" ? 16 : 4;
}

/// x·(1 + erf) loses what is small beside x where the sum is near 0.
bool loses_small(std::string_view op) {
  return op == "gelu" || op == "gelu_tanh";
}

struct Case {
  OpPtr op;
  std::vector<SampleInput> inputs;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const std::string& name : registry().names()) {
    const OpPtr prototype = registry().prototype(name);
    if (!prototype->traits().elementwise) continue;
    for (const Sample& s : prototype->samples()) {
      const OpPtr op = s.op ? s.op : prototype;
      if (all.empty() || !(*all.back().op == *op)) {
        all.push_back({op, s.inputs});
      }
    }
  }
  return all;
}

std::string place(const Case& c, const std::vector<Tensor>& in,
                  std::int64_t k) {
  std::string text = to_string(*c.op) + " of";
  char number[40];
  for (const Tensor& t : in) {
    std::snprintf(number, sizeof number, " %.9g", t.at(k));
    text += number;
  }
  return text;
}

template <class T>
void check_case(const Case& c) {
  const random_graphs::ElementFn formula =
      random_graphs::element_function(c.op->name());
  const std::vector<Tensor> in = combinations<T>(c.inputs);
  for (const bool fused : {false, true}) {
    const Tensor found = limits::run(in, fused, [&](auto& g, auto& xs) {
      return g.add(c.op, xs, Source{}).front();
    });
    for (std::int64_t k = 0; k < found.size(); ++k) {
      std::vector<Number> x;
      for (const Tensor& t : in) x.push_back(t.at(k));
      const Number exact = formula(x, c.op->attributes());
      const Number size =
          loses_small(c.op->name()) ? std::max(std::abs(x[0]), Number(1)) : 0;
      if (!limits::close<T>(found.at(k), exact, ulps(c.op->name()), size)) {
        INFO(place(c, in, k) << (fused ? " in a group" : ""));
        CHECK(found.at(k) == static_cast<double>(exact));
      }
    }
  }
}

/// Why a derivative is not a number though the result is finite.
template <class T>
bool has_cause(const Case& c, const std::vector<Tensor>& in, std::size_t input,
               std::int64_t k) {
  // It has none at the origin.
  if (c.op->name() == "atan2") return in[0].at(k) == 0 && in[1].at(k) == 0;
  // Negative numbers have whole powers alone: none is near another.
  if (c.op->name() == "pow") return input == 1 && in[0].at(k) < 0;
  // 1/b is beyond the range.
  if (c.op->name() == "divide") {
    return std::abs(in[1].at(k)) * std::numeric_limits<T>::max() < 1;
  }
  return false;
}

/// A derivative of a finite result by finite numbers may be infinite.
template <class T>
void check_gradient(const Case& c) {
  if (!c.op->differentiable()) return;
  const std::vector<Tensor> in = combinations<T>(c.inputs);
  auto apply = [&](auto& g, auto& xs) {
    return g.add(c.op, xs, Source{}).front();
  };
  const Tensor y = limits::run(in, true, apply);
  if (!is_floating(y.dtype())) return;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!is_floating(in[i].dtype())) continue;
    for (const bool fused : {false, true}) {
      const Tensor dx = limits::slope(in, i, fused, apply);
      for (std::int64_t k = 0; k < dx.size(); ++k) {
        bool finite = std::isfinite(y.at(k));
        for (const Tensor& t : in) finite = finite && std::isfinite(t.at(k));
        if (!finite || has_cause<T>(c, in, i, k)) continue;
        if (!std::isnan(dx.at(k))) continue;
        INFO("the derivative by input " << i << " of " << place(c, in, k)
                                        << (fused ? " in a group" : ""));
        CHECK(!std::isnan(dx.at(k)));
      }
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("elementwise ops keep to their formulas", "", float,
                   double) {
  std::set<std::string> without;
  for (const Case& c : cases()) {
    if (random_graphs::element_function(c.op->name())) {
      check_case<TestType>(c);
    } else {
      without.emplace(c.op->name());
    }
  }
  // Theirs are tested as functions of their own, in the tests of nn.
  CHECK(without == std::set<std::string>{"erfinv", "polygamma"});
}

TEMPLATE_TEST_CASE("derivatives of finite results are numbers", "", float,
                   double) {
  for (const Case& c : cases()) check_gradient<TestType>(c);
}
