#include <cmath>

#include "table.h"
#include "weft/elementary.h"
#include "weft/ops.h"
#include "weft/statistics.h"

namespace reference {

namespace {

using Reduce = Value (*)(Operand, Axes, bool);

void add(Table& t, const char* name, Reduce f) {
  t[name] = [f](const Arguments& a) -> Results {
    return {f(a[0], a.integers("dim", Axes{}), a.flag("keepdim", false))};
  };
}

/// As NumPy: a vector is a row on the left and a column on the right.
Value matmul_any(Value x, Value y) {
  const bool row = x.rank() == 1, column = y.rank() == 1;
  Value z = weft::matmul(row ? weft::unsqueeze(x, 0) : x,
                         column ? weft::unsqueeze(y, 1) : y);
  if (column) z = weft::squeeze(z, {-1});
  if (row) z = weft::squeeze(z, {column ? -1 : -2});
  return z;
}

/// Running results along an axis.
void add_running(Table& t) {
  using Scan = Value (*)(Operand, std::int64_t);
  auto add_scan = [&t](const char* name, Scan f) {
    t[name] = [f](const Arguments& a) -> Results {
      return {f(a[0], a.integer("dim", -1))};
    };
  };
  add_scan("cumprod", weft::cumprod);
  add_scan("logcumsumexp", weft::logcumsumexp);
  t["softmin"] = [](const Arguments& a) -> Results {
    return {weft::softmax(-a[0], a.integer("dim", -1))};
  };
}

void add_products(Table& t) {
  t["outer"] = [](const Arguments& a) -> Results {
    return {weft::outer(a[0], a[1])};
  };
  t["kron"] = [](const Arguments& a) -> Results {
    return {weft::kron(a[0], a[1])};
  };
  t["cross"] = [](const Arguments& a) -> Results {
    return {weft::cross(a[0], a[1], a.integer("dim", -1))};
  };
  t["einsum"] = [](const Arguments& a) -> Results {
    return {weft::einsum(a.get<std::string>("equation"), a.inputs())};
  };
  t["l2_normalize"] = [](const Arguments& a) -> Results {
    return {
        weft::normalize(a[0], 2, a.integer("dim", -1), a.number("eps", 1e-12))};
  };
  t["normalize"] = [](const Arguments& a) -> Results {
    return {weft::normalize(a[0], a.number("p", 2), a.integer("dim", 1),
                            a.number("eps", 1e-12))};
  };
  t["cdist"] = [](const Arguments& a) -> Results {
    return {weft::distances(a[0], a[1], a.number("p", 2))};
  };
  t["bilinear"] = [](const Arguments& a) -> Results {
    const Value y = weft::einsum("...i,oij,...j->...o", {a[0], a[2], a[1]});
    return {a[3] ? y + a[3] : y};
  };
  t["bmm"] = [](const Arguments& a) -> Results {
    return {weft::matmul(a[0], a[1])};
  };
  t["mm"] = t["bmm"];
}

}  // namespace

void add_reductions(Table& t) {
  add(t, "sum", weft::sum);
  add(t, "mean", weft::mean);
  add(t, "amax", weft::max);
  add(t, "amin", weft::min);
  add(t, "prod", weft::prod);
  add(t, "logsumexp", weft::logsumexp);
  add(t, "sumsq", [](Operand x, Axes axes, bool keep) {
    return weft::sum(weft::square(x), axes, keep);
  });
  for (const auto& [name, order] :
       {std::pair{"norm1", 1.0}, std::pair{"norm2", 2.0},
        std::pair{"norm3", 3.0}, std::pair{"norm_inf", HUGE_VAL},
        std::pair{"norminf", HUGE_VAL}}) {
    const double p = order;
    t[name] = [p](const Arguments& a) -> Results {
      return {weft::norm(a[0], p, a.integers("dim", Axes{}),
                         a.flag("keepdim", false))};
    };
  }
  t["norm"] = [](const Arguments& a) -> Results {
    return {weft::norm(a[0], a.number("p", 2), a.integers("dim", Axes{}),
                       a.flag("keepdim", false))};
  };
  t["norm_p"] = t["norm"];
  t["vector_norm"] = [](const Arguments& a) -> Results {
    return {weft::norm(a[0], a.number("ord", 2), a.integers("dim", Axes{}),
                       a.flag("keepdim"))};
  };
  add(t, "var_unbiased", [](Operand x, Axes axes, bool keep) {
    return weft::variance(x, axes, 1, keep);
  });
  add(t, "var_biased", [](Operand x, Axes axes, bool keep) {
    return weft::variance(x, axes, 0, keep);
  });
  add(t, "std_unbiased", [](Operand x, Axes axes, bool keep) {
    return weft::standard_deviation(x, axes, 1, keep);
  });
  add(t, "std_biased", [](Operand x, Axes axes, bool keep) {
    return weft::standard_deviation(x, axes, 0, keep);
  });
  add_running(t);
  add_products(t);
  t["softmax"] = [](const Arguments& a) -> Results {
    return {weft::softmax(a[0], a.integer("dim", -1))};
  };
  t["log_softmax"] = [](const Arguments& a) -> Results {
    return {weft::log_softmax(a[0], a.integer("dim", -1))};
  };
  t["dot"] = [](const Arguments& a) -> Results {
    return {weft::dot(a[0], a[1])};
  };
  t["matmul"] = [](const Arguments& a) -> Results {
    return {matmul_any(a[0], a[1])};
  };
  t["matmul_self"] = [](const Arguments& a) -> Results {
    return {weft::matmul(a[0], a[0], false, true)};
  };
  t["gemm"] = [](const Arguments& a) -> Results {
    Value y = a.number("alpha", 1) * weft::matmul(a[0], a[1],
                                                  a.integer("transA", 0) != 0,
                                                  a.integer("transB", 0) != 0);
    if (a[2]) y = y + a.number("beta", 1) * a[2];
    return {y};
  };
  t["linear"] = [](const Arguments& a) -> Results {
    const Value x = a[0].rank() == 1 ? weft::unsqueeze(a[0], 0) : a[0];
    Value y = weft::matmul(x, a[1], false, true);
    if (a[0].rank() == 1) y = weft::squeeze(y, {0});
    return {a[2] ? y + a[2] : y};
  };
}

}  // namespace reference
