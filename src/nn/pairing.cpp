// Which cost goes with which activation, and why.

#include "weft/loss.h"

namespace weft {

namespace {

std::string_view words(Cost cost) {
  switch (cost) {
    case Cost::quadratic: return "quadratic cost";
    case Cost::cross_entropy: return "cross-entropy";
    case Cost::log_likelihood: return "log-likelihood";
  }
  return "";
}

Warning made(Cost cost, const Activation& f, std::string reason,
             std::string remedy) {
  return {.kind = "wrong pairing",
          .subject = std::string(words(cost)) + " on " + to_string(f),
          .reason = std::move(reason),
          .remedy = std::move(remedy),
          .where = ""};
}

}  // namespace

std::string_view to_string(Cost cost) {
  switch (cost) {
    case Cost::quadratic: return "quadratic";
    case Cost::cross_entropy: return "cross_entropy";
    case Cost::log_likelihood: return "log_likelihood";
  }
  return "";
}

std::optional<Warning> pairing_warning(Cost cost, const Activation& f,
                                       std::int64_t outputs) {
  using A = Activation;
  const bool bounded = f.kind == A::sigmoid || f.kind == A::tanh ||
                       f.kind == A::rescaled_tanh || f.kind == A::softmax;
  if (cost == Cost::quadratic) {
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
