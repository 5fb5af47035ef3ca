#pragma once

// What a Program holds: the computation after all passes, and the instances
// that were planned for the sizes met so far.

#include <memory>
#include <mutex>
#include <vector>

#include "src/compile/ir.h"
#include "src/runtime/instance.h"

namespace weft::runtime {

class ProgramImpl {
 public:
  ProgramImpl(passes::Ir ir, const PlanOptions& options)
      : ir_(std::move(ir)), options_(options) {}

  const passes::Ir& ir() const { return ir_; }

  /// An instance for these sizes that no other run uses; give it back.
  std::unique_ptr<Instance> take(const SymbolSizes& sizes);
  void give_back(std::unique_ptr<Instance> instance);

 private:
  passes::Ir ir_;
  PlanOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Instance>> idle_;  ///< latest used last
};

}  // namespace weft::runtime
