#include <limits>

#include "weft/error.h"
#include "weft/shape.h"

namespace weft {

namespace {

[[noreturn]] void throw_dims(Dim a, const char* operation, Dim b) {
  throw ShapeError("the dimension (" + to_string(a) + ") " + operation + " (" +
                   to_string(b) +
                   ") is not of the form multiple * symbol + offset");
}

constexpr std::int64_t kMaxMultiple = (1 << 23) - 1;
constexpr std::int64_t kMaxOffset = std::numeric_limits<std::int32_t>::max();

Dim checked(Dim a, const char* operation, Dim b, int id, std::int64_t multiple,
            std::int64_t offset) {
  if (multiple < 0 || multiple > kMaxMultiple || offset > kMaxOffset ||
      offset < -kMaxOffset) {
    throw_dims(a, operation, b);
  }
  if (multiple == 0 && offset < 0) throw_dims(a, operation, b);
  return Dim::affine(id, multiple, offset);
}

Dim add(Dim a, Dim b, std::int64_t sign, const char* operation) {
  if (!a.is_symbolic() && !b.is_symbolic()) {
    const std::int64_t sum = a.size() + sign * b.size();
    if (sum < 0) throw_dims(a, operation, b);
    return Dim(sum);
  }
  if (a.is_symbolic() && b.is_symbolic() && a.symbol_id() != b.symbol_id()) {
    throw_dims(a, operation, b);
  }
  return checked(
      a, operation, b, a.is_symbolic() ? a.symbol_id() : b.symbol_id(),
      a.multiple() + sign * b.multiple(), a.offset() + sign * b.offset());
}

}  // namespace

Dim::Dim(std::int64_t size) : bits_(size) {
  if (size < -1) {
    throw ShapeError("a dimension can't be negative: " + std::to_string(size));
  }
}

Dim operator+(Dim a, Dim b) { return add(a, b, 1, "+"); }
Dim operator-(Dim a, Dim b) { return add(a, b, -1, "-"); }

Dim operator*(Dim a, Dim b) {
  if (a.is_symbolic() && b.is_symbolic()) throw_dims(a, "*", b);
  if (b.is_symbolic()) return b * a;
  std::int64_t multiple = 0, offset = 0;
  if (__builtin_mul_overflow(a.multiple(), b.size(), &multiple) ||
      __builtin_mul_overflow(a.offset(), b.size(), &offset)) {
    throw_dims(a, "*", b);
  }
  if (!a.is_symbolic()) return Dim(offset);
  return checked(a, "*", b, a.symbol_id(), multiple, offset);
}

std::string to_string(Dim d) {
  if (!d.is_symbolic()) return std::to_string(d.size());
  if (d == kInfer) return "-1";
  const int id = d.symbol_id();
  std::string text = id == 0   ? "batch"
                     : id == 1 ? "time"
                               : "s" + std::to_string(id);
  if (d.multiple() != 1) text = std::to_string(d.multiple()) + "*" + text;
  if (d.offset() > 0) text += "+" + std::to_string(d.offset());
  if (d.offset() < 0) text += std::to_string(d.offset());
  return text;
}

std::int64_t SymbolSizes::resolve(Dim d) const {
  if (!d.is_symbolic()) return d.size();
  const std::int64_t size = sizes[static_cast<std::size_t>(d.symbol_id())];
  if (size < -1) {
    throw ShapeError("the size of '" + to_string(Dim::symbol(d.symbol_id())) +
                     "' is not known: no input of the program has it");
  }
  const std::int64_t n = d.multiple() * size + d.offset();
  if (n < 0) {
    throw ShapeError("the dimension " + to_string(d) + " is negative with " +
                     to_string(Dim::symbol(d.symbol_id())) + " = " +
                     std::to_string(size));
  }
  return n;
}

}  // namespace weft
