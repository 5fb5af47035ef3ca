#include "weft/shape.h"

#include <algorithm>

#include "src/core/check_size.h"
#include "weft/error.h"

namespace weft {

Shape::Shape(std::initializer_list<Dim> dims)
    : Shape(std::span<const Dim>(dims.begin(), dims.size())) {}

Shape::Shape(std::span<const Dim> dims) {
  for (Dim d : dims) push_back(d);
}

Shape::Shape(const std::vector<std::int64_t>& dims) {
  for (std::int64_t d : dims) push_back(Dim(d));
}

void Shape::push_back(Dim d) {
  if (rank_ == kMaxRank) {
    throw ShapeError("a shape has at most " + std::to_string(kMaxRank) +
                     " dimensions; " + to_string(d) + " can't follow " +
                     to_string(*this));
  }
  dims_[static_cast<std::size_t>(rank_++)] = d;
}

bool Shape::is_concrete() const {
  return std::none_of(begin(), end(), [](Dim d) { return d.is_symbolic(); });
}

std::int64_t Shape::elements() const {
  for (Dim d : *this) {
    if (d.is_symbolic()) {
      throw ShapeError("the size of " + to_string(*this) +
                       (d == kInfer
                            ? " is not known; only reshape replaces a -1"
                            : " is not known before a run"));
    }
  }
  if (std::any_of(begin(), end(), [](Dim d) { return d == Dim(0); })) return 0;
  return check_size(*this);
}

std::int64_t check_size(const Shape& shape, std::string_view op) {
  constexpr std::int64_t kMost = std::int64_t{1} << 58;
  std::int64_t n = 1;
  for (Dim d : shape) {
    if (d.is_symbolic() || d == Dim(0)) continue;
    if (!__builtin_mul_overflow(n, d.size(), &n) && n <= kMost) continue;
    const std::string start = op.empty() ? "" : "[" + std::string(op) + "] ";
    throw ShapeError(start + "the shape " + to_string(shape) +
                     " has more than 2^58 elements");
  }
  return n;
}

Shape Shape::resolve(const SymbolSizes& symbols) const {
  Shape concrete;
  for (Dim d : *this) concrete.push_back(Dim(symbols.resolve(d)));
  return concrete;
}

bool operator==(const Shape& a, const Shape& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

std::string to_string(const Shape& shape) {
  std::string text = "(";
  for (int i = 0; i < shape.rank(); ++i) {
    text += (i ? ", " : "") + to_string(shape[i]);
  }
  return text + ")";
}

int normalize_axis(std::int64_t axis, int rank, std::string_view op) {
  if (axis < -rank || axis >= rank) {
    std::string text = "[" + std::string(op) + "] axis " +
                       std::to_string(axis) + " is out of range for rank " +
                       std::to_string(rank);
    text += rank == 0 ? " (a scalar has no axes)"
                      : " (use " + std::to_string(-rank) + " … " +
                            std::to_string(rank - 1) + ")";
    throw ShapeError(text);
  }
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Shape broadcast(const Shape& a, const Shape& b, std::string_view op) {
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  const int shift = longer.rank() - shorter.rank();
  Shape out = longer;
  for (int i = 0; i < shorter.rank(); ++i) {
    const Dim d = shorter[i];
    Dim& o = out[i + shift];
    if (o == d || d == Dim(1)) continue;
    if (o == Dim(1)) {
      o = d;
      continue;
    }
    throw ShapeError("[" + std::string(op) + "] shapes don't broadcast: " +
                     to_string(a) + " and " + to_string(b));
  }
  return out;
}

std::string to_string(const Type& type) {
  return std::string(to_string(type.dtype)) + to_string(type.shape);
}

}  // namespace weft
