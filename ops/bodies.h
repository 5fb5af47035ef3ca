#pragma once

// The ops that carry a body. They have no kernels: `compile` puts the nodes of
// a checkpoint and of a custom derivative in its place (src/compile/inline.cpp)
// and gives scan and cond a program each (src/runtime/body_kernel.h). Their
// derivatives differentiate bodies, and so are in src/autodiff.

#include <span>
#include <string>
#include <vector>

#include "src/graph/body.h"
#include "weft/op.h"

namespace weft {

class Batched;

[[noreturn]] void throw_not_compiled(std::string_view op);
/// The types of a body's outputs, after a check of its inputs.
std::vector<Type> infer_body(std::string_view op, const Body& body,
                             std::span<const Type> inputs);

/// A computation whose values the backward pass computes again.
struct Checkpoint {
  static constexpr std::string_view name = "checkpoint";
  static constexpr bool has_body = true;
  using dtypes = Types<float>;
  Body body;
  /// So many of the last inputs must be there before anything is computed.
  std::int64_t waits = 0;
  static constexpr auto fields() {
    return std::tuple{field("body", &Checkpoint::body),
                      field("waits", &Checkpoint::waits)};
  }
  std::vector<Type> infer(std::span<const Type> in) const;
  template <class T>
  void forward(AnyInputs, AnyOutputs) const {
    throw_not_compiled(name);
  }
  std::vector<Value> vjp(std::span<const Value> in, std::span<const Value> out,
                         std::span<const Value> grads) const;
  std::vector<Value> jvp(std::span<const Value> in, std::span<const Value> out,
                         std::span<const Value> tangents) const;
  std::vector<Value> vmap(const Batched& in) const;
  static Samples samples();
};

/// A computation with a derivative of its own: `backward` takes the first
/// `arguments` inputs, the outputs, their gradients, and the inputs after
/// those of `body`; it gives the gradients of the arguments.
struct CustomVjp {
  static constexpr std::string_view name = "custom_vjp";
  static constexpr bool has_body = true;
  using dtypes = Types<float>;
  Body body;
  Body backward;
  std::int64_t arguments = 0;
  static constexpr auto fields() {
    return std::tuple{field("body", &CustomVjp::body),
                      field("backward", &CustomVjp::backward),
                      field("arguments", &CustomVjp::arguments)};
  }
  std::vector<Type> infer(std::span<const Type> in) const;
  template <class T>
  void forward(AnyInputs, AnyOutputs) const {
    throw_not_compiled(name);
  }
  std::vector<Value> vjp(std::span<const Value> in, std::span<const Value> out,
                         std::span<const Value> grads) const;
  std::vector<Value> vmap(const Batched& in) const;
  static Samples samples();
};

/// A loop over the first axis of sequences. Inputs: the first values of
/// `carries` values that steps hand on, `sequences` arrays, and what the body
/// reads besides. The body takes carries, one row of each sequence, and the
/// rest; it gives the new carries and rows of results. Outputs: the last
/// carries, and the results stacked.
struct Scan {
  static constexpr std::string_view name = "scan";
  static constexpr bool has_body = true;
  using dtypes = Types<float>;
  Body body;
  std::int64_t carries = 0;
  std::int64_t sequences = 0;
  bool reverse = false;
  Shape length;  ///< the number of steps, where there are no sequences
  static constexpr auto fields() {
    return std::tuple{
        field("body", &Scan::body), field("carries", &Scan::carries),
        field("sequences", &Scan::sequences), field("reverse", &Scan::reverse),
        field("length", &Scan::length)};
  }
  Dim steps(std::span<const Type> in) const;
  std::vector<Type> infer(std::span<const Type> in) const;
  template <class T>
  void forward(AnyInputs, AnyOutputs) const {
    throw_not_compiled(name);
  }
  std::vector<Value> vjp(std::span<const Value> in, std::span<const Value> out,
                         std::span<const Value> grads) const;
  std::vector<Value> jvp(std::span<const Value> in, std::span<const Value> out,
                         std::span<const Value> tangents) const;
  std::vector<Value> vmap(const Batched& in) const;
  static Samples samples();
};

/// One of two bodies of the same inputs: those after the first, a boolean.
struct Cond {
  static constexpr std::string_view name = "cond";
  static constexpr bool has_body = true;
  using dtypes = Types<float>;
  Body then;
  Body otherwise;
  static constexpr auto fields() {
    return std::tuple{field("then", &Cond::then),
                      field("otherwise", &Cond::otherwise)};
  }
  std::vector<Type> infer(std::span<const Type> in) const;
  template <class T>
  void forward(AnyInputs, AnyOutputs) const {
    throw_not_compiled(name);
  }
  std::vector<Value> vjp(std::span<const Value> in, std::span<const Value> out,
                         std::span<const Value> grads) const;
  std::vector<Value> jvp(std::span<const Value> in, std::span<const Value> out,
                         std::span<const Value> tangents) const;
  std::vector<Value> vmap(const Batched& in) const;
  static Samples samples();
};

}  // namespace weft
