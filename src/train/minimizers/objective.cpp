#include <algorithm>
#include <cmath>

#include "src/train/minimizers/graph_objective.h"
#include "weft/error.h"

namespace weft {

std::vector<double> Objective::start() const {
  return std::vector<double>(static_cast<std::size_t>(size()));
}

void Objective::hessian_times(std::span<const double>, std::span<const double>,
                              std::span<double>) {
  throw GraphError(
      "[newton_cg] this objective has no products with its Hessian; make it "
      "from a graph, override hessian_times, or use Lbfgs");
}

void Objective::evaluate_residuals(std::span<const double>, std::span<double>,
                                   std::span<double>) {
  throw GraphError(
      "[levenberg_marquardt] this objective has no residuals; make it with "
      "make_least_squares, or use Lbfgs");
}

namespace {

class FunctionObjective final : public Objective {
 public:
  using Function =
      std::function<double(std::span<const double>, std::span<double>)>;
  FunctionObjective(std::int64_t size, Function f)
      : size_(size), function_(std::move(f)) {}
  std::int64_t size() const override { return size_; }
  double evaluate(std::span<const double> x,
                  std::span<double> gradient) override {
    return function_(x, gradient);
  }

 private:
  std::int64_t size_;
  Function function_;
};

}  // namespace

std::unique_ptr<Objective> make_objective(
    std::int64_t size,
    std::function<double(std::span<const double>, std::span<double>)>
        function) {
  if (size < 1 || !function) {
    throw GraphError("[objective] needs a function, and at least 1 unknown; " +
                     std::to_string(size) + " are given");
  }
  return std::make_unique<FunctionObjective>(size, std::move(function));
}

std::unique_ptr<Objective> make_objective(Value loss, State& state,
                                          const ObjectiveOptions& options) {
  return std::make_unique<minimizers::GraphObjective>(loss, state, options);
}

std::unique_ptr<Objective> make_least_squares(Value residuals, State& state,
                                              const ObjectiveOptions& options) {
  return std::make_unique<minimizers::LeastSquares>(residuals, state, options);
}

std::unique_ptr<Objective> make_objective(const Network& network, State& state,
                                          Batches batches,
                                          const ObjectiveOptions& options) {
  if (!network.loss || !network.input) {
    throw GraphError("[objective] the network has no input or no loss");
  }
  if (!network.loss.graph().step_updates().empty()) {
    throw GraphError(
        "[objective] a layer keeps running statistics, which a full batch "
        "does not make; train this network with an optimiser such as Adam, or "
        "use layer_norm");
  }
  if (batches.count < 1 || !batches.get) {
    throw DataError("[objective] there are no batches");
  }
  auto made = std::make_unique<minimizers::GraphObjective>(network.loss, state,
                                                           options);
  made->set_batches(network, std::move(batches));
  return made;
}

}  // namespace weft
