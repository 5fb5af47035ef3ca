#pragma once

#include <string_view>
#include <vector>

#include "weft/op.h"
#include "weft/random.h"
#include "weft/tensor.h"

namespace weft::runtime {

/// Computes one op on concrete tensors, on the calling thread.
std::vector<Tensor> evaluate(const Op& op, const std::vector<Tensor>& inputs,
                             const std::vector<Type>& outputs);

/// The value of an initialiser (an op without inputs) for the entry `path`.
Tensor run_initializer(const Op& op, const Type& type, Seed seed,
                       std::string_view path);

}  // namespace weft::runtime
