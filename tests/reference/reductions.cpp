#include "table.h"
#include "weft/ops.h"

namespace reference {

namespace {

using Reduce = Value (*)(Operand, Axes, bool);

void add(Table& t, const char* name, Reduce f) {
  t[name] = [f](const Arguments& a) -> Results {
    return {f(a[0], a.integers("dim", Axes{}), a.get<bool>("keepdim", false))};
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
  add(t, "norm1", [](Operand x, Axes axes, bool keep) {
    return weft::sum(weft::abs(x), axes, keep);
  });
  t["softmax"] = [](const Arguments& a) -> Results {
    return {weft::softmax(a[0], a.integer("dim", -1))};
  };
  t["log_softmax"] = [](const Arguments& a) -> Results {
    return {weft::log_softmax(a[0], a.integer("dim", -1))};
  };
  t["dot"] = [](const Arguments& a) -> Results {
    return {weft::dot(a[0], a[1])};
  };
  t["outer"] = [](const Arguments& a) -> Results {
    return {weft::unsqueeze(a[0], 1) * weft::unsqueeze(a[1], 0)};
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
    const Value y = weft::matmul(a[0], a[1], false, true);
    return {a[2] ? y + a[2] : y};
  };
}

}  // namespace reference
