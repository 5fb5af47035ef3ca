#include "weft/lab.h"

#include <cmath>
#include <set>

#include "catch.h"
#include "core/error_text.h"
#include "weft/error.h"

using namespace weft;

namespace {

const lab::Examples& digits() {
  static const lab::Examples all =
      lab::examples(WEFT_SOURCE_DIR "/tests/data/digits.csv");
  return all;
}

const lab::Picture& picture(const lab::Result& r, int number) {
  for (const lab::Picture& p : r.pictures) {
    if (p.number == number) return p;
  }
  throw Error("no such picture");
}

lab::Result result(const char* name, int seeds = 5) {
  return lab::run(lab::experiment(name), digits(), {.seeds = seeds});
}

}  // namespace

TEST_CASE("every experiment ends with figures and pictures") {
  const lab::Settings quick{.seeds = 2, .quick = true};
  std::set<int> numbers;
  std::set<std::string> ids;
  for (const lab::Experiment& e : lab::experiments()) {
    INFO(e.name);
    const lab::Result r = lab::run(e, digits(), quick);
    CHECK_FALSE(r.method.empty());
    CHECK_FALSE(r.criterion.empty());
    REQUIRE_FALSE(r.measured.empty());
    REQUIRE_FALSE(r.comparisons.empty());
    for (const lab::Quantity& q : r.measured) {
      INFO(q.name);
      REQUIRE(q.values.size() == 2);
      CHECK(std::isfinite(q.values[0]));
      CHECK(std::isfinite(q.values[1]));
    }
    for (const lab::Comparison& c : r.comparisons) {
      INFO(c.name);
      CHECK(std::isfinite(c.mean));
      CHECK(c.low <= c.mean);
      CHECK(c.mean <= c.high);
    }
    for (const lab::Picture& p : r.pictures) {
      INFO(p.id);
      CHECK(ids.insert(p.id).second);
      if (p.number > 0) CHECK(numbers.insert(p.number).second);
      REQUIRE_FALSE(p.curves.empty());
      for (const lab::Curve& c : p.curves) {
        CHECK(c.y.size() == (p.kind == lab::Picture::Kind::bars
                                 ? p.categories
                                 : std::vector<std::string>(c.x.size()))
                                .size());
        for (const double y : c.y) CHECK(std::isfinite(y));
      }
    }
  }
}

TEST_CASE("a single neuron learns as published") {
  // Nielsen, "Neural networks and deep learning", chapter 3: with the quadratic
  // cost and rate 0.15 the outputs after 300 epochs are 0.09 and 0.20.
  const lab::Result r = result("saturation");
  const lab::Picture& p = picture(r, 5);
  REQUIRE(p.curves.size() == 2);
  CHECK(p.curves[0].y.front() == Approx(0.82).margin(0.005));
  CHECK(p.curves[0].y.back() == Approx(0.09).margin(0.005));
  CHECK(p.curves[1].y.front() == Approx(0.98).margin(0.005));
  CHECK(p.curves[1].y.back() == Approx(0.20).margin(0.005));
  CHECK(r.verdict == lab::Verdict::holds);
}

TEST_CASE("what is known to hold does") {
  for (const char* name :
       {"cross-entropy", "linear-output", "tanh", "softmax", "relu"}) {
    INFO(name);
    CHECK(result(name).verdict == lab::Verdict::holds);
  }
}

TEST_CASE("an interval is Student's") {
  // Five numbers with mean 3 and s = √2.5; t(0.975; 4) = 2.776445 (tables).
  const lab::Comparison c =
      lab::compare({.name = "", .values = {1, 2, 3, 4, 5}, .least = 1});
  CHECK(c.mean == Approx(3));
  CHECK(c.high - c.mean == Approx(2.776445 * std::sqrt(2.5 / 5)).epsilon(1e-6));
  CHECK(c.verdict == lab::Verdict::holds);
  auto verdict = [](double least, double most) {
    return lab::compare({.name = "",
                         .values = {1, 2, 3, 4, 5},
                         .least = least,
                         .most = most})
        .verdict;
  };
  CHECK(verdict(2, 10) == lab::Verdict::undecided);
  CHECK(verdict(5, 10) == lab::Verdict::does_not_hold);
  CHECK(verdict(-10, 1) == lab::Verdict::does_not_hold);
  CHECK(verdict(1, 5) == lab::Verdict::holds);

  const lab::Comparison f =
      lab::compare({.name = "", .values = {2, 8}, .least = 1, .factor = true});
  CHECK(f.mean == Approx(4));
  CHECK(lab::compare({.name = "", .values = {1, std::nan("")}}).verdict ==
        lab::Verdict::undecided);
}

TEST_CASE("results don't depend on threads, but on seeds") {
  auto json = [](int threads, std::uint64_t seed) {
    const std::vector<std::string> names = {"weights"};
    lab::Report r = lab::run_all(
        digits(),
        {.seeds = 3, .first_seed = seed, .threads = threads, .quick = true},
        names);
    r.results[0].seconds = 0;
    return to_json(r);
  };
  const std::string one = json(1, 1);
  CHECK(one == json(2, 1));
  CHECK(one == json(7, 1));
  CHECK(one != json(1, 4));
}

TEST_CASE("the laboratory says what it can't work with") {
  CHECK_THROWS_AS(lab::experiment("nothing"), GraphError);
  CHECK_THROWS_AS(result("tanh", 1), DataError);
  CHECK_THROWS_AS(lab::examples("/nowhere.csv"), DataError);
  lab::Examples few = digits();
  few.train = few.train.subset({0, 1, 2});
  CHECK_THROWS_AS(lab::run(lab::experiment("tanh"), few), DataError);
  std::atomic<bool> stop{true};
  CHECK_THROWS_WITH(
      lab::run(lab::experiment("weights"), digits(), {.stop = &stop}),
      "[lab] stopped");
}
