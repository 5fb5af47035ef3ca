// What a model says of itself: its network as boxes, filters, settings.

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>

#include "src/report/probe.h"
#include "src/report/statistics.h"
#include "weft/doctor.h"
#include "weft/version.h"

namespace weft {

namespace {

std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    const auto colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return "";
}

std::string compiler() {
#ifdef __clang__
  return __VERSION__;
#else
  return std::string("GCC ") + __VERSION__;
#endif
}

std::int64_t elements(const Type& t) {
  return t.shape.is_concrete() ? t.shape.elements() : 0;
}

/// The nodes that `v` is computed from, and its own.
std::vector<bool> needed_for(const Graph& graph, Value v) {
  std::vector<bool> needed(graph.size());
  needed[static_cast<std::size_t>(v.node())] = true;
  for (std::int32_t i = v.node(); i >= 0; --i) {
    if (!needed[static_cast<std::size_t>(i)]) continue;
    for (const Port& p : graph.node(i).inputs) {
      needed[static_cast<std::size_t>(p.node)] = true;
    }
  }
  return needed;
}

class Drawing {
 public:
  Drawing(const Graph& graph, const Network& network)
      : graph_(graph), network_(network) {
    for (const report::Layer& l : report::dense_layers(graph, network.output)) {
      dense_[l.z.node()] = l;
    }
  }

  std::vector<DrawnNode> draw() {
    auto needed = needed_for(graph_, network_.output);
    // A product whose bias is added is part of the sum's box.
    for (const auto& [node, layer] : dense_) {
      for (const Port& p : graph_.node(node).inputs) {
        const Node& n = graph_.node(p.node);
        if (n.kind == Node::Kind::op && p.node != layer.input.node() &&
            n.op->name() == "matmul") {
          needed[static_cast<std::size_t>(p.node)] = false;
        }
      }
    }
    for (std::int32_t i = 0; i <= network_.output.node(); ++i) {
      if (needed[static_cast<std::size_t>(i)]) add(i);
    }
    if (network_.loss) add_loss();
    return std::move(drawn_);
  }

 private:
  void add(std::int32_t node) {
    const Node& n = graph_.node(node);
    if (n.kind != Node::Kind::op && n.kind != Node::Kind::input) return;
    DrawnNode d;
    d.kind = n.kind == Node::Kind::input ? "input" : "op";
    d.label = n.kind == Node::Kind::input ? n.name : to_string(*n.op);
    d.shape = to_string(n.outputs[0].shape);
    std::vector<Port> from = n.inputs;
    const auto dense = dense_.find(node);
    if (dense != dense_.end()) {
      const report::Layer& l = dense->second;
      d.kind = "dense";
      d.label = l.name;
      from.push_back({l.input.node(), l.input.output()});
      d.parameters = elements(l.weight.type());
    }
    for (const Port& p : from) {
      const Node& source = graph_.node(p.node);
      if (source.kind == Node::Kind::parameter &&
          (dense == dense_.end() || p.node != dense->second.weight.node())) {
        d.parameters += elements(source.outputs[0]);
      }
      const auto box = box_of_.find(p.node);
      if (box != box_of_.end()) d.inputs.push_back(box->second);
    }
    box_of_[node] = static_cast<int>(drawn_.size());
    drawn_.push_back(std::move(d));
  }

  void add_loss() {
    DrawnNode loss{.kind = "loss", .label = "loss", .shape = "()"};
    const auto output = box_of_.find(network_.output.node());
    if (output != box_of_.end()) loss.inputs.push_back(output->second);
    if (network_.target) {
      loss.inputs.push_back(static_cast<int>(drawn_.size()));
      const Node& n = graph_.node(network_.target);
      drawn_.push_back({.kind = "input",
                        .label = n.name,
                        .shape = to_string(n.outputs[0].shape)});
    }
    drawn_.push_back(std::move(loss));
  }

  const Graph& graph_;
  const Network& network_;
  std::map<std::int32_t, report::Layer> dense_;  ///< by the node of z
  std::map<std::int32_t, int> box_of_;
  std::vector<DrawnNode> drawn_;
};

}  // namespace

std::vector<DrawnNode> draw(const Graph& graph, const Network& network) {
  return Drawing(graph, network).draw();
}

Filters first_filters(Trainer& trainer, int count) {
  Filters f;
  const TrainingGraphs& g = trainer.graphs();
  for (const report::Layer& l :
       report::dense_layers(*g.eval, g.eval_network.output)) {
    if (l.input != g.eval_network.input) continue;
    const std::int64_t n = l.weight.shape().dim(0);
    const std::int64_t units = l.weight.shape().dim(1);
    const auto side = static_cast<std::int64_t>(
        std::lround(std::sqrt(static_cast<double>(n))));
    if (side * side != n || side < 4) return f;
    f.width = f.height = side;
    const auto shown =
        static_cast<std::size_t>(std::min<std::int64_t>(units, count));
    const Tensor& w = trainer.state().at(l.weight.path());
    report::for_each(w, [&](std::int64_t i, double v) {
      if (i % units < static_cast<std::int64_t>(shown) && std::isfinite(v)) {
        f.limit = std::max(f.limit, std::abs(v));
      }
    });
    f.images.assign(
        shown, std::vector<std::uint8_t>(static_cast<std::size_t>(n), 128));
    report::for_each(w, [&](std::int64_t i, double v) {
      const auto unit = static_cast<std::size_t>(i % units);
      if (unit >= shown || !std::isfinite(v) || f.limit == 0) return;
      f.images[unit][static_cast<std::size_t>(i / units)] =
          static_cast<std::uint8_t>(std::lround(128 + 127 * v / f.limit));
    });
    return f;
  }
  return f;
}

RunRecord describe(Trainer& trainer, const std::string& name) {
  RunRecord r;
  r.name = name;
  r.seed = trainer.state().seed.value;
  r.steps = trainer.state().step;
  r.threads = trainer.threads();
  for (const State::Entry& e : trainer.state().entries()) {
    if (e.trainable) r.parameters += e.tensor.size();
  }
  r.weft_version = WEFT_VERSION;
  r.compiler = compiler();
  r.processor = processor();
  r.settings.assign(trainer.settings.begin(), trainer.settings.end());
  r.class_names = trainer.class_names;
  r.epochs = trainer.progress().history;
  for (const EpochRecord& e : r.epochs) r.seconds += e.seconds;
  r.network = draw(*trainer.graphs().eval, trainer.graphs().eval_network);
  r.filters = first_filters(trainer);
  const TrainingGraphs& g = trainer.graphs();
  r.findings = g.train ? diagnose(*g.train, g.train_network)
                       : diagnose(*g.eval, g.eval_network);
  return r;
}

}  // namespace weft
