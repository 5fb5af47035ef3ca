#pragma once

// Runs the bodies of a scan or cond, as a step of the program around them. They
// run on the calling thread, in memory that is scratch memory of that step.

#include <memory>
#include <vector>

#include "src/compile/body_op.h"
#include "src/runtime/instance.h"

namespace weft::runtime {

class BodyRun {
 public:
  BodyRun(const passes::BodyOp& op, const SymbolSizes& sizes,
          const PlanOptions& options);

  std::int64_t scratch_bytes() const { return scratch_bytes_; }
  double cost() const;  ///< estimated ns
  double flops() const;

  /// `in` and `out` are those of the op's node.
  void run(const Buffer* in, const Buffer* out, char* scratch,
           const Context& context) const;

 private:
  struct Carry {
    std::int64_t bytes = 0;
    std::int64_t scratch = 0;  ///< where its two places begin
    std::int32_t input = -1;   ///< of the body; -1: it does not read it
  };
  void loop(const Buffer* in, const Buffer* out, char* scratch,
            Context context) const;
  void branch(const Buffer* in, const Buffer* out, char* scratch,
              const Context& context) const;
  /// Lets carry c be read and written where it belongs in step k.
  void place_carry(std::size_t c, std::int64_t k, const Buffer* in,
                   const Buffer* out, char* scratch) const;
  std::int64_t row(std::int64_t k) const {
    return op_.reverse ? steps_ - 1 - k : k;
  }

  const passes::BodyOp& op_;
  std::vector<std::unique_ptr<Instance>> parts_;
  std::vector<Carry> carries_;
  std::vector<std::int64_t> input_bytes_, result_bytes_;  ///< of a row
  std::int64_t steps_ = 1;
  std::int64_t scratch_bytes_ = 0;
  std::int64_t memory_ = 0;  ///< where the body's own begins in the scratch
};

}  // namespace weft::runtime
