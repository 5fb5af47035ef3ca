#pragma once

// As math.h: the modified Bessel functions of the first kind of orders 0 and 1.
// Errors are at most 5 units in the last place.
//
// The polynomials are interpolations at Chebyshev's points, computed with 60
// digits; their relative errors are below 2e-8 for float and 1e-17 for double.

#include <cstddef>
#include <type_traits>
#include <utility>

#include "ops/kernels/choose.h"
#include "ops/kernels/math.h"

namespace weft::math {

namespace detail {

// 1 / (k! (k + 1) (k + 2) ... (k + order))
template <class T>
constexpr T bessel_term(std::size_t k, std::size_t order) {
  long double product = 1;
  for (std::size_t i = 1; i <= k; ++i) {
    product *= static_cast<long double>(i * (i + order));
  }
  return static_cast<T>(1 / product);
}

template <int order, class T, std::size_t... k>
inline T bessel_series(T z, std::index_sequence<k...>) {
  return horner(z, bessel_term<T>(k, order)...);
}

// (2 / x)^order order! I(x) for z = x^2 / 4 up to 16: Abramowitz and Stegun
// 9.6.10. The first omitted term is below 2e-17 of it, or 2e-8 of a float.
template <int order, class T>
inline T bessel_near(T z) {
  constexpr std::size_t terms = std::is_same_v<T, float> ? 15 : 21;
  return bessel_series<order>(z, std::make_index_sequence<terms>());
}

// sqrt(x) e^-x I(x) for x above 8, as a polynomial of s = 16 / x - 1.
template <int order, class T>
inline T bessel_far(T s) {
  if constexpr (std::is_same_v<T, float> && order == 0) {
    return horner(s, 4.02176513e-1f, 3.36055314e-3f, 1.36156154e-4f,
                  1.11221557e-5f, 1.63903983e-6f, 3.54762008e-7f);
  } else if constexpr (std::is_same_v<T, float>) {
    return horner(s, 3.89398455e-1f, -9.74957848e-3f, -2.19168268e-4f,
                  -1.50152753e-5f, -2.00963727e-6f, -4.1209136e-7f);
  } else if constexpr (order == 0) {
    return horner(s, 4.0217650944500807582e-1, 3.3605519836678540963e-3,
                  1.3621607439232747274e-4, 1.114303379155674261e-5,
                  1.4838475473607391562e-6, 2.9735984324791689035e-7,
                  8.8722535112858404568e-8, 3.9326024597031090648e-8,
                  2.1545177650836004368e-8, 7.5535164703558962265e-9,
                  -6.7297241119235484586e-9, -1.340424199198087017e-8,
                  -5.4685974495866000078e-9, 7.5406013788908334734e-9,
                  7.580221339152719224e-9, -3.4857887470034954789e-9,
                  -6.1882650904973612097e-9, 1.4978808301870910383e-9,
                  3.8811512539960667914e-9, -5.5622019900803933254e-10,
                  -1.7789375042917173877e-9, 1.4672236659214397367e-10,
                  5.181936971288283669e-10, -1.9216763724933512544e-11,
                  -7.0689385118187804212e-11);
  } else {
    return horner(s, 3.8939845902587232997e-1, -9.7495771932357289238e-3,
                  -2.1923576383430275169e-4, -1.5038547201176271351e-5,
                  -1.8349101134666434401e-6, -3.4838556090099368549e-7,
                  -1.0001323461066434931e-7, -4.3129353699713558998e-8,
                  -2.3370596271118568686e-8, -8.4266228295981544115e-9,
                  6.7157951280850175752e-9, 1.4029693589852716984e-8,
                  6.0408773421609881411e-9, -7.6307519700655777849e-9,
                  -8.0442312761665084852e-9, 3.4066361301967942638e-9,
                  6.4870195719816895651e-9, -1.4171698018664596355e-9,
                  -4.0477854037118586034e-9, 5.1464988260871418638e-10,
                  1.8513716745511988467e-9, -1.3422663200822220689e-10,
                  -5.3882859959235238002e-10, 1.7502497778701305837e-11,
                  7.3479924417346638795e-11);
  }
}

// e^x y for x from 0 to 800, or 100 of a float; y may be small where e^x is
// beyond the range.
template <class T>
inline T exp_times(T x, T y) {
  const auto [n, r] = reduce_exp(x);
  return times_power_of_two((expm1_reduced(r) + T(1)) * y, n);
}

}  // namespace detail

// I(x) of order 0 or 1.
template <int order, class T>
inline T bessel(T x) {
  constexpr T most = std::is_same_v<T, float> ? T(100) : T(800);
  const T magnitude = detail::abs(x);
  const T a = magnitude > most ? most : magnitude;
  const T near = detail::bessel_near<order>(T(0.25) * a * a);
  const T far = detail::exp_times(
      a, detail::bessel_far<order>(T(16) / a - T(1)) / sqrt(a));
  if constexpr (order == 0) return detail::choose(a <= T(8), near, far);
  return detail::choose(a <= T(8), T(0.5) * x * near,
                        detail::copy_sign(far, x));
}

// e^-|x| I(x) of order 0 or 1.
template <int order, class T>
inline T scaled_bessel(T x) {
  const T a = detail::abs(x);
  const T near = exp(-a) * detail::bessel_near<order>(T(0.25) * a * a);
  const T far = detail::bessel_far<order>(T(16) / a - T(1)) / sqrt(a);
  if constexpr (order == 0) return detail::choose(a <= T(8), near, far);
  return detail::choose(a <= T(8), T(0.5) * x * near,
                        detail::copy_sign(far, x));
}

}  // namespace weft::math
