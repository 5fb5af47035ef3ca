#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "catch.h"
#include "check.h"
#include "training.h"

using namespace reference;

namespace {

/// Where Weft's docstrings choose otherwise than the reference at kinks, ties,
/// infinities and NaN, or the reference overflows early; only cases with the
/// tags `convention` and `saturation` may differ.
const std::map<std::string, std::string> kConventions{
    {"abs", "the derivative at NaN is NaN"},
    {"norm1", "the derivative of abs at NaN is NaN"},
    {"sign", "of NaN is NaN"},
    {"relu", "the derivative at NaN is 0"},
    {"hardtanh", "the derivative at NaN is 1"},
    {"hardsigmoid", "the derivative at NaN is 1/6"},
    {"relu6", "the derivative at NaN is 1"},
    {"hardshrink", "the derivative at NaN is 1"},
    {"acosh", "the derivative outside of the domain is NaN"},
    {"sinh", "of 710 is 1.1e308, there infinite"},
    {"cosh", "of 710 is 1.1e308, there infinite"},
    {"var_biased", "an infinite element makes gradients NaN"},
    {"var_unbiased", "an infinite element makes gradients NaN"},
    {"maximum", "no gradient passes NaN"},
    {"minimum", "no gradient passes NaN"},
    {"gelu_tanh", "the derivative at an infinity is a number, there NaN"},
    {"log1p", "of 1e308 is 709.2, there infinite"},
    {"cross_entropy", "a mean over rows that are all ignored is 0"},
    {"softmax", "+inf takes all, and is NaN itself"},
    {"log_softmax", "+inf takes all, and is NaN itself"},
};

/// Second derivatives that are small differences of large terms: in f32 they
/// have fewer digits than the values (see standardize).
bool cancels(const Case& c, const Outcome& o, weft::DType dtype) {
  static const std::set<std::string> ops{"layer_norm", "batch_norm_train",
                                         "group_norm", "instance_norm"};
  auto second = [](const std::string& w) { return w.starts_with("hvp "); };
  return dtype == weft::DType::f32 && ops.contains(c.op) &&
         std::all_of(o.wrong.begin(), o.wrong.end(), second);
}

struct Count {
  int cases = 0, agree = 0, differ = 0, convention = 0;
  std::vector<std::string> examples;
};

void print(const char* title, const std::map<std::string, Count>& counts) {
  Count all;
  std::printf("%s\n%-30s %6s %6s %6s %10s\n", title, "operation", "cases",
              "agree", "differ", "convention");
  for (const auto& [op, n] : counts) {
    if (n.differ + n.convention > 0) {
      std::printf("%-30s %6d %6d %6d %10d\n", op.c_str(), n.cases, n.agree,
                  n.differ, n.convention);
      for (const auto& e : n.examples) std::printf("    %s\n", e.c_str());
    }
    all.cases += n.cases;
    all.agree += n.agree;
    all.differ += n.differ;
    all.convention += n.convention;
  }
  std::printf("%-30s %6d %6d %6d %10d\n\n", "all", all.cases, all.agree,
              all.differ, all.convention);
}

/// Runs every case whose operation is known; returns how many are wrong.
int run_all(weft::DType dtype, double tolerance, const char* title) {
  std::map<std::string, Count> counts;
  int wrong = 0;
  for (const Case& c : values().cases) {
    const auto found = table().find(c.op);
    if (found == table().end()) continue;
    if (!representable(c, dtype)) continue;
    Count& n = counts[c.op];
    ++n.cases;
    const Outcome o = check(c, found->second, dtype, tolerance);
    if (o.wrong.empty()) {
      ++n.agree;
      continue;
    }
    const bool convention =
        (c.tags.contains("convention") || c.tags.contains("saturation")) &&
        kConventions.contains(c.op);
    if (cancels(c, o, dtype)) {
      ++n.convention;
      continue;
    }
    ++(convention ? n.convention : n.differ);
    if (!convention) ++wrong;
    if (n.examples.size() < 4) {
      n.examples.push_back(
          c.id + " " + o.wrong.front() +
          (convention ? "; here " + kConventions.at(c.op) : std::string()));
    }
  }
  print(title, counts);
  return wrong;
}

bool skipped() {
  if (folder()) return false;
  WARN("skipped: no reference values; WEFT_REFERENCE_DIR names their folder");
  return true;
}

}  // namespace

TEST_CASE("values and derivatives agree with the reference in f64") {
  if (skipped()) return;
  CHECK(run_all(weft::DType::f64, 1e-9, "f64 to 1e-9") == 0);
}

TEST_CASE("values and derivatives agree with the reference in f32") {
  if (skipped()) return;
  CHECK(run_all(weft::DType::f32, 1e-5, "f32 to 1e-5") == 0);
}

TEST_CASE("every operation of the reference is known") {
  if (skipped()) return;
  std::map<std::string, int> unknown;
  int cases = 0;
  for (const Case& c : values().cases) {
    if (table().contains(c.op)) continue;
    ++unknown[c.op];
    ++cases;
  }
  std::printf("unknown operations: %zu in %d of %zu cases\n", unknown.size(),
              cases, values().cases.size());
  for (const auto& [op, n] : unknown) std::printf("  %s: %d\n", op.c_str(), n);
  CHECK(cases == 0);
}

TEST_CASE("training runs agree with the reference step by step") {
  if (skipped()) return;
  int agree = 0, wrong = 0;
  for (const Training& t : values().trainings) {
    std::string text;
    try {
      text = check_training(t, t.dtype == "f32" ? 1e-5 : 1e-6);
    } catch (const std::exception& e) {
      text = std::string("threw ") + e.what();
    }
    ++(text.empty() ? agree : wrong);
    if (text.empty()) continue;
    std::printf("  %s %s %s %s %s: %s\n", t.id.c_str(), t.model.c_str(),
                t.optimizer.c_str(), t.dtype.c_str(), t.clip.c_str(),
                text.c_str());
  }
  std::printf("training runs: %d agree, %d differ\n", agree, wrong);
  CHECK(wrong == 0);
}
