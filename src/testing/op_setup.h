#pragma once

// What the checks of an op have in common.

#include <string>
#include <vector>

#include "weft/graph.h"
#include "weft/op.h"
#include "weft/program.h"
#include "weft/random.h"

namespace weft::testing {

/// Random elements for a sample's input, off its kinks; of dtype `fallback`
/// unless the input has its own.
Tensor draw_tensor(const SampleInput& in, DType fallback,
                   RandomSequence& draws);

/// The op on buffers of a graph, so that nothing is folded away.
struct Setup {
  Graph graph;
  std::vector<Value> inputs;
  std::vector<Value> outputs;
  State state;
};
void build(Setup& s, const OpPtr& op, const std::vector<Tensor>& tensors);
std::vector<Tensor> values(Setup& s, const std::vector<Value>& of,
                           int threads = 1);

/// Σ c·y over the floating-point values, with fixed irregular weights c; empty
/// if there are none.
Value weighted_sum(Graph& g, const std::vector<Value>& ys);

/// What does not hold of jvp(): that <u, J·v> = <Jᵀ·u, v>.
std::vector<std::string> forward_mode_failures(const OpPtr& op,
                                               const Sample& sample,
                                               DType dtype);
/// What does not hold of vmap(): that it gives what each example gives, with
/// all inputs mapped, and with each of them alone.
std::vector<std::string> mapping_failures(const OpPtr& op, const Sample& sample,
                                          DType dtype);

}  // namespace weft::testing
