#include <algorithm>
#include <cmath>

#include "src/core/suggest.h"
#include "weft/error.h"
#include "weft/loss.h"

namespace weft {

namespace {

Tensor rows(std::int64_t n, std::int64_t classes, DType dtype) {
  if (dtype != DType::f32 && dtype != DType::f64) {
    throw TypeError("[one_of_n] makes f32 or f64, not " +
                    std::string(to_string(dtype)));
  }
  if (classes < 1) {
    throw DataError("[one_of_n] there must be a class at least, not " +
                    std::to_string(classes));
  }
  return Tensor(dtype, {Dim(n), Dim(classes)});
}

void set(Tensor& t, std::int64_t row, std::int64_t column) {
  const std::int64_t at = row * t.dim(1) + column;
  if (t.dtype() == DType::f32) {
    t.data<float>()[at] = 1;
  } else {
    t.data<double>()[at] = 1;
  }
}

}  // namespace

Tensor one_of_n(const Tensor& labels, std::int64_t classes, std::int64_t first,
                DType dtype) {
  if (labels.rank() != 1) {
    throw ShapeError("[one_of_n] labels are " + to_string(labels.shape()) +
                     "; they must be (n)");
  }
  Tensor out = rows(labels.dim(0), classes, dtype);
  for (std::int64_t i = 0; i < labels.dim(0); ++i) {
    const double label = labels.at(i);
    const double column = label - static_cast<double>(first);
    if (column >= 0 && column < static_cast<double>(classes) &&
        std::floor(column) == column) {
      set(out, i, static_cast<std::int64_t>(column));
      continue;
    }
    const double other = label - (first == 0 ? 1 : 0);
    const bool hint = (first == 0 || first == 1) && other >= 0 &&
                      other < static_cast<double>(classes);
    throw DataError(
        "[one_of_n] label " + std::to_string(label) + " of row " +
        std::to_string(i) + " is not a whole number from " +
        std::to_string(first) + " to " + std::to_string(first + classes - 1) +
        (hint ? "; did you mean first = " + std::to_string(first == 0 ? 1 : 0) +
                    "?"
              : ""));
  }
  return out;
}

Tensor one_of_n(const std::vector<std::string>& labels,
                const std::vector<std::string>& classes, DType dtype) {
  Tensor out = rows(static_cast<std::int64_t>(labels.size()),
                    static_cast<std::int64_t>(classes.size()), dtype);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto at = std::find(classes.begin(), classes.end(), labels[i]);
    if (at == classes.end()) {
      throw DataError("[one_of_n] '" + labels[i] + "' of row " +
                      std::to_string(i) + " is no class" +
                      detail::suggestion(labels[i], classes));
    }
    set(out, static_cast<std::int64_t>(i), at - classes.begin());
  }
  return out;
}

}  // namespace weft
