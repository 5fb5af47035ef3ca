#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>

#include "src/lab/bench.h"

namespace weft::lab {

namespace {

double mean_of(const std::vector<double>& v) {
  return std::accumulate(v.begin(), v.end(), 0.0) /
         static_cast<double>(v.size());
}

double deviation_of(const std::vector<double>& v) {
  if (v.size() < 2) return 0;
  const double m = mean_of(v);
  double sum = 0;
  for (const double x : v) sum += (x - m) * (x - m);
  return std::sqrt(sum / static_cast<double>(v.size() - 1));
}

bool finite(const std::vector<double>& v) {
  return std::all_of(v.begin(), v.end(),
                     [](double x) { return std::isfinite(x); });
}

template <class F>
std::vector<double> pairwise(const std::vector<double>& a,
                             const std::vector<double>& b, F f) {
  std::vector<double> out;
  for (std::size_t i = 0; i < a.size(); ++i) out.push_back(f(a[i], b[i]));
  return out;
}

}  // namespace

double Quantity::mean() const { return mean_of(values); }
double Quantity::deviation() const { return deviation_of(values); }

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds: return "holds";
    case Verdict::does_not_hold: return "does not hold";
    default: return "undecided";
  }
}

Comparison compare(Comparison c) {
  std::vector<double> v = c.values;
  if (c.factor) {
    for (double& x : v) x = std::log(x);
  }
  c.verdict = Verdict::undecided;
  if (v.size() < 2 || !finite(v)) {
    c.mean = c.low = c.high = std::nan("");
    return c;
  }
  const auto n = static_cast<double>(v.size());
  const boost::math::students_t t(n - 1);
  const double reach =
      boost::math::quantile(t, 0.975) * deviation_of(v) / std::sqrt(n);
  c.mean = mean_of(v);
  c.low = c.mean - reach;
  c.high = c.mean + reach;
  if (c.factor) {
    for (double* x : {&c.mean, &c.low, &c.high}) *x = std::exp(*x);
  }
  if (c.low >= c.least && c.high <= c.most) {
    c.verdict = Verdict::holds;
  } else if (c.high < c.least || c.low > c.most) {
    c.verdict = Verdict::does_not_hold;
  }
  return c;
}

double Trace::mean_accuracy() const {
  // The first look is before any learning. Looks may be unevenly far apart.
  double area = 0;
  for (std::size_t i = 1; i < step.size(); ++i) {
    area += (step[i] - step[i - 1]) * (accuracy[i] + accuracy[i - 1]) / 2;
  }
  return area / (step.back() - step.front());
}

std::vector<double> each_of(const std::vector<Trace>& traces,
                            const std::function<double(const Trace&)>& f) {
  std::vector<double> out;
  for (const Trace& t : traces) out.push_back(f(t));
  return out;
}

std::vector<double> minus(const std::vector<double>& a,
                          const std::vector<double>& b) {
  return pairwise(a, b, [](double x, double y) { return x - y; });
}

std::vector<double> over(const std::vector<double>& a,
                         const std::vector<double>& b) {
  return pairwise(a, b, [](double x, double y) { return x / y; });
}

Curve mean_curve(const std::string& name, const std::vector<Trace>& traces,
                 std::vector<double> Trace::*y) {
  Curve c{.name = name, .x = traces.front().epoch, .y = {}};
  for (std::size_t i = 0; i < c.x.size(); ++i) {
    std::vector<double> at;
    for (const Trace& t : traces) at.push_back((t.*y)[i]);
    const double m = mean_of(at), s = deviation_of(at);
    c.y.push_back(m);
    c.low.push_back(m - s);
    c.high.push_back(m + s);
  }
  return c;
}

Picture accuracy_picture(const std::string& id, const std::string& title,
                         const std::string& note,
                         const std::vector<Plan>& plans,
                         const std::vector<std::vector<Trace>>& traces) {
  Picture p{.id = id, .title = title, .note = note};
  p.x_name = "epoch";
  p.y_name = "accuracy on held-out examples";
  for (std::size_t i = 0; i < plans.size(); ++i) {
    p.curves.push_back(mean_curve(plans[i].name, traces[i], &Trace::accuracy));
  }
  return p;
}

std::vector<double> numbers(const Tensor& t) {
  std::vector<double> out;
  out.reserve(static_cast<std::size_t>(t.size()));
  for (std::int64_t i = 0; i < t.size(); ++i) out.push_back(t.at(i));
  return out;
}

Curve curve_of(const std::string& name, double low, double high,
               const std::function<Value(Value)>& f, int points) {
  Curve c{.name = name, .x = {}, .y = {}};
  for (int i = 0; i < points; ++i) {
    c.x.push_back(low + (high - low) * i / (points - 1));
  }
  Graph g;
  c.y = numbers(eval(f(g.constant(Tensor::from(c.x, {points})))));
  return c;
}

Curve density(const std::string& name, const std::vector<double>& values,
              double low, double high, int bins) {
  Curve c{.name = name, .x = {}, .y = {}};
  std::vector<std::int64_t> counts(static_cast<std::size_t>(bins));
  const double width = (high - low) / bins;
  for (const double v : values) {
    const double at = std::floor((v - low) / width);
    // The upper border belongs to the last bin.
    if (at < 0 || v > high) continue;
    ++counts[static_cast<std::size_t>(std::min(at, bins - 1.0))];
  }
  for (int i = 0; i < bins; ++i) {
    c.x.push_back(low + (i + 0.5) * width);
    c.y.push_back(static_cast<double>(counts[static_cast<std::size_t>(i)]) /
                  static_cast<double>(values.size()) / width);
  }
  return c;
}

}  // namespace weft::lab
