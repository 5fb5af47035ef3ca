#include "weft/error.h"
#include "weft/loss.h"
#include "weft/manifest.h"

namespace weft {

namespace {

Value make_cost(Network& n, Value z, const Manifest& m) {
  const bool classes = m.task == "class";
  if (m.cost == "mean_squared") {
    if (classes) {
      throw DataError(
          "[manifest] training.cost is mean_squared, which is for regression; "
          "use quadratic for classes");
    }
    n.output = activation(z, m.output_activation);
    return mean_squared_error(n.output, n.target);
  }
  const Cost cost = cost_named(m.cost);
  const Activation end = m.output_activation;
  // The usual end of a classifier, from class numbers.
  if (classes && cost == Cost::log_likelihood && end == Activation::softmax) {
    n.output = z;
    return mean(softmax_cross_entropy(z, n.target));
  }
  const Loss loss = make_loss(z, n.target, cost, end);
  n.output = classes ? z : loss.output;
  return loss.value;
}

LineSearch line_search(LineSearch search, const std::string& name) {
  if (name == "backtracking") search.kind = LineSearch::Kind::backtracking;
  if (name == "more_thuente") search.kind = LineSearch::Kind::more_thuente;
  if (name == "hager_zhang") search.kind = LineSearch::Kind::hager_zhang;
  return search;
}

template <class Rule>
Rule searching(Rule rule, const Manifest& m) {
  rule.search = line_search(rule.search, m.search);
  return rule;
}

}  // namespace

Network make_network(Graph& g, Mode mode, const Manifest& m,
                     std::int64_t rows) {
  Network n;
  n.input = g.input("x", {kBatch, Dim(m.inputs)});
  Value x = n.input;
  for (std::size_t i = 0; i < m.hidden.size(); ++i) {
    const std::size_t a = m.activation.size() > 1 ? i : 0;
    x = dense(x, m.hidden[i],
              {.name = "fc" + std::to_string(i + 1),
               .weight = initializers::named(m.weights),
               .bias_value = initializers::named(m.biases),
               .activation = m.activation[a]});
    x = dropout(x, m.dropout, mode);
  }
  const Value z = dense(x, m.outputs,
                        {.name = "out",
                         .weight = initializers::named(m.weights),
                         .bias_value = initializers::named(m.biases)});
  n.target = m.task == "class" ? g.input("y", {kBatch}, DType::i32)
                               : g.input("y", {kBatch, Dim(m.outputs)});
  n.loss = make_cost(n, z, m);
  if (mode == Mode::train && m.lambda > 0) {
    n.loss = n.loss + l2_penalty(g, m.lambda, static_cast<double>(rows));
  }
  return n;
}

Method make_method(const Manifest& m) {
  if (m.optimizer == "gradient_descent") return searching(GradientDescent{}, m);
  if (m.optimizer == "bfgs") return searching(Bfgs{}, m);
  if (m.optimizer == "newton_cg") return searching(NewtonCg{}, m);
  if (m.optimizer == "lbfgs") {
    Lbfgs rule = searching(Lbfgs{}, m);
    rule.history = m.history;
    return rule;
  }
  if (m.optimizer != "conjugate_gradient") {
    throw DataError("[manifest] '" + m.optimizer + "' is no minimiser");
  }
  ConjugateGradient rule = searching(ConjugateGradient{}, m);
  using Beta = ConjugateGradient::Beta;
  rule.beta = m.beta == "fletcher_reeves"    ? Beta::fletcher_reeves
              : m.beta == "polak_ribiere"    ? Beta::polak_ribiere
              : m.beta == "hestenes_stiefel" ? Beta::hestenes_stiefel
              : m.beta == "dai_yuan"         ? Beta::dai_yuan
                                             : Beta::hager_zhang;
  return rule;
}

Trainer make_trainer(const Manifest& manifest, const data::Dataset& data,
                     int threads) {
  return make_trainer(effective(manifest, data), data.size(), data.class_names,
                      threads);
}

Trainer make_trainer(const Manifest& m, std::int64_t rows,
                     const std::vector<std::string>& class_names, int threads) {
  TrainerOptions options;
  options.seed = {static_cast<std::uint64_t>(m.seed)};
  options.threads = threads > 0 ? threads : m.threads;
  if (m.optimizer != "adamw") options.minimize.weight_decay = m.weight_decay;
  options.minimize.clip_norm = m.clip_norm;
  Trainer trainer(
      [&](Graph& g, Mode mode) { return make_network(g, mode, m, rows); },
      make_optimizer(m), options);
  data::Dataset named;
  named.class_names = class_names;
  trainer.class_names = with_classes(named, m.outputs).class_names;
  trainer.settings["manifest"] = to_yaml(m);
  return trainer;
}

std::string train(Trainer& trainer, const Manifest& m,
                  const data::Dataset& data, FitOptions options) {
  const auto outputs = static_cast<std::int64_t>(trainer.class_names.size());
  const data::Dataset rows = with_classes(data, outputs);
  data::Dataset held_out;
  if (options.validation) {
    held_out = with_classes(*options.validation, outputs);
    options.validation = &held_out;
  }
  if (is_minimizer(m.optimizer)) {
    FullBatchOptions o;
    o.stop = {.gradient = m.gradient,
              .relative_change = m.relative_change,
              .iterations = m.iterations,
              .evaluations = m.evaluations,
              .seconds = m.seconds};
    o.validation = options.validation;
    o.early_stopping = m.early_stopping;
    o.callbacks = options.callbacks;
    if (!options.checkpoints.directory.empty()) {
      o.callbacks.push_back(checkpoints(options.checkpoints));
    }
    o.stop_flag = options.stop;
    return fit_full_batch(trainer, rows, make_method(m), o).message;
  }
  options.epochs = m.epochs;
  options.batch_size = m.batch_size;
  options.early_stopping = m.early_stopping;
  options.schedule = make_schedule(m);
  trainer.fit(rows, options);
  return "";
}

Activation probability_activation(const Trainer& trainer) {
  const auto at = trainer.settings.find("manifest");
  if (at != trainer.settings.end()) {
    const Activation a = parse_manifest(at->second).output_activation;
    return a.kind == Activation::tanh ? Activation::rescaled_tanh : a;
  }
  const TrainingGraphs& g = trainer.graphs();
  const Node& n = g.eval->node(g.eval_network.output.node());
  const bool made = n.kind == Node::Kind::op &&
                    (n.op->name() == "softmax" || n.op->name() == "sigmoid");
  return made ? Activation::identity : Activation::softmax;
}

}  // namespace weft
