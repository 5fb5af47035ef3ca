// Elements that go to one place, and places that elements have.

#include <cmath>
#include <functional>

#include "table.h"
#include "weft/elementary.h"
#include "weft/indexing.h"
#include "weft/ops.h"
#include "weft/places.h"
#include "weft/rows.h"
#include "weft/statistics.h"

namespace reference {

namespace {

using weft::where;

bool keep(const Arguments& a) { return a.flag("keepdim", false); }

std::int64_t size(Value x, int axis) { return x.shape().dim(axis); }

int axis_of(const Arguments& a, const char* name, std::int64_t otherwise) {
  return weft::normalize_axis(a.integer(name, otherwise), a[0].rank(), name);
}

/// The first elements along every axis, as many as there are indices.
Value like(Value values, Value indices) {
  for (int i = 0; i < values.rank(); ++i) {
    values = weft::slice(values, i, 0, size(indices, i));
  }
  return values;
}

/// Products have no function of their own: one factor after the other.
Value multiplied(Value x, Value indices, Value values, int axis, bool include) {
  if (!include) {
    const Value put = weft::put_along(weft::zeros_like(x), indices,
                                      weft::ones_like(values), axis);
    x = where(weft::greater(put, 0), 1, x);
  }
  for (std::int64_t k = 0; k < size(indices, axis); ++k) {
    const Value at = weft::slice(indices, axis, k, k + 1);
    const Value factor = weft::slice(values, axis, k, k + 1);
    x = weft::put_along(x, at, weft::take_along(x, at, axis) * factor, axis);
  }
  return x;
}

Value reduced(Value x, Value indices, Value values, int axis,
              const std::string& how, bool include) {
  using weft::Reduce;
  if (how == "prod" || how == "multiply") {
    return multiplied(x, indices, values, axis, include);
  }
  static const std::map<std::string, Reduce> kinds{{"sum", Reduce::sum},
                                                   {"add", Reduce::sum},
                                                   {"mean", Reduce::mean},
                                                   {"amax", Reduce::max},
                                                   {"amin", Reduce::min}};
  return weft::reduce_along(x, indices, values, axis, kinds.at(how), include);
}

void add_scattered(Table& t) {
  for (const char* kind : {"", "sum", "mean", "prod", "amax", "amin"}) {
    const std::string how = kind;
    t[how.empty() ? "scatter_reduce" : "scatter_reduce_" + how] =
        [how](const Arguments& a) -> Results {
      return {reduced(a[0], a[1], like(a[2], a[1]), axis_of(a, "dim", 0),
                      a.text("reduce", how.c_str()),
                      a.flag("include_self", true))};
    };
  }
  const Build scatter = t["scatter"];
  t["scatter"] = [scatter](const Arguments& a) -> Results {
    if (a.text("reduce", "") != "multiply" || a.given("value")) {
      return scatter(a);
    }
    return {reduced(a[0], a[1], like(a[2], a[1]), axis_of(a, "dim", 0),
                    "multiply", true)};
  };
  t["index_reduce"] = [](const Arguments& a) -> Results {
    const int axis = axis_of(a, "dim", 0);
    weft::Shape line(Axes(static_cast<std::size_t>(a[0].rank()), 1));
    line[axis] = weft::kInfer;
    const Value at = weft::expand(weft::reshape(a[1], line), a[2].shape());
    return {reduced(a[0], at, a[2], axis, a.text("reduce", ""),
                    a.flag("include_self", true))};
  };
  t["put"] = [](const Arguments& a) -> Results {
    const Value x = weft::reshape(a[0], {weft::kInfer});
    const Value y = a.flag("accumulate") ? weft::add_at(x, {a[1]}, a[2])
                                         : weft::put_at(x, {a[1]}, a[2]);
    return {weft::reshape(y, a[0].shape())};
  };
}

void add_masked(Table& t) {
  t["masked_select"] = [](const Arguments& a) -> Results {
    const Value mask = weft::expand(a[1], a[0].shape());
    std::int64_t count = 0;
    for (std::int64_t there : a.values_of(1)) count += there;
    if (mask.shape() != a[1].shape()) throw std::runtime_error("a broadcast");
    return {weft::masked_select(a[0], mask, count).values};
  };
  t["masked_scatter"] = [](const Arguments& a) -> Results {
    const Value mask = weft::expand(a[1], a[0].shape());
    const Value order = weft::cumsum(
        weft::reshape(weft::cast(mask, weft::DType::i32), {weft::kInfer}), 0);
    const Value from = weft::reshape(weft::maximum(order - 1, 0), a[0].shape());
    const Value source = weft::reshape(a[2], {weft::kInfer});
    return {where(mask, weft::gather(source, from, 0), a[0])};
  };
}

/// Bags that begin at the offsets.
Value ragged_bags(const Arguments& a, const std::string& mode, Value weights) {
  Axes begin = a.given("offsets") ? a.integers("offsets") : a.values_of(2);
  const std::int64_t n = size(a[1], 0);
  if (a.flag("include_last_offset")) begin.pop_back();
  const auto count = static_cast<std::int64_t>(begin.size());
  weft::Tensor bags(weft::DType::i32, {n});
  for (std::int64_t i = 0; i < n; ++i) {
    std::int32_t bag = -1;
    for (std::int64_t b : begin) bag += b <= i ? 1 : 0;
    bags.data<std::int32_t>()[i] = bag;
  }
  Value bag = a.graph.constant(bags);
  if (a.given("padding_idx")) {
    const auto pad = static_cast<double>(a.integer("padding_idx"));
    bag = where(weft::equal(a[1], pad), static_cast<double>(count), bag);
  }
  Value rows = weft::lookup(a[0], a[1]);
  if (weights) rows = rows * weft::unsqueeze(weights, -1);
  const Value y = mode == "sum"    ? weft::segment_sum(rows, bag, count + 1)
                  : mode == "mean" ? weft::segment_mean(rows, bag, count + 1)
                                   : weft::segment_max(rows, bag, count + 1);
  const Value whole = weft::slice(y, 0, 0, count);
  return mode == "max" ? where(weft::equal(whole, -HUGE_VAL), 0, whole) : whole;
}

Results embedding_bag(const Arguments& a) {
  const std::string mode = a.text("mode", "mean");
  const bool ragged = a[1].rank() == 1;
  const std::size_t last = ragged && !a.given("offsets") ? 3 : 2;
  if (ragged) return {ragged_bags(a, mode, a[last])};
  return {weft::embedding_bag(a[0], a[1],
                              {.how = mode == "sum"    ? weft::Bag::sum
                                      : mode == "mean" ? weft::Bag::mean
                                                       : weft::Bag::max,
                               .weights = a[last],
                               .padding = a.integer("padding_idx", -1)})};
}

/// The median of what is not NaN, which is sorted to the end.
Results nanmedian(const Arguments& a) {
  const bool all = !a.given("dim");
  const Value x = all ? weft::reshape(a[0], {weft::kInfer}) : a[0];
  const std::int64_t axis = all ? 0 : a.integer("dim");
  const weft::Sorted s = weft::sort(x, axis);
  const Value numbers = weft::cast(weft::equal(x, x), weft::DType::i32);
  const Value count = weft::sum(numbers, {axis}, true);
  const Value at = weft::maximum(count - 1, 0) / 2;
  const Value values = weft::take_along(s.values, at, axis);
  const Value places = weft::take_along(s.indices, at, axis);
  if (all) return {weft::squeeze(values, {0})};
  if (keep(a)) return {values, places};
  return {weft::squeeze(values, {axis}), weft::squeeze(places, {axis})};
}

/// The elements by pairs, triples, … in order.
Value combinations(const Arguments& a) {
  const auto r = static_cast<std::size_t>(a.integer("r", 2));
  const bool again = a.flag("with_replacement");
  const auto n = static_cast<std::int32_t>(size(a[0], 0));
  std::vector<std::int32_t> flat, chosen;
  const std::function<void(std::int32_t)> choose = [&](std::int32_t from) {
    if (chosen.size() == r) {
      flat.insert(flat.end(), chosen.begin(), chosen.end());
      return;
    }
    for (std::int32_t i = from; i < n; ++i) {
      chosen.push_back(i);
      choose(again ? i : i + 1);
      chosen.pop_back();
    }
  };
  choose(0);
  const auto width = static_cast<std::int64_t>(r);
  const auto rows = static_cast<std::int64_t>(flat.size() / r);
  const auto at = weft::Tensor::from<std::int32_t>(flat, {rows, width});
  return weft::gather(a[0], a.graph.constant(at), 0);
}

void add_found(Table& t) {
  t["nanmedian"] = nanmedian;
  t["combinations"] = [](const Arguments& a) -> Results {
    return {combinations(a)};
  };
  t["mode"] = [](const Arguments& a) -> Results {
    const auto m = weft::mode(a[0], a.integer("dim", -1), keep(a));
    return {m.values, m.indices};
  };
  t["msort"] = [](const Arguments& a) -> Results {
    return {weft::sort(a[0], 0).values};
  };
  t["searchsorted"] = [](const Arguments& a) -> Results {
    const bool right = a.flag("right") || a.text("side", "left") == "right";
    return {
        weft::cast(weft::searchsorted(a[0], a[1], right), weft::DType::i64)};
  };
  t["bucketize"] = [](const Arguments& a) -> Results {
    return {weft::cast(weft::searchsorted(a[1], a[0], a.flag("right")),
                       weft::DType::i64)};
  };
  t["count_nonzero"] = [](const Arguments& a) -> Results {
    const Value other = weft::cast(weft::not_equal(a[0], 0), weft::DType::i64);
    return {weft::sum(other, a.integers("dim", Axes{}))};
  };
}

}  // namespace

void add_reduced(Table& t) {
  add_scattered(t);
  add_masked(t);
  add_found(t);
  t["embedding_bag"] = embedding_bag;
  t["renorm"] = [](const Arguments& a) -> Results {
    return {weft::renorm(a[0], a.number("p", 2), a.integer("dim", 0),
                         a.number("maxnorm"))};
  };
  t["float_power"] = [](const Arguments& a) -> Results {
    if (a[1]) return {weft::pow(a[0], a[1])};
    return {weft::pow(a[0], a.number("exponent"))};
  };
  t["clamp_min"] = [](const Arguments& a) -> Results {
    if (a[1]) return {weft::maximum(a[0], a[1])};
    return {weft::clamp(a[0], a.number("min"), HUGE_VAL)};
  };
  t["clamp_max"] = [](const Arguments& a) -> Results {
    if (a[1]) return {weft::minimum(a[0], a[1])};
    return {weft::clamp(a[0], -HUGE_VAL, a.number("max"))};
  };
  t["vecdot"] = [](const Arguments& a) -> Results {
    return {weft::sum(a[0] * a[1], {a.integer("dim", -1)})};
  };
}

}  // namespace reference
