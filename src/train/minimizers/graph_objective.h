#pragma once

#include <optional>

#include "src/train/minimizers/search.h"

namespace weft::minimizers {

/// A graph of the same nodes, to which more can be added.
std::unique_ptr<Graph> copy_graph(const Graph& graph);

/// The parameters of a graph as one vector.
class GraphObjective : public Objective {
 public:
  GraphObjective(Value loss, State& state, const ObjectiveOptions& options)
      : GraphObjective(loss, state, options, false) {}

  /// From now on the loss is the mean over these batches.
  void set_batches(const Network& network, Batches batches);

  std::int64_t size() const override { return size_; }
  std::vector<double> start() const override;
  double evaluate(In x, Out gradient) override;
  void hessian_times(In x, In v, Out product) override;
  void round(Out x) const override;
  void store(In x) override;
  int threads() const override { return executor_.threads(); }

 protected:
  GraphObjective(Value root, State& state, const ObjectiveOptions& options,
                 bool squares);

  Value here(Value v) const { return {graph_.get(), v.node(), v.output()}; }
  /// Inputs shaped like the parameters, for tangents, after the feeds.
  const std::vector<Value>& tangents();
  void set_tangents(In v);
  /// Runs a program on each batch in turn; `each` gets the rows' share.
  template <class F>
  void run(const Program& program, std::vector<Feed>& feeds,
           std::vector<Tensor>& results, F each);

  std::unique_ptr<Graph> graph_;
  Value root_;  ///< what was asked for: the loss, or the residuals
  Value loss_;
  State& state_;
  std::vector<Value> parameters_;
  std::vector<Tensor> tensors_;  ///< the state's own, shared
  std::int64_t size_ = 0;
  Executor executor_;
  std::vector<Feed> feeds_;      ///< constant ones, then the batch's
  std::size_t batch_feeds_ = 0;  ///< index of the first of the batch's
  std::vector<Value> tangents_;
  std::vector<Feed> with_tangents_;
  std::size_t tangents_at_ = 0;

 private:
  std::optional<Batches> batches_;
  bool has_target_ = false;
  Program gradient_program_, hessian_program_;
  std::vector<Tensor> gradient_results_, hessian_results_;
};

/// ½Σr² with the residuals and their Jacobian.
class LeastSquares final : public GraphObjective {
 public:
  LeastSquares(Value residuals, State& state, const ObjectiveOptions& options)
      : GraphObjective(residuals, state, options, true) {}
  std::int64_t residual_count() override;
  void evaluate_residuals(In x, Out residuals, Out jacobian) override;

 private:
  void by_columns(Out jacobian);
  void by_rows(Out jacobian);

  std::int64_t count_ = -1;
  Program residual_program_, column_program_, row_program_;
  std::vector<Tensor> residual_results_, column_results_, row_results_;
  std::vector<Feed> with_seed_;
  Tensor seed_;
};

/// The elements as f64.
void read(const Tensor& tensor, Out into);
/// Writes them in the tensor's dtype.
void write(In from, Tensor& tensor);

}  // namespace weft::minimizers
