#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "weft/activation.h"
#include "weft/initializers.h"
#include "weft/ops.h"

namespace weft {

/// For which use a graph is built. A model function builds one graph for each.
enum class Mode { train, eval };

// ---- layers: functions from values to values; parameters are named by path

/// A parameter that the graph has already, by its full path, as the weight of
/// another layer, which then makes none. Its gradient is the sum over all that
/// use it; it is saved once. Throws GraphError if there is no such parameter,
/// and ShapeError or TypeError if it does not fit the layer.
struct TiedWeight {
  std::string path = {};    ///< "embedding/table"; empty: not tied
  bool transposed = false;  ///< a matrix, with its axes swapped
};
/// What a layer makes of its weight before it uses it, of the same shape;
/// empty: nothing. See `spectral_norm`.
using Reparametrise = std::function<Value(Value)>;

struct DenseOptions {
  std::string name = "dense";
  bool bias = true;
  Initializer weight = initializers::he_normal();
  Initializer bias_value = initializers::zeros();
  Activation activation = {};
  TiedWeight tied = {};
  Reparametrise reparametrise = {};
};
/// activation(x·W + b): (…, n) → (…, width). Parameters name/weight (n, width),
/// name/bias (width) and, for a PReLU, name/slope.
Value dense(Operand x, std::int64_t width, const DenseOptions& options = {});

/// Dropout in training, the identity otherwise.
Value dropout(Operand x, double rate, Mode mode);

struct BatchNormOptions {
  std::string name = "batch_norm";
  double momentum = 0.1;  ///< weight of the new batch in the running averages
  double epsilon = 1e-5;
  std::int64_t axis = -1;  ///< of the features: 1 for (batch, channels, …)
};
/// Normalises each feature over all other axes, then scales and shifts with
/// name/gain and name/bias (Ioffe and Szegedy 2015). In training the batch's
/// own mean and biased variance count, and running averages (with the unbiased
/// variance) are kept in name/mean and name/variance, which evaluation uses.
Value batch_norm(Operand x, Mode mode, const BatchNormOptions& options = {});

struct LayerNormOptions {
  std::string name = "layer_norm";
  double epsilon = 1e-5;
};
/// Normalises each vector along the last axis, then scales and shifts with
/// name/gain and name/bias (Ba, Kiros and Hinton 2016).
Value layer_norm(Operand x, const LayerNormOptions& options = {});

struct EmbeddingOptions {
  std::string name = "embedding";
  Initializer table = initializers::normal();
  DType dtype = DType::f32;
  /// Trains the table by rows: a step takes time and memory for the rows in the
  /// batch, however large the table is (see `lookup`). The optimiser's rule
  /// then counts for these rows alone: moments of the others do not decay and
  /// L2 decay does not shrink them, as in "lazy" or sparse Adam; Sgd and
  /// Adagrad without decay give what they give for the whole table. clip_norm
  /// and clip_value take in all gradients, whose other rows are 0.
  bool sparse = false;
  TiedWeight tied = {};
};
/// Rows of the table name/table (count, width): indices (…) → (…, width). To
/// look up in it once more, `lookup(g.find("name/table"), indices)`.
Value embedding(Operand indices, std::int64_t count, std::int64_t width,
                const EmbeddingOptions& options = {});

// ---- costs. Those "from logits" are stable at any size of the logits.

/// ½·mean over rows of ‖y − a‖²: the quadratic cost, 1/(2n) Σ‖y − a‖².
Value quadratic_cost(Operand a, Operand y);
/// Mean of (y − a)² over all elements.
Value mean_squared_error(Operand a, Operand y);
/// −ln softmax(logits)[label] for each row: (…, classes), (…) → (…).
/// Labels are i32 or i64, 0 … classes−1.
Value softmax_cross_entropy(Operand logits, Operand labels);
/// −Σ target·ln softmax(logits) for each row, for targets that are
/// distributions: (…, classes) twice → (…).
Value softmax_cross_entropy_with(Operand logits, Operand targets);
/// −[y ln σ(z) + (1−y) ln(1−σ(z))], element by element.
Value binary_cross_entropy(Operand logits, Operand y);
/// −log_probabilities[label] for each row.
Value negative_log_likelihood(Operand log_probabilities, Operand labels);
/// ½d² for |d| ≤ delta, else delta·(|d| − ½delta), element by element
/// (Huber 1964).
Value huber(Operand a, Operand y, double delta = 1);
/// max(0, 1 − y·a) for y = ±1, element by element.
Value hinge(Operand a, Operand y);
/// Σ p·(ln p − log_q) for each row; 0·ln 0 is 0.
Value kl_divergence(Operand log_q, Operand p);

}  // namespace weft
