#include <algorithm>
#include <cmath>

#include "src/core/suggest.h"
#include "src/train/row_gradients.h"
#include "weft/error.h"
#include "weft/initializers.h"
#include "weft/optimizers.h"

namespace weft {

Value UpdateContext::slot(std::string_view name, double value) {
  const Type& t = parameter_.type();
  const Value whole =
      graph_.buffer(parameter_.path() + "/" + std::string(name), t.shape,
                    initializers::constant(value)(t.shape, t.dtype), t.dtype);
  if (!rows_) return whole;
  slots_.push_back({take_rows(whole, rows_), whole});
  return slots_.back().rows;
}

Value UpdateContext::update(Value slot, Value value) {
  if (!rows_) {
    updates_.push_back(graph_.assign(slot, value));
    return value;
  }
  for (const Slot& s : slots_) {
    if (s.rows != slot) continue;
    updates_.push_back(graph_.assign(s.whole, put_rows(s.whole, rows_, value)));
    return value;
  }
  throw GraphError("[update] '" + parameter_.path() +
                   "' is trained by rows: only what slot() returned can be "
                   "updated, not " +
                   graph_.describe(slot.node()));
}

Value UpdateContext::bias_correction(double base) const {
  const Value powers = exp(step_ * std::log(base));
  return cast(1 - powers, parameter_.dtype());
}

bool matches(std::string_view text, std::string_view pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return text == pattern;
  if (text.substr(0, star) != pattern.substr(0, star)) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (std::size_t i = star; i <= text.size(); ++i) {
    if (matches(text.substr(i), rest)) return true;
  }
  return false;
}

namespace {

const ParameterGroup* group_of(Value w, const MinimizeOptions& options) {
  for (const ParameterGroup& g : options.groups) {
    if (matches(w.path(), g.pattern)) return &g;
  }
  return nullptr;
}

double rate_factor(Value w, const MinimizeOptions& options) {
  const ParameterGroup* group = group_of(w, options);
  return group ? group->rate_factor : 1;
}

void check_groups(const std::vector<Value>& parameters,
                  const MinimizeOptions& options, const Source& at) {
  std::vector<std::string> paths;
  for (const Value& w : parameters) paths.push_back(w.path());
  for (const ParameterGroup& g : options.groups) {
    const bool any =
        std::any_of(paths.begin(), paths.end(),
                    [&](const auto& p) { return matches(p, g.pattern); });
    if (any) continue;
    throw GraphError("[minimize] no parameter matches '" + g.pattern + "'" +
                     detail::suggestion(g.pattern, paths) +
                     "; the parameters are " + detail::listed(paths) +
                     at_line(at));
  }
}

double decay_of(Value w, const MinimizeOptions& options) {
  const ParameterGroup* group = group_of(w, options);
  if (group && group->weight_decay >= 0) return group->weight_decay;
  return options.decay_all || w.rank() >= 2 ? options.weight_decay : 0;
}

/// The factor that brings the norm of all gradients down to `limit`.
Value norm_factor(const std::vector<ParameterGradient>& grads, double limit) {
  Value total;
  for (const ParameterGradient& g : grads) {
    const Value squares = sum(square(g.values));
    total = total ? total + squares : squares;
  }
  return minimum(1, limit / (sqrt(total) + 1e-12));
}

void limit(std::vector<ParameterGradient>& grads,
           const MinimizeOptions& options) {
  if (options.clip_value > 0) {
    for (ParameterGradient& g : grads) {
      g.values = clamp(g.values, -options.clip_value, options.clip_value);
    }
  }
  if (options.clip_norm > 0) {
    const Value factor = norm_factor(grads, options.clip_norm);
    for (ParameterGradient& g : grads) g.values = g.values * factor;
  }
}

Value scalar_buffer(Graph& g, std::string_view name, double value) {
  return g.buffer(name, {}, initializers::constant(value)({}, DType::f64),
                  DType::f64);
}

/// The optimiser's rule for each parameter.
void add_updates(Minimization& made, const Optimizer& optimizer,
                 const MinimizeOptions& options,
                 const std::vector<Value>& parameters,
                 const std::vector<ParameterGradient>& grads) {
  Graph& graph = parameters.front().graph();
  const Scope scope(graph, "optimizer");
  made.learning_rate =
      scalar_buffer(graph, "learning_rate", optimizer.learning_rate());
  const Value steps = scalar_buffer(graph, "steps", 0);
  const Value step = steps + 1;
  made.updates.push_back(graph.assign(steps, step));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Value w = parameters[i];
    const double decay = decay_of(w, options);
    const Value rows = grads[i].rows;
    const Value from = rows ? take_rows(w, rows) : w;
    const Value g =
        decay > 0 ? grads[i].values + decay * from : grads[i].values;
    const Value rate =
        cast(rate_factor(w, options) * made.learning_rate, w.dtype());
    UpdateContext context(graph, w, rate, step, made.updates, rows);
    const Value to = optimizer(context, from, g);
    made.updates.push_back(graph.assign(w, rows ? put_rows(w, rows, to) : to));
  }
}

}  // namespace

Minimization minimize(Value loss, const Optimizer& optimizer,
                      const MinimizeOptions& options, Source at) {
  Graph& graph = loss.graph();
  const std::vector<Value> parameters =
      options.parameters.empty() ? graph.parameters() : options.parameters;
  if (parameters.empty()) {
    throw GraphError("[minimize] the graph has no parameters" + at_line(at));
  }
  for (const Value& w : parameters) {
    if (graph.node(w).kind != Node::Kind::parameter) {
      throw GraphError("[minimize] " + graph.describe(w.node()) +
                       " is no parameter" + at_line(at));
    }
  }
  check_groups(parameters, options, at);
  const CallScope call(graph, at);
  Minimization made;
  const auto all = parameter_gradients(loss, parameters, at);
  std::vector<Value> trained;
  std::vector<ParameterGradient> grads;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    made.gradients.push_back(all[i].dense);
    if (rate_factor(parameters[i], options) == 0) continue;
    trained.push_back(parameters[i]);
    grads.push_back(all[i]);
  }
  if (trained.empty()) {
    throw GraphError("[minimize] all parameters are frozen" + at_line(at));
  }
  limit(grads, options);
  add_updates(made, optimizer, options, trained, grads);
  for (const Value& u : graph.step_updates()) made.updates.push_back(u);
  if (options.average.decay != 0) {
    for (const Value& u : average_weights(made.updates, options.average, at)) {
      made.updates.push_back(u);
    }
  }
  return made;
}

}  // namespace weft
