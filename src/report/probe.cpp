#include "src/report/probe.h"

#include <algorithm>
#include <cmath>

#include "src/report/statistics.h"
#include "weft/autodiff.h"
#include "weft/error.h"

namespace weft::report {

namespace {

bool is_op(const Node& n, std::string_view name) {
  return n.kind == Node::Kind::op && n.op->name() == name;
}

/// The nodes up to `last` that read output 0 of `node`.
std::vector<std::int32_t> readers(const Graph& g, std::int32_t node,
                                  std::int32_t last) {
  std::vector<std::int32_t> found;
  for (std::int32_t i = node + 1; i <= last; ++i) {
    for (const Port& p : g.node(i).inputs) {
      if (p.node == node) {
        found.push_back(i);
        break;
      }
    }
  }
  return found;
}

bool is_activation(const Node& n) {
  constexpr std::string_view kNames[] = {
      "sigmoid", "tanh", "relu", "leaky_relu", "prelu", "elu", "softmax"};
  if (n.kind != Node::Kind::op) return false;
  return std::find(std::begin(kNames), std::end(kNames), n.op->name()) !=
         std::end(kNames);
}

std::unique_ptr<Graph> copy_of(const Graph& graph) {
  auto copy = std::make_unique<Graph>();
  for (std::size_t i = 0; i < graph.size(); ++i) {
    copy->restore(graph.node(static_cast<std::int32_t>(i)));
  }
  copy->restore_stream(graph.stream_count());
  return copy;
}

/// What a layer adds to the program's outputs, after loss and gradients.
constexpr std::size_t kOutputsOfLayer = 4;

double share_saturated(const Tensor& a, double low, double high) {
  constexpr double kNear = 0.02;
  std::int64_t count = 0;
  for_each(a, [&](std::int64_t, double v) {
    if (v - low < kNear || high - v < kNear) ++count;
  });
  return a.size() > 0
             ? static_cast<double>(count) / static_cast<double>(a.size())
             : 0;
}

}  // namespace

std::vector<Layer> dense_layers(const Graph& graph, Value loss) {
  std::vector<Layer> layers;
  Graph* g = &loss.graph();
  const std::int32_t last = loss.node();
  for (const Value& w : graph.parameters()) {
    if (w.rank() != 2) continue;
    for (std::int32_t m : readers(graph, w.node(), last)) {
      const Node& product = graph.node(m);
      if (!is_op(product, "matmul") || product.inputs[1].node != w.node()) {
        continue;
      }
      Layer layer;
      const std::string path = w.path();
      layer.name = path.substr(0, path.rfind('/'));
      layer.weight = w;
      layer.input = Value(g, product.inputs[0].node, product.inputs[0].output);
      std::int32_t z = m;
      auto next = readers(graph, z, last);
      if (next.size() == 1 && is_op(graph.node(next[0]), "add")) {
        z = next[0];
        next = readers(graph, z, last);
      }
      layer.z = layer.a = Value(g, z, 0);
      if (next.size() == 1 && is_activation(graph.node(next[0]))) {
        layer.activation = graph.node(next[0]).op->name();
        layer.a = Value(g, next[0], 0);
      }
      layers.push_back(layer);
    }
  }
  return layers;
}

Probe::Probe(const TrainingGraphs& graphs) {
  const Graph& original = graphs.train ? *graphs.train : *graphs.eval;
  network_ = graphs.train ? graphs.train_network : graphs.eval_network;
  if (!network_.loss) throw GraphError("[probe] the model has no loss");
  graph_ = copy_of(original);
  for (Value* v :
       {&network_.input, &network_.target, &network_.output, &network_.loss}) {
    if (*v) *v = Value(graph_.get(), v->node(), v->output());
  }
  layers_ = dense_layers(*graph_, network_.loss);
  parameters_ = graph_->parameters();
  std::vector<Value> outputs{network_.loss};
  std::vector<Value> by = parameters_;
  for (const Layer& l : layers_) by.push_back(l.z);
  const std::vector<Value> grads = gradients(network_.loss, by);
  const auto after = static_cast<std::ptrdiff_t>(parameters_.size());
  outputs.insert(outputs.end(), grads.begin(), grads.begin() + after);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& l = layers_[i];
    for (const Value& v : {l.input, l.z, l.a, grads[parameters_.size() + i]}) {
      outputs.push_back(v);
    }
  }
  program_ = compile(*graph_, {.outputs = outputs});
  begin_epoch();
}

void Probe::begin_epoch() {
  alive_.clear();
  for (const Layer& l : layers_) {
    alive_.emplace_back(static_cast<std::size_t>(l.weight.shape().dim(1)));
  }
}

ProbeRecord Probe::look(State& state, const Tensor& x, const Tensor& y) {
  std::vector<Feed> feeds{{network_.input, x}};
  if (network_.target) feeds.emplace_back(network_.target, y);
  const std::vector<Tensor> results = executor_(program_, state, feeds);
  ProbeRecord record;
  record.loss = results[0].item();
  double squares = 0;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    squares += sum_of_squares(results[1 + i]);
  }
  record.gradient_norm = std::sqrt(squares);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    LayerRecord l = look(layers_[i], i, results);
    const Tensor& w = state.at(layers_[i].weight.path());
    l.weight_rms = rms(w);
    l.weights = histogram(w);
    l.update_ratio = update_ratio(i, w, state.step);
    record.layers.push_back(std::move(l));
  }
  record.step = static_cast<std::int64_t>(state.step);
  step_before_ = state.step;
  return record;
}

double Probe::update_ratio(std::size_t number, const Tensor& weights,
                           std::uint64_t step) {
  if (before_.size() <= number) before_.resize(number + 1);
  Tensor& before = before_[number];
  double ratio = kUnknown;
  if (before.size() == weights.size() && step > step_before_) {
    double moved = 0;
    const auto compare = [&](const auto* old) {
      for_each(weights, [&](std::int64_t i, double v) {
        const double d = v - static_cast<double>(old[i]);
        moved += d * d;
      });
    };
    if (before.dtype() == DType::f32) {
      compare(before.data<float>());
    } else {
      compare(before.data<double>());
    }
    const double norm = sum_of_squares(weights);
    if (norm > 0) {
      ratio =
          std::sqrt(moved / norm) / static_cast<double>(step - step_before_);
    }
  }
  before = weights.clone();
  return ratio;
}

LayerRecord Probe::look(const Layer& layer, std::size_t number,
                        const std::vector<Tensor>& results) {
  LayerRecord r;
  r.name = layer.name;
  r.activation = layer.activation;
  r.inputs = layer.weight.shape().dim(0);
  r.units = layer.weight.shape().dim(1);
  const auto at =
      std::find(parameters_.begin(), parameters_.end(), layer.weight) -
      parameters_.begin();
  const Tensor& gradient = results[1 + static_cast<std::size_t>(at)];
  r.weight_gradient_rms = rms(gradient);
  r.gradients = histogram(gradient);
  const Tensor* own =
      &results[1 + parameters_.size() + kOutputsOfLayer * number];
  const Tensor &input = own[0], &z = own[1], &a = own[2], &delta = own[3];
  const auto rows = static_cast<double>(z.size()) /
                    static_cast<double>(std::max<std::int64_t>(r.units, 1));
  r.input_rms = rms(input);
  r.delta_rms = rms(delta) * rows;
  r.preactivations = histogram(z);
  r.activations = histogram(a);
  if (layer.activation == "sigmoid") r.saturated = share_saturated(a, 0, 1);
  if (layer.activation == "tanh") r.saturated = share_saturated(a, -1, 1);
  if (layer.activation == "relu") {
    std::vector<bool>& alive = alive_[number];
    for_each(z, [&](std::int64_t i, double v) {
      if (v > 0) alive[static_cast<std::size_t>(i % r.units)] = true;
    });
    const auto dead = std::count(alive.begin(), alive.end(), false);
    r.dead = static_cast<double>(dead) / static_cast<double>(alive.size());
  }
  return r;
}

}  // namespace weft::report
