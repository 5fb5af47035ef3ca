// Findings from the record of a training. The thresholds are rules of thumb;
// tests/report/doctor_test.cpp holds trainings, ill ones and healthy ones, that
// they must tell apart.

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "weft/doctor.h"

namespace weft {

namespace {

constexpr double kSaturated = 0.5;    // share of activations
constexpr double kDead = 0.4;         // share of units
constexpr double kSlow = 100;         // gradients' ratio
constexpr double kInputRms = 4;       // of the first layer
constexpr double kFastUpdate = 0.02;  // of |W|, a step
constexpr double kSlowUpdate = 1e-4;

std::string number(double v) {
  char text[40];
  std::snprintf(text, sizeof text, "%.3g", v);
  return text;
}
std::string percent(double share) {
  return std::to_string(std::lround(100 * share)) + " %";
}

/// The first epoch from which on the value was at least `limit`; −1 if it is
/// not so at the end.
template <class Value>
double since(const RunRecord& r, std::size_t layer, double limit, Value value) {
  double epoch = -1;
  for (const ProbeRecord& p : r.probes) {
    const double v = value(p.layers[layer]);
    if (!(v >= limit)) {
      epoch = -1;
    } else if (epoch < 0) {
      epoch = p.epoch;
    }
  }
  return epoch;
}

const LayerRecord& most_gradient(const ProbeRecord& p) {
  return *std::max_element(p.layers.begin(), p.layers.end(),
                           [](const LayerRecord& a, const LayerRecord& b) {
                             return a.weight_gradient_rms <
                                    b.weight_gradient_rms;
                           });
}

/// ", its gradient is 400 times smaller than fc1's", if it is.
std::string compared(const ProbeRecord& p, const LayerRecord& l) {
  const LayerRecord& most = most_gradient(p);
  if (l.weight_gradient_rms <= 0) return ", its gradient is 0";
  const double ratio = most.weight_gradient_rms / l.weight_gradient_rms;
  if (ratio < 3) return "";
  return ", its gradient is " + number(ratio) + " times smaller than that of " +
         most.name;
}

/// Why a layer has large weighted inputs, and what to do.
void explain(Finding& f, const LayerRecord& first, bool at_start) {
  const auto fan_in =
      static_cast<double>(std::max<std::int64_t>(first.inputs, 1));
  if (first.weight_rms * std::sqrt(fan_in) > 3) {
    f.reason = std::string(at_start ? "Weights start too large (σ = "
                                    : "Weights are large (σ = ") +
               number(first.weight_rms) + ", fan-in " +
               std::to_string(first.inputs) + ").";
    f.remedy = (at_start ? "Use the LeCun or Glorot initialisation (σ = "
                         : "Start with LeCun's or Glorot's (σ = ") +
               number(1 / std::sqrt(fan_in)) +
               (at_start ? ")." : "), and try a smaller learning rate.");
  } else if (first.input_rms > kInputRms) {
    f.reason = "Its inputs are large (root mean square " +
               number(first.input_rms) + ").";
    f.remedy = "Scale the inputs: weft::data::standardize, or --scale.";
  } else {
    f.reason = "Weights have grown while training.";
    f.remedy = "Use a smaller learning rate, weight decay, or ReLU.";
  }
}

void saturated_and_dead(const RunRecord& r, std::vector<Finding>& found) {
  const ProbeRecord& last = r.probes.back();
  for (std::size_t i = 0; i < last.layers.size(); ++i) {
    const LayerRecord& l = last.layers[i];
    const double saturated =
        since(r, i, kSaturated, [](const auto& x) { return x.saturated; });
    if (saturated >= 0) {
      Finding f{.kind = "saturated units",
                .layer = l.name,
                .evidence = percent(l.saturated) +
                            " of activations saturated since epoch " +
                            number(saturated) + compared(last, l) + ".",
                .reason = "",
                .remedy = ""};
      explain(f, r.probes.front().layers[i], r.probes.front().step == 0);
      found.push_back(f);
    }
    const double dead =
        since(r, i, kDead, [](const auto& x) { return x.dead; });
    if (dead >= 0) {
      found.push_back(
          {.kind = "dead units",
           .layer = l.name,
           .evidence =
               percent(l.dead) +
               " of the ReLU units have no positive input since epoch " +
               number(dead) + compared(last, l) + ".",
           .reason = "Their gradient is 0, so they stay as they are: biases or "
                     "a large step have pushed them below 0.",
           .remedy = "Use a smaller learning rate, scaled inputs, biases that "
                     "start at 0, or leaky_relu."});
    }
  }
}

/// Layers that learn slowly for no reason found so far: by which factor.
void slow_layers(const RunRecord& r, std::vector<Finding>& found) {
  const ProbeRecord& last = r.probes.back();
  const LayerRecord& most = most_gradient(last);
  for (const LayerRecord& l : last.layers) {
    if (l.weight_gradient_rms * kSlow > most.weight_gradient_rms) continue;
    const bool known =
        std::any_of(found.begin(), found.end(),
                    [&](const Finding& f) { return f.layer == l.name; });
    if (known) continue;
    const double input = most.input_rms / std::max(l.input_rms, 1e-300);
    const double delta = most.delta_rms / std::max(l.delta_rms, 1e-300);
    const bool by_input = input > delta;
    found.push_back(
        {.kind = "slow layer",
         .layer = l.name,
         .evidence = "Its gradient has the root mean square " +
                     number(l.weight_gradient_rms) + ", that of " + most.name +
                     " " + number(most.weight_gradient_rms) + "; its inputs " +
                     number(l.input_rms) + " and " + number(most.input_rms) +
                     ", the errors at its outputs " + number(l.delta_rms) +
                     " and " + number(most.delta_rms) + ".",
         .reason = by_input ? "dC/dw = a_in·δ_out: what it is fed is too small."
                            : "dC/dw = a_in·δ_out: hardly any error reaches it "
                              "from the layers above.",
         .remedy = by_input ? "Scale what it is fed, or use an activation that "
                              "is larger."
                            : "Look at the layers above it; use ReLU, a larger "
                              "initialisation there, or batch_norm."});
  }
}

void learning_rate(const RunRecord& r, std::vector<Finding>& found) {
  if (r.probes.size() < 2 || r.epochs.empty()) return;
  if (r.epochs.back().learning_rate == 0) return;  // a minimiser has none
  const double begin = r.probes.front().loss, end = r.epochs.back().loss;
  if (end < 0.9 * begin) return;
  double update = 0;
  for (const ProbeRecord& p : r.probes) {
    for (const LayerRecord& l : p.layers) {
      if (l.update_ratio > update) update = l.update_ratio;
    }
  }
  const std::string evidence =
      "The loss was " + number(begin) + " at first and is " + number(end) +
      " after epoch " + std::to_string(r.epochs.back().epoch) +
      "; a step changes a layer's weights by up to " + number(100 * update) +
      " %.";
  if (update > kFastUpdate) {
    found.push_back({.kind = "learning rate too high",
                     .layer = "",
                     .evidence = evidence,
                     .reason = "Steps leap over what they look for.",
                     .remedy = "Try a tenth of it, or clip_norm."});
  } else if (update < kSlowUpdate && found.empty()) {
    found.push_back({.kind = "learning rate too low",
                     .layer = "",
                     .evidence = evidence,
                     .reason = "Steps are too small to get anywhere.",
                     .remedy = "Try ten times as much, or Adam."});
  }
}

void overfitting(const RunRecord& r, std::vector<Finding>& found) {
  if (r.epochs.size() < 4) return;
  const EpochRecord& last = r.epochs.back();
  const auto best =
      std::min_element(r.epochs.begin(), r.epochs.end(),
                       [](const EpochRecord& a, const EpochRecord& b) {
                         return a.validation_loss < b.validation_loss;
                       });
  const bool ill = best->validation_loss > 0 &&
                   last.validation_loss > 1.25 * best->validation_loss &&
                   last.loss < 0.5 * last.validation_loss;
  if (!ill) return;
  found.push_back(
      {.kind = "overfitting",
       .layer = "",
       .evidence = "The validation loss was " + number(best->validation_loss) +
                   " at epoch " + std::to_string(best->epoch) + " and is " +
                   number(last.validation_loss) +
                   " now, while that of "
                   "training fell to " +
                   number(last.loss) + ".",
       .reason = "The network learns its examples by heart.",
       .remedy = "Use early_stopping, weight decay, dropout, more examples, or "
                 "fewer units."});
}

}  // namespace

std::vector<Finding> diagnose(const RunRecord& r) {
  std::vector<Finding> found;
  if (!r.probes.empty() && !r.probes.back().layers.empty()) {
    const LayerRecord& first = r.probes.front().layers.front();
    if (first.input_rms > kInputRms) {
      found.push_back(
          {.kind = "unscaled inputs",
           .layer = first.name,
           .evidence = "The inputs' root mean square is " +
                       number(first.input_rms) + ".",
           .reason = "Large inputs saturate units, and make gradients of very "
                     "different sizes.",
           .remedy = "Scale the inputs: weft::data::standardize, or --scale."});
    }
    saturated_and_dead(r, found);
    slow_layers(r, found);
    learning_rate(r, found);
  }
  overfitting(r, found);
  return found;
}

}  // namespace weft
