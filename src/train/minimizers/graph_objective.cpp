#include "src/train/minimizers/graph_objective.h"

#include "weft/autodiff.h"
#include "weft/error.h"

namespace weft::minimizers {

namespace {

std::size_t count(const Tensor& t) {
  return static_cast<std::size_t>(t.size());
}

/// out ← out + share·t.
void add_tensor(double share, const Tensor& t, Out out) {
  if (t.dtype() == DType::f64) {
    add(share, t.values<double>(), out);
    return;
  }
  const auto from = t.values<float>();
  for (std::size_t i = 0; i < from.size(); ++i) {
    out[i] += share * static_cast<double>(from[i]);
  }
}

/// Throws if the value depends on random numbers.
void check_exact(const Graph& graph, Value v) {
  std::vector<char> needed(graph.size());
  needed[static_cast<std::size_t>(v.node())] = 1;
  for (std::size_t i = graph.size(); i-- > 0;) {
    if (!needed[i]) continue;
    const Node& node = graph.node(static_cast<std::int32_t>(i));
    const bool random =
        node.kind == Node::Kind::op && node.op->name().rfind("random_", 0) == 0;
    if (random) {
      throw GraphError(
          "[objective] the loss draws random numbers: " +
          graph.describe(static_cast<std::int32_t>(i)) +
          "; a minimiser needs a function that is the same each time, so leave "
          "dropout out (L2 regularises instead)");
    }
    for (const Port& p : node.inputs) {
      needed[static_cast<std::size_t>(p.node)] = 1;
    }
  }
}

}  // namespace

void read(const Tensor& tensor, Out into) {
  if (tensor.dtype() == DType::f64) {
    copy(tensor.values<double>(), into);
    return;
  }
  const auto from = tensor.values<float>();
  for (std::size_t i = 0; i < from.size(); ++i) {
    into[i] = static_cast<double>(from[i]);
  }
}

void write(In from, Tensor& tensor) {
  if (tensor.dtype() == DType::f64) {
    copy(from, tensor.values<double>());
    return;
  }
  const auto to = tensor.values<float>();
  for (std::size_t i = 0; i < to.size(); ++i) {
    to[i] = static_cast<float>(from[i]);
  }
}

std::unique_ptr<Graph> copy_graph(const Graph& graph) {
  auto made = std::make_unique<Graph>();
  for (std::size_t i = 0; i < graph.size(); ++i) {
    made->restore(graph.node(static_cast<std::int32_t>(i)));
  }
  made->restore_stream(graph.stream_count());
  return made;
}

GraphObjective::GraphObjective(Value root, State& state,
                               const ObjectiveOptions& options, bool squares)
    : graph_(copy_graph(root.graph())),
      root_(here(root)),
      loss_(squares ? 0.5 * sum(square(root_)) : root_),
      state_(state),
      executor_({.threads = options.threads}) {
  check_exact(*graph_, root_);
  const std::vector<Value> asked = options.parameters.empty()
                                       ? root.graph().parameters()
                                       : options.parameters;
  if (asked.empty()) {
    throw GraphError("[objective] the graph has no parameters");
  }
  for (const Value& v : asked) {
    if (&v.graph() != &root.graph() ||
        root.graph().node(v).kind != Node::Kind::parameter) {
      throw GraphError("[objective] " + v.graph().describe(v.node()) +
                       " is no parameter of the loss's graph");
    }
    parameters_.push_back(here(v));
    tensors_.push_back(state.at(v.path()));
    if (tensors_.back().type() != v.type()) {
      throw ShapeError("[objective] the parameter '" + v.path() + "' is " +
                       to_string(v.type()) + ", the state's is " +
                       to_string(tensors_.back().type()));
    }
    size_ += tensors_.back().size();
  }
  for (const Feed& f : options.feeds) {
    feeds_.emplace_back(here(f.first), f.second);
  }
  batch_feeds_ = feeds_.size();
  std::vector<Value> outputs = gradients(loss_, parameters_);
  outputs.insert(outputs.begin(), loss_);
  gradient_program_ = compile(*graph_, {.outputs = outputs});
  gradient_results_.resize(outputs.size());
}

void GraphObjective::set_batches(const Network& network, Batches batches) {
  batches_ = std::move(batches);
  has_target_ = static_cast<bool>(network.target);
  feeds_.emplace_back(here(network.input), Tensor());
  if (has_target_) feeds_.emplace_back(here(network.target), Tensor());
}

std::vector<double> GraphObjective::start() const {
  std::vector<double> x(static_cast<std::size_t>(size_));
  std::size_t at = 0;
  for (const Tensor& t : tensors_) {
    read(t, Out(x).subspan(at, count(t)));
    at += count(t);
  }
  return x;
}

void GraphObjective::store(In x) {
  std::size_t at = 0;
  for (Tensor& t : tensors_) {
    write(x.subspan(at, count(t)), t);
    at += count(t);
  }
}

void GraphObjective::round(Out x) const {
  std::size_t at = 0;
  for (const Tensor& t : tensors_) {
    if (t.dtype() == DType::f32) {
      for (double& v : x.subspan(at, count(t))) {
        v = static_cast<double>(static_cast<float>(v));
      }
    }
    at += count(t);
  }
}

template <class F>
void GraphObjective::run(const Program& program, std::vector<Feed>& feeds,
                         std::vector<Tensor>& results, F each) {
  if (!batches_) {
    executor_.run(program, state_, feeds, results);
    each(1.0);
    return;
  }
  for (std::int64_t i = 0; i < batches_->count; ++i) {
    Tensor none;
    Tensor& x = feeds[batch_feeds_].second;
    Tensor& y = has_target_ ? feeds[batch_feeds_ + 1].second : none;
    batches_->get(i, x, y);
    for (std::size_t k = batch_feeds_; k < batch_feeds_ + 1 + has_target_;
         ++k) {
      Feed& f = feeds[k];
      if (f.first.dtype() == DType::f64) f.second = f.second.to(DType::f64);
    }
    executor_.run(program, state_, feeds, results);
    each(static_cast<double>(x.dim(0)));
  }
}

double GraphObjective::evaluate(In x, Out gradient) {
  store(x);
  fill(gradient, 0);
  double cost = 0, rows = 0;
  run(gradient_program_, feeds_, gradient_results_, [&](double share) {
    rows += share;
    cost += share * gradient_results_[0].item();
    std::size_t at = 0;
    for (std::size_t i = 1; i < gradient_results_.size(); ++i) {
      const Tensor& g = gradient_results_[i];
      const Out out = gradient.subspan(at, count(g));
      add_tensor(share, g, out);
      at += count(g);
    }
  });
  if (rows != 1) {
    for (double& g : gradient) g /= rows;
    cost /= rows;
  }
  return cost;
}

const std::vector<Value>& GraphObjective::tangents() {
  if (!tangents_.empty()) return tangents_;
  with_tangents_ = feeds_;
  tangents_at_ = feeds_.size();
  for (const Value& p : parameters_) {
    tangents_.push_back(
        graph_->input("minimizer/tangent/" + p.path(), p.shape(), p.dtype()));
    with_tangents_.emplace_back(tangents_.back(), Tensor(p.dtype(), p.shape()));
  }
  return tangents_;
}

void GraphObjective::set_tangents(In v) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor& t = with_tangents_[tangents_at_ + i].second;
    write(v.subspan(at, count(t)), t);
    at += count(t);
  }
}

void GraphObjective::hessian_times(In x, In v, Out product) {
  if (!hessian_program_) {
    const std::vector<Value> products = hvp(loss_, parameters_, tangents());
    hessian_program_ = compile(*graph_, {.outputs = products});
    hessian_results_.resize(products.size());
  }
  store(x);
  set_tangents(v);
  fill(product, 0);
  double rows = 0;
  run(hessian_program_, with_tangents_, hessian_results_, [&](double share) {
    rows += share;
    std::size_t at = 0;
    for (const Tensor& t : hessian_results_) {
      const Out out = product.subspan(at, count(t));
      add_tensor(share, t, out);
      at += count(t);
    }
  });
  if (rows != 1) {
    for (double& p : product) p /= rows;
  }
}

std::int64_t LeastSquares::residual_count() {
  if (count_ >= 0) return count_;
  residual_program_ = compile(*graph_, {.outputs = {root_}});
  residual_results_.resize(1);
  executor_.run(residual_program_, state_, feeds_, residual_results_);
  count_ = residual_results_[0].size();
  return count_;
}

void LeastSquares::evaluate_residuals(In x, Out residuals, Out jacobian) {
  residual_count();
  store(x);
  executor_.run(residual_program_, state_, feeds_, residual_results_);
  read(residual_results_[0], residuals);
  if (jacobian.empty()) return;
  if (size_ <= count_) {
    by_columns(jacobian);
  } else {
    by_rows(jacobian);
  }
}

/// One product of the Jacobian with a unit vector for each parameter.
void LeastSquares::by_columns(Out jacobian) {
  if (!column_program_) {
    column_program_ =
        compile(*graph_, {.outputs = {jvp(root_, parameters_, tangents())}});
    column_results_.resize(1);
  }
  const auto m = static_cast<std::size_t>(count_);
  std::vector<double> unit(static_cast<std::size_t>(size_));
  for (std::size_t j = 0; j < unit.size(); ++j) {
    unit[j] = 1;
    set_tangents(unit);
    unit[j] = 0;
    executor_.run(column_program_, state_, with_tangents_, column_results_);
    read(column_results_[0], jacobian.subspan(j * m, m));
  }
}

/// One vector-Jacobian product for each residual.
void LeastSquares::by_rows(Out jacobian) {
  if (!row_program_) {
    const Value seed = graph_->input(
        "minimizer/seed", residual_results_[0].shape(), root_.dtype());
    row_program_ =
        compile(*graph_, {.outputs = gradients(root_, parameters_, seed)});
    row_results_.resize(parameters_.size());
    seed_ = Tensor(root_.dtype(), residual_results_[0].shape());
    with_seed_ = feeds_;
    with_seed_.emplace_back(seed, seed_);
  }
  const auto m = static_cast<std::size_t>(count_);
  std::vector<double> unit(m), row(static_cast<std::size_t>(size_));
  for (std::size_t i = 0; i < m; ++i) {
    unit[i] = 1;
    write(unit, seed_);
    unit[i] = 0;
    executor_.run(row_program_, state_, with_seed_, row_results_);
    std::size_t at = 0;
    for (const Tensor& t : row_results_) {
      read(t, Out(row).subspan(at, count(t)));
      at += count(t);
    }
    for (std::size_t j = 0; j < row.size(); ++j) jacobian[j * m + i] = row[j];
  }
}

}  // namespace weft::minimizers
