#include <algorithm>
#include <tuple>

#include "ops/kernels/batches.h"
#include "ops/kernels/gemm.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Matmul {
  static constexpr std::string_view name = "matmul";
  static constexpr bool throws = false;
  bool transpose_a = false;
  bool transpose_b = false;
  static constexpr auto fields() {
    return std::tuple{field("transpose_a", &Matmul::transpose_a),
                      field("transpose_b", &Matmul::transpose_b)};
  }

  Type infer(const Type& a, const Type& b) const {
    const int ra = a.shape.rank(), rb = b.shape.rank();
    if (ra < 2 || rb < 2) {
      throw ShapeError("[matmul] takes matrices, got " + to_string(a.shape) +
                       " and " + to_string(b.shape) +
                       "; did you mean unsqueeze?");
    }
    const Dim m = a.shape[transpose_a ? ra - 1 : ra - 2];
    const Dim ka = a.shape[transpose_a ? ra - 2 : ra - 1];
    const Dim kb = b.shape[transpose_b ? rb - 1 : rb - 2];
    const Dim n = b.shape[transpose_b ? rb - 2 : rb - 1];
    if (ka != kb) throw_inner(a, b, ka == n);
    Shape out = broadcast(leading(a.shape), leading(b.shape), name);
    out.push_back(m);
    out.push_back(n);
    return {a.dtype, out};
  }

  std::int64_t tiles(const Work& work) const {
    const Grid g(*this, work.inputs[0].shape, work.outputs[0].shape);
    return g.batches * g.row_tiles * g.column_tiles;
  }
  double flops(const Work& work) const {
    const Shape& a = work.inputs[0].shape;
    return 2.0 * static_cast<double>(work.outputs[0].shape.elements()) *
           static_cast<double>(a.dim(a.rank() - (transpose_a ? 2 : 1)));
  }

  template <class T>
  void forward(const Context& c, View<const T> a, View<const T> b,
               View<T> y) const {
    const Grid g(*this, a.shape(), y.shape());
    // Few tiles are one matrix each; many small matrices share one tile.
    const std::int64_t per_batch = g.row_tiles * g.column_tiles;
    const std::int64_t total = g.matrices * per_batch;
    const Shape batch = leading(y.shape());
    for (std::int64_t t = c.begin(total); t < c.end(total); ++t) {
      const std::int64_t i = t / per_batch;
      const std::int64_t row = t % per_batch / g.column_tiles;
      const std::int64_t column = t % per_batch % g.column_tiles;
      multiply(c, g, a.data() + batch_offset(i, batch, a.shape()) * g.m * g.k,
               b.data() + batch_offset(i, batch, b.shape()) * g.k * g.n,
               y.data(), i, row, column);
    }
  }
  /// Whole matrices, or part of one.
  Block block(const Work& work, std::int64_t tile) const {
    const Grid g(*this, work.inputs[0].shape, work.outputs[0].shape);
    const std::int64_t per_batch = g.row_tiles * g.column_tiles;
    if (g.matrices * per_batch == 0) return {0, 0, 0, g.n};
    if (per_batch == 1) {
      const std::int64_t first = g.matrices * tile / g.batches;
      const std::int64_t last = g.matrices * (tile + 1) / g.batches;
      return {first * g.m, (last - first) * g.m, 0, g.n};
    }
    const std::int64_t r = tile % per_batch / g.column_tiles;
    const std::int64_t c = tile % per_batch % g.column_tiles;
    const std::int64_t row = g.rows.start(r), column = g.columns.start(c);
    return {tile / per_batch * g.m + row, g.rows.start(r + 1) - row, column,
            g.columns.start(c + 1) - column};
  }

  Grads<2> vjp(Value a, Value b, Value, Value dy) const {
    // dA = dY·Bᵀ and dB = Aᵀ·dY, with the transposes moved to where the
    // operands were not transposed.
    const Value da = transpose_a ? matmul(b, dy, transpose_b, true)
                                 : matmul(dy, b, false, !transpose_b);
    const Value db = transpose_b ? matmul(dy, a, true, transpose_a)
                                 : matmul(a, dy, !transpose_a, false);
    return {da, db};
  }

  Value vmap(const Batched& in) const;

  static Samples samples() {
    return {{Shape{2, 3}, Shape{3, 4}},
            sample(Matmul{true, false}, {Shape{3, 2}, Shape{3, 4}}),
            sample(Matmul{false, true}, {Shape{2, 3}, Shape{4, 3}}),
            sample(Matmul{true, true}, {Shape{3, 2}, Shape{4, 3}}),
            {Shape{2, 1, 2, 3}, Shape{3, 3, 2}},
            {Shape{2, 2, 3}, Shape{3, 2}},
            {Shape{0, 3}, Shape{3, 2}},
            {Shape{2, 0}, Shape{0, 3}}};
  }

 private:
  /// A side of the output cut into nearly equal parts at multiples of `unit`.
  struct Cut {
    std::int64_t size = 0, parts = 1, unit = 1;
    std::int64_t start(std::int64_t part) const {
      return part == parts ? size : size * part / parts / unit * unit;
    }
  };

  /// The output cut into fixed tiles, which depend on the shape alone.
  struct Grid {
    std::int64_t m, n, k, matrices;
    Cut rows, columns;
    std::int64_t row_tiles, column_tiles, batches;

    Grid(const Matmul& op, const Shape& a, const Shape& y)
        : m(y.dim(y.rank() - 2)),
          n(y.dim(y.rank() - 1)),
          k(a.dim(a.rank() - (op.transpose_a ? 2 : 1))),
          matrices(leading(y).elements()),
          rows{m},
          columns{n} {
      constexpr double kTileFlops = 2e6;  // some 10 to 20 µs
      const double flops = 2.0 * static_cast<double>(m) *
                           static_cast<double>(n) * static_cast<double>(k);
      // Tiles of whole rows or whole columns: each operand is packed once.
      const bool tall = m >= n;
      Cut& cut = tall ? rows : columns;
      cut.unit = tall ? gemm_row_unit : gemm_column_unit;
      const std::int64_t least = tall && !op.transpose_a ? 48 : 64;
      // A power of two, for tiles cost the same and threads are often as many.
      while (cut.parts < 32 && cut.size >= 2 * cut.parts * least &&
             flops >= 1.5 * static_cast<double>(cut.parts) * kTileFlops) {
        cut.parts *= 2;
      }
      if (op.transpose_a) square_tiles();
      row_tiles = m == 0 ? 0 : rows.parts;
      column_tiles = n == 0 ? 0 : columns.parts;
      const auto together = static_cast<std::int64_t>(
          std::max(1.0, kTileFlops / std::max(flops, 1.0)));
      batches = (matrices + together - 1) / together;
    }

    /// The gradient of a weight: each row of tiles packs all of B, and what
    /// updates the weight tile by tile goes along rows.
    void square_tiles() {
      constexpr std::int64_t kColumns = 256, kRows = 96;
      while (rows.parts >= 4 * columns.parts &&
             n >= 2 * columns.parts * kColumns) {
        rows.parts /= 2;
        columns.parts *= 2;
      }
      while (columns.parts > 1 && n < columns.parts * kColumns &&
             m >= 2 * rows.parts * kRows) {
        columns.parts /= 2;
        rows.parts *= 2;
      }
      rows.unit = gemm_row_unit;
      columns.unit = gemm_column_unit;
    }
  };

  template <class T>
  void multiply(const Context& c, const Grid& g, const T* a, const T* b, T* y,
                std::int64_t matrix, std::int64_t row,
                std::int64_t column) const {
    const std::int64_t r0 = g.rows.start(row), c0 = g.columns.start(column);
    GemmArgs<T> args;
    args.trans_a = transpose_a;
    args.trans_b = transpose_b;
    args.m = g.rows.start(row + 1) - r0;
    args.n = g.columns.start(column + 1) - c0;
    args.k = g.k;
    args.lda = transpose_a ? g.m : g.k;
    args.ldb = transpose_b ? g.k : g.n;
    args.a = a + (transpose_a ? r0 : r0 * g.k);
    args.b = b + (transpose_b ? c0 * g.k : c0);
    std::tie(args.c, args.ldc) = c.block_of(y, matrix * g.m + r0, c0, g.n);
    gemm(args);
  }

  [[noreturn]] static void throw_inner(const Type& a, const Type& b,
                                       bool transposed_fits) {
    throw ShapeError("[matmul] inner sizes differ: " + to_string(a.shape) +
                     " x " + to_string(b.shape) +
                     (transposed_fits ? "; did you mean transpose_b?" : ""));
  }
};

/// All rows of a as those of one matrix, where there is one b for all; empty
/// if their number would be a product of symbols.
Value by_rows(Value a, Value b, bool transpose_b) {
  Dim rows = 1;
  Shape shape;
  for (int i = 0; i + 1 < a.rank(); ++i) {
    const Dim d = a.shape()[i];
    if (rows.is_symbolic() && d.is_symbolic()) return {};
    rows = rows * d;
    shape.push_back(d);
  }
  const Value joined = reshape(a, Shape{rows, a.shape()[a.rank() - 1]});
  const Value y = matmul(joined, b, false, transpose_b);
  shape.push_back(y.shape()[1]);
  return reshape(y, shape);
}

Value Matmul::vmap(const Batched& in) const {
  if (!in.mapped(1) && in.one(1).rank() == 2 && !transpose_a) {
    const Value y = by_rows(in.shared(0), in.shared(1), transpose_b);
    if (y) return y;
  }
  const int rank = std::max(in.one(0).rank(), in.one(1).rank());
  return matmul(in.aligned(0, rank), in.aligned(1, rank), transpose_a,
                transpose_b);
}

}  // namespace

Value matmul(Operand a, Operand b, bool transpose_a, bool transpose_b) {
  return apply(Matmul{transpose_a, transpose_b}, a, b);
}

namespace ops {
void register_matmul(Registry& r) { r.add<Matmul>(); }
}  // namespace ops
}  // namespace weft
