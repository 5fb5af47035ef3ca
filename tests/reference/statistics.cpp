// Statistics and running results that Weft composes.

#include "weft/statistics.h"

#include <cmath>

#include "table.h"
#include "weft/elementary.h"
#include "weft/indexing.h"
#include "weft/ops.h"

namespace reference {

namespace {

using weft::where;

Axes axes_of(const Arguments& a) { return a.integers("dim", Axes{}); }
bool keep(const Arguments& a) { return a.flag("keepdim"); }

double correction(const Arguments& a) {
  return a.number("correction", a.flag("unbiased", true) ? 1 : 0);
}

/// The places of cummax and cummin: the last ones of equal elements.
Value running_places(Value x, Value best, std::int64_t axis) {
  weft::Shape line;
  for (int i = 0; i < x.rank(); ++i) line.push_back(1);
  const int at = weft::normalize_axis(axis, x.rank(), "cummax");
  line[at] = weft::kInfer;
  const Value ones = weft::stop_gradient(weft::ones_like(x));
  const Value place = weft::cumsum(ones, axis, false, true);
  const Value nan = weft::not_equal(x, x);
  const Value hit = weft::logical_or(weft::equal(x, best), nan);
  return weft::cast(weft::cummax(where(hit, place, 0), axis), weft::DType::i64);
}

/// A slice along an axis, from `begin` to `end` places before the last.
Value part(Value x, std::int64_t axis, std::int64_t begin, std::int64_t less) {
  const int at = weft::normalize_axis(axis, x.rank(), "diff");
  return weft::slice(x, axis, begin, x.shape().dim(at) - less);
}

Value differences(Value x, std::int64_t axis) {
  return part(x, axis, 1, 0) - part(x, axis, 0, 1);
}

/// The areas below the lines between neighbours.
Value trapezoids(const Arguments& a) {
  const std::int64_t axis = a.integer("dim", -1);
  const Value middle = (part(a[0], axis, 1, 0) + part(a[0], axis, 0, 1)) / 2;
  if (a[1]) return middle * differences(a[1], -1);
  return middle * a.number("dx", 1);
}

/// Whole positions of sorted elements, and what lies between them.
Value quantile(const Arguments& a) {
  const bool all = !a.given("dim");
  const Value x = all ? weft::reshape(a[0], {weft::kInfer}) : a[0];
  const std::int64_t axis = all ? 0 : a.integer("dim");
  const Value sorted = weft::sort(x, axis).values;
  const int at = weft::normalize_axis(axis, x.rank(), "quantile");
  const auto n = static_cast<double>(x.shape().dim(at));
  const double q = a.number("q") * (n - 1);
  const auto how = a.text("interpolation", "linear");
  const auto low = static_cast<std::int64_t>(std::floor(q));
  const auto high = static_cast<std::int64_t>(std::ceil(q));
  auto element = [&](std::int64_t i) {
    const Value y = weft::slice(sorted, axis, i, i + 1);
    return keep(a) && !all ? y : weft::squeeze(y, {axis});
  };
  if (how == "lower") return element(low);
  if (how == "higher") return element(high);
  if (how == "nearest") return element(std::lrint(q));
  const double weight = how == "midpoint" ? 0.5 : q - std::floor(q);
  return element(low) + weight * (element(high) - element(low));
}

/// Rows are variables; a vector is one.
Value rows_of(const Arguments& a) {
  return a[0].rank() < 2 ? weft::unsqueeze(a[0], 0) : a[0];
}

void add_pairs(Table& t) {
  t["aminmax"] = [](const Arguments& a) -> Results {
    return {weft::min(a[0], axes_of(a), keep(a)),
            weft::max(a[0], axes_of(a), keep(a))};
  };
  t["var_mean"] = [](const Arguments& a) -> Results {
    return {weft::variance(a[0], axes_of(a), correction(a), keep(a)),
            weft::mean(a[0], axes_of(a), keep(a))};
  };
  t["std_mean"] = [](const Arguments& a) -> Results {
    return {weft::standard_deviation(a[0], axes_of(a), correction(a), keep(a)),
            weft::mean(a[0], axes_of(a), keep(a))};
  };
  t["var"] = [](const Arguments& a) -> Results {
    return {weft::variance(a[0], axes_of(a), correction(a), keep(a))};
  };
  t["std"] = [](const Arguments& a) -> Results {
    return {weft::standard_deviation(a[0], axes_of(a), correction(a), keep(a))};
  };
  t["cummax"] = [](const Arguments& a) -> Results {
    const std::int64_t axis = a.integer("dim", -1);
    const Value y = weft::cummax(a[0], axis);
    return {y, running_places(a[0], y, axis)};
  };
  t["cummin"] = [](const Arguments& a) -> Results {
    const std::int64_t axis = a.integer("dim", -1);
    const Value y = weft::cummin(a[0], axis);
    return {y, running_places(a[0], y, axis)};
  };
}

/// With no axis, of all elements; else with their places.
void add_chosen(Table& t) {
  for (const char* name : {"argmax", "argmin", "median", "max", "min"}) {
    const Build along = t.contains(std::string(name) + "_dim")
                            ? t[std::string(name) + "_dim"]
                            : t[name];
    const std::string which = name;
    t[name] = [along, which](const Arguments& a) -> Results {
      if (a.given("dim") && !a.json("dim").is_array()) return along(a);
      if (which == "max") return {weft::max(a[0], axes_of(a), keep(a))};
      if (which == "min") return {weft::min(a[0], axes_of(a), keep(a))};
      return {along(a.with(0, weft::reshape(a[0], {weft::kInfer}))).at(0)};
    };
  }
}

}  // namespace

void add_statistics(Table& t) {
  add_pairs(t);
  add_chosen(t);
  t["nansum"] = [](const Arguments& a) -> Results {
    return {weft::nansum(a[0], axes_of(a), keep(a))};
  };
  t["nanmean"] = [](const Arguments& a) -> Results {
    return {weft::nanmean(a[0], axes_of(a), keep(a))};
  };
  t["all"] = [](const Arguments& a) -> Results {
    const Value zero = where(weft::equal(a[0], 0), weft::ones_like(a[0]), 0);
    return {weft::equal(weft::sum(zero, axes_of(a), keep(a)), 0)};
  };
  t["any"] = [](const Arguments& a) -> Results {
    const Value other = where(weft::equal(a[0], 0), 0.0, weft::ones_like(a[0]));
    return {weft::greater(weft::sum(other, axes_of(a), keep(a)), 0)};
  };
  t["quantile"] = [](const Arguments& a) -> Results { return {quantile(a)}; };
  t["diff"] = [](const Arguments& a) -> Results {
    Value x = a[0];
    for (std::int64_t n = a.integer("n", 1); n > 0; --n) {
      x = differences(x, a.integer("dim", -1));
    }
    return {x};
  };
  t["trapezoid"] = [](const Arguments& a) -> Results {
    const std::int64_t axis = a.integer("dim", -1);
    if (a[1]) return {weft::trapezoid(a[0], a[1], axis)};
    return {weft::trapezoid(a[0], a.number("dx", 1), axis)};
  };
  t["cumulative_trapezoid"] = [](const Arguments& a) -> Results {
    return {weft::cumsum(trapezoids(a), a.integer("dim", -1))};
  };
  t["cov"] = [](const Arguments& a) -> Results {
    const Value c = weft::covariance(rows_of(a), a.number("correction", 1));
    return {a[0].rank() < 2 ? weft::squeeze(c) : c};
  };
  t["corrcoef"] = [](const Arguments& a) -> Results {
    const Value c = weft::correlation(rows_of(a));
    return {a[0].rank() < 2 ? weft::squeeze(c) : c};
  };
  t["dist"] = [](const Arguments& a) -> Results {
    return {weft::norm(a[0] - a[1], a.number("p", 2))};
  };
  t["pdist"] = [](const Arguments& a) -> Results {
    // The pairs above the diagonal.
    const std::int64_t n = a[0].shape().dim(0);
    std::vector<std::int32_t> rows, columns;
    for (std::int32_t i = 0; i < n; ++i) {
      for (std::int32_t j = i + 1; j < n; ++j) {
        rows.push_back(i);
        columns.push_back(j);
      }
    }
    auto constant = [&](const std::vector<std::int32_t>& v) {
      weft::Tensor c(weft::DType::i32, {static_cast<std::int64_t>(v.size())});
      std::copy(v.begin(), v.end(), c.data<std::int32_t>());
      return a.graph.constant(c);
    };
    const Value x = weft::gather(a[0], constant(rows), 0);
    const Value y = weft::gather(a[0], constant(columns), 0);
    return {weft::norm(x - y, a.number("p", 2), {-1})};
  };
}

}  // namespace reference
