#pragma once

// Arithmetic of vectors in f64. Sums have a fixed order, which depends on the
// length alone.

#include <span>

namespace weft::minimizers {

using In = std::span<const double>;
using Out = std::span<double>;

double dot(In a, In b);
/// √Σa², without overflow.
double norm(In a);
/// max |a|; NaN if there is one.
double largest(In a);
bool all_finite(In a);
void copy(In from, Out to);
void fill(Out x, double value);
/// x ← factor·x.
void scale(Out x, double factor);
/// y ← y + factor·x.
void add(double factor, In x, Out y);
/// out ← a + factor·b.
void sum(In a, double factor, In b, Out out);
/// out ← a − b.
void difference(In a, In b, Out out);

}  // namespace weft::minimizers
