#pragma once

#include <string>
#include <vector>

#include "weft/named_tensors.h"
#include "weft/train.h"

namespace weft {

/// Parameters and buffers of a model by path, `fc1/weight`, in the order of
/// their creation: what evaluation needs, and nothing of the optimiser's. They
/// share their elements with the trainer's state.
NamedTensors named_parameters(Trainer& trainer);

/// How tensors of a file fit a model.
struct WeightReport {
  std::vector<std::string> missing;     ///< of the model, and not in the file
  std::vector<std::string> unexpected;  ///< in the file, and not of the model
  std::vector<std::string> mismatched;  ///< with both dtypes and shapes
  bool ok() const {
    return missing.empty() && unexpected.empty() && mismatched.empty();
  }
};

/// "missing: fc1/bias; unexpected: fc.bias".
std::string to_string(const WeightReport& report);

/// Copies tensors into the model's parameters and buffers of the same names.
/// If `strict`, throws a DataError that lists all that is missing, unexpected
/// or of another dtype or shape, and the model is as before; else what fits is
/// copied, and the rest reported. The optimiser's state stays as it is.
WeightReport set_parameters(Trainer& trainer, const NamedTensors& tensors,
                            bool strict = true);

/// Reads or writes a file of weights by its name's end: `.safetensors` or
/// `.npz`. Throws DataError for another one.
NamedTensors read_weights(const std::string& path);
void write_weights(const std::string& path, const NamedTensors& tensors);

}  // namespace weft
