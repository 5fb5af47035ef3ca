#include "ops/pair_distances.h"

#include <algorithm>
#include <cmath>

#include "weft/batched.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct PairDistances {
  static constexpr std::string_view name = "pair_distances";
  static constexpr bool throws = false;
  Type infer(const Type& a, const Type& b) const {
    const int rank = a.shape.rank();
    bool fits = rank >= 2 && b.shape.rank() == rank;
    for (int i = 0; fits && i < rank; ++i) {
      fits = i == rank - 2 || a.shape[i] == b.shape[i];
    }
    if (!fits) {
      throw ShapeError("[pair_distances] of rows of " + to_string(a.shape) +
                       " and " + to_string(b.shape));
    }
    Type y = a;
    y.shape[rank - 1] = b.shape[rank - 2];
    return y;
  }
  std::int64_t tiles(const Work& work) const {
    const Shape& a = work.inputs[0].shape;
    return std::clamp<std::int64_t>(
        static_cast<std::int64_t>(flops(work)) / (256 * 1024), 1,
        std::max<std::int64_t>(1, a.dim(a.rank() - 2) / 16));
  }
  double flops(const Work& work) const {
    const Shape& a = work.inputs[0].shape;
    return 3 * static_cast<double>(work.outputs[0].shape.elements()) *
           static_cast<double>(a.dim(a.rank() - 1));
  }
  /// For each tile a block of rows of b.
  std::int64_t scratch(const Work& work) const {
    const Type& a = work.inputs[0];
    return tiles(work) * kBlock * a.shape.dim(a.shape.rank() - 1) *
           static_cast<std::int64_t>(size_of(a.dtype));
  }
  template <class T>
  void forward(const Context& c, View<const T> a, View<const T> b,
               View<T> y) const {
    const int rank = a.rank();
    const std::int64_t m = a.dim(rank - 2), n = b.dim(rank - 2);
    const std::int64_t k = a.dim(rank - 1);
    const std::int64_t batches = m * n == 0 ? 0 : y.size() / (m * n);
    T* block = c.scratch<T>() + c.tile() * kBlock * k;
    const std::int64_t begin = c.begin(m), end = c.end(m);
    for (std::int64_t o = 0; o < batches; ++o) {
      for (std::int64_t j = 0; j < n; j += kBlock) {
        const std::int64_t count = std::min(kBlock, n - j);
        const T* rows = b.data() + (o * n + j) * k;
        for (std::int64_t l = 0; l < kBlock; ++l) {
          const T* row = rows + std::min(l, count - 1) * k;
          for (std::int64_t p = 0; p < k; ++p) block[p * kBlock + l] = row[p];
        }
        for (std::int64_t i = begin; i < end; ++i) {
          T found[kBlock];
          distances_of(a.data() + (o * m + i) * k, block, k, found);
          std::copy_n(found, count, y.data() + (o * m + i) * n + j);
        }
      }
    }
  }
  Grads<2> vjp(Value a, Value b, Value y, Value dy) const {
    // The derivative at 0 is 0.
    const Value none = equal(y, 0);
    const Value share = where(none, 0, dy / where(none, 1, y));
    const Value each =
        unsqueeze(share, -1) * (unsqueeze(a, -2) - unsqueeze(b, -3));
    return {sum(each, {-2}), -sum(each, {-3})};
  }
  Value vmap(const Batched& in) const { return apply(*this, in[0], in[1]); }
  static Samples samples() {
    return {{Shape{3, 2}, Shape{4, 2}},
            {Shape{2, 2, 3}, Shape{2, 1, 3}},
            {Shape{2, 3}, Shape{0, 3}},
            {Shape{0, 3}, Shape{2, 3}}};
  }

 private:
  static constexpr std::int64_t kBlock = 32;

  /// Of a row and the rows that are the columns of a block. Short sums in T,
  /// joined in f64.
  template <class T>
  static void distances_of(const T* row, const T* block, std::int64_t k,
                           T* found) {
    double total[kBlock] = {};
    for (std::int64_t p = 0; p < k;) {
      const std::int64_t end = std::min(k, p + 32);
      T part[kBlock] = {};
      for (; p < end; ++p) {
        const T v = row[p];
        for (std::int64_t l = 0; l < kBlock; ++l) {
          const T d = v - block[p * kBlock + l];
          part[l] += d * d;
        }
      }
      for (std::int64_t l = 0; l < kBlock; ++l) {
        total[l] += static_cast<double>(part[l]);
      }
    }
    for (std::int64_t l = 0; l < kBlock; ++l) {
      found[l] = std::sqrt(static_cast<T>(total[l]));
    }
  }
};

}  // namespace

Value pair_distances(Operand a, Operand b) {
  return apply(PairDistances{}, a, b);
}

namespace ops {
void register_pair_distances(Registry& r) { r.add<PairDistances>(); }
}  // namespace ops
}  // namespace weft
