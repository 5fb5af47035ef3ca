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
    {"gelu", "the derivative at an infinity is a number, there NaN"},
    {"log1p", "of 1e308 is 709.2, there infinite"},
    {"cross_entropy", "a mean over rows that are all ignored is 0"},
    {"bce", "no gradient passes a logarithm that is limited"},
    {"soft_margin_loss", "of any size is finite"},
    {"copysign", "the derivative at an infinity is a sign"},
    {"cummax", "equal elements share the gradient"},
    {"cummin", "equal elements share the gradient"},
    {"cumprod", "no gradient passes later NaN"},
    {"lgamma", "the derivative at a pole is NaN"},
    {"digamma", "of a pole but 0 is NaN"},
    {"polygamma", "at 0 it has the sign of its side; of other poles is NaN"},
    {"hardswish", "the derivative at -3 is 0; of 1e308 is 1e308"},
    {"softshrink", "of NaN is NaN"},
    {"norm", "the derivative at NaN is NaN"},
    {"norm_inf", "the derivative at NaN is NaN"},
    {"var", "an infinite element makes gradients NaN"},
    {"xlogy", "no gradient passes where x is 0 and y at most 0"},
    {"entr", "the derivative at an infinity is NaN"},
    {"i0", "of an infinity is infinite"},
    {"i1", "of an infinity is infinite; the derivative at NaN is NaN"},
    {"i1e", "the derivative at NaN is NaN"},
    {"scatter_reduce", "no gradient passes NaN, or what is left out"},
    {"index_reduce", "no gradient passes NaN, or what is left out"},
    {"nanmedian", "of NaN alone it is the first"},
    {"softmin", "-inf takes all, and is NaN itself"},
    {"softmax", "+inf takes all, and is NaN itself"},
    {"log_softmax", "+inf takes all, and is NaN itself"},
};

/// Derivatives of what is standardised are small differences of large terms, of
/// few elements most of all: in f32 they have three digits (see standardize).
bool cancels(const Case& c, const Build& build, const Outcome& o,
             weft::DType dtype) {
  static const std::set<std::string> ops{"layer_norm", "batch_norm_train",
                                         "group_norm", "instance_norm"};
  auto value = [](const std::string& w) { return w.starts_with("value "); };
  return dtype == weft::DType::f32 && ops.contains(c.op) &&
         std::none_of(o.wrong.begin(), o.wrong.end(), value) &&
         check(c, build, dtype, 1e-3).wrong.empty();
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

/// The first of them whole, and what the others are of.
std::string text_of(const std::vector<std::string>& wrong) {
  std::string text = wrong.front();
  for (std::size_t i = 1; i < wrong.size(); ++i) {
    text +=
        (i == 1 ? "; also " : ", ") + wrong[i].substr(0, wrong[i].find(':'));
  }
  return text;
}

/// Runs every case whose operation is known; returns how many are wrong.
int run_all(const Set& set, weft::DType dtype, double tolerance,
            const char* title) {
  std::map<std::string, Count> counts;
  int wrong = 0;
  for (const Case& c : set.cases) {
    const Build build = find(c.op);
    if (!build || !c.unreadable.empty()) continue;
    if (!representable(c, dtype)) continue;
    Count& n = counts[c.op];
    ++n.cases;
    const Outcome o = check(c, build, dtype, tolerance);
    if (o.wrong.empty()) {
      ++n.agree;
      continue;
    }
    const bool convention =
        (c.tags.contains("convention") || c.tags.contains("saturation")) &&
        kConventions.contains(known_name(c.op));
    if (cancels(c, build, o, dtype)) {
      ++n.convention;
      continue;
    }
    ++(convention ? n.convention : n.differ);
    if (!convention) ++wrong;
    if (n.examples.size() < 4) {
      n.examples.push_back(c.id + " " + text_of(o.wrong) +
                           (convention
                                ? "; here " + kConventions.at(known_name(c.op))
                                : std::string()));
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
  CHECK(run_all(values(), weft::DType::f64, 1e-9, "f64 to 1e-9") == 0);
}

TEST_CASE("values and derivatives agree with the reference in f32") {
  if (skipped()) return;
  CHECK(run_all(values(), weft::DType::f32, 1e-5, "f32 to 1e-5") == 0);
}

TEST_CASE("values and derivatives agree with the cases that are kept") {
  for (const Case& c : kept().cases) {
    CAPTURE(c.op, c.unreadable);
    CHECK(bool(find(c.op)));
    CHECK(c.unreadable.empty());
  }
  CHECK(kept().cases.size() > 800);
  CHECK(run_all(kept(), weft::DType::f64, 1e-9, "kept, f64 to 1e-9") == 0);
  CHECK(run_all(kept(), weft::DType::f32, 1e-5, "kept, f32 to 1e-5") == 0);
}

TEST_CASE("every operation of the reference is known") {
  if (skipped()) return;
  std::map<std::string, int> unknown;
  int cases = 0, unreadable = 0;
  for (const Case& c : values().cases) {
    if (!c.unreadable.empty()) {
      ++unreadable;
      std::printf("  %s %s has %s\n", c.id.c_str(), c.op.c_str(),
                  c.unreadable.c_str());
      continue;
    }
    if (find(c.op)) continue;
    ++unknown[c.op];
    ++cases;
  }
  std::printf("unknown operations: %zu in %d of %zu cases\n", unknown.size(),
              cases, values().cases.size());
  for (const auto& [op, n] : unknown) std::printf("  %s: %d\n", op.c_str(), n);
  CHECK(cases == 0);
  CHECK(unreadable == 0);
}

TEST_CASE("training runs agree with the reference step by step") {
  if (skipped()) return;
  int agree = 0, wrong = 0;
  for (const Training& t : values().trainings) {
    std::string text;
    try {
      text = t.unreadable.empty()
                 ? check_training(t, t.dtype == "f32" ? 1e-5 : 1e-6)
                 : "has " + t.unreadable;
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
