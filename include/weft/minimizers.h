#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "weft/program.h"
#include "weft/train.h"

namespace weft {

// Minimisers of functions that can be computed exactly: of all parameters at
// once, on all data at once. `minimize` in optimizers.h writes the updates of
// stochastic training; `find_minimum` here searches for a minimum.

// ---- what is minimised

/// A function of a vector of `size` numbers, all in f64. Results that are not
/// finite are allowed: searches keep away from them.
class Objective {
 public:
  virtual ~Objective() = default;
  virtual std::int64_t size() const = 0;
  /// Where a search begins unless it is told otherwise.
  virtual std::vector<double> start() const;
  /// The value at x; the gradient goes into `gradient`.
  virtual double evaluate(std::span<const double> x,
                          std::span<double> gradient) = 0;
  /// The product of the Hessian at x with v, into `product`. Throws GraphError
  /// where there is none.
  virtual void hessian_times(std::span<const double> x,
                             std::span<const double> v,
                             std::span<double> product);
  /// If the value is ½Σr²: how many residuals r there are, else 0.
  virtual std::int64_t residual_count() { return 0; }
  /// The residuals at x, and their Jacobian, (size, residual_count), column by
  /// column of the usual one: a row for each parameter.
  virtual void evaluate_residuals(std::span<const double> x,
                                  std::span<double> residuals,
                                  std::span<double> jacobian);
  /// Rounds x to numbers that the parameters can hold.
  virtual void round(std::span<double> x) const { (void)x; }
  /// Leaves x in the parameters.
  virtual void store(std::span<const double> x) { (void)x; }
  /// How many threads a search may use.
  virtual int threads() const { return 1; }
};

struct ObjectiveOptions {
  std::vector<Value> parameters = {};  ///< empty: all of the graph
  std::vector<Feed> feeds = {};        ///< of the graph's inputs
  int threads = 0;                     ///< 0: all
};

/// The scalar `loss` as a function of the parameters of its graph, which are
/// those of `state`; these hold the last point that was evaluated. Choose f64
/// for parameters and data where the minimum should be exact to more than some
/// six digits. The graph itself stays as it is.
///
/// Throws ShapeError if the loss is no scalar, and GraphError if there are no
/// parameters, `state` lacks one, or the loss draws random numbers (dropout):
/// then it is no function of the parameters.
std::unique_ptr<Objective> make_objective(Value loss, State& state,
                                          const ObjectiveOptions& options = {});

/// ½Σr² of a value of any shape, for LevenbergMarquardt and all others.
std::unique_ptr<Objective> make_least_squares(
    Value residuals, State& state, const ObjectiveOptions& options = {});

/// A function that was not written as a graph: it returns the value at x and
/// writes the gradient.
std::unique_ptr<Objective> make_objective(
    std::int64_t size,
    std::function<double(std::span<const double> x, std::span<double> gradient)>
        function);

/// The batches that a data set consists of, which need not fit into memory
/// together: `get` writes batch `index` of 0 … count−1 into x and y. It is
/// called for all of them in turn at each evaluation.
struct Batches {
  std::int64_t count = 0;
  std::function<void(std::int64_t index, Tensor& x, Tensor& y)> get;
};
/// Those of a data set, which must live as long. Sets in memory are not copied.
Batches batches_of(const data::Dataset& data, std::int64_t batch_size);

/// The mean of network.loss over all rows: the loss of each batch, a mean over
/// its rows, counts by their number. Losses and gradients are added up in f64
/// in the order of the batches, so threads change no bit. Inputs and targets
/// are converted to f64 where the graph asks for it. Throws GraphError if a
/// layer keeps running statistics: these have no meaning for a full batch.
std::unique_ptr<Objective> make_objective(const Network& network, State& state,
                                          Batches batches,
                                          const ObjectiveOptions& options = {});

/// An unknown of a function of one's own: a parameter in f64, at first `start`
/// everywhere.
Value unknown(Graph& graph, const Shape& shape, std::string_view name = "x",
              double start = 0, Source at = Source::current());

// ---- how

/// A search along a direction d from x for a step that meets
///   f(x + αd) ≤ f(x) + decrease·α·gᵀd  and, but for backtracking,
///   |g(x + αd)ᵀd| ≤ curvature·|gᵀd|    (the strong Wolfe conditions).
/// Where rounding hides the decrease, the slope decides (the approximate Wolfe
/// condition of Hager and Zhang 2005).
struct LineSearch {
  enum class Kind {
    backtracking,  ///< decrease alone, by interpolation
    more_thuente,  ///< Moré and Thuente 1994
    hager_zhang    ///< Hager and Zhang 2005: Wolfe or approximate Wolfe
  };
  Kind kind = Kind::more_thuente;
  double decrease = 1e-4;
  double curvature = 0.9;
  int evaluations = 50;  ///< at most, of one search
};

/// Downhill, x ← x − αg.
struct GradientDescent {
  static constexpr std::string_view name = "gradient_descent";
  LineSearch search = {};
};

/// d ← −g + β·d, with β by
///   Fletcher and Reeves 1964     ‖g₊‖² / ‖g‖²
///   Polak and Ribière 1969, +    max(0, g₊ᵀy / ‖g‖²)
///   Hestenes and Stiefel 1952    g₊ᵀy / dᵀy
///   Dai and Yuan 1999            ‖g₊‖² / dᵀy
///   Hager and Zhang 2005         (y − 2d‖y‖²/dᵀy)ᵀg₊ / dᵀy, cut from below
/// where y = g₊ − g.
struct ConjugateGradient {
  static constexpr std::string_view name = "conjugate_gradient";
  enum class Beta {
    fletcher_reeves,
    polak_ribiere,
    hestenes_stiefel,
    dai_yuan,
    hager_zhang
  };
  Beta beta = Beta::hager_zhang;
  LineSearch search = {
      .kind = LineSearch::Kind::hager_zhang, .decrease = 0.1, .curvature = 0.4};
};

/// Broyden, Fletcher, Goldfarb and Shanno 1970: an estimate of the inverse
/// Hessian, n(n + 1)/2 numbers. Throws GraphError with the bytes it needs if
/// they are more than `memory_limit`.
struct Bfgs {
  static constexpr std::string_view name = "bfgs";
  LineSearch search = {};
  std::int64_t memory_limit = 0;  ///< bytes; 0: ¾ of the machine's memory
};

/// BFGS from the last `history` steps alone (Nocedal 1980).
struct Lbfgs {
  static constexpr std::string_view name = "lbfgs";
  int history = 15;
  LineSearch search = {};
};

/// Newton's direction by conjugate gradients on products with the Hessian,
/// until it is good enough or the curvature negative (Nocedal and Wright 2006,
/// algorithm 7.1).
struct NewtonCg {
  static constexpr std::string_view name = "newton_cg";
  int inner_iterations = 0;  ///< at most; 0: 2n, but not above 200
  LineSearch search = {};
};

/// For ½Σr²: Gauss–Newton steps within a region of trust in the parameters'
/// own scales (Levenberg 1944, Marquardt 1963, Moré 1978), by QR of the
/// Jacobian. Throws GraphError if the objective has no residuals, or the
/// Jacobian needs more than `memory_limit`.
struct LevenbergMarquardt {
  static constexpr std::string_view name = "levenberg_marquardt";
  double first_radius = 1;        ///< of trust, times the norm of the scaled x
  std::int64_t memory_limit = 0;  ///< bytes; 0: ¾ of the machine's memory
};

using Method = std::variant<GradientDescent, ConjugateGradient, Bfgs, Lbfgs,
                            NewtonCg, LevenbergMarquardt>;
std::string_view name_of(const Method& method);

// ---- until when

/// The first rule that is met ends a search; 0 turns a rule off, but for the
/// gradient.
struct StoppingRules {
  double gradient = 1e-6;      ///< ‖g‖∞ is at most this
  double relative_change = 0;  ///< f fell by at most this·max(|f|, |f before|)
  std::int64_t iterations = 1000;  ///< in total, those before a resumption too
  std::int64_t evaluations = 0;    ///< likewise
  double seconds = 0;              ///< of this call
  double least_cost = -1e100;      ///< below it f counts as unbounded
};

/// Why a search ended.
enum class Ending {
  gradient,         ///< ‖g‖∞ is small enough: a stationary point
  relative_change,  ///< f hardly changes any more
  no_progress,      ///< no step makes f smaller in this precision
  iterations,
  evaluations,
  time,
  stopped,         ///< by a callback or the flag
  early_stopping,  ///< the loss on held-out data does not get better any more
  not_finite,      ///< f or its gradient is NaN or infinite at the start, or at
                   ///< every step that was tried
  unbounded,       ///< f falls below least_cost, or for ever along a direction
  no_descent       ///< a gradient that does not lead downhill: it is wrong
};
std::string_view to_string(Ending ending);
/// Whether the point is a minimum as far as can be told.
bool converged(Ending ending);

/// Where a search is.
struct SearchPoint {
  std::int64_t iteration = 0;
  double cost = 0;
  double gradient_norm = 0;      ///< ‖g‖∞
  double step = 0;               ///< ‖x − x before‖₂
  std::int64_t evaluations = 0;  ///< of f and its gradient
  double seconds = 0;
};

/// A line for each iteration: iteration, cost, ‖g‖∞, step, evaluations and
/// seconds. For `on_iteration`; `out` must live as long.
std::function<bool(const SearchPoint&)> search_progress(std::ostream& out);

struct MinimumOptions {
  std::vector<double> start = {};  ///< empty: the objective's own
  StoppingRules stop = {};
  /// Called after each iteration; false stops.
  std::function<bool(const SearchPoint&)> on_iteration = {};
  /// Set from elsewhere (a signal handler) to stop after the iteration.
  const std::atomic<bool>* stop_flag = nullptr;
  /// Where the search keeps all that it needs to go on, as entries minimizer/….
  /// One that an earlier search with the same method left is taken up where
  /// that ended, with the same bits as if it had not, and `start` counts for
  /// nothing. If the objective has changed meanwhile, what was learnt about it
  /// is dropped.
  State* memory = nullptr;
};

struct Minimum {
  Ending ending = Ending::no_progress;
  std::string message;  ///< the ending in words, with the figures
  std::vector<double> x;
  std::vector<double> gradient;
  double cost = 0;
  double gradient_norm = 0;  ///< ‖g‖∞
  std::int64_t iterations = 0;
  std::int64_t evaluations = 0;
  std::int64_t hessian_products = 0;
  std::int64_t jacobians = 0;
  double seconds = 0;
};

/// Searches for a minimum of the objective. What goes wrong with the numbers is
/// an ending, never an exception. Once set up, an iteration takes no memory but
/// in LevenbergMarquardt.
Minimum find_minimum(Objective& objective, const Method& method,
                     const MinimumOptions& options = {});
/// Of a graph's scalar with respect to its parameters. They begin at their
/// initial values; with `state`, at its own, and the state has the result.
Minimum find_minimum(Value loss, const Method& method,
                     const MinimumOptions& options = {});
Minimum find_minimum(Value loss, State& state, const Method& method,
                     const MinimumOptions& options = {});

/// Writes a state to a file of its own, such as a search's memory, and reads
/// it. Both throw as `save` and `load` of a trainer do.
void save_state(const State& state, const std::string& path);
State load_state(const std::string& path);

// ---- training

struct FullBatchOptions {
  StoppingRules stop = {.gradient = 1e-5, .iterations = 100};
  std::int64_t batch_size = 1000;  ///< rows at a time; changes the rounding
  const data::Dataset* validation = nullptr;
  /// Iterations without a better loss on `validation`, or without that on the
  /// training data, that end the training; 0: off.
  int early_stopping = 0;
  /// Those of `Trainer::fit`: progress bars, Recorder, Doctor, logs. An
  /// iteration is one step and one epoch to them, and the loss that they see is
  /// that after it. on_begin gets batch_size = data.size().
  std::vector<std::shared_ptr<Callback>> callbacks = {};
  std::function<bool(const SearchPoint&)> on_iteration = {};
  const std::atomic<bool>* stop_flag = nullptr;
  /// Keeps the method's memory in the trainer's state, so that a saved and
  /// loaded trainer goes on with the same bits. BFGS's is large.
  bool resumable = true;
};

/// Trains all parameters of a model on all data at once, from where they are.
/// The trainer's optimiser is not used. Its progress gets a step and an epoch
/// for each iteration, with the cost, and loss and accuracy on `validation`;
/// `save` and `weft` commands work with the trainer as after `Trainer::fit`. A
/// second call goes on; `stop.iterations` counts both.
///
/// Throws DataError if the data don't fit the model, and GraphError if it was
/// saved for inference only, has dropout, or layers with running statistics
/// (batch_norm). LevenbergMarquardt has no residuals here: it is refused too.
Minimum fit_full_batch(Trainer& trainer, const data::Dataset& data,
                       const Method& method,
                       const FullBatchOptions& options = {});

}  // namespace weft
