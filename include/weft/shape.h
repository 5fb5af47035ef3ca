#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weft/dtype.h"

namespace weft {

namespace detail {
[[noreturn]] void throw_no_dim(int id, std::int64_t multiple,
                               std::int64_t offset);
}  // namespace detail

/// One dimension: a number, or `multiple * symbol + offset` of a size that is
/// known only when a program runs, such as the batch size.
///
/// A symbol is a small id with a name; `kBatch` and `kTime` are predefined.
class Dim {
 public:
  static constexpr std::int64_t kMaxMultiple = (1 << 23) - 1;
  static constexpr std::int64_t kMaxOffset = 0x7fffffff;

  constexpr Dim() = default;
  /// A number is a dimension; -1 is `kInfer`. Throws ShapeError below that.
  Dim(std::int64_t size);  // NOLINT
  static constexpr Dim symbol(int id) { return affine(id, 1, 0); }
  /// Throws ShapeError outside of id 0 to 255, multiple 0 to kMaxMultiple and
  /// offset -kMaxOffset to kMaxOffset; multiple 0 makes a number, of any size.
  static constexpr Dim affine(int id, std::int64_t multiple,
                              std::int64_t offset) {
    Dim d;
    d.bits_ = offset;
    if (multiple == 0 && offset >= 0) return d;
    if (id < 0 || id > 255 || multiple <= 0 || multiple > kMaxMultiple ||
        offset > kMaxOffset || offset < -kMaxOffset) {
      detail::throw_no_dim(id, multiple, offset);
    }
    d.bits_ = static_cast<std::int64_t>(
        (std::uint64_t{1} << 63) | (static_cast<std::uint64_t>(id) << 55) |
        (static_cast<std::uint64_t>(multiple) << 32) |
        static_cast<std::uint32_t>(offset));
    if (d.bits_ == -1) detail::throw_no_dim(id, multiple, offset);  // kInfer
    return d;
  }

  constexpr bool is_symbolic() const { return bits_ < 0; }
  /// The number; only for a dimension that is not symbolic.
  constexpr std::int64_t size() const { return bits_; }
  constexpr int symbol_id() const {
    return static_cast<int>((bits_ >> 55) & 0xff);
  }
  constexpr std::int64_t multiple() const {
    return is_symbolic() ? (bits_ >> 32) & kMaxMultiple : 0;
  }
  constexpr std::int64_t offset() const {
    return is_symbolic() ? static_cast<std::int32_t>(bits_ & 0xffffffff)
                         : bits_;
  }
  friend constexpr bool operator==(Dim, Dim) = default;

  /// The bits as stored in files; `from_bits` is the inverse.
  constexpr std::int64_t bits() const { return bits_; }
  static constexpr Dim from_bits(std::int64_t bits) {
    Dim d;
    d.bits_ = bits;
    return d;
  }

 private:
  std::int64_t bits_ = 0;
};

/// Sums, differences and products that stay affine in one symbol; others throw
/// ShapeError.
Dim operator+(Dim a, Dim b);
Dim operator-(Dim a, Dim b);
Dim operator*(Dim a, Dim b);
/// "64", "batch", "4*batch+1".
std::string to_string(Dim d);

/// The size of a batch, chosen anew at every run.
inline constexpr Dim kBatch = Dim::symbol(0);
/// The length of a sequence, chosen anew at every run.
inline constexpr Dim kTime = Dim::symbol(1);

/// In the shape that `reshape` takes: whatever is left over.
inline constexpr Dim kInfer = Dim::from_bits(-1);

/// The sizes of symbols in one run; -1 where unknown.
struct SymbolSizes {
  std::array<std::int64_t, 256> sizes;
  SymbolSizes() { sizes.fill(-1); }
  /// The number that a dimension stands for. Throws ShapeError if a symbol is
  /// unknown, or the result is negative or above 2^63 - 1.
  std::int64_t resolve(Dim d) const;
};

/// Up to eight dimensions, outermost first. Rank 0 is a scalar.
class Shape {
 public:
  static constexpr int kMaxRank = 8;

  Shape() = default;
  Shape(std::initializer_list<Dim> dims);
  explicit Shape(std::span<const Dim> dims);
  explicit Shape(const std::vector<std::int64_t>& dims);

  int rank() const { return rank_; }
  Dim operator[](int axis) const { return dims_[static_cast<size_t>(axis)]; }
  Dim& operator[](int axis) { return dims_[static_cast<size_t>(axis)]; }
  /// The concrete size of an axis.
  std::int64_t dim(int axis) const { return (*this)[axis].size(); }
  const Dim* begin() const { return dims_.data(); }
  const Dim* end() const { return dims_.data() + rank_; }
  /// Adds an innermost dimension. Throws ShapeError above kMaxRank.
  void push_back(Dim d);

  bool is_concrete() const;
  /// Number of elements of a concrete shape. Throws ShapeError if a dimension
  /// is symbolic, or above 2^58 elements: their bytes never overflow.
  std::int64_t elements() const;
  /// This shape with its symbols replaced.
  Shape resolve(const SymbolSizes& symbols) const;

  friend bool operator==(const Shape& a, const Shape& b);

 private:
  std::array<Dim, kMaxRank> dims_{};
  int rank_ = 0;
};

/// "(64, 784)", "(batch, 10)", "()".
std::string to_string(const Shape& shape);

/// An axis counted from the end when negative, made non-negative. Throws
/// ShapeError that names `op` if it is out of range.
int normalize_axis(std::int64_t axis, int rank, std::string_view op);

/// NumPy's broadcasting: aligned at the last axis, 1 stretches. Throws
/// ShapeError that names `op` if the shapes don't fit.
Shape broadcast(const Shape& a, const Shape& b, std::string_view op);

/// What is known of a value when the graph is built.
struct Type {
  DType dtype = DType::f32;
  Shape shape;
  friend bool operator==(const Type&, const Type&) = default;
};

/// "f32(64, 784)".
std::string to_string(const Type& type);

}  // namespace weft
