#pragma once

#include <memory>
#include <string>
#include <vector>

#include "weft/report.h"

namespace weft::report {

/// A dense layer of a graph: z = input·weight + bias, a = activation(z).
struct Layer {
  std::string name, activation = "identity";
  Value weight, input, z, a;
};

/// The dense layers that the loss is computed from, in the order of the nodes.
/// What comes later than the loss, such as gradients, is not looked at.
std::vector<Layer> dense_layers(const Graph& graph, Value loss);

/// Looks into a network without touching it: runs a copy of its graph.
class Probe {
 public:
  /// Throws GraphError if the network has no loss.
  explicit Probe(const TrainingGraphs& graphs);

  /// Runs the network on these examples with the state as it is.
  ProbeRecord look(State& state, const Tensor& x, const Tensor& y);
  /// Forgets which units were alive.
  void begin_epoch();

 private:
  LayerRecord look(const Layer& layer, std::size_t number,
                   const std::vector<Tensor>& results);
  /// |W - W before| / |W| a step; remembers W.
  double update_ratio(std::size_t number, const Tensor& weights,
                      std::uint64_t step);

  std::unique_ptr<Graph> graph_;
  Network network_;
  std::vector<Layer> layers_;
  std::vector<Value> parameters_;
  Program program_;
  Executor executor_{{.threads = 1}};
  std::vector<std::vector<bool>> alive_;  ///< of each layer, by unit
  std::vector<Tensor> before_;            ///< weights at the last look
  std::uint64_t step_before_ = 0;
};

}  // namespace weft::report
