// Special functions: derivatives of both orders, and values that are known
// otherwise.

#include "finite_differences.h"
#include "known_values.h"

using namespace weft;

TEST_CASE("special functions have right derivatives") {
  const SampleInput any(Shape{5}, -2, 2), share(Shape{5}, 0.1, 0.9);
  const std::vector<Composition> all{
      {"ndtr", {any}, [](const Values& x) { return ndtr(x[0]); }},
      {"log_ndtr",
       {SampleInput(Shape{6}, -4, 2).off({-1})},
       [](const Values& x) { return log_ndtr(x[0]); }},
      {"entr", {share}, [](const Values& x) { return entr(x[0]); }},
      {"mvlgamma",
       {SampleInput(Shape{5}, 2, 4)},
       [](const Values& x) { return mvlgamma(x[0], 3); }},
  };
  for (const Composition& c : all) check_derivatives(c);
}

TEST_CASE("special functions have known values at both ends") {
  Graph g;
  const Value x = g.constant(f64({-1e3, -38, -1, 0, 9, HUGE_VAL, NAN}, {7}));
  check_values(log_ndtr(x),
               {-500007.82669481218, -726.55721601882013, -1.8410216450092635,
                -0.69314718055994531, -1.1285884059538407e-19, 0, NAN});
  check_values(ndtr(x), {0, 2.8854283700687843e-316, 0.15865525393145705, 0.5,
                         1, 1, NAN});
  const Value p = g.constant(f64({1e-300, 0, 1, -0.1, NAN}, {5}));
  check_values(ndtri(p), {-37.047096299361199, -HUGE_VAL, HUGE_VAL, NAN, NAN});
  const Value e = g.constant(f64({0, -1, 1, NAN}, {4}));
  check_values(entr(e), {0, -HUGE_VAL, 0, NAN});
  check_values(gradient(sum(entr(e)), e), {HUGE_VAL, NAN, -1, NAN});
  CHECK_THROWS_AS(mvlgamma(x, 0), GraphError);
}

TEST_CASE("derivatives of Bessel functions hold at 0 and far from it") {
  Graph g;
  const Value x = g.constant(f64({0, 1e-9, 700}, {3}));
  check_values(gradient(sum(bessel_i1e(x)), x),
               {0.5, 0.49999999900000000, -1.0753106677942000e-5});
  const Value once = gradient(sum(bessel_i1(x)), x);
  check_values(slice(once, 0, 0, 2), {0.5, 0.5});
  check_values(slice(gradient(sum(once), x), 0, 0, 2), {0, 3.75e-10});
}
