// Which cost goes with which activation, and why.

#include <array>

#include "src/core/suggest.h"
#include "weft/error.h"
#include "weft/loss.h"

namespace weft {

namespace {

struct Named {
  Cost cost;
  std::string_view name, words;
};
constexpr std::array<Named, 7> kCosts{{
    {Cost::quadratic, "quadratic", "quadratic cost"},
    {Cost::cross_entropy, "cross_entropy", "cross-entropy"},
    {Cost::log_likelihood, "log_likelihood", "log-likelihood"},
    {Cost::absolute, "absolute", "absolute error"},
    {Cost::huber, "huber", "Huber cost"},
    {Cost::poisson, "poisson", "Poisson cost"},
    {Cost::focal, "focal", "focal cost"},
}};

Warning made(Cost cost, const Activation& f, std::string reason,
             std::string remedy) {
  return {
      .kind = "wrong pairing",
      .subject = std::string(kCosts.at(static_cast<std::size_t>(cost)).words) +
                 " on " + to_string(f),
      .reason = std::move(reason),
      .remedy = std::move(remedy),
      .where = ""};
}

}  // namespace

std::string_view to_string(Cost cost) {
  return kCosts.at(static_cast<std::size_t>(cost)).name;
}

const std::vector<Cost>& all_costs() {
  static const std::vector<Cost> all = [] {
    std::vector<Cost> list;
    for (const Named& c : kCosts) list.push_back(c.cost);
    return list;
  }();
  return all;
}

Cost cost_named(std::string_view name, Source at) {
  std::vector<std::string> names;
  for (const Named& c : kCosts) {
    if (c.name == name) return c.cost;
    names.emplace_back(c.name);
  }
  throw GraphError("[cost] there is no '" + std::string(name) + "'" +
                   detail::suggestion(name, names) + "; known are " +
                   detail::listed(names) + at_line(at));
}

std::optional<Warning> pairing_warning(Cost cost, const Activation& f,
                                       std::int64_t outputs) {
  using A = Activation;
  const bool bounded = f.kind == A::sigmoid || f.kind == A::tanh ||
                       f.kind == A::rescaled_tanh || f.kind == A::softmax;
  if (cost == Cost::poisson || cost == Cost::focal) return {};
  if (cost == Cost::quadratic || cost == Cost::absolute ||
      cost == Cost::huber) {
    if (!bounded) return {};
    return made(cost, f,
                "Its gradient has the activation's derivative as a factor, "
                "which is nearly 0 where the output is surely wrong, so that "
                "the worst mistakes are learnt from most slowly.",
                f.kind == A::softmax
                    ? "Use the log-likelihood with softmax."
                    : "Use the cross-entropy, whose gradient is a - y; or, for "
                      "numbers, no activation at the output.");
  }
  if (f.kind == A::tanh) {
    return made(cost, f,
                "Its values go from -1 to 1, and ln of a negative number is "
                "not a number.",
                "Use rescaled_tanh, (tanh z + 1)/2, or make_loss, which does.");
  }
  if (cost == Cost::log_likelihood && bounded && f.kind != A::softmax) {
    return made(cost, f,
                "Only the right class's output counts, and the outputs do not "
                "add up to 1: they can all grow to 1, and tell nothing.",
                "Use the log-likelihood with softmax, or the cross-entropy "
                "with " +
                    to_string(f) + ".");
  }
  if (cost == Cost::cross_entropy && f.kind == A::softmax && outputs > 2) {
    return made(cost, f,
                "The outputs of a softmax depend on each other, and this cost "
                "takes them for independent yes-or-no answers: its gradient is "
                "not a - y, and the wrong classes count twice.",
                "Use the log-likelihood with softmax, or the cross-entropy "
                "with sigmoid.");
  }
  return {};
}

}  // namespace weft
