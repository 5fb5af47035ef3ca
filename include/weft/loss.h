#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weft/activation.h"
#include "weft/graph.h"
#include "weft/tensor.h"

namespace weft {

// Costs of classifiers, from outputs a = f(z) and from the weighted inputs
// (logits) z. All are means over the n rows of (batch, classes). Targets y are
// one-of-N rows of a's type, or class numbers (batch) of i32 or i64, which are
// made into such rows. None has a derivative of its own: a gradient is that of
// the formula, whatever activation comes before.
//
// With a from sigmoid or softmax, Graph::warnings() tells of a pair that
// learns slowly or does not fit.

/// −1/n ΣΣ [y ln a + (1−y) ln(1−a)] for outputs between 0 and 1; 0·ln 0 is 0.
/// A wrong output of exactly 0 or 1 costs infinitely much; from logits it does
/// not come to that.
Value cross_entropy(Operand a, Operand y);
/// −1/n Σ ln a_y.
Value log_likelihood(Operand a, Operand y);

/// The same of a = f(z), accurate at any size of z. f is sigmoid, softmax,
/// tanh or rescaled_tanh; tanh counts as (tanh z + 1)/2. Throws GraphError for
/// others. With sigmoid the gradient is (a − y)/n, as
///   d/dz [ln(1 + e^z) − yz] = σ(z) − y.
Value cross_entropy_from_logits(Operand z, Operand y,
                                const Activation& f = Activation::sigmoid);
/// With softmax the gradient is (a − y)/n, as
///   d/dz_k [ln Σ e^z_j − z_y] = a_k − y_k.
Value log_likelihood_from_logits(Operand z, Operand y,
                                 const Activation& f = Activation::softmax);

/// λ/(2n) Σ W² over the weights of a graph so far: its parameters of rank 2
/// and above, so that biases, gains and slopes are left out. n is the number
/// of training examples. 0 if λ is 0 or there is no weight. Throws GraphError
/// if λ is negative or n less than 1.
Value l2_penalty(Graph& graph, double lambda, double n,
                 DType dtype = DType::f32, Source at = Source::current());

/// A cost by its name; each is a mean over rows of a sum over outputs.
enum class Cost {
  quadratic,       ///< ½(y − a)²
  cross_entropy,   ///< of independent yes-or-no outputs
  log_likelihood,  ///< of the right class
  absolute,        ///< |y − a|
  huber,           ///< huber() with δ = 1
  poisson,         ///< poisson_cost() of counts y; a is ln of the rate
  focal            ///< focal_cost() with γ = 2: cross_entropy of hard examples
};
/// "quadratic", "cross_entropy", "log_likelihood", …
std::string_view to_string(Cost cost);
/// The cost of that name. Throws GraphError for others.
Cost cost_named(std::string_view name, Source at = Source::current());
/// Every cost, in the order of the enumeration.
const std::vector<Cost>& all_costs();

/// What speaks against a pair of cost and activation of `outputs` units: it
/// learns slowly, or does not fit. Nothing if they go together.
std::optional<Warning> pairing_warning(Cost cost, const Activation& activation,
                                       std::int64_t outputs);

/// The end of a network.
struct Loss {
  Value value;                    ///< the scalar to minimise
  Value output;                   ///< activation(z)
  std::vector<Warning> warnings;  ///< the graph has them too
};

/// Activation and cost of the weighted inputs z (batch, outputs) of the last
/// layer, accurate at any size of z, with a warning if the pair is no good; its
/// gradient is right all the same. A tanh with a cost of probabilities becomes
/// (tanh z + 1)/2; the focal cost takes sigmoid alone. Targets are as above;
/// for quadratic, absolute, huber and poisson costs any numbers (batch,
/// outputs). Throws GraphError if a cost of probabilities meets an activation
/// that gives none, ShapeError and TypeError for targets that do not fit.
Loss make_loss(Operand z, Operand y, Cost cost, const Activation& activation);

/// A row for each label, 1 in its class's column and 0 elsewhere: (n) → (n,
/// classes). Labels are whole numbers of any type, from `first` on. Throws
/// DataError for others.
Tensor one_of_n(const Tensor& labels, std::int64_t classes,
                std::int64_t first = 0, DType dtype = DType::f32);
/// The same for names. Throws DataError for one that is not among the classes.
Tensor one_of_n(const std::vector<std::string>& labels,
                const std::vector<std::string>& classes,
                DType dtype = DType::f32);

}  // namespace weft
