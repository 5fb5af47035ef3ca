#include "weft/activation.h"

#include <array>
#include <charconv>
#include <utility>

#include "src/core/call_text.h"
#include "src/core/suggest.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/initializers.h"
#include "weft/ops.h"

namespace weft {

namespace {

using A = Activation;

constexpr std::array<std::pair<A::Kind, std::string_view>, 14> kKinds{{
    {A::identity, "identity"},
    {A::sigmoid, "sigmoid"},
    {A::tanh, "tanh"},
    {A::rescaled_tanh, "rescaled_tanh"},
    {A::softmax, "softmax"},
    {A::relu, "relu"},
    {A::leaky_relu, "leaky_relu"},
    {A::prelu, "prelu"},
    {A::elu, "elu"},
    {A::selu, "selu"},
    {A::gelu, "gelu"},
    {A::silu, "silu"},
    {A::softplus, "softplus"},
    {A::mish, "mish"},
}};

constexpr std::array<std::pair<A::Slopes, std::string_view>, 3> kSlopes{{
    {A::Slopes::per_unit, "per_unit"},
    {A::Slopes::per_channel, "per_channel"},
    {A::Slopes::shared, "shared"},
}};

double default_slope(A::Kind kind) {
  return kind == A::leaky_relu ? 0.01 : kind == A::prelu ? 0.25 : 0;
}

/// Takes a setting over; false if the activation has none like it.
bool set(A& a, std::string_view text) {
  for (const auto& [which, word] : kSlopes) {
    if (text != word || a.kind != A::prelu) continue;
    a.slopes = which;
    return true;
  }
  const auto number = detail::parse_number(text);
  if (!number || (a.kind != A::leaky_relu && a.kind != A::prelu)) return false;
  a.slope = *number;
  return true;
}

[[noreturn]] void refuse(std::string_view name, const Source& at) {
  std::vector<std::string> names;
  for (const auto& [kind, text] : kKinds) names.emplace_back(text);
  throw GraphError("[activation] there is no '" + std::string(name) + "'" +
                   detail::suggestion(name.substr(0, name.find('(')), names) +
                   "; known are " + detail::listed(names) +
                   ", with a setting as in leaky_relu(0.1) and prelu(shared)" +
                   at_line(at));
}

/// What the text says; the slope is the kind's own unless it says one.
A parsed(std::string_view text, const Source& at) {
  const auto call = detail::parse_call(text);
  if (!call) refuse(text, at);
  for (const auto& [kind, name] : kKinds) {
    if (name != call->name) continue;
    A a(kind);
    for (std::string_view setting : call->arguments) {
      if (!set(a, setting)) refuse(text, at);
    }
    return a;
  }
  refuse(text, at);
}

/// How the slopes' parameter is shaped, and how it must be to meet x.
struct SlopeShapes {
  Shape parameter, broadcast;
};

std::int64_t known(const Shape& s, int axis, const Operand& x) {
  if (!s[axis].is_symbolic()) return s.dim(axis);
  throw ShapeError("[prelu] axis " + std::to_string(axis) + " of " +
                   to_string(s) +
                   " has no size yet, so the number of slopes is not known; "
                   "did you mean prelu(shared)?" +
                   at_line(x.at));
}

SlopeShapes slope_shapes(const Operand& x, A::Slopes slopes) {
  const Shape& s = x.value.shape();
  if (slopes == A::Slopes::shared) return {{}, {}};
  if (s.rank() < 2) {
    throw ShapeError(
        "[prelu] slopes for each unit or channel need (batch, "
        "units, …), not " +
        to_string(s) + "; did you mean prelu(shared)?" + at_line(x.at));
  }
  // One axis, so that weight decay, which leaves vectors out, leaves slopes
  // out (He et al. 2015, section 2.1).
  if (slopes == A::Slopes::per_channel) {
    const std::int64_t n = known(s, 1, x);
    Shape broadcast{n};
    for (int i = 2; i < s.rank(); ++i) broadcast.push_back(1);
    return {{n}, broadcast};
  }
  std::int64_t n = 1;
  Shape broadcast;
  for (int i = 1; i < s.rank(); ++i) {
    n *= known(s, i, x);
    broadcast.push_back(s[i]);
  }
  return {{n}, broadcast};
}

Value learnt_rectifier(const Operand& x, const A& a, std::string_view scope) {
  const SlopeShapes shapes = slope_shapes(x, a.slopes);
  Graph& g = x.value.graph();
  const Scope inside(g, scope.empty() ? "prelu" : scope);
  const DType t = x.value.dtype();
  Value slope = g.parameter(
      "slope", shapes.parameter,
      initializers::constant(a.slope)(shapes.parameter, t), t, x.at);
  if (shapes.broadcast != shapes.parameter) {
    slope = reshape(slope, shapes.broadcast);
  }
  return prelu(x, slope);
}

}  // namespace

Activation::Activation(Kind k) : kind(k), slope(default_slope(k)) {}
Activation::Activation(Kind k, double initial_slope)
    : kind(k), slope(initial_slope) {}
Activation::Activation(Slopes which, double initial_slope)
    : kind(prelu), slope(initial_slope), slopes(which) {}
Activation::Activation(const char* name, Source at)
    : Activation(std::string_view(name), at) {}
Activation::Activation(const std::string& name, Source at)
    : Activation(std::string_view(name), at) {}

Activation::Activation(std::string_view name, Source at)
    : Activation(parsed(name, at)) {}

std::string_view name_of(Activation::Kind kind) {
  return kKinds.at(static_cast<std::size_t>(kind)).second;
}

const std::vector<Activation::Kind>& activation_kinds() {
  static const std::vector<Activation::Kind> kinds = [] {
    std::vector<Activation::Kind> all;
    for (const auto& [kind, name] : kKinds) all.push_back(kind);
    return all;
  }();
  return kinds;
}

std::string to_string(const Activation& a) {
  std::string settings;
  if (a.slopes != A::Slopes::per_unit) {
    settings = kSlopes.at(static_cast<std::size_t>(a.slopes)).second;
  }
  if (a.slope != default_slope(a.kind)) {
    char number[40];
    const auto end = std::to_chars(number, number + sizeof number, a.slope).ptr;
    settings += (settings.empty() ? "" : ",") + std::string(number, end);
  }
  return std::string(name_of(a.kind)) +
         (settings.empty() ? "" : "(" + settings + ")");
}

Value rescaled_tanh(Operand x) {
  const CallScope call(x);
  return sigmoid(2 * x.value);
}

Value activation(Operand x, const Activation& a, std::string_view scope) {
  const CallScope call(x);
  switch (a.kind) {
    case A::identity: return x.value;
    case A::sigmoid: return sigmoid(x);
    case A::tanh: return tanh(x);
    case A::rescaled_tanh: return rescaled_tanh(x);
    case A::softmax: return softmax(x);
    case A::relu: return relu(x);
    case A::leaky_relu: return leaky_relu(x, a.slope);
    case A::prelu: return learnt_rectifier(x, a, scope);
    case A::elu: return elu(x);
    case A::selu: return selu(x);
    case A::gelu: return gelu(x);
    case A::silu: return silu(x);
    case A::softplus: return softplus(x);
    case A::mish: return mish(x);
  }
  throw GraphError("[activation] kind " + std::to_string(a.kind) +
                   " is not known" + at_line(x.at));
}

}  // namespace weft
