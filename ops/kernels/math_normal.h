#pragma once

// As math.h: the inverse of the standard normal distribution.

#include <limits>

#include "ops/kernels/choose.h"
#include "ops/kernels/math.h"

namespace weft::math {

// x with half the error function of x / sqrt(2), plus a half, equal to p.
// Errors are at most 6 units in the last place. The quotients are those of
// [Cephes], ndtri.c: in the middle of (p - 1/2)^2, at both ends of 1 / z with
// z = sqrt(-2 log p). Inlined by force: a call would keep loops scalar.
template <class T>
[[gnu::always_inline]] inline T normal_quantile(T p) {
  constexpr T end = T(0.13533528323661269189);  // e^-2
  const bool upper = p > T(1) - end;
  const T y = detail::choose(upper, T(1) - p, p);
  const T c = y - T(0.5), c2 = c * c;
  const T middle =
      detail::horner(c2, T(-1.23916583867381258016),
                     T(1.39312609387279679503e1), T(-5.66762857469070293439e1),
                     T(9.80010754185999661536e1),
                     T(-5.99633501014107895267e1)) /
      detail::horner(c2, T(-1.18331621121330003142),
                     T(1.59056225126211695515e1), T(-8.20372256168333339912e1),
                     T(2.00260212380060660359e2), T(-2.25462687854119370527e2),
                     T(8.63602421390890590575e1), T(4.67627912898881538453),
                     T(1.95448858338141759834), T(1.00000000000000000000));
  const T z = sqrt(T(-2) * log(y)), r = T(1) / z;
  const T near =
      detail::horner(r, T(-8.57456785154685413611e-4),
                     T(-3.50424626827848203418e-2),
                     T(-1.40256079171354495875e-1), T(2.18663306850790267539),
                     T(1.46849561928858024014e1), T(4.40805073893200834700e1),
                     T(5.71628192246421288162e1), T(3.15251094599893866154e1),
                     T(4.05544892305962419923)) /
      detail::horner(r, T(-9.33259480895457427372e-4),
                     T(-3.80806407691578277194e-2),
                     T(-1.42182922854787788574e-1), T(2.50464946208309415979),
                     T(1.50425385692907503408e1), T(4.13172038254672030440e1),
                     T(4.53907635128879210584e1), T(1.57799883256466749731e1),
                     T(1.00000000000000000000));
  const T far =
      detail::horner(r, T(6.23974539184983293730e-9),
                     T(2.65806974686737550832e-6), T(3.01581553508235416007e-4),
                     T(1.23716634817820021358e-2), T(2.01485389549179081538e-1),
                     T(1.33303460815807542389), T(3.93881025292474443415),
                     T(6.91522889068984211695), T(3.23774891776946035970)) /
      detail::horner(r, T(6.79019408009981274425e-9),
                     T(2.89247864745380683936e-6), T(3.28014464682127739104e-4),
                     T(1.34204006088543189037e-2), T(2.16236993594496635890e-1),
                     T(1.37702099489081330271), T(3.67983563856160859403),
                     T(6.02427039364742014255), T(1.00000000000000000000));
  const T tail = (z - log(z) * r) - r * detail::choose(z < T(8), near, far);
  const T inside = T(2.50662827463100050242) * (c + c * (c2 * middle));
  const T outer = detail::choose(upper, tail, -tail);
  const T x = detail::choose(y > end, inside, outer);
  const T ends = detail::choose(p == T(0), -detail::infinity<T>, x);
  return detail::choose(p == T(1), detail::infinity<T>, ends);
}

}  // namespace weft::math
