#pragma once

#include <cstdint>
#include <optional>

#include "weft/nn.h"
#include "weft/ops.h"

namespace weft {

// Costs beyond those of nn.h. They give a cost for each element, or for each
// row where that is said; mean() or sum() makes a number of them. A prediction
// and its target have the same shape, else a ShapeError is thrown. Where y is a
// sign it is 1 or −1.

// ---- of each element

/// |y − a|; the derivative at 0 is 0.
Value absolute_error(Operand a, Operand y);
/// d²/(2β) where d = |y − a| < β, else d − β/2 (Girshick 2015): huber()/β.
/// |y − a| if β is 0. Throws GraphError if β is negative.
Value smooth_l1(Operand a, Operand y, double beta = 1);
/// ln(1 + e^(−y·a)) of a sign y, stable at any size of a.
Value soft_margin(Operand a, Operand y);
/// d where y is 1, max(0, margin − d) where it is −1; d is a distance.
Value hinge_embedding(Operand d, Operand y, double margin = 1);
/// max(0, margin − y·(a − b)): a should be greater where y is 1, b where −1.
Value margin_ranking(Operand a, Operand b, Operand y, double margin = 0);
/// −[y ln a + (1−y) ln(1−a)] of probabilities. A logarithm below −100 counts as
/// −100 and passes no gradient; binary_cross_entropy(), from logits, needs no
/// such limit.
Value binary_cross_entropy_of(Operand probabilities, Operand y);
/// From logits, with a weight for y = 1 that broadcasts, as (classes):
/// −[w·y ln σ(z) + (1−y) ln(1−σ(z))].
Value binary_cross_entropy(Operand logits, Operand y, Operand positive_weight);
/// −α_t (1−p_t)^γ ln p_t from logits, where p_t is the probability given to the
/// truth y (0 or 1) and α_t is α for 1 and 1−α for 0 (Lin et al. 2017). A
/// negative α means no such weight.
Value focal_cost(Operand logits, Operand y, double gamma = 2,
                 double alpha = -1);
/// p·(ln p − ln q), 0 where p is 0: what kl_divergence adds up.
Value relative_entropy(Operand log_q, Operand p);
/// The same from ln p.
Value relative_entropy_of_logs(Operand log_q, Operand log_p);

struct PoissonOptions {
  bool of_log = true;  ///< the prediction is ln of the rate, else the rate
  /// Adds what depends on y alone, by Stirling: y ln y − y + ½ ln(2πy), y > 1.
  bool full = false;
  double epsilon = 1e-8;  ///< added to a rate before its logarithm is taken
};
/// −ln of a Poisson probability of the count y: e^z − y·z of z = ln rate.
Value poisson_cost(Operand prediction, Operand y,
                   const PoissonOptions& options = {});

struct GaussianOptions {
  bool full = false;      ///< adds ½ ln 2π
  double epsilon = 1e-6;  ///< the least variance; a lesser one counts as it
};
/// −ln of a normal density of y: ½ [ln v + (y − μ)²/v] (Nix and Weigend 1994).
/// The variance broadcasts to the mean's shape.
Value gaussian_cost(Operand mean, Operand y, Operand variance,
                    const GaussianOptions& options = {});

// ---- of each row: the last axis is gone

/// The mean over the last axis of binary_cross_entropy(): labels that do not
/// exclude each other.
Value multilabel_soft_margin(Operand logits, Operand y);
/// −(1−p_y)^γ ln p_y of p = softmax(logits), for class numbers y; α = 1.
Value softmax_focal_cost(Operand logits, Operand labels, double gamma = 2);
/// a·b/(max(‖a‖, ε) max(‖b‖, ε)) along an axis.
Value cosine_similarity(Operand a, Operand b, std::int64_t axis = -1,
                        double epsilon = 1e-8);
/// 1 − cos where y is 1, max(0, cos − margin) where it is −1, of vectors along
/// the last axis; y has the shape without it.
Value cosine_cost(Operand a, Operand b, Operand y, double margin = 0);
/// (Σ|a − b + ε|^p)^(1/p) along the last axis. ε keeps the derivative finite
/// where a = b.
Value distance(Operand a, Operand b, double p = 2, double epsilon = 1e-6);

struct TripletOptions {
  double margin = 1;
  double p = 2;  ///< of distance()
  /// Takes the lesser of the distances of the negative to anchor and positive
  /// (Balntas et al. 2016).
  bool swap = false;
};
/// max(0, d(anchor, positive) − d(anchor, negative) + margin) (Schroff et al.
/// 2015).
Value triplet_cost(Operand anchor, Operand positive, Operand negative,
                   const TripletOptions& options = {});
/// ½‖a − b‖² for pairs that belong together (y = 1), ½ max(0, margin − d)² for
/// others (y = 0), d = distance(a, b) (Hadsell et al. 2006).
Value contrastive_cost(Operand a, Operand b, Operand y, double margin = 1);

struct MarginOptions {
  double margin = 1;
  double power = 1;    ///< 1 or 2
  Value weights = {};  ///< (classes): what a row of each class counts; empty: 1
};
/// Σ max(0, margin − z_y + z_j)^power / classes over the classes j other than
/// the label y (Crammer and Singer 2001), of logits (…, classes) and labels (…)
/// of i32 or i64. Throws GraphError for another power.
Value multi_margin(Operand logits, Operand labels,
                   const MarginOptions& options = {});
/// Σ max(0, 1 − (z_y − z_j)) / classes over labels y of a row and the classes j
/// that are none of them. logits (n, classes); labels (n, k) of i32 or i64: a
/// row's labels, and −1 after the last.
Value multilabel_margin(Operand logits, Operand labels);

// ---- rows that count differently

/// Costs of rows, already times their weights, and these weights.
struct WeightedCosts {
  Value each;
  Value weight;
};
/// Σ each/Σ weight. 0 if no row counts; NaN if there is none.
Value mean(const WeightedCosts& costs, Source at = Source::current());
/// Σ each.
Value sum(const WeightedCosts& costs, Source at = Source::current());

/// Costs of which only those count where `mask` (boolean, or 0 and others)
/// holds, which broadcasts: mean(masked(c, m)) is the mean over what is there.
/// What is masked passes no gradient, and may be infinite or NaN itself.
WeightedCosts masked(Operand costs, Operand mask);
/// Whether step t < length: lengths (batch) of i32 or i64 → (batch, steps),
/// boolean.
Value sequence_mask(Operand lengths, std::int64_t steps);

struct ClassOptions {
  Value weights = {};  ///< (classes): what a row of each class counts; empty: 1
  /// The share of the target that is spread evenly over all classes (Szegedy et
  /// al. 2016).
  double label_smoothing = 0;
  std::optional<std::int64_t> ignore = {};  ///< rows of this label do not count
};
/// −ln p_y of logits (…, classes) and class numbers (…). With smoothing s and
/// weights w: −(1−s) w_y ln p_y − s/classes Σ_k w_k ln p_k, whose weight is
/// w_y. Throws GraphError unless 0 ≤ s ≤ 1, ShapeError for weights that are not
/// (classes).
WeightedCosts softmax_cross_entropy(Operand logits, Operand labels,
                                    const ClassOptions& options);
/// The same of ln p.
WeightedCosts negative_log_likelihood(Operand log_probabilities, Operand labels,
                                      const ClassOptions& options);

}  // namespace weft
