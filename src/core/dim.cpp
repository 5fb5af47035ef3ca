#include "weft/error.h"
#include "weft/shape.h"

namespace weft {

namespace {

constexpr const char* kForm = "is not of the form multiple * symbol + offset";
constexpr const char* kTooLarge = "is too large";
constexpr const char* kNegative = "is negative";

[[noreturn]] void throw_dims(Dim a, const char* operation, Dim b,
                             const char* why) {
  throw ShapeError("the dimension (" + to_string(a) + ") " + operation + " (" +
                   to_string(b) + ") " + why);
}

Dim checked(Dim a, const char* operation, Dim b, int id, std::int64_t multiple,
            std::int64_t offset) {
  if (multiple < 0) throw_dims(a, operation, b, kForm);
  if (multiple == 0) {
    if (offset < 0) throw_dims(a, operation, b, kNegative);
    return Dim(offset);
  }
  const bool is_infer =
      id == 255 && multiple == Dim::kMaxMultiple && offset == -1;
  if (multiple > Dim::kMaxMultiple || offset > Dim::kMaxOffset ||
      offset < -Dim::kMaxOffset || is_infer) {
    throw_dims(a, operation, b, kTooLarge);
  }
  return Dim::affine(id, multiple, offset);
}

Dim add(Dim a, Dim b, std::int64_t sign, const char* operation) {
  if (a == kInfer || b == kInfer) throw_dims(a, operation, b, kForm);
  if (a.is_symbolic() && b.is_symbolic() && a.symbol_id() != b.symbol_id()) {
    throw_dims(a, operation, b, kForm);
  }
  std::int64_t offset = 0;
  if (__builtin_add_overflow(a.offset(), sign * b.offset(), &offset)) {
    throw_dims(a, operation, b, kTooLarge);
  }
  return checked(a, operation, b,
                 a.is_symbolic() ? a.symbol_id() : b.symbol_id(),
                 a.multiple() + sign * b.multiple(), offset);
}

}  // namespace

void detail::throw_no_dim(int id, std::int64_t multiple, std::int64_t offset) {
  throw ShapeError("there is no dimension " + std::to_string(multiple) +
                   " * symbol " + std::to_string(id) + " + " +
                   std::to_string(offset));
}

Dim::Dim(std::int64_t size) : bits_(size) {
  if (size < -1) {
    throw ShapeError("a dimension can't be negative: " + std::to_string(size));
  }
}

Dim operator+(Dim a, Dim b) { return add(a, b, 1, "+"); }
Dim operator-(Dim a, Dim b) { return add(a, b, -1, "-"); }

Dim operator*(Dim a, Dim b) {
  if (a == kInfer || b == kInfer) throw_dims(a, "*", b, kForm);
  if (a.is_symbolic() && b.is_symbolic()) throw_dims(a, "*", b, kForm);
  if (b.is_symbolic()) return b * a;
  std::int64_t multiple = 0, offset = 0;
  if (__builtin_mul_overflow(a.multiple(), b.size(), &multiple) ||
      __builtin_mul_overflow(a.offset(), b.size(), &offset)) {
    throw_dims(a, "*", b, kTooLarge);
  }
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
  if (d == kInfer) {
    throw ShapeError("the dimension -1 has no size; only reshape replaces it");
  }
  const std::int64_t size = sizes[static_cast<std::size_t>(d.symbol_id())];
  auto symbol = [&] { return to_string(Dim::symbol(d.symbol_id())); };
  if (size < 0) {
    throw ShapeError("the size of '" + symbol() +
                     "' is not known: no input of the program has it");
  }
  std::int64_t n = 0;
  const bool overflow = __builtin_mul_overflow(d.multiple(), size, &n) ||
                        __builtin_add_overflow(n, d.offset(), &n);
  if (overflow || n < 0) {
    throw ShapeError("the dimension " + to_string(d) + " " +
                     (overflow ? kTooLarge : kNegative) + " with " + symbol() +
                     " = " + std::to_string(size));
  }
  return n;
}

}  // namespace weft
