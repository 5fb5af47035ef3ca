#pragma once

#include <string>
#include <vector>

#include "cases.h"
#include "table.h"

namespace reference {

/// What was compared of a case, and what differs.
struct Outcome {
  int compared = 0;
  std::vector<std::string> wrong;
};

/// Runs a case with elements of `dtype` in place of f64 and compares values,
/// vjp, Hessian- and Jacobian-vector products, to `tolerance`·(1 + |expected|).
Outcome check(const Case& c, const Build& build, weft::DType dtype,
              double tolerance);

/// False if an input is beyond the numbers of `dtype`, or vanishes in it.
bool representable(const Case& c, weft::DType dtype);

/// Nothing if they agree, else where they do not.
/// With `rounded`, elements may differ by as much more as any of it does.
std::string difference(const weft::Tensor& found, const weft::Tensor& expected,
                       double tolerance, const weft::Tensor* rounded = nullptr);

}  // namespace reference
