#pragma once

// gemm around the tiles: blocks that fit the caches. Included by one source
// file per instruction set, see gemm_tile.h.
//
// The idea: rows of A are cut into blocks, k into blocks, and the columns of B
// into groups of panels, a panel being as wide as a tile. A group is packed
// just before its use, in the second-level cache, unless so few rows use it
// that it is better read where it lies. Then each tile's rows of A, in the
// first-level cache, meet all panels of the group, so that C is written along
// its rows.

#include "ops/kernels/gemm_pack.h"
#include "ops/kernels/gemm_sets.h"
#include "ops/kernels/gemm_thin.h"

namespace weft {
namespace {

inline Index ceil_divide(Index x, Index y) { return (x + y - 1) / y; }
inline Index round_up(Index x, Index y) { return ceil_divide(x, y) * y; }
inline Index smaller(Index x, Index y) { return x < y ? x : y; }

constexpr Index max_rows = 264;  // a multiple of every tile_rows
template <class T>
constexpr Index max_depth = sizeof(T) == 4 ? 320 : 256;
// Elements of a packed block of A, of which the last tile may leave some
// unused.
template <class T>
constexpr Index packed_a_size = (max_rows + tile_rows) * max_depth<T>;
// Bytes of B of which narrow panels can be read as fast as whole rows, and of
// which they can be read without much waiting.
constexpr Index small_b = 256 * 1024, large_b = 4 * 1024 * 1024;
// Columns that multiply_row keeps in the first-level cache.
template <class T>
constexpr Index row_size = 2048;
template <class T>
constexpr Index group_size = 192 * 1024 / sizeof(T);
// Of a transposed part of C.
template <class T>
constexpr Index transposed_size = 64 * 1024 / sizeof(T);

template <class T>
constexpr bool scratch_suffices =
    (packed_a_size<T> + group_size<T> + transposed_size<T>)*sizeof(T) <=
    gemm_scratch_bytes&& max_vectors* lanes<T>* max_depth<T> <= group_size<T>;
static_assert(scratch_suffices<float> && scratch_suffices<double>);

// A's and B's part of one block of k.
struct Depth {
  Index start, size;
  bool first, last;
};

struct Columns {
  Index start, end;
};

template <class T>
class Product {
 public:
  explicit Product(const GemmArgs<T>& args) : g_(args) {
    depths_ = g_.k > 0 ? ceil_divide(g_.k, max_depth<T>) : 1;
    depth_ = round_up(ceil_divide(g_.k, depths_), 8);
    row_blocks_ = ceil_divide(g_.m, max_rows);
  }

  void run() {
    if (g_.m <= 0 || g_.n <= 0) return;
    if (g_.m == 1 && g_.k > 0 && g_.n >= lanes<T> && g_.packed_b == nullptr) {
      if (g_.trans_b) return run_thin();
      if (b_size() > small_b) return run_row();
    }
    choose_layout(ceil_divide(g_.m, row_blocks_));
    for (Index i = 0; i < row_blocks_; ++i) {
      row0_ = tile_start(g_.m, row_blocks_, i);
      rows_ = tile_start(g_.m, row_blocks_, i + 1) - row0_;
      tiles_ = ceil_divide(rows_, tile_rows);
      for (Index d = 0; d < depths_; ++d) run_block(depth_block(d));
    }
  }

 private:
  Depth depth_block(Index d) const {
    const Index start = smaller(d * depth_, g_.k);
    return {start, smaller(depth_, g_.k - start), d == 0, d == depths_ - 1};
  }

  // One row by op(B) = B.
  void run_row() {
    T* sum = static_cast<T*>(gemm_scratch());
    for (Index j = 0; j < g_.n; j += row_size<T>) {
      // At least one vector.
      const Index end =
          g_.n - j < row_size<T> + lanes<T> ? g_.n : j + row_size<T>;
      for (Index i = 0; i < depths_; ++i) {
        const Depth d = depth_block(i);
        multiply_row(g_.a + d.start * a_step(), a_step(),
                     g_.b + d.start * g_.ldb + j, g_.ldb, d.size, end - j, sum);
        T* c = g_.c + j;
        if (g_.accumulate || !d.first) {
          for (Index l = 0; l < end - j; ++l) c[l] += sum[l];
        } else {
          for (Index l = 0; l < end - j; ++l) c[l] = sum[l];
        }
      }
      if (g_.epilogue != nullptr) g_.epilogue(g_.user, 0, 1, j, end - j);
      if (end == g_.n) return;
    }
  }

  // Bytes of B, the way it is stored if it isn't transposed.
  Index b_size() const { return g_.k * g_.ldb * static_cast<Index>(sizeof(T)); }

  // From one k to the next in op(A).
  Index a_step() const { return g_.trans_a ? g_.lda : 1; }

  // One row by the transpose of B.
  void run_thin() {
    for (Index i = 0; i < depths_; ++i) {
      const Depth d = depth_block(i);
      ThinTile<T> t;
      t.depth = d.size;
      t.a = g_.a + d.start * a_step();
      t.a_step = a_step();
      t.ldb = g_.ldb;
      t.add = g_.accumulate || !d.first;
      for (Index j = 0; j < g_.n;) {
        const bool wide = g_.n - j >= thin_blocks * lanes<T>;
        const Index width = wide ? thin_blocks * lanes<T> : lanes<T>;
        const Index end = smaller(j + width, g_.n);
        t.last_b = end - j - lanes<T>;
        t.first_lane = static_cast<int>(j + width - end);
        t.b = g_.b + j * g_.ldb + d.start;
        t.c = g_.c + j;
        wide ? multiply_thin<T, thin_blocks>(t) : multiply_thin<T, 1>(t);
        j = end;
      }
    }
    if (g_.epilogue != nullptr) g_.epilogue(g_.user, 0, 1, 0, g_.n);
  }

  // Whether rows that far apart meet in few sets of the caches.
  static bool clash(Index ld, Index bytes) {
    return ld * static_cast<Index>(sizeof(T)) % bytes == 0;
  }

  // Reading A or B in place saves the copy, but costs more in each use.
  // The same choice for all blocks of rows, the largest of which has `rows`.
  void choose_layout(Index rows) {
    const Index tiles = ceil_divide(rows, tile_rows);
    const int height = static_cast<int>(ceil_divide(rows, tiles));
    const Index most_uses = clash(g_.ldb, 4096) ? 3 : 16;
    // Reading narrow panels of what isn't cached waits for each row.
    b_in_place_ = g_.packed_b == nullptr && !g_.trans_b &&
                  b_size() <= large_b && tiles <= most_uses && g_.n >= lanes<T>;
    // What few rows use stays in the first-level cache.
    const Index size = tiles <= 2 ? group_size<T> / 4 : group_size<T>;
    const Index fit = size / (lanes<T> * (depth_ > 0 ? depth_ : 1));
    const Index vectors = g_.packed_b != nullptr ? full_vectors
                          : b_in_place_          ? tile_vectors(height)
                                        : smaller(tile_vectors(height), fit);
    width_ = lanes<T> * (g_.packed_b != nullptr ? vectors : even(vectors));
    group_ = width_ * smaller(fit > vectors ? fit / vectors : 1,
                              ceil_divide(g_.n, width_));
    const Index uses = ceil_divide(g_.n, width_);
    pack_a_ = g_.trans_a ? uses > (clash(g_.lda, 1024) ? 2 : 10)
                         : clash(g_.lda, 1024) && uses > 6;
  }

  // Vectors of a panel so that panels are as many as with `most`, but of nearly
  // equal width.
  Index even(Index most) const {
    const Index all = ceil_divide(g_.n, lanes<T>);
    return ceil_divide(all, ceil_divide(all, most));
  }

  void run_block(const Depth& d) {
    T* scratch = static_cast<T*>(gemm_scratch());
    const T* a = g_.a + (g_.trans_a ? d.start * g_.lda + row0_
                                    : row0_ * g_.lda + d.start);
    if (pack_a_) {
      pack_a(g_.trans_a, rows_, tiles_, d.size, a, g_.lda, scratch);
      a = scratch;
    }
    for (Index column = 0; column < g_.n; column += group_) {
      const Columns group{column, smaller(column + group_, g_.n)};
      run_group(d, a, group, scratch + packed_a_size<T>);
    }
  }

  void run_group(const Depth& d, const T* a, Columns group, T* packed) {
    const bool copy = g_.packed_b == nullptr && !b_in_place_;
    // A group that holds all of B serves every block of rows.
    const bool keep = depths_ == 1 && group_ >= g_.n;
    if (copy && !(keep && row0_ > 0)) pack_group(d, group, packed);
    const Index columns = group.end - group.start;
    Index finished = 0;
    for (Index i = 0; i < tiles_; ++i) {
      const Index start = tile_start(rows_, tiles_, i);
      const Index end = tile_start(rows_, tiles_, i + 1);
      Tile<T> t;
      t.a = a + (pack_a_      ? i * tile_rows * d.size
                 : g_.trans_a ? start
                              : start * g_.lda);
      t.c = g_.c + (row0_ + start) * g_.ldc;
      run_tiles(d, t, end - start, group, packed);
      if (!d.last || g_.epilogue == nullptr) continue;
      if (end == rows_ || (end - finished) * columns >= epilogue_size) {
        g_.epilogue(g_.user, row0_ + finished, end - finished, group.start,
                    columns);
        finished = end;
      }
    }
  }

  // All tiles of one height along the rows of C that start at t.c.
  void run_tiles(const Depth& d, Tile<T>& t, Index height, Columns group,
                 const T* packed) const {
    T* const c = t.c;
    t.depth = d.size;
    t.a_step = pack_a_ ? tile_rows : g_.lda;
    t.ldc = g_.ldc;
    t.add = g_.accumulate || !d.first;
    const auto& kernels = tile_table<T>.at[pack_a_ || g_.trans_a][height - 1];
    for (Index j = group.start; j < group.end; j += width_) {
      const Index columns = smaller(width_, group.end - j);
      const Index vectors = ceil_divide(columns, lanes<T>);
      t.c = c + j;
      t.b = packed + (j - group.start) * d.size;
      set_b(d, j, columns, vectors, t);
      kernels[vectors - 1](t);
    }
  }

  void set_b(const Depth& d, Index column, Index columns, Index vectors,
             Tile<T>& t) const {
    const int rest = static_cast<int>(columns - (vectors - 1) * lanes<T>);
    t.b_step = vectors * lanes<T>;
    t.last_b = t.last_c = (vectors - 1) * lanes<T>;
    t.first_lane = 0;
    t.end_lane = rest;
    if (g_.packed_b != nullptr) {
      t.b = g_.packed_b + column * g_.k + d.start * t.b_step;
    } else if (g_.n >= lanes<T>) {
      // The last vector ends with the row and overlaps its neighbour.
      t.last_c = columns - lanes<T>;
      t.first_lane = lanes<T> - rest;
      t.end_lane = lanes<T>;
    }
    if (b_in_place_) {
      t.b = g_.b + d.start * g_.ldb + column;
      t.b_step = g_.ldb;
      t.last_b = t.last_c;
    }
  }

  void pack_group(const Depth& d, Columns group, T* to) const {
    // Along few rows of B at a time, for processors fetch ahead along rows.
    const Index chunk = g_.trans_b ? d.size : 8;
    for (Index p = 0; p < d.size; p += chunk) {
      const Depth part{d.start + p, smaller(chunk, d.size - p), d.first,
                       d.last};
      for (Index j = group.start; j < group.end; j += width_) {
        const Columns panel{j, smaller(j + width_, group.end)};
        pack_panel(part, panel,
                   to + (j - group.start) * d.size +
                       p * round_up(panel.end - j, lanes<T>));
      }
    }
  }

  // Of a last vector that isn't whole, the neighbour's columns are packed
  // again, as set_b describes.
  void pack_panel(const Depth& d, Columns panel, T* to) const {
    const Index width = round_up(panel.end - panel.start, lanes<T>);
    const Index whole = panel.start + width - lanes<T>;
    if (g_.n < lanes<T> || panel.end == whole + lanes<T>) {
      pack_columns(d, panel, width, to);
      return;
    }
    if (whole > panel.start) pack_columns(d, {panel.start, whole}, width, to);
    pack_columns(d, {panel.end - lanes<T>, panel.end}, width,
                 to + (whole - panel.start));
  }

  void pack_columns(const Depth& d, Columns part, Index width, T* to) const {
    const T* b = g_.b + (g_.trans_b ? part.start * g_.ldb + d.start
                                    : d.start * g_.ldb + part.start);
    pack_b_panel(g_.trans_b, d.size, part.end - part.start, width, b, g_.ldb,
                 to);
  }

  // Elements of C for one call of the epilogue: half of a first-level cache.
  static constexpr Index epilogue_size = 16384 / static_cast<Index>(sizeof(T));

  const GemmArgs<T>& g_;
  Index depths_, depth_, row_blocks_;
  Index row0_ = 0, rows_ = 0, tiles_ = 0;
  bool pack_a_ = false, b_in_place_ = false;
  Index width_ = 0, group_ = 0;  // columns of a panel and of a group
};

// Few columns leave lanes of the vectors unused; then the transpose of C, which
// is op(B)^T op(A)^T, takes less, where A needn't be transposed for it or there
// is but one column. Each element of C is the same sequence of operations.
template <class T>
bool transposed_pays(const GemmArgs<T>& g) {
  constexpr Index least = 16;
  if (g.n > 4 * lanes<T> || g.m < 2 * lanes<T> || g.k < least ||
      g.packed_b != nullptr) {
    return false;
  }
  if (!g.trans_a) return g.n == 1;
  // Multiply-adds of vectors for each k, and one for each element of C.
  const Index direct = g.m * ceil_divide(g.n, lanes<T>);
  const Index other = g.n * ceil_divide(g.m, lanes<T>) + g.m * g.n / g.k;
  return 10 * other < 9 * direct;
}

template <class T>
void run_transposed(const GemmArgs<T>& g) {
  T* scratch =
      static_cast<T*>(gemm_scratch()) + packed_a_size<T> + group_size<T>;
  const Index most = transposed_size<T> / g.n / lanes<T> * lanes<T>;
  for (Index i = 0; i < g.m; i += most) {
    const Index rows = smaller(most, g.m - i);
    T* c = g.c + i * g.ldc;
    if (g.accumulate) transpose(rows, g.n, c, g.ldc, scratch, rows);
    GemmArgs<T> t;
    t.trans_a = !g.trans_b;
    t.trans_b = !g.trans_a;
    t.m = g.n;
    t.n = rows;
    t.k = g.k;
    t.a = g.b;
    t.lda = g.ldb;
    t.b = g.a + (g.trans_a ? i : i * g.lda);
    t.ldb = g.lda;
    t.c = scratch;
    t.ldc = rows;
    t.accumulate = g.accumulate;
    Product<T>(t).run();
    transpose(g.n, rows, scratch, rows, c, g.ldc);
    if (g.epilogue != nullptr) g.epilogue(g.user, i, rows, 0, g.n);
  }
}

template <class T>
void run_product(const GemmArgs<T>& args) {
  if (transposed_pays(args)) {
    run_transposed(args);
  } else {
    Product<T>(args).run();
  }
}

template <class T>
constexpr Index panel_width = full_vectors* lanes<T>;

template <class T>
void pack_whole_b(bool trans, Index k, Index n, const T* b, Index ldb,
                  T* packed) {
  for (Index column = 0; column < n; column += panel_width<T>) {
    const Index columns = smaller(panel_width<T>, n - column);
    pack_b_panel(trans, k, columns, round_up(columns, lanes<T>),
                 b + column * (trans ? ldb : 1), ldb, packed + column * k);
  }
}

template <class T>
constexpr GemmSet<T> gemm_set() {
  return {run_product<T>, pack_whole_b<T>, lanes<T>};
}

}  // namespace
}  // namespace weft
