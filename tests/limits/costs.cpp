// Softmax and costs of numbers near the ends of the range, by their closed
// forms.

#include <algorithm>
#include <array>

#include "catch.h"
#include "limits/run.h"

using namespace weft;
using limits::Number;

namespace {

template <class T>
struct Ends {
  static constexpr T inf = std::numeric_limits<T>::infinity();
  static constexpr T top = std::numeric_limits<T>::max();
  static constexpr T large = sizeof(T) == 4 ? T(1e38F) : T(1e308);
};

/// Rows of three numbers.
template <class T>
std::vector<std::array<T, 3>> rows() {
  using E = Ends<T>;
  return {{E::large, -E::large, 0},
          {E::large, E::large, E::large},
          {-E::large, -E::large, -E::large},
          {E::top, E::top, -1},
          {-E::top, 0, 1},
          {0, 1, E::large},
          {-E::inf, 0, 1},
          {-E::inf, -E::inf, 3},
          {100, 90, -800},
          {-1000, -1001, -1002}};
}

template <class T>
Tensor table() {
  std::vector<T> all;
  for (const auto& row : rows<T>())
    all.insert(all.end(), row.begin(), row.end());
  const auto n = static_cast<std::int64_t>(rows<T>().size());
  return Tensor::from<T>(all, {n, 3});
}

template <class T>
Number top(const std::array<T, 3>& row) {
  return *std::max_element(row.begin(), row.end());
}

/// The logarithm of the sum of exponentials, without the greatest element.
template <class T>
Number rest(const std::array<T, 3>& row) {
  Number total = 0;
  for (const T v : row) total += std::exp(Number(v) - top(row));
  return std::log(total);
}

/// Errors count in units of a number of this size, or of the result.
template <class T>
void check(const Tensor& found, std::int64_t k, Number exact, Number size = 0) {
  if (limits::close<T>(found.at(k), exact, 16, size)) return;
  INFO("element " << k);
  CHECK(found.at(k) == static_cast<double>(exact));
}

/// No element is NaN, with and without passes.
void check_numbers(const std::string& what, const std::vector<Tensor>& in,
                   std::size_t by, const limits::Function& f) {
  for (const bool fused : {false, true}) {
    const Tensor dx = limits::slope(in, by, fused, f);
    for (std::int64_t k = 0; k < dx.size(); ++k) {
      INFO("the derivative of " << what << ", element " << k
                                << (fused ? ", in groups" : ""));
      CHECK(!std::isnan(dx.at(k)));
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("softmax and its logarithm of large numbers", "", float,
                   double) {
  using T = TestType;
  const Tensor x = table<T>();
  for (const bool fused : {false, true}) {
    const Tensor p = limits::run(
        {x}, fused, [](Graph&, auto& in) { return softmax(in[0]); });
    const Tensor l = limits::run(
        {x}, fused, [](Graph&, auto& in) { return log_softmax(in[0]); });
    const Tensor s = limits::run(
        {x}, fused, [](Graph&, auto& in) { return logsumexp(in[0], {1}); });
    for (std::size_t r = 0; r < rows<T>().size(); ++r) {
      INFO("row " << r << (fused ? ", in groups" : ""));
      const auto row = rows<T>()[r];
      check<T>(s, static_cast<std::int64_t>(r), top(row) + rest(row));
      for (std::size_t c = 0; c < 3; ++c) {
        const auto k = static_cast<std::int64_t>(3 * r + c);
        const Number exact = row[c] - top(row) - rest(row);
        check<T>(l, k, exact, 1);  // a logarithm of what is near 1
        check<T>(p, k, std::exp(exact));
      }
    }
  }
  for (const auto& [name, f] :
       std::vector<std::pair<std::string, limits::Function>>{
           {"softmax", [](Graph&, auto& in) { return softmax(in[0]); }},
           {"log_softmax",
            [](Graph&, auto& in) {
              const Value l = log_softmax(in[0]);
              return where(greater(l, -HUGE_VAL), l, 0);
            }},
           {"logsumexp",
            [](Graph&, auto& in) { return logsumexp(in[0], {1}); }}}) {
    check_numbers(name, {x}, 0, f);
  }
}

TEMPLATE_TEST_CASE("costs of large numbers", "", float, double) {
  using T = TestType;
  using E = Ends<T>;
  const T half = E::large / 2;
  // Predictions, targets, and what is expected.
  struct Row {
    T a, y;
    Number cross_entropy, huber, hinge, absolute;
  };
  const Number large = E::large;
  const std::vector<Row> rows = {{E::large, 1, 0, large, 0, large},
                                 {E::large, 0, large, large, 1, large},
                                 {-E::large, 1, large, large, large, large},
                                 {-E::large, 0, 0, large, 1, large},
                                 {half, 1, 0, Number(half), 0, Number(half)},
                                 {0, 1, std::log(Number(2)), 0.5L, 1, 1}};
  std::vector<T> a, y;
  for (const Row& r : rows) {
    a.push_back(r.a);
    y.push_back(r.y);
  }
  const Shape shape{static_cast<std::int64_t>(rows.size())};
  const std::vector<Tensor> in = {Tensor::from<T>(a, shape),
                                  Tensor::from<T>(y, shape)};
  struct Cost {
    const char* name;
    limits::Function f;
    Number Row::*expected;
  };
  const std::vector<Cost> costs = {
      {"binary_cross_entropy",
       [](Graph&, auto& v) { return binary_cross_entropy(v[0], v[1]); },
       &Row::cross_entropy},
      {"huber", [](Graph&, auto& v) { return huber(v[0], v[1]); }, &Row::huber},
      {"hinge", [](Graph&, auto& v) { return hinge(v[0], v[1]); }, &Row::hinge},
      {"absolute_error",
       [](Graph&, auto& v) { return absolute_error(v[0], v[1]); },
       &Row::absolute},
      {"smooth_l1", [](Graph&, auto& v) { return smooth_l1(v[0], v[1]); },
       &Row::huber}};
  for (const Cost& c : costs) {
    INFO(c.name);
    for (const bool fused : {false, true}) {
      const Tensor found = limits::run(in, fused, c.f);
      for (std::size_t k = 0; k < rows.size(); ++k) {
        check<T>(found, static_cast<std::int64_t>(k), rows[k].*c.expected);
      }
    }
    check_numbers(c.name, in, 0, c.f);
  }
}

TEMPLATE_TEST_CASE("costs of rows of large logits", "", float, double) {
  using T = TestType;
  const Tensor x = table<T>();
  std::vector<std::int32_t> labels;
  for (const auto& row : rows<T>()) {
    labels.push_back(static_cast<std::int32_t>(
        std::max_element(row.begin(), row.end()) - row.begin()));
  }
  const Tensor y = Tensor::from<std::int32_t>(
      labels, {static_cast<std::int64_t>(labels.size())});
  const limits::Function f = [](Graph&, auto& in) {
    return softmax_cross_entropy(in[0], in[1]);
  };
  for (const bool fused : {false, true}) {
    const Tensor found = limits::run({x, y}, fused, f);
    for (std::size_t r = 0; r < rows<T>().size(); ++r) {
      const auto row = rows<T>()[r];
      INFO("row " << r << (fused ? ", in groups" : ""));
      check<T>(
          found, static_cast<std::int64_t>(r),
          rest(row) + (top(row) - row[static_cast<std::size_t>(labels[r])]), 1);
    }
  }
  check_numbers("softmax_cross_entropy", {x, y}, 0, f);
}
