// Other orders, shapes and places of elements.

#include <algorithm>
#include <numeric>

#include "table.h"
#include "weft/indexing.h"
#include "weft/ops.h"

namespace reference {

namespace {

std::int64_t size(Value x, int axis) { return x.shape().dim(axis); }

int axis_of(std::int64_t axis, Value x) {
  return weft::normalize_axis(axis, x.rank(), "axis");
}

Value moved(Value x, const Axes& from, const Axes& to) {
  const auto rank = static_cast<std::size_t>(x.rank());
  Axes order(rank, -1);
  std::vector<bool> used(rank, false);
  for (std::size_t i = 0; i < from.size(); ++i) {
    const int source = axis_of(from[i], x);
    order[static_cast<std::size_t>(axis_of(to[i], x))] = source;
    used[static_cast<std::size_t>(source)] = true;
  }
  std::size_t next = 0;
  for (std::int64_t& axis : order) {
    if (axis >= 0) continue;
    while (used[next]) ++next;
    axis = static_cast<std::int64_t>(next++);
  }
  return weft::transpose(x, order);
}

Value swapped(Value x, std::int64_t a, std::int64_t b) {
  return moved(x, {a, b}, {b, a});
}

Value rotated(Value x, std::int64_t times, std::int64_t a, std::int64_t b) {
  switch ((times % 4 + 4) % 4) {
    case 1: return swapped(weft::flip(x, {b}), a, b);
    case 2: return weft::flip(x, {a, b});
    case 3: return weft::flip(swapped(x, a, b), {b});
    default: return x;
  }
}

Value at_least(Value x, int rank, bool columns) {
  while (x.rank() < rank) {
    const bool leading = x.rank() == 0 || (x.rank() == 1 && !columns);
    x = weft::unsqueeze(x, leading ? 0 : -1);
  }
  return x;
}

std::vector<Value> all(const Arguments& a, int rank, bool columns = false) {
  std::vector<Value> xs;
  for (const Value& x : a.inputs()) xs.push_back(at_least(x, rank, columns));
  return xs;
}

/// x with values in the place of a part along an axis.
Value replaced(Value x, Value part, std::int64_t axis, std::int64_t begin) {
  const int at = axis_of(axis, x);
  const std::int64_t end = begin + size(part, at);
  return weft::concat({weft::slice(x, at, 0, begin), part,
                       weft::slice(x, at, end, size(x, at))},
                      at);
}

/// Indices along an axis, for each element of `like`.
Value indices_along(Value i, Value like, int axis) {
  weft::Shape line;
  for (int k = 0; k < like.rank(); ++k) line.push_back(1);
  line[axis] = weft::kInfer;
  return weft::expand(weft::reshape(i, line), like.shape());
}

void add_orders(Table& t) {
  t["movedim"] = [](const Arguments& a) -> Results {
    return {moved(a[0], a.integers("source"), a.integers("destination"))};
  };
  t["transpose"] = [](const Arguments& a) -> Results {
    const char* first = a.given("axis0") ? "axis0" : "dim0";
    const char* second = a.given("axis1") ? "axis1" : "dim1";
    return {swapped(a[0], a.integer(first, -1), a.integer(second, -2))};
  };
  t["t"] = [](const Arguments& a) -> Results {
    return {a[0].rank() < 2 ? a[0] : weft::transpose(a[0])};
  };
  t["rot90"] = [](const Arguments& a) -> Results {
    const Axes axes = a.integers("dims", Axes{0, 1});
    return {rotated(a[0], a.integer("k", 1), axes.at(0), axes.at(1))};
  };
  t["flip"] = [](const Arguments& a) -> Results {
    return {weft::flip(a[0], a.integers(a.given("dims") ? "dims" : "dim"))};
  };
  t["fliplr"] = [](const Arguments& a) -> Results {
    return {weft::flip(a[0], {1})};
  };
  t["flipud"] = [](const Arguments& a) -> Results {
    return {weft::flip(a[0], {0})};
  };
  t["channel_shuffle"] = [](const Arguments& a) -> Results {
    const std::int64_t groups = a.integer("groups");
    weft::Shape split{size(a[0], 0), groups, size(a[0], 1) / groups};
    for (int i = 2; i < a[0].rank(); ++i) split.push_back(size(a[0], i));
    const Value y = swapped(weft::reshape(a[0], split), 1, 2);
    return {weft::reshape(y, a[0].shape())};
  };
}

void add_forms(Table& t) {
  t["flatten"] = [](const Arguments& a) -> Results {
    const int begin = axis_of(a.integer("start_dim", 0), a[0]);
    const int end = axis_of(a.integer("end_dim", -1), a[0]);
    weft::Shape shape;
    for (int i = 0; i <= begin; ++i) shape.push_back(size(a[0], i));
    shape[begin] = weft::kInfer;
    for (int i = end + 1; i < a[0].rank(); ++i) shape.push_back(size(a[0], i));
    return {weft::reshape(a[0], shape)};
  };
  t["ravel"] = [](const Arguments& a) -> Results {
    return {weft::reshape(a[0], {weft::kInfer})};
  };
  t["view"] = t["reshape"];
  t["unflatten"] = [](const Arguments& a) -> Results {
    const int axis = axis_of(a.integer("dim"), a[0]);
    weft::Shape shape;
    for (int i = 0; i < a[0].rank(); ++i) {
      if (i != axis) shape.push_back(size(a[0], i));
      for (std::int64_t n : i == axis ? a.integers("sizes") : Axes{}) {
        shape.push_back(n);
      }
    }
    return {weft::reshape(a[0], shape)};
  };
  t["expand"] = [](const Arguments& a) -> Results {
    Axes shape = a.integers(a.given("sizes") ? "sizes" : "shape");
    const std::size_t more =
        shape.size() - static_cast<std::size_t>(a[0].rank());
    for (std::size_t i = more; i < shape.size(); ++i) {
      if (shape[i] < 0) shape[i] = size(a[0], static_cast<int>(i - more));
    }
    return {weft::expand(a[0], weft::Shape(shape))};
  };
  t["broadcast_to"] = t["expand"];
  const Build squeeze = t["squeeze"];
  t["squeeze"] = [squeeze](const Arguments& a) -> Results {
    if (!a.given("dim")) return {weft::squeeze(a[0])};
    return squeeze(a);
  };
  t["tile"] = [](const Arguments& a) -> Results {
    const char* name = a.given("dims")    ? "dims"
                       : a.given("sizes") ? "sizes"
                                          : "repeats";
    return {weft::tile(a[0], a.integers(name))};
  };
  t["repeat"] = t["tile"];
  t["repeat_interleave"] = [](const Arguments& a) -> Results {
    const bool whole = !a.given("dim");
    const Value x = whole ? weft::reshape(a[0], {weft::kInfer}) : a[0];
    const int axis = whole ? 0 : axis_of(a.integer("dim"), x);
    if (a.given("repeats") && !a.json("repeats").is_array()) {
      return {weft::repeat(x, a.integer("repeats"), axis)};
    }
    std::vector<Value> parts;
    const Axes times =
        a.given("repeats") ? a.integers("repeats") : a.values_of(1);
    for (std::int64_t i = 0; i < size(x, axis); ++i) {
      const std::int64_t n = times.at(static_cast<std::size_t>(i));
      const Value one = weft::slice(x, axis, i, i + 1);
      if (n > 0) parts.push_back(weft::repeat(one, n, axis));
    }
    return {weft::concat(parts, axis)};
  };
  t["diagflat"] = [](const Arguments& a) -> Results {
    return {weft::diag_embed(weft::reshape(a[0], {weft::kInfer}),
                             a.integer("offset", 0))};
  };
  t["diag_embed"] = [](const Arguments& a) -> Results {
    const Value y = weft::diag_embed(a[0], a.integer("offset", 0));
    return {moved(y, {-2, -1}, {a.integer("dim1", -2), a.integer("dim2", -1)})};
  };
}

void add_pieces(Table& t) {
  t["unbind"] = [](const Arguments& a) -> Results {
    const int axis = axis_of(a.integer("dim", 0), a[0]);
    Results parts;
    for (std::int64_t i = 0; i < size(a[0], axis); ++i) {
      parts.push_back(weft::select(a[0], axis, i));
    }
    return parts;
  };
  t["tensor_split"] = [](const Arguments& a) -> Results {
    const int axis = axis_of(a.integer("dim", 0), a[0]);
    const std::int64_t n = size(a[0], axis);
    Axes sizes;
    if (a.given("indices")) {
      std::int64_t from = 0;
      for (std::int64_t to : a.integers("indices")) {
        to = std::clamp(to, from, n);
        sizes.push_back(to - from);
        from = to;
      }
      sizes.push_back(n - from);
    } else {
      const std::int64_t k = a.integer("sections");
      for (std::int64_t i = 0; i < k; ++i) {
        sizes.push_back(n / k + (i < n % k ? 1 : 0));
      }
    }
    return weft::split(a[0], sizes, axis);
  };
  t["narrow"] = [](const Arguments& a) -> Results {
    const int axis = axis_of(a.integer("dim", 0), a[0]);
    std::int64_t start = a.integer("start");
    if (start < 0) start += size(a[0], axis);
    return {weft::slice(a[0], axis, start, start + a.integer("length"))};
  };
  t["tensor_unfold"] = [](const Arguments& a) -> Results {
    const int axis =
        axis_of(a.integer(a.given("dimension") ? "dimension" : "dim", 0), a[0]);
    const std::int64_t n = a.integer("size"), step = a.integer("step", 1);
    std::vector<Value> windows;
    for (std::int64_t i = 0; i + n <= size(a[0], axis); i += step) {
      windows.push_back(moved(weft::slice(a[0], axis, i, i + n), {axis}, {-1}));
    }
    return {weft::stack(windows, axis)};
  };
  t["select_scatter"] = [](const Arguments& a) -> Results {
    const int axis = axis_of(a.integer("dim", 0), a[0]);
    std::int64_t i = a.integer("index");
    if (i < 0) i += size(a[0], axis);
    return {replaced(a[0], weft::unsqueeze(a[1], axis), axis, i)};
  };
  t["slice_scatter"] = [](const Arguments& a) -> Results {
    if (a.integer("step", 1) != 1) throw std::runtime_error("a step");
    return {replaced(a[0], a[1], a.integer("dim", 0), a.integer("start", 0))};
  };
}

void add_unions(Table& t) {
  t["hstack"] = [](const Arguments& a) -> Results {
    return {weft::concat(all(a, 1), a[0].rank() < 2 ? 0 : 1)};
  };
  t["vstack"] = [](const Arguments& a) -> Results {
    return {weft::concat(all(a, 2), 0)};
  };
  t["dstack"] = [](const Arguments& a) -> Results {
    return {weft::concat(all(a, 3), 2)};
  };
  t["column_stack"] = [](const Arguments& a) -> Results {
    return {weft::concat(all(a, 2, true), 1)};
  };
  t["meshgrid"] = [](const Arguments& a) -> Results {
    const bool xy = a.text("indexing", "ij") == "xy";
    weft::Shape shape;
    for (const Value& x : a.inputs()) shape.push_back(size(x, 0));
    Results grids;
    for (int i = 0; i < shape.rank(); ++i) {
      weft::Shape line;
      for (int k = 0; k < shape.rank(); ++k) line.push_back(1);
      line[i] = weft::kInfer;
      const Value x = weft::reshape(a[static_cast<std::size_t>(i)], line);
      const Value grid = weft::expand(x, shape);
      grids.push_back(xy ? swapped(grid, 0, 1) : grid);
    }
    return grids;
  };
  const Build meshgrid = t["meshgrid"];
  t["cartesian_prod"] = [meshgrid](const Arguments& a) -> Results {
    std::vector<Value> columns;
    for (const Value& grid : meshgrid(a)) {
      columns.push_back(weft::reshape(grid, {weft::kInfer}));
    }
    return {weft::stack(columns, 1)};
  };
  t["block_diag"] = [](const Arguments& a) -> Results {
    const std::vector<Value> blocks = all(a, 2);
    std::int64_t width = 0, before = 0;
    for (const Value& x : blocks) width += size(x, 1);
    std::vector<Value> rows;
    for (const Value& x : blocks) {
      const std::int64_t after = width - before - size(x, 1);
      rows.push_back(weft::pad(x, {0, before}, {0, after}));
      before += size(x, 1);
    }
    return {weft::concat(rows, 0)};
  };
}

void add_written(Table& t) {
  const Build scatter = t["scatter"], scatter_add = t["scatter_add"];
  t["scatter"] = [scatter, scatter_add](const Arguments& a) -> Results {
    if (a.given("value")) {
      const Value v = weft::expand(
          a.graph.constant(
              weft::Tensor::scalar(a.number("value")).to(a[0].dtype())),
          a[1].shape());
      return {weft::put_along(a[0], a[1], v, a.integer("dim", 0))};
    }
    return a.text("reduce", "") == "add" ? scatter_add(a) : scatter(a);
  };
  t["index_copy"] = [](const Arguments& a) -> Results {
    const int axis = axis_of(a.integer("dim", 0), a[0]);
    return {weft::put_along(a[0], indices_along(a[1], a[2], axis), a[2], axis)};
  };
  t["index_fill"] = [](const Arguments& a) -> Results {
    const int axis = axis_of(a.integer("dim", 0), a[0]);
    const Value part = weft::gather(a[0], a[1], axis);
    const Value v = weft::stop_gradient(0.0 * part) + a.number("value");
    return {weft::put_along(a[0], indices_along(a[1], v, axis), v, axis)};
  };
  t["index_put"] = [](const Arguments& a) -> Results {
    // Of elements, or of rows, by the number of the row.
    const std::size_t axes = a.size() - 2;
    Value row = a[1];
    for (std::size_t i = 1; i < axes; ++i) {
      const auto n = static_cast<double>(size(a[0], static_cast<int>(i)));
      row = weft::cast(weft::cast(row, weft::DType::f64) * n +
                           weft::cast(a[1 + i], weft::DType::f64),
                       weft::DType::i64);
    }
    weft::Shape rows{weft::kInfer};
    std::int64_t width = 1;
    for (int i = static_cast<int>(axes); i < a[0].rank(); ++i) {
      width *= size(a[0], i);
    }
    rows.push_back(width);
    const Value values = weft::reshape(a[a.size() - 1], rows);
    const Value x = weft::reshape(a[0], rows);
    const Value at = indices_along(row, values, 0);
    const Value y = a.flag("accumulate") ? weft::add_along(x, at, values, 0)
                                         : weft::put_along(x, at, values, 0);
    return {weft::reshape(y, a[0].shape())};
  };
  t["one_hot"] = [](const Arguments& a) -> Results {
    return {weft::one_hot(a[0], a.integer("num_classes"), weft::DType::i64)};
  };
  const Build gather = t["take_along_dim"];
  t["take_along_dim"] = [gather](const Arguments& a) -> Results {
    if (a.given("dim")) return gather(a);
    return {weft::take_at(weft::reshape(a[0], {weft::kInfer}), {a[1]})};
  };
  t["pad"] = [](const Arguments& a) -> Results {
    return find("pad_" + a.text("mode", "constant"))(a);
  };
  t["zero_pad2d"] = [](const Arguments& a) -> Results {
    const Axes p = a.integers("pad");
    return {
        weft::pad(a[0], {0, 0, p.at(2), p.at(0)}, {0, 0, p.at(3), p.at(1)})};
  };
}

}  // namespace

void add_layouts(Table& t) {
  add_orders(t);
  add_forms(t);
  add_pieces(t);
  add_unions(t);
  add_written(t);
}

}  // namespace reference
