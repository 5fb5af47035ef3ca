#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "weft/source.h"
#include "weft/value.h"

namespace weft {

/// A function that follows a layer, and what it is set to. Made from its kind
/// or from its name: `Activation::tanh`, "leaky_relu(0.1)", "prelu(shared)".
struct Activation {
  enum Kind {
    identity,
    sigmoid,
    tanh,
    rescaled_tanh,  ///< (tanh z + 1)/2: a tanh that stands for a probability
    softmax,        ///< over the last axis
    relu,
    leaky_relu,  ///< z where z > 0, else slope·z
    prelu,       ///< likewise with learnt slopes (He et al. 2015)
    elu,
    selu,
    gelu,
    silu,
    softplus,
    mish
  };
  /// How many slopes a PReLU learns. Units are the elements of one example, and
  /// channels the indices of its first axis; the first axis of all is the
  /// batch. For a dense layer's (batch, n) both are n.
  enum class Slopes { per_unit, per_channel, shared };

  Kind kind = identity;
  /// Of leaky_relu, and what those of prelu start with.
  double slope = 0;
  Slopes slopes = Slopes::per_unit;

  /// The slope is 0.01 for leaky_relu and 0.25 for prelu.
  Activation(Kind k = identity);  // NOLINT: a kind is an activation
  Activation(Kind k, double initial_slope);
  Activation(Slopes which, double initial_slope = 0.25);
  /// The activation of that name: that of a kind, with a slope in brackets for
  /// leaky_relu, and the slopes for prelu. Throws GraphError for others.
  Activation(std::string_view name,  // NOLINT: a name is an activation
             Source at = Source::current());
  Activation(const char* name, Source at = Source::current());  // NOLINT
  Activation(const std::string& name,                           // NOLINT
             Source at = Source::current());

  friend bool operator==(const Activation&, const Activation&) = default;
};

/// Its name, with what differs from the default: what it can be made from.
std::string to_string(const Activation& a);
/// "relu", without settings.
std::string_view name_of(Activation::Kind kind);
/// Every kind, in the order of the enumeration.
const std::vector<Activation::Kind>& activation_kinds();

/// The activation of x. A PReLU has the parameter scope/slope, or prelu/slope
/// if no scope is given. Throws ShapeError if the number of its slopes is not
/// known when the graph is built.
Value activation(Operand x, const Activation& a, std::string_view scope = "");

/// (tanh x + 1)/2, computed as σ(2x), which is the same and keeps its precision
/// near 0.
Value rescaled_tanh(Operand x);

}  // namespace weft
