// Nonlinear regressions of NIST's Statistical Reference Datasets, whose
// parameters are certified to eleven digits.

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;

namespace {

/// b[1] … and x, y as in the files; Nelson's has two x.
struct Terms {
  Value all, x, x2;
  Value operator[](std::int64_t i) const { return slice(all, 0, i - 1, i); }
};
using B = const Terms&;

Value decay(B b) { return b[1] * (1 - exp(-b[2] * b.x)); }
Value chwirut(B b) { return exp(-b[1] * b.x) / (b[2] + b[3] * b.x); }
Value gauss(B b) {
  return b[1] * exp(-b[2] * b.x) +
         b[3] * exp(-square(b.x - b[4]) / square(b[5])) +
         b[6] * exp(-square(b.x - b[7]) / square(b[8]));
}
Value lanczos(B b) {
  return b[1] * exp(-b[2] * b.x) + b[3] * exp(-b[4] * b.x) +
         b[5] * exp(-b[6] * b.x);
}
Value cubics(B b) {
  const Value x = b.x, xx = x * x, xxx = xx * x;
  return (b[1] + b[2] * x + b[3] * xx + b[4] * xxx) /
         (1 + b[5] * x + b[6] * xx + b[7] * xxx);
}
Value enso(B b) {
  auto wave = [&](Value cosine, Value sine, Value period) {
    const Value angle = 2 * M_PI * b.x / period;
    return cosine * cos(angle) + sine * sin(angle);
  };
  return b[1] + wave(b[2], b[3], 12 * ones_like(b[1])) +
         wave(b[5], b[6], b[4]) + wave(b[8], b[9], b[7]);
}

struct Problem {
  const char* name;
  Value (*model)(B);
};

const std::vector<Problem> kProblems = {
    // lower
    {"Misra1a", decay},
    {"Misra1b",
     [](B b) { return b[1] * (1 - 1 / square(1 + b[2] * b.x / 2)); }},
    {"Chwirut1", chwirut},
    {"Chwirut2", chwirut},
    {"DanWood", [](B b) { return b[1] * pow(b.x, b[2]); }},
    {"Gauss1", gauss},
    {"Gauss2", gauss},
    {"Lanczos3", lanczos},
    // average
    {"ENSO", enso},
    {"Gauss3", gauss},
    {"Hahn1", cubics},
    {"Kirby2",
     [](B b) {
       const Value xx = square(b.x);
       return (b[1] + b[2] * b.x + b[3] * xx) / (1 + b[4] * b.x + b[5] * xx);
     }},
    {"Lanczos1", lanczos},
    {"Lanczos2", lanczos},
    {"MGH17",
     [](B b) {
       return b[1] + b[2] * exp(-b.x * b[4]) + b[3] * exp(-b.x * b[5]);
     }},
    {"Misra1c", [](B b) { return b[1] * (1 - rsqrt(1 + 2 * b[2] * b.x)); }},
    {"Misra1d", [](B b) { return b[1] * b[2] * b.x / (1 + b[2] * b.x); }},
    {"Nelson", [](B b) { return b[1] - b[2] * b.x * exp(-b[3] * b.x2); }},
    {"Roszman1",
     [](B b) { return b[1] - b[2] * b.x - atan(b[3] / (b.x - b[4])) / M_PI; }},
    // higher
    {"Bennett5", [](B b) { return b[1] * pow(b[2] + b.x, -1 / b[3]); }},
    {"BoxBOD", decay},
    {"Eckerle4",
     [](B b) { return b[1] / b[2] * exp(-0.5 * square((b.x - b[3]) / b[2])); }},
    {"MGH09",
     [](B b) {
       const Value xx = square(b.x);
       return b[1] * (xx + b.x * b[2]) / (xx + b.x * b[3] + b[4]);
     }},
    {"MGH10", [](B b) { return b[1] * exp(b[2] / (b.x + b[3])); }},
    {"Rat42", [](B b) { return b[1] / (1 + exp(b[2] - b[3] * b.x)); }},
    {"Rat43",
     [](B b) { return b[1] / pow(1 + exp(b[2] - b[3] * b.x), 1 / b[4]); }},
    {"Thurber", cubics},
};

struct File {
  std::vector<double> starts[2], certified, y, x, x2;
  double sum_of_squares = 0;
};

File read_file(const std::string& name) {
  std::ifstream in(std::string(WEFT_SOURCE_DIR) + "/tests/data/nist_strd/" +
                   name + ".dat");
  File f;
  bool data = false;
  for (std::string line; std::getline(in, line);) {
    std::istringstream s(line);
    std::string word, equals;
    if (data) {
      double y = 0, x = 0, x2 = 0;
      if (!(s >> y >> x)) continue;
      f.y.push_back(y);
      f.x.push_back(x);
      if (s >> x2) f.x2.push_back(x2);
    } else if (line.rfind("Data:  ", 0) == 0 &&
               line.find_first_not_of(" ", 5) == line.find('y')) {
      data = true;
    } else if (line.rfind("Residual Sum of Squares:", 0) == 0) {
      f.sum_of_squares = std::stod(line.substr(24));
    } else if (s >> word >> equals && equals == "=" && word.size() == 2 &&
               word[0] == 'b') {
      double first = 0, second = 0, certified = 0;
      if (!(s >> first >> second >> certified)) continue;
      f.starts[0].push_back(first);
      f.starts[1].push_back(second);
      f.certified.push_back(certified);
    }
  }
  return f;
}

Value column(Graph& g, const std::vector<double>& v) {
  return g.constant(
      Tensor::from<double>(v, {static_cast<std::int64_t>(v.size())}));
}

}  // namespace

TEST_CASE("Levenberg-Marquardt finds NIST's certified parameters") {
  REQUIRE(kProblems.size() == 27);
  for (const Problem& p : kProblems) {
    const File file = read_file(p.name);
    INFO(p.name);
    REQUIRE(file.certified.size() >= 2);
    REQUIRE(file.y.size() >= 6);
    Graph g;
    const auto n = static_cast<std::int64_t>(file.certified.size());
    Terms b{unknown(g, {n}), column(g, file.x), {}};
    if (!file.x2.empty()) b.x2 = column(g, file.x2);
    const Value y = column(g, file.y);
    const bool logarithm = std::string(p.name) == "Nelson";
    const Value residuals = (logarithm ? log(y) : y) - p.model(b);
    for (int start = 0; start < 2; ++start) {
      INFO(p.name << " from start " << start + 1);
      State state = initialize(g);
      const auto f = make_least_squares(residuals, state, {.threads = 1});
      const Minimum m =
          find_minimum(*f, LevenbergMarquardt{},
                       {.start = file.starts[start],
                        .stop = {.gradient = 0, .iterations = 5000}});
      INFO(m.message);
      double worst = 0;
      for (std::size_t i = 0; i < m.x.size(); ++i) {
        worst = std::max(worst, std::abs(m.x[i] / file.certified[i] - 1));
      }
      INFO("relative error " << worst);
      CHECK(worst <= 5e-7);
      // Lanczos1 certifies a sum that f64 can't show.
      if (std::string(p.name) != "Lanczos1") {
        CHECK(2 * m.cost == Approx(file.sum_of_squares).epsilon(1e-9));
      }
    }
  }
}
