// Diagonals of matrices, and matrices of diagonals.

#include <algorithm>

#include "ops/kernels/matrices.h"
#include "ops/kernels/movements.h"
#include "ops/kernels/runs.h"
#include "src/core/check_size.h"
#include "weft/batched.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// Where a diagonal of an m x n matrix begins, and its length.
struct Line {
  std::int64_t begin = 0, size = 0;
  Line(std::int64_t m, std::int64_t n, std::int64_t offset) {
    const std::int64_t row =
        offset < -m ? m : std::max<std::int64_t>(-offset, 0);
    const std::int64_t column = std::clamp<std::int64_t>(offset, 0, n);
    size = std::min(m - row, n - column);
    begin = size > 0 ? row * n + column : 0;
  }
};

std::int64_t tiles_of(std::int64_t elements) { return elements / (16 * 1024); }

struct TakeDiagonal {
  static constexpr std::string_view name = "take_diagonal";
  static constexpr bool throws = false;
  using dtypes = AnyType;
  std::int64_t offset = 0;
  static constexpr auto fields() {
    return std::tuple{field("offset", &TakeDiagonal::offset)};
  }
  Type infer(const Type& x) const {
    check_matrices(name, x.shape);
    const int r = x.shape.rank();
    const Line line(x.shape.dim(r - 2), x.shape.dim(r - 1), offset);
    return {x.dtype, with_last(x.shape, {line.size})};
  }
  std::int64_t tiles(const Work& work) const {
    return tiles_of(work.outputs[0].shape.elements());
  }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const Matrices s(x.shape());
    const Line line(s.rows, s.columns, offset);
    for (std::int64_t i = c.begin(s.count); i < c.end(s.count); ++i) {
      copy_runs(line.size, 1, x.data() + i * s.rows * s.columns + line.begin,
                s.columns + 1, y.data() + i * line.size, 1);
    }
  }
  Value vjp(Value x, Value, Value dy) const {
    const Matrices s(x.shape());
    return put_diagonal(dy, offset, s.rows, s.columns);
  }
  Value vmap(const Batched& in) const { return apply(*this, in[0]); }
  static Samples samples() {
    return {{Shape{2, 3, 4}},
            sample(TakeDiagonal{-1}, {Shape{3, 2}}),
            sample(TakeDiagonal{5}, {Shape{3, 2}})};
  }
};

struct PutDiagonal {
  static constexpr std::string_view name = "put_diagonal";
  static constexpr bool throws = false;
  using dtypes = AnyType;
  std::int64_t offset = 0, rows = 1, columns = 1;
  static constexpr auto fields() {
    return std::tuple{field("offset", &PutDiagonal::offset),
                      field("rows", &PutDiagonal::rows),
                      field("columns", &PutDiagonal::columns)};
  }
  Type infer(const Type& x) const {
    check_size({rows, columns}, name);
    const int last = x.shape.rank() - 1;
    if (last < 0 || rows < 0 || columns < 0 ||
        x.shape[last] != Dim(Line(rows, columns, offset).size)) {
      throw ShapeError("[put_diagonal] " + to_string(x.shape) +
                       " is no diagonal " + std::to_string(offset) + " of " +
                       std::to_string(rows) + " x " + std::to_string(columns));
    }
    Shape out = x.shape;
    out[last] = rows;
    out.push_back(columns);
    return {x.dtype, out};
  }
  std::int64_t tiles(const Work& work) const {
    return tiles_of(work.outputs[0].shape.elements());
  }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const Matrices s(y.shape());
    const Line line(rows, columns, offset);
    const std::int64_t begin = c.begin(s.count), end = c.end(s.count);
    const std::int64_t n = rows * columns;
    std::fill(y.data() + begin * n, y.data() + end * n, T(0));
    for (std::int64_t i = begin; i < end; ++i) {
      copy_runs(line.size, 1, x.data() + i * line.size, 1,
                y.data() + i * n + line.begin, columns + 1);
    }
  }
  Value vjp(Value, Value, Value dy) const { return take_diagonal(dy, offset); }
  Value vmap(const Batched& in) const { return apply(*this, in[0]); }
  static Samples samples() {
    return {sample(PutDiagonal{0, 3, 4}, {Shape{2, 3}}),
            sample(PutDiagonal{-1, 3, 2}, {Shape{2}}),
            sample(PutDiagonal{1, 1, 1}, {Shape{2, 0}})};
  }
};

}  // namespace

Value take_diagonal(Value x, std::int64_t offset) {
  return apply(TakeDiagonal{offset}, x);
}

Value put_diagonal(Value x, std::int64_t offset, std::int64_t m,
                   std::int64_t n) {
  return apply(PutDiagonal{offset, m, n}, x);
}

namespace ops {
void register_diagonals(Registry& r) {
  r.add<TakeDiagonal>();
  r.add<PutDiagonal>();
}
}  // namespace ops
}  // namespace weft
