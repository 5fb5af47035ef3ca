#include "weft/dtype.h"

#include <string>

#include "weft/error.h"

namespace weft {

DType dtype_from_string(std::string_view name) {
  for (DType t : kAllDTypes) {
    if (to_string(t) == name) return t;
  }
  throw TypeError("'" + std::string(name) +
                  "' is no dtype; known are f32, f64, i32, i64 and bool");
}

}  // namespace weft
