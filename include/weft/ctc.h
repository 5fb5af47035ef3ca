#pragma once

#include <cstdint>

#include "weft/op.h"

namespace weft {

/// Connectionist temporal classification (Graves et al. 2006): −ln of the
/// probability that a sequence of outputs, without repetitions and then without
/// blanks, reads as the labels.
///
/// log_probabilities (batch, time, classes) of f32 or f64, such as
/// log_softmax(z); labels (batch, n), of which the first label_lengths (batch)
/// count, none of them the blank; times (batch): how many outputs count.
/// Integers are i32 or i64. The result is (batch). It is infinite, and its
/// gradient 0, where the outputs are too few for the labels: one each, and one
/// more between equal neighbours.
///
/// The gradient is minus the expected number of visits of each class at each
/// time, by the forward and backward variables of that paper's section 4.1, in
/// f64 logarithms. There are derivatives up to the second. Throws ShapeError
/// and TypeError; DataError, when it runs, for lengths and labels out of range.
Value ctc_cost(Operand log_probabilities, Operand labels, Operand times,
               Operand label_lengths, std::int64_t blank = 0);

}  // namespace weft
