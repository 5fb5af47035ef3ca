#include "table.h"
#include "weft/linear_algebra.h"
#include "weft/ops.h"

namespace reference {

namespace {

using Unary = Value (*)(Operand);

Value swap_last(Value x) {
  Axes order;
  for (int i = 0; i < x.rank(); ++i) order.push_back(i);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return weft::transpose(x, order);
}

/// x·xᵀ + n·1, which is positive.
Value positive(Value x) {
  const std::int64_t n = x.shape().dim(x.rank() - 1);
  weft::Tensor one(weft::DType::f64, {n, n});
  for (std::int64_t i = 0; i < n; ++i) {
    one.data<double>()[i * (n + 1)] = static_cast<double>(n);
  }
  return weft::matmul(x, x, false, true) +
         x.graph().constant(one.to(x.dtype()));
}

}  // namespace

void add_matrices(Table& t) {
  for (const auto& [name, f] : {std::pair{"inverse", Unary(weft::inverse)},
                                std::pair{"det", Unary(weft::det)},
                                std::pair{"logdet", Unary(weft::logdet)}}) {
    const Unary function = f;
    t[name] = [function](const Arguments& a) -> Results {
      return {function(a[0])};
    };
  }
  t["solve"] = [](const Arguments& a) -> Results {
    return {weft::solve(a[0], a[1])};
  };
  t["triangular_solve"] = [](const Arguments& a) -> Results {
    return {weft::solve_triangular(a[0], a[1], a.get<bool>("upper", false))};
  };
  t["cholesky"] = [](const Arguments& a) -> Results {
    return {weft::cholesky(a[0])};
  };
  t["cholesky_of_spd"] = [](const Arguments& a) -> Results {
    return {weft::cholesky(positive(a[0]))};
  };
  t["eigvalsh_sym"] = [](const Arguments& a) -> Results {
    return {weft::eigh(a[0] + swap_last(a[0])).values};
  };
  t["eigvalsh"] = [](const Arguments& a) -> Results {
    return {weft::eigh(a[0]).values};
  };
}

}  // namespace reference
