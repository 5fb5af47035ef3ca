#include <algorithm>

#include "table.h"
#include "weft/indexing.h"
#include "weft/ops.h"
#include "weft/statistics.h"

namespace reference {

namespace {

/// In f64 the places of elements, as the reference writes them.
Results pair(const weft::Sorted& s) { return {s.values, s.indices}; }

bool keep(const Arguments& a) { return a.flag("keepdim", false); }

void add_orders(Table& t) {
  t["max_dim"] = [](const Arguments& a) {
    return pair(weft::max_along(a[0], a.integer("dim", -1), keep(a)));
  };
  t["min_dim"] = [](const Arguments& a) {
    return pair(weft::min_along(a[0], a.integer("dim", -1), keep(a)));
  };
  t["median_dim"] = [](const Arguments& a) {
    return pair(weft::median(a[0], a.integer("dim", -1), keep(a)));
  };
  t["median"] = t["median_dim"];
  t["sort"] = [](const Arguments& a) {
    return pair(
        weft::sort(a[0], a.integer("dim", -1), a.flag("descending", false)));
  };
  t["argsort"] = [](const Arguments& a) -> Results {
    return {
        weft::argsort(a[0], a.integer("dim", -1), a.flag("descending", false))};
  };
  t["topk"] = [](const Arguments& a) {
    return pair(weft::top_k(a[0], a.integer("k"), a.integer("dim", -1),
                            a.flag("largest", true)));
  };
  t["kthvalue"] = [](const Arguments& a) {
    const std::int64_t k = a.integer("k"), axis = a.integer("dim", -1);
    const auto sorted = weft::sort(a[0], axis);
    const Value value = weft::slice(sorted.values, axis, k - 1, k);
    const Value place = weft::slice(sorted.indices, axis, k - 1, k);
    if (keep(a)) return Results{value, place};
    return Results{weft::squeeze(value, {axis}), weft::squeeze(place, {axis})};
  };
}

void add_places(Table& t) {
  t["gather"] = [](const Arguments& a) -> Results {
    return {weft::take_along(a[0], a[1], a.integer("dim", 0))};
  };
  t["take_along_dim"] = t["gather"];
  t["scatter"] = [](const Arguments& a) -> Results {
    return {weft::put_along(a[0], a[1], a[2], a.integer("dim", 0))};
  };
  t["scatter_add"] = [](const Arguments& a) -> Results {
    return {weft::add_along(a[0], a[1], a[2], a.integer("dim", 0))};
  };
  t["take_nd"] = [](const Arguments& a) -> Results {
    return {weft::take_at(a[0], {a.inputs().begin() + 1, a.inputs().end()})};
  };
  t["take"] = [](const Arguments& a) -> Results {
    return {weft::take_at(weft::reshape(a[0], {weft::kInfer}), {a[1]})};
  };
  t["index_add"] = [](const Arguments& a) -> Results {
    const std::int64_t axis = a.integer("dim", 0);
    weft::Shape one;
    for (int i = 0; i < a[0].rank(); ++i) one.push_back(1);
    one[weft::normalize_axis(axis, a[0].rank(), "index_add")] = weft::kInfer;
    const Value at = weft::expand(weft::reshape(a[1], one), a[2].shape());
    return {weft::add_along(a[0], at, a.number("alpha", 1) * a[2], axis)};
  };
  t["embedding_padding"] = [](const Arguments& a) -> Results {
    // No gradient reaches the row of the padding.
    const Value rows = weft::gather(a[0], a[1], 0);
    const Value pads =
        weft::equal(a[1], static_cast<double>(a.integer("padding_idx")));
    return {weft::where(weft::unsqueeze(pads, -1), weft::stop_gradient(rows),
                        rows)};
  };
}

void add_copies(Table& t) {
  t["roll"] = [](const Arguments& a) -> Results {
    const char* axes = a.given("dims") ? "dims" : "dim";
    if (a.given(axes)) {
      return {weft::roll(a[0], a.integers("shifts"), a.integers(axes))};
    }
    const Value flat = weft::reshape(a[0], {weft::kInfer});
    return {weft::reshape(weft::roll(flat, a.integers("shifts"), {0}),
                          a[0].shape())};
  };
}

void add_diagonals(Table& t) {
  t["tril"] = [](const Arguments& a) -> Results {
    return {weft::tril(a[0], a.integer("diagonal", 0))};
  };
  t["triu"] = [](const Arguments& a) -> Results {
    return {weft::triu(a[0], a.integer("diagonal", 0))};
  };
  t["diagonal"] = [](const Arguments& a) -> Results {
    return {weft::diagonal(a[0], a.integer("offset", 0), a.integer("dim1", 0),
                           a.integer("dim2", 1))};
  };
  t["diag"] = [](const Arguments& a) -> Results {
    const std::int64_t offset = a.integer("diagonal", 0);
    return {a[0].rank() == 1 ? weft::diag_embed(a[0], offset)
                             : weft::diagonal(a[0], offset)};
  };
  t["trace"] = [](const Arguments& a) -> Results {
    return {weft::trace(a[0])};
  };
}

/// Pairs of numbers before and after, the last axis first; or, as the cases
/// write them, of the first padded axis first.
void add_pads(Table& t) {
  auto sides = [](const Arguments& a, Axes& before, Axes& after) {
    const Axes pairs = a.integers("pad");
    const auto rank = static_cast<std::size_t>(a[0].rank());
    before.assign(rank, 0);
    after.assign(rank, 0);
    for (std::size_t i = 0; i < pairs.size() / 2; ++i) {
      before[rank - 1 - i] = pairs[2 * i];
      after[rank - 1 - i] = pairs[2 * i + 1];
    }
  };
  t["pad_constant"] = [sides](const Arguments& a) -> Results {
    Axes before, after;
    sides(a, before, after);
    Value x = a[0];
    for (std::size_t i = 0; i < before.size(); ++i) {
      const auto axis = static_cast<std::int64_t>(i);
      const std::int64_t n = x.shape().dim(static_cast<int>(i));
      x = weft::slice(x, axis, std::max<std::int64_t>(0, -before[i]),
                      n - std::max<std::int64_t>(0, -after[i]));
      before[i] = std::max<std::int64_t>(0, before[i]);
      after[i] = std::max<std::int64_t>(0, after[i]);
    }
    return {weft::pad(x, before, after, a.number("value", 0.5))};
  };
  for (const auto& [name, mode] :
       {std::pair{"pad_reflect", weft::PadMode::reflect},
        std::pair{"pad_replicate", weft::PadMode::replicate},
        std::pair{"pad_circular", weft::PadMode::circular}}) {
    const weft::PadMode kind = mode;
    t[name] = [sides, kind](const Arguments& a) -> Results {
      Axes before, after;
      sides(a, before, after);
      return {weft::pad(a[0], before, after, kind)};
    };
  }
}

}  // namespace

void add_indices(Table& t) {
  add_orders(t);
  add_places(t);
  add_copies(t);
  add_diagonals(t);
  add_pads(t);
}

}  // namespace reference
