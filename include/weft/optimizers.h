#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weft/averages.h"
#include "weft/graph.h"
#include "weft/ops.h"

namespace weft {

/// What an optimiser's rule may ask for while it writes the update of one
/// parameter as graph arithmetic. For a table that is trained by rows (see
/// `lookup`), `w`, `g` and slots are the rows that the step touches, and a rule
/// that is elementwise needs to know nothing of it.
class UpdateContext {
 public:
  UpdateContext(Graph& graph, Value parameter, Value rate, Value step,
                std::vector<Value>& updates, Value rows = {})
      : graph_(graph),
        parameter_(parameter),
        rate_(rate),
        step_(step),
        updates_(updates),
        rows_(rows) {}

  /// A buffer of the parameter's type, at first `value` everywhere.
  Value slot(std::string_view name, double value = 0);
  /// Writes a slot's new value at the end of the step; returns it. Throws
  /// GraphError in a training by rows for what `slot` did not return.
  Value update(Value slot, Value value);
  /// The numbers of the touched rows, −1 behind the last of them; empty where
  /// `w` is the whole parameter. A row beyond the last is zero and not written.
  Value rows() const { return rows_; }
  /// The learning rate, a scalar of the parameter's dtype.
  Value rate() const { return rate_; }
  /// 1 − base^t for the t-th step (from 1), computed in f64.
  Value bias_correction(double base) const;

 private:
  Graph& graph_;
  Value parameter_;
  Value rate_;
  Value step_;
  std::vector<Value>& updates_;
  Value rows_;
  struct Slot {
    Value rows, whole;
  };
  std::vector<Slot> slots_;
};

/// w − rate·g.
struct Sgd {
  static constexpr std::string_view name = "sgd";
  double learning_rate = 0.1;
  Value operator()(UpdateContext& c, Value w, Value g) const;
};

/// v ← momentum·v + g, w ← w − rate·v (Polyak 1964); with `nesterov`
/// w ← w − rate·(g + momentum·v) (Sutskever et al. 2013).
struct Momentum {
  static constexpr std::string_view name = "momentum";
  double learning_rate = 0.01;
  double momentum = 0.9;
  bool nesterov = false;
  Value operator()(UpdateContext& c, Value w, Value g) const;
};

/// s ← s + g², w ← w − rate·g/(√s + ε) (Duchi et al. 2011).
struct Adagrad {
  static constexpr std::string_view name = "adagrad";
  double learning_rate = 0.01;
  double epsilon = 1e-10;
  double initial = 0;  ///< first value of s
  Value operator()(UpdateContext& c, Value w, Value g) const;
};

/// Steps in units of the parameter (Zeiler 2012).
struct Adadelta {
  static constexpr std::string_view name = "adadelta";
  double learning_rate = 1;
  double rho = 0.9;
  double epsilon = 1e-6;
  Value operator()(UpdateContext& c, Value w, Value g) const;
};

/// s ← α·s + (1−α)·g², w ← w − rate·g/(√s + ε) (Hinton 2012); optionally with
/// momentum.
struct RmsProp {
  static constexpr std::string_view name = "rmsprop";
  double learning_rate = 1e-2;
  double alpha = 0.99;
  double epsilon = 1e-8;
  double momentum = 0;
  Value operator()(UpdateContext& c, Value w, Value g) const;
};

/// Adaptive moments (Kingma and Ba 2015, algorithm 1).
struct Adam {
  static constexpr std::string_view name = "adam";
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  Value operator()(UpdateContext& c, Value w, Value g) const;
};

/// Adam with decay apart from the gradient: w ← w − rate·decay·w first
/// (Loshchilov and Hutter 2019). Vectors and scalars, such as biases, do not
/// decay unless `decay_all`.
struct AdamW {
  static constexpr std::string_view name = "adamw";
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 1e-2;
  bool decay_all = false;
  Value operator()(UpdateContext& c, Value w, Value g) const;
};

/// Any struct with a name, a learning_rate and the call of those above.
class Optimizer {
 public:
  template <class T>
  requires requires(const T& t, UpdateContext& c, Value v) {
    { t(c, v, v) } -> std::convertible_to<Value>;
    t.learning_rate;
  }
  Optimizer(T rule)  // NOLINT: every rule is an optimiser
      : name_(T::name),
        learning_rate_(rule.learning_rate),
        rule_(std::move(rule)) {}

  const std::string& name() const { return name_; }
  double learning_rate() const { return learning_rate_; }
  Value operator()(UpdateContext& c, Value w, Value g) const {
    return rule_(c, w, g);
  }

 private:
  std::string name_;
  double learning_rate_;
  std::function<Value(UpdateContext&, Value, Value)> rule_;
};

/// Settings for the parameters whose path matches a pattern, in which * stands
/// for any text. The first group that matches counts; a pattern that no
/// parameter matches is an error.
struct ParameterGroup {
  std::string pattern;
  /// 0 freezes: the parameters stay as they are, nothing is computed or kept
  /// for them, and their gradients don't count for clip_norm. Running
  /// statistics of layers go on; build a layer with Mode::eval to stop those
  /// too.
  double rate_factor = 1;
  double weight_decay = -1;  ///< L2; negative: as for the others
};

struct MinimizeOptions {
  std::vector<Value> parameters = {};  ///< empty: all of the graph
  double clip_value = 0;               ///< limits each |g|; 0: off
  double clip_norm = 0;  ///< limits the norm of all gradients; 0: off
  /// L2 decay: weight_decay·w is added to the gradient, for weights of rank 2
  /// and above, so not for biases, unless `decay_all`.
  double weight_decay = 0;
  bool decay_all = false;
  std::vector<ParameterGroup> groups = {};
  AverageOptions average = {};  ///< of the weights, if its decay is not 0
};

/// One step of training: nodes of the loss's graph.
struct Minimization {
  std::vector<Value> updates;    ///< for CompileOptions
  std::vector<Value> gradients;  ///< of the parameters, before clipping
  Value learning_rate;           ///< the buffer optimizer/learning_rate (f64)
};

/// Gradients of the scalar loss and the optimiser's updates. Layers' own
/// updates (running statistics) are among them, and those of averages.
/// Parameters that the loss reads through lookups alone are trained by rows
/// (`EmbeddingOptions::sparse` says what that means); one that is read in other
/// ways too is trained as a whole, with a warning of the graph. Throws
/// GraphError if there is nothing to train, or a group has no parameter.
Minimization minimize(Value loss, const Optimizer& optimizer,
                      const MinimizeOptions& options = {},
                      Source at = Source::current());

/// True if `text` matches `pattern`, in which * stands for any text.
bool matches(std::string_view text, std::string_view pattern);

}  // namespace weft
