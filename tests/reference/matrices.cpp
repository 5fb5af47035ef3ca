#include <algorithm>
#include <cmath>

#include "table.h"
#include "weft/indexing.h"
#include "weft/linear_algebra.h"
#include "weft/ops.h"
#include "weft/statistics.h"

namespace reference {

Value swap_last(Value x) {
  Axes order;
  for (int i = 0; i < x.rank(); ++i) order.push_back(i);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return weft::transpose(x, order);
}

Value positive_definite(Value x) {
  const std::int64_t n = x.shape().dim(x.rank() - 1);
  weft::Tensor one(weft::DType::f64, {n, n});
  for (std::int64_t i = 0; i < n; ++i) {
    one.data<double>()[i * (n + 1)] = static_cast<double>(n);
  }
  return weft::matmul(x, x, false, true) +
         x.graph().constant(one.to(x.dtype()));
}

namespace {

using Unary = Value (*)(Operand);

Value solved(Value a, Value b) {
  if (b.rank() + 1 != a.rank()) return weft::solve(a, b);
  return weft::squeeze(weft::solve(a, weft::unsqueeze(b, -1)), {-1});
}

/// Of a triangle, by its left or right side, with ones on its diagonal.
Value triangular(const Arguments& a) {
  const bool upper = a.flag("upper"), left = a.flag("left", true);
  Value t = a[0];
  if (a.flag("unitriangular")) {
    const std::int64_t n = t.shape().dim(t.rank() - 1);
    weft::Tensor one(weft::DType::f64, {n, n});
    for (std::int64_t i = 0; i < n; ++i) one.data<double>()[i * (n + 1)] = 1;
    t = (upper ? weft::triu(t, 1) : weft::tril(t, -1)) +
        t.graph().constant(one.to(t.dtype()));
  }
  if (left) return weft::solve_triangular(t, a[1], upper);
  return swap_last(
      weft::solve_triangular(swap_last(t), swap_last(a[1]), !upper));
}

/// The matrix whose Cholesky factor is given, a whole triangle.
Value of_factor(Value factor, bool upper) {
  return weft::matmul(factor, factor, upper, !upper);
}

/// By the number or the word of an attribute; Frobenius' without.
Value matrix_norm(Value x, const Arguments& a, const char* order) {
  const bool word = a.given(order) && a.json(order).is_string();
  const std::string name = word ? a.text(order, "") : "";
  if (!a.given(order) || name == "fro") return weft::norm(x, 2, {-2, -1});
  if (name == "nuc") return weft::sum(weft::svd(x).values, {-1});
  const double p = a.number(order);
  if (std::abs(p) == 2) {
    const Value s = weft::svd(x).values;
    return p > 0 ? weft::max(s, {-1}) : weft::min(s, {-1});
  }
  const Value sums = weft::sum(weft::abs(x), {std::abs(p) == 1 ? -2 : -1});
  return p > 0 ? weft::max(sums, {-1}) : weft::min(sums, {-1});
}

/// Of the matrices in two axes, the last ones without `dim`.
Results matrix_norm(const Arguments& a) {
  const int rank = a[0].rank();
  Axes axes = a.integers("dim", Axes{-2, -1}), order;
  for (std::int64_t& axis : axes) {
    axis = weft::normalize_axis(axis, rank, "norm");
  }
  for (int i = 0; i < rank; ++i) {
    if (i != axes.at(0) && i != axes.at(1)) order.push_back(i);
  }
  order.insert(order.end(), axes.begin(), axes.end());
  Value y = matrix_norm(weft::transpose(a[0], order), a, "ord");
  if (!a.flag("keepdim")) return {y};
  std::sort(axes.begin(), axes.end());
  for (std::int64_t axis : axes) y = weft::unsqueeze(y, axis);
  return {y};
}

/// Of vectors where there is one axis or no order, else of matrices.
Results any_norm(const Arguments& a) {
  const Axes axes = a.integers("dim", Axes{});
  const std::size_t count =
      axes.empty() ? static_cast<std::size_t>(a[0].rank()) : axes.size();
  if (a.given("ord") && count == 2) return matrix_norm(a);
  return {weft::norm(a[0], a.number("ord", 2), axes, a.flag("keepdim"))};
}

Value condition(const Arguments& a) {
  if (a.given("p") &&
      (a.json("p").is_string() || std::abs(a.number("p")) != 2)) {
    return matrix_norm(a[0], a, "p") * matrix_norm(weft::inverse(a[0]), a, "p");
  }
  const Value s = weft::svd(a[0]).values;
  const Value most = weft::max(s, {-1}), least = weft::min(s, {-1});
  return a.number("p", 2) > 0 ? most / least : least / most;
}

/// As a square matrix: the first axes are its rows.
Value square_of(Value x, std::int64_t rows, weft::Shape& first,
                weft::Shape& rest) {
  std::int64_t n = 1;
  for (int i = 0; i < x.rank(); ++i) {
    const std::int64_t size = x.shape().dim(i);
    (i < rows ? first : rest).push_back(size);
    if (i < rows) n *= size;
  }
  return weft::reshape(x, {n, weft::kInfer});
}

/// Sums over the given axes of both; the others follow in their order.
Value tensordot(const Arguments& a) {
  const auto& dims = a.json("dims");
  Axes left, right;
  if (dims.is_array()) {
    left = dims.at(0).get<Axes>();
    right = dims.at(1).get<Axes>();
  } else {
    const auto n = dims.get<std::int64_t>();
    for (std::int64_t i = 0; i < n; ++i) {
      left.push_back(a[0].rank() - n + i);
      right.push_back(i);
    }
  }
  std::string x, y, z;
  for (int i = 0; i < a[0].rank(); ++i) x += static_cast<char>('a' + i);
  for (int i = 0; i < a[1].rank(); ++i) y += static_cast<char>('n' + i);
  for (std::size_t i = 0; i < left.size(); ++i) {
    y[static_cast<std::size_t>(right[i])] =
        x[static_cast<std::size_t>(left[i])];
  }
  for (char c : x) z += y.find(c) == std::string::npos ? std::string(1, c) : "";
  for (char c : y) z += x.find(c) == std::string::npos ? std::string(1, c) : "";
  return weft::einsum(x + "," + y + "->" + z, {a[0], a[1]});
}

/// β·a0 + α·product.
Results added(const Arguments& a, Value product) {
  const Value y = a.number("alpha", 1) * product;
  const double beta = a.number("beta", 1);
  return {beta == 0 ? y : beta * a[0] + y};
}

void add_parts(Table& t) {
  t["qr_q"] = [](const Arguments& a) -> Results { return {weft::qr(a[0]).q}; };
  t["qr_r"] = [](const Arguments& a) -> Results { return {weft::qr(a[0]).r}; };
  t["qr"] = [](const Arguments& a) -> Results {
    const auto parts = weft::qr(a[0]);
    return {parts.q, parts.r};
  };
  t["svdvals"] = [](const Arguments& a) -> Results {
    return {weft::svd(a[0]).values};
  };
  t["singular_values"] = t["svdvals"];
  t["svd_reconstruct"] = [](const Arguments& a) -> Results {
    const auto s = weft::svd(a[0]);
    return {weft::matmul(s.u * weft::unsqueeze(s.values, -2), s.vt)};
  };
  t["slogdet"] = [](const Arguments& a) -> Results {
    const auto s = weft::slogdet(a[0]);
    return {s.sign, s.log};
  };
  t["logabsdet"] = [](const Arguments& a) -> Results {
    return {weft::slogdet(a[0]).log};
  };
  t["cholesky"] = [](const Arguments& a) -> Results {
    const Value l = weft::cholesky(a[0]);
    return {a.flag("upper") ? swap_last(l) : l};
  };
  t["eigvalsh"] = [](const Arguments& a) -> Results {
    return {weft::eigh(a[0]).values};
  };
}

void add_systems(Table& t) {
  t["solve"] = [](const Arguments& a) -> Results {
    return {solved(a[0], a[1])};
  };
  t["solve_triangular"] = [](const Arguments& a) -> Results {
    return {triangular(a)};
  };
  t["triangular_solve"] = t["solve_triangular"];
  t["cholesky_solve"] = [](const Arguments& a) -> Results {
    return {weft::solve(of_factor(a[1], a.flag("upper")), a[0])};
  };
  t["cholesky_inverse"] = [](const Arguments& a) -> Results {
    return {weft::inverse(of_factor(a[0], a.flag("upper")))};
  };
  t["lstsq"] = [](const Arguments& a) -> Results {
    return {weft::least_squares(a[0], a[1])};
  };
  t["pinv"] = [](const Arguments& a) -> Results {
    return {weft::pseudo_inverse(a[0])};
  };
  t["matrix_power"] = [](const Arguments& a) -> Results {
    return {weft::matrix_power(a[0], a.integer("n"))};
  };
  t["matrix_norm"] = [](const Arguments& a) { return matrix_norm(a); };
  t["linalg_norm"] = any_norm;
  t["cond"] = [](const Arguments& a) -> Results { return {condition(a)}; };
  t["tensorinv"] = [](const Arguments& a) -> Results {
    weft::Shape first, rest;
    const Value x = square_of(a[0], a.integer("ind", 2), first, rest);
    for (const weft::Dim d : first) rest.push_back(d);
    return {weft::reshape(weft::inverse(x), rest)};
  };
  t["tensorsolve"] = [](const Arguments& a) -> Results {
    weft::Shape first, rest;
    const Value x = square_of(a[0], a[1].rank(), first, rest);
    const Value b = weft::reshape(a[1], {weft::kInfer, 1});
    return {weft::reshape(weft::solve(x, b), rest)};
  };
}

void add_products(Table& t) {
  t["tensordot"] = [](const Arguments& a) -> Results { return {tensordot(a)}; };
  t["inner"] = [](const Arguments& a) -> Results {
    return {weft::matmul(a[0], a[1], false, true)};
  };
  t["vdot"] = [](const Arguments& a) -> Results {
    return {weft::dot(a[0], a[1])};
  };
  t["mv"] = [](const Arguments& a) -> Results {
    return {weft::einsum("ij,j->i", {a[0], a[1]})};
  };
  t["multi_dot"] = [](const Arguments& a) -> Results {
    Value y = a[0];
    for (std::size_t i = 1; i < a.size(); ++i) y = weft::matmul(y, a[i]);
    return {y};
  };
  t["vander"] = [](const Arguments& a) -> Results {
    const std::int64_t n = a.integer("N", a[0].shape().dim(0));
    const bool increasing = a.flag("increasing");
    std::vector<Value> columns;
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t power = increasing ? i : n - 1 - i;
      columns.push_back(weft::pow(a[0], static_cast<double>(power)));
    }
    return {weft::stack(columns, 1)};
  };
  t["addmm"] = [](const Arguments& a) {
    return added(a, weft::matmul(a[1], a[2]));
  };
  t["baddbmm"] = t["addmm"];
  t["addbmm"] = [](const Arguments& a) {
    return added(a, weft::sum(weft::matmul(a[1], a[2]), {0}));
  };
  t["addmv"] = [](const Arguments& a) {
    return added(a, weft::einsum("ij,j->i", {a[1], a[2]}));
  };
  t["addr"] = [](const Arguments& a) {
    return added(a, weft::outer(a[1], a[2]));
  };
}

}  // namespace

void add_matrices(Table& t) {
  for (const auto& [name, f] :
       {std::pair{"inverse", Unary(weft::inverse)},
        std::pair{"det", Unary(weft::det)},
        std::pair{"logdet", Unary(weft::logdet)},
        std::pair{"matrix_exp", Unary(weft::matrix_exp)}}) {
    const Unary function = f;
    t[name] = [function](const Arguments& a) -> Results {
      return {function(a[0])};
    };
  }
  add_parts(t);
  add_systems(t);
  add_products(t);
}

}  // namespace reference
