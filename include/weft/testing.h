#pragma once

#include <string>
#include <vector>

#include "weft/op.h"
#include "weft/registry.h"

namespace weft::testing {

/// What was checked of an op, and what does not hold.
struct Report {
  std::string op;
  int checks = 0;
  double first_order_error = 0;  ///< largest relative error met
  double second_order_error = 0;
  std::vector<std::string> failures;
  bool ok() const { return failures.empty(); }
};

/// Checks everything that must hold for an op, with its own samples: types of
/// the outputs; gradients of first and second order against finite differences
/// in f64 to 1e-7; forward mode against reverse mode to 1e-10; vmap against one
/// example after the other to 1e-12; f32 against f64; sizes 0 and 1 of
/// elementwise ops; the same bits on one thread and on three; a node written
/// and read back; rejection of wrong numbers of inputs and wrong dtypes. The op
/// must be registered.
Report check_op(const OpPtr& prototype);

/// The same for a struct, which it registers. Throws weft::Error with all that
/// does not hold.
void require(const Report& report);
template <class T>
void check_op() {
  registry().add<T>();
  require(check_op(make_op(T{})));
}

}  // namespace weft::testing
