#include <algorithm>

#include "table.h"
#include "weft/ops.h"

namespace reference {

namespace {

/// A slice as in Python: bounds beyond the ends are the ends.
Value slice_python(Value x, std::int64_t axis, const Arguments& a) {
  const int at = weft::normalize_axis(axis, x.rank(), "slice");
  const std::int64_t n = x.shape().dim(at);
  auto bound = [n](std::int64_t b) {
    return std::clamp<std::int64_t>(b < 0 ? b + n : b, 0, n);
  };
  return weft::slice(x, at, bound(a.integer("start", 0)),
                     bound(a.integer("end", n)), a.integer("step", 1));
}

Results split_in(const Arguments& a, std::int64_t piece) {
  const std::int64_t axis = a.integer("dim", 0);
  const Value x = a[0];
  const std::int64_t n =
      x.shape().dim(weft::normalize_axis(axis, x.rank(), "split"));
  Axes sizes;
  for (std::int64_t at = 0; at < n; at += piece) {
    sizes.push_back(std::min(piece, n - at));
  }
  return weft::split(x, sizes, axis);
}

std::int64_t size_along(const Arguments& a) {
  const int at =
      weft::normalize_axis(a.integer("dim", 0), a[0].rank(), "split");
  return a[0].shape().dim(at);
}

void add_pieces(Table& t) {
  t["slice"] = [](const Arguments& a) -> Results {
    return {slice_python(a[0], a.integer("dim", 0), a)};
  };
  t["select"] = [](const Arguments& a) -> Results {
    const std::int64_t axis = a.integer("dim", 0), n = size_along(a);
    const std::int64_t i =
        a.integer("index") + (a.integer("index") < 0 ? n : 0);
    return {weft::squeeze(weft::slice(a[0], axis, i, i + 1), {axis})};
  };
  t["chunk"] = [](const Arguments& a) {
    const std::int64_t n = size_along(a), k = a.integer("chunks");
    return split_in(a, std::max<std::int64_t>(1, (n + k - 1) / k));
  };
  t["split"] = [](const Arguments& a) {
    return split_in(a, a.integer("split_size"));
  };
  t["split_sizes"] = [](const Arguments& a) {
    return weft::split(a[0], a.integers("sizes"), a.integer("dim", 0));
  };
  t["split_unused_output"] = [](const Arguments& a) -> Results {
    return {weft::split(a[0], a.integers("sizes"), a.integer("dim", 0)).at(1)};
  };
}

}  // namespace

void add_shapes(Table& t) {
  add_pieces(t);
  t["concat"] = [](const Arguments& a) -> Results {
    return {weft::concat(a.inputs(), a.integer("dim", 0))};
  };
  t["stack"] = [](const Arguments& a) -> Results {
    return {weft::stack(a.inputs(), a.integer("dim", 0))};
  };
  t["reshape"] = [](const Arguments& a) -> Results {
    return {weft::reshape(a[0], weft::Shape(a.integers("shape")))};
  };
  t["permute"] = [](const Arguments& a) -> Results {
    return {weft::transpose(a[0], a.integers("dims"))};
  };
  t["squeeze"] = [](const Arguments& a) -> Results {
    const std::int64_t axis = a.integer("dim", 0);
    return {size_along(a) == 1 ? weft::squeeze(a[0], {axis}) : a[0]};
  };
  t["squeeze_all"] = [](const Arguments& a) -> Results {
    return {weft::squeeze(a[0])};
  };
  t["unsqueeze"] = [](const Arguments& a) -> Results {
    return {weft::unsqueeze(a[0], a.integer("dim"))};
  };
  t["cumsum"] = [](const Arguments& a) -> Results {
    return {weft::cumsum(a[0], a.integer("dim", -1))};
  };
  t["argmax"] = [](const Arguments& a) -> Results {
    return {weft::argmax(a[0], a.integer("dim", -1), a.flag("keepdim", false))};
  };
  t["argmin"] = [](const Arguments& a) -> Results {
    return {weft::argmin(a[0], a.integer("dim", -1), a.flag("keepdim", false))};
  };
  t["index_select"] = [](const Arguments& a) -> Results {
    return {weft::gather(a[0], a[1], a.integer("dim", 0))};
  };
  t["index_select_empty"] = t["index_select"];
  t["embedding"] = [](const Arguments& a) -> Results {
    return {weft::gather(a[0], a[1], 0)};
  };
}

}  // namespace reference
