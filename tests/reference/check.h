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

/// Nothing if they agree, else where they do not; elements may differ by as
/// much `more`.
std::string difference(const weft::Tensor& found, const weft::Tensor& expected,
                       double tolerance, double more = 0);
/// The largest difference of elements that is a number.
double largest_difference(const weft::Tensor& a, const weft::Tensor& b);

}  // namespace reference
