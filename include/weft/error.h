#pragma once

#include <stdexcept>
#include <string>

namespace weft {

/// Every error that Weft throws. The text names the op or file, both values
/// that don't fit, the remedy, and the user's line; it is never empty.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Shapes that don't fit together, or an axis out of range.
class ShapeError : public Error {
 public:
  using Error::Error;
};
/// A dtype that an op does not take.
class TypeError : public Error {
 public:
  using Error::Error;
};
/// A wrong use of a graph, program, state or executor.
class GraphError : public Error {
 public:
  using Error::Error;
};
/// Input data that can't be read or don't fit.
class DataError : public Error {
 public:
  using Error::Error;
};
/// A file that is damaged, or not what it says it is.
class FormatError : public Error {
 public:
  using Error::Error;
};
/// A computation that has no finite or defined result.
class NumericError : public Error {
 public:
  using Error::Error;
};

}  // namespace weft
