#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "weft/dot.h"
#include "weft/train.h"

namespace weft {

/// Writes everything that training needs to go on: both graphs, parameters,
/// optimiser state, random state, place in the data, settings, class names and
/// scaler. The file appears whole or not at all: it is written beside `path`,
/// synced and renamed. Throws DataError if it can't be written; what was at
/// `path` then stays. A process that is killed meanwhile leaves the file
/// beside it, `path`.tmp…, which may be removed.
void save(Trainer& trainer, const std::string& path);

/// Reads such a file; the code that built the model is not needed. Throws
/// DataError if the file can't be read, and FormatError, with the place, if it
/// is damaged or was not written by Weft, or has an op that is not registered.
Trainer load(const std::string& path, int threads = 0);

struct LoadOptions {
  int threads = 0;  ///< 0: all
  /// Only what evaluation needs: neither the training graph nor the optimiser's
  /// tensors. Such a trainer evaluates and predicts; `fit` throws GraphError.
  bool inference = false;
  /// With `inference`: the weights are the file's pages, which all processes
  /// share, and nothing is copied (a page that the program writes becomes its
  /// own; the file never changes). Replacing the file by another, as `save`
  /// does, leaves the mapped one as it is. A program that cuts or overwrites
  /// the file in place takes it away from under the model: pages that were not
  /// read yet then end the process with SIGBUS. Where files are not trusted
  /// that far, false reads them into memory.
  bool map = true;
  /// Compares all tensors that are loaded with their checksums, for which they
  /// are read once. Without, a page is read when it is first used, and damage
  /// in the weights stays unnoticed.
  bool verify = true;
};
/// The same with more to choose.
Trainer load(const std::string& path, const LoadOptions& options);

/// A tensor of a file.
struct StoredTensor {
  std::string path;
  Type type;
  bool trainable = false;
  std::uint64_t offset = 0;  ///< in the file
  std::uint64_t bytes = 0;
  std::uint32_t checksum = 0;
};

/// What a file says of itself, read without its weights: their damage, unlike
/// any other, is not noticed (`load` notices).
struct FileSummary {
  std::uint32_t version = 0;
  std::uint64_t bytes = 0;
  std::vector<StoredTensor> tensors;
  std::shared_ptr<Graph> train, eval;
  Network network;  ///< of the eval graph
  Progress progress;
  std::uint64_t seed = 0, steps = 0;
  std::vector<std::string> class_names;
  std::map<std::string, std::string> settings;
  std::map<std::string, double> metrics;
};
FileSummary inspect(const std::string& path);

/// One hash over names, types and bits of all trained parameters.
std::uint64_t parameter_hash(const State& state);

}  // namespace weft
