#pragma once

// What a Program holds: the computation after all passes, and the instances
// that were planned for the sizes met so far.

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "src/compile/ir.h"
#include "src/runtime/instance.h"

namespace weft::runtime {

class ProgramImpl {
 public:
  ProgramImpl(passes::Ir ir, const PlanOptions& options)
      : ir_(std::move(ir)), options_(options) {}

  const passes::Ir& ir() const { return ir_; }

  /// Notes the runs of this program until it is null again.
  void record(Recorder* recorder) { recorder_ = recorder; }
  Recorder* recorder() const {
    return recorder_.load(std::memory_order_relaxed);
  }
  /// Those of the last run that has ended.
  SymbolSizes last_sizes();

  /// An instance for these sizes that no other run uses; give it back.
  std::unique_ptr<Instance> take(const SymbolSizes& sizes);
  void give_back(std::unique_ptr<Instance> instance);

 private:
  passes::Ir ir_;
  PlanOptions options_;
  std::atomic<Recorder*> recorder_{nullptr};
  std::mutex mutex_;
  std::vector<std::unique_ptr<Instance>> idle_;  ///< latest used last
};

/// An instance on loan; it is given back however its use ends.
class Loan {
 public:
  Loan(ProgramImpl& program, const SymbolSizes& sizes)
      : program_(program), instance_(program.take(sizes)) {}
  ~Loan() { program_.give_back(std::move(instance_)); }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;

  Instance& operator*() const { return *instance_; }
  Instance* operator->() const { return instance_.get(); }

 private:
  ProgramImpl& program_;
  std::unique_ptr<Instance> instance_;
};

}  // namespace weft::runtime
