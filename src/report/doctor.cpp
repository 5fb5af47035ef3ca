#include "weft/doctor.h"

#include <algorithm>
#include <cmath>

#include "src/report/probe.h"

namespace weft {

namespace {

/// Whether node `to` (up to the loss) is computed from `from` by a square.
bool squared(const Graph& g, std::int32_t from, std::int32_t loss) {
  std::vector<bool> reached(static_cast<std::size_t>(loss) + 1);
  reached[static_cast<std::size_t>(from)] = true;
  bool square = false, log = false;
  for (std::int32_t i = from + 1; i <= loss; ++i) {
    const Node& n = g.node(i);
    for (const Port& p : n.inputs) {
      if (reached[static_cast<std::size_t>(p.node)]) {
        reached[static_cast<std::size_t>(i)] = true;
      }
    }
    if (!reached[static_cast<std::size_t>(i)]) continue;
    if (n.kind != Node::Kind::op) continue;
    square = square || n.op->name() == "square";
    log = log || n.op->name() == "log" || n.op->name() == "log_softmax";
  }
  return square && !log;
}

}  // namespace

std::vector<Finding> diagnose(const data::Dataset& data) {
  if (data.classes() < 2 || data.targets.dtype() != DType::i32) return {};
  std::vector<std::int64_t> counts(static_cast<std::size_t>(data.classes()));
  auto add = [&](std::int64_t row) {
    const auto label =
        static_cast<std::size_t>(data.targets.data<std::int32_t>()[row]);
    if (label < counts.size()) ++counts[label];
  };
  if (data.rows.empty()) {
    for (std::int64_t i = 0; i < data.size(); ++i) add(i);
  } else {
    for (std::int64_t row : data.rows) add(row);
  }
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  constexpr std::int64_t kRatio = 8;
  if (*most < kRatio * std::max<std::int64_t>(*least, 1)) return {};
  auto name = [&](auto at) {
    return "'" +
           data.class_names[static_cast<std::size_t>(at - counts.begin())] +
           "'";
  };
  return {{.kind = "class imbalance",
           .layer = "",
           .evidence = "The class " + name(most) + " has " +
                       std::to_string(*most) + " training examples, " +
                       name(least) + " has " + std::to_string(*least) + ".",
           .reason =
               "The loss hardly changes with the rare class, and accuracy "
               "is high without it.",
           .remedy = "Judge by recall of each class; repeat rare examples, or "
                     "weight their losses."}};
}

std::vector<Finding> diagnose(const Graph& graph, const Network& network) {
  std::vector<Finding> found;
  for (const Warning& w : graph.warnings()) {
    found.push_back({.kind = w.kind,
                     .layer = "",
                     .evidence = "The network is built with " + w.subject +
                                 (w.where.empty() ? "" : ", " + w.where) + ".",
                     .reason = w.reason,
                     .remedy = w.remedy});
  }
  if (!network.loss || !found.empty()) return found;
  const auto layers = report::dense_layers(graph, network.loss);
  if (layers.empty()) return found;
  const report::Layer& last = layers.back();
  const bool bounded = last.activation == "sigmoid" ||
                       last.activation == "tanh" ||
                       last.activation == "softmax";
  if (!bounded || !squared(graph, last.a.node(), network.loss.node())) {
    return found;
  }
  found.push_back(
      {.kind = "wrong pairing",
       .layer = last.name,
       .evidence = "The quadratic cost is taken of a " + last.activation +
                   " (" + graph.describe(last.a.node()) + ").",
       .reason = "Its gradient has the activation's derivative as a factor, "
                 "which is nearly 0 where the output is surely wrong.",
       .remedy = "Use softmax_cross_entropy or binary_cross_entropy on the "
                 "logits; or, for numbers, no activation at the output."});
  return found;
}

Finding diagnose(const NotFinite& f) {
  const bool given = f.inputs.empty();  // data, or a parameter
  return {.kind = "not finite",
          .layer = "",
          .evidence = to_string(f) + ".",
          .reason = given
                        ? "It holds NaN or infinity before anything is "
                          "computed of it."
                        : "All that it is computed from is finite: its op has "
                          "no finite value there.",
          .remedy = f.phase == "data"
                        ? "Look at the examples."
                        : "Use a smaller learning rate or clip_norm; take "
                          "costs from logits, and keep what goes into log, "
                          "sqrt and division away from 0."};
}

void Doctor::on_begin(Trainer& trainer, const data::Dataset& data,
                      const FitOptions& options) {
  Recorder::on_begin(trainer, data, options);
  of_data_and_network_ = diagnose(data);
  const TrainingGraphs& g = trainer.graphs();
  for (Finding& f : diagnose(*g.train, g.train_network)) {
    of_data_and_network_.push_back(std::move(f));
  }
  record().findings = of_data_and_network_;
}

bool Doctor::on_epoch(Trainer& trainer, const EpochRecord& epoch) {
  Recorder::on_epoch(trainer, epoch);
  record().findings = of_data_and_network_;
  for (Finding& f : diagnose(record())) {
    record().findings.push_back(std::move(f));
  }
  return true;
}

void Doctor::on_not_finite(Trainer&, const NotFinite& found) {
  record().findings.push_back(diagnose(found));
}

std::vector<Finding> diagnose(Trainer& trainer, const data::Dataset& data) {
  RunRecord record = describe(trainer);
  constexpr std::int64_t kRows = 1000;
  const auto [x, y] = data.batch(0, std::min(kRows, data.size()));
  if (const auto f =
          first_not_finite(trainer.graphs(), trainer.state(), x, y)) {
    return {diagnose(*f)};
  }
  report::Probe probe(trainer.graphs());
  record.probes.push_back(probe.look(trainer.state(), x, y));
  record.probes.back().epoch = static_cast<double>(trainer.progress().epoch);
  std::vector<Finding> found = diagnose(data);
  const TrainingGraphs& g = trainer.graphs();
  for (Finding& f : g.train ? diagnose(*g.train, g.train_network)
                            : diagnose(*g.eval, g.eval_network)) {
    found.push_back(std::move(f));
  }
  for (Finding& f : diagnose(record)) found.push_back(std::move(f));
  return found;
}

std::string to_string(const Finding& f) {
  return f.kind + (f.layer.empty() ? "" : " in " + f.layer) + ": " +
         f.evidence + " " + f.reason + " Remedy: " + f.remedy;
}

}  // namespace weft
