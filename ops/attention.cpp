#include "weft/attention.h"

#include <algorithm>
#include <cmath>

#include "ops/kernels/attention.h"
#include "ops/kernels/batches.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

Shape batch_of(const Shape& q, const Shape& k, const Shape& v) {
  constexpr const char* kOp = "tiled_attention";
  return broadcast(broadcast(leading(q), leading(k), kOp), leading(v), kOp);
}

Shape with(Shape shape, std::initializer_list<Dim> more) {
  for (const Dim& d : more) shape.push_back(d);
  return shape;
}

/// Checks q, k, v, which come first, and a mask; returns the shape of the
/// leading axes.
Shape check_attention(std::span<const Type> in, const Type* mask) {
  const Shape &q = in[0].shape, &k = in[1].shape, &v = in[2].shape;
  const int rq = q.rank(), rk = k.rank(), rv = v.rank();
  if (rq < 2 || rk < 2 || rv < 2 || q[rq - 1] != k[rk - 1] ||
      k[rk - 2] != v[rv - 2]) {
    throw ShapeError("[tiled_attention] q " + to_string(q) + ", k " +
                     to_string(k) + " and v " + to_string(v) +
                     "; they must be (…, m, d), (…, n, d) and (…, n, e)");
  }
  const Shape batch = batch_of(q, k, v);
  const Shape scores = with(batch, {q[rq - 2], k[rk - 2]});
  if (mask && (mask->shape.rank() > scores.rank() ||
               broadcast(scores, mask->shape, "tiled_attention") != scores)) {
    throw ShapeError("[tiled_attention] the mask " + to_string(mask->shape) +
                     " does not broadcast to the scores " + to_string(scores));
  }
  return batch;
}

[[noreturn]] void throw_count(std::string_view op, std::size_t found) {
  throw ShapeError("[" + std::string(op) + "] has " + std::to_string(found) +
                   " inputs; it takes a mask or none");
}

/// Matrix b of the batch; `mask` is input `mask_at`, if there are as many.
template <class T>
AttentionPart<T> part(const Views<const T>& in, std::size_t mask_at,
                      const Shape& batch, std::int64_t b, double scale,
                      bool causal) {
  const Shape &q = in[0].shape(), &k = in[1].shape(), &v = in[2].shape();
  AttentionPart<T> a;
  a.m = q.dim(q.rank() - 2), a.d = q.dim(q.rank() - 1);
  a.n = k.dim(k.rank() - 2), a.e = v.dim(v.rank() - 1);
  a.q = in[0].data() + batch_offset(b, batch, q) * a.m * a.d;
  a.k = in[1].data() + batch_offset(b, batch, k) * a.n * a.d;
  a.v = in[2].data() + batch_offset(b, batch, v) * a.n * a.e;
  a.scale = static_cast<T>(scale);
  a.causal = causal;
  if (in.size() <= mask_at) return a;
  Shape mask = in[mask_at].shape();
  const int r = mask.rank();
  const std::int64_t rows = r < 2 ? 1 : mask.dim(r - 2);
  const std::int64_t columns = r < 1 ? 1 : mask.dim(r - 1);
  const std::int64_t at = r < 2 ? 0 : batch_offset(b, batch, mask);
  a.mask = in[mask_at].data() + at * rows * columns;
  a.mask_row = rows == 1 ? 0 : columns;
  a.mask_column = columns == 1 ? 0 : 1;
  return a;
}

/// Inputs 0 to `count` − 1, q, k and v first, with the examples as the first of
/// their leading axes, and a mask, if there is one more; empty where that is an
/// axis too many.
std::vector<Operand> with_examples(const Batched& in, std::size_t count) {
  int rank = 0;
  for (std::size_t i = 0; i < 3; ++i) rank = std::max(rank, in.one(i).rank());
  if (rank == Shape::kMaxRank) return {};
  const bool shared = !in.mapped(0) && !in.mapped(1) && !in.mapped(2);
  std::vector<Operand> all;
  for (std::size_t i = 0; i < in.size(); ++i) {
    // Sums and gradients have all leading axes. If only they or the mask
    // differ between examples, q has that of the examples, too.
    const bool whole = i >= 3 && i < count;
    Value v = whole ? in[i] : in.aligned(i, rank);
    if (i == 0 && shared) {
      Shape s{in.count()};
      for (int k = v.rank(); k < rank; ++k) s.push_back(1);
      for (const Dim d : v.shape()) s.push_back(d);
      v = expand(v, s);
    }
    all.emplace_back(v);
  }
  return all;
}

double attention_flops(const Work& work, std::int64_t batches, bool causal) {
  const Shape &q = work.inputs[0].shape, &k = work.inputs[1].shape,
              &v = work.inputs[2].shape;
  const auto scores =
      static_cast<double>(batches * q.dim(q.rank() - 2) * k.dim(k.rank() - 2));
  const auto widths =
      static_cast<double>(q.dim(q.rank() - 1) + v.dim(v.rank() - 1));
  return scores * (2 * widths + 20) * (causal ? 0.5 : 1);
}

/// The scores and softmax as matrices, for what their tiles don't give.
struct Matrices {
  Value weights;  ///< p
  Value change;   ///< dp − δ: dy·vᵀ less Σ y·dy
};

Matrices matrices(std::span<const Value> in, double scale, bool causal) {
  Value scores = scale * matmul(in[0], in[1], false, true);
  if (in.size() > 6) scores = scores + in[6];
  Value p = exp(scores - unsqueeze(in[3], -1));
  if (causal) {
    const Value ones = ones_like(p);
    p = where(less_equal(cumsum(ones, -1), cumsum(ones, -2)), p, 0);
  }
  return {p, matmul(in[5], in[2], false, true) - unsqueeze(in[4], -1)};
}

/// The gradients of q, k and v from those inputs, log Σ e^score, δ = Σ y·dy,
/// dy, and a mask.
struct AttentionGradient {
  static constexpr std::string_view name = "attention_gradient";
  static constexpr bool throws = false;
  double scale = 1;
  bool causal = false;
  static constexpr auto fields() {
    return std::tuple{field("scale", &AttentionGradient::scale),
                      field("causal", &AttentionGradient::causal)};
  }

  std::vector<Type> infer(std::span<const Type> in) const {
    if (in.size() != 6 && in.size() != 7) throw_count(name, in.size());
    const Shape batch = check_attention(in, in.size() > 6 ? &in[6] : nullptr);
    const Shape &q = in[0].shape, &k = in[1].shape, &v = in[2].shape;
    const Dim m = q[q.rank() - 2], d = q[q.rank() - 1];
    const Dim n = k[k.rank() - 2], e = v[v.rank() - 1];
    if (in[3].shape != with(batch, {m}) || in[4].shape != in[3].shape ||
        in[5].shape != with(batch, {m, e})) {
      throw ShapeError("[attention_gradient] of the sums " +
                       to_string(in[3].shape) + " and " +
                       to_string(in[4].shape) + " and the gradient " +
                       to_string(in[5].shape) + ", which don't fit " +
                       to_string(with(batch, {m, e})));
    }
    const DType t = in[0].dtype;
    return {{t, with(batch, {m, d})},
            {t, with(batch, {n, d})},
            {t, with(batch, {n, e})}};
  }

  /// A tile is a range of keys of one matrix. Where there are several ranges,
  /// each has its own share of dq, which `finish` adds up in order.
  static std::int64_t ranges(std::int64_t batches, std::int64_t n) {
    return batches < 8 && n >= 2 * kKeyTile ? 4 : 1;
  }
  static std::int64_t batches_of(const Work& work) {
    return leading(work.outputs[0].shape).elements();
  }
  static std::int64_t keys_of(const Shape& dk) { return dk.dim(dk.rank() - 2); }
  std::int64_t tiles(const Work& work) const {
    const std::int64_t b = batches_of(work);
    return b * ranges(b, keys_of(work.outputs[1].shape));
  }
  std::int64_t scratch(const Work& work) const {
    const std::int64_t b = batches_of(work);
    const std::int64_t r = ranges(b, keys_of(work.outputs[1].shape));
    const Type& dq = work.outputs[0];
    return r == 1 ? 0
                  : r * dq.shape.elements() *
                        static_cast<std::int64_t>(size_of(dq.dtype));
  }
  double flops(const Work& work) const {
    return 2.5 * attention_flops(work, batches_of(work), causal);
  }

  template <class T>
  void forward(const Context& c, Views<const T> in, Views<T> out) const {
    const Shape batch = leading(out[0].shape());
    const std::int64_t count = batch.elements();
    const std::int64_t n = keys_of(out[1].shape());
    const std::int64_t r = ranges(count, n);
    for (std::int64_t i = c.begin(count * r); i < c.end(count * r); ++i) {
      const std::int64_t b = i / r, range = i % r;
      const auto a = part<T>(in, 6, batch, b, scale, causal);
      T* dq = r == 1 ? out[0].data() + b * a.m * a.d
                     : c.scratch<T>() + i * a.m * a.d;
      const AttentionDerivative<T> g{
          in[5].data() + b * a.m * a.e, in[3].data() + b * a.m,
          in[4].data() + b * a.m,       dq,
          out[1].data() + b * n * a.d,  out[2].data() + b * n * a.e};
      attention_gradient(a, g, n * range / r, n * (range + 1) / r);
    }
  }
  template <class T>
  void finish(const Context& c, Views<const T>, Views<T> out) const {
    const std::int64_t count = leading(out[0].shape()).elements();
    const std::int64_t r = ranges(count, keys_of(out[1].shape()));
    if (r == 1 || count == 0) return;
    const std::int64_t size = out[0].size() / count;
    for (std::int64_t b = 0; b < count; ++b) {
      T* dq = out[0].data() + b * size;
      const T* shares = c.scratch<T>() + b * r * size;
      std::copy_n(shares, size, dq);
      for (std::int64_t k = 1; k < r; ++k) {
        for (std::int64_t i = 0; i < size; ++i) dq[i] += shares[k * size + i];
      }
    }
  }

  /// With A = scale·(uq·kᵀ + q·ukᵀ) and B = dy·uvᵀ the derivative is that of
  /// Σ ds∘A + p∘B, where ds = p∘(dp − δ).
  std::vector<Value> vjp(std::span<const Value> in, std::span<const Value>,
                         std::span<const Value> u) const {
    const Value &q = in[0], &k = in[1], &v = in[2], &dy = in[5];
    const auto [p, change] = matrices(in, scale, causal);
    const Value ds = p * change;
    const Value a =
        scale * (matmul(u[0], k, false, true) + matmul(q, u[1], false, true));
    const Value g = p * a;  // of dp
    const Value t =
        p * (a * change + matmul(dy, u[2], false, true));  // of the scores
    std::vector<Value> grads{
        scale * (matmul(t, k) + matmul(ds, u[1])),
        scale * (matmul(t, q, true) + matmul(ds, u[0], true)),
        matmul(g, dy, true),
        -sum(t, {-1}),
        -sum(g, {-1}),
        matmul(g, v) + matmul(p, u[2])};
    if (in.size() > 6) grads.push_back(t);
    return grads;
  }
  std::vector<Value> vmap(const Batched& in) const {
    std::vector<Operand> all = with_examples(in, 6);
    if (all.empty()) return {};
    return apply_all(*this, std::move(all));
  }
  static Samples samples();
};

struct Attention {
  static constexpr std::string_view name = "tiled_attention";
  static constexpr bool throws = false;
  double scale = 1;
  bool causal = false;
  static constexpr auto fields() {
    return std::tuple{field("scale", &Attention::scale),
                      field("causal", &Attention::causal)};
  }

  std::vector<Type> infer(std::span<const Type> in) const {
    if (in.size() != 3 && in.size() != 4) throw_count(name, in.size());
    const Shape batch = check_attention(in, in.size() > 3 ? &in[3] : nullptr);
    const Shape &q = in[0].shape, &v = in[2].shape;
    const Dim m = q[q.rank() - 2], e = v[v.rank() - 1];
    return {{in[0].dtype, with(batch, {m, e})},
            {in[0].dtype, with(batch, {m})}};
  }

  /// Groups of queries, kQueryTile in each, of all matrices.
  static std::int64_t groups(const Shape& log_sums, std::int64_t* per_matrix) {
    const std::int64_t m = log_sums.dim(log_sums.rank() - 1);
    *per_matrix = (m + kQueryTile - 1) / kQueryTile;
    return m == 0 ? 0 : log_sums.elements() / m * *per_matrix;
  }
  std::int64_t tiles(const Work& work) const {
    std::int64_t per_matrix = 0;
    const std::int64_t all = groups(work.outputs[1].shape, &per_matrix);
    constexpr double kTileFlops = 2e6;  // some 20 to 40 µs
    const auto most = static_cast<std::int64_t>(flops(work) / kTileFlops);
    return std::min({all, most, std::int64_t{64}});
  }
  double flops(const Work& work) const {
    return attention_flops(work, leading(work.outputs[0].shape).elements(),
                           causal);
  }

  template <class T>
  void forward(const Context& c, Views<const T> in, Views<T> out) const {
    const Shape batch = leading(out[0].shape());
    std::int64_t per_matrix = 0;
    const std::int64_t all = groups(out[1].shape(), &per_matrix);
    for (std::int64_t i = c.begin(all); i < c.end(all); ++i) {
      const std::int64_t b = i / per_matrix;
      const std::int64_t row = i % per_matrix * kQueryTile;
      const auto a = part<T>(in, 3, batch, b, scale, causal);
      attend(a, row, std::min(kQueryTile, a.m - row),
             out[0].data() + b * a.m * a.e, out[1].data() + b * a.m);
    }
  }

  std::vector<Value> vjp(std::span<const Value> in, std::span<const Value> out,
                         std::span<const Value> grads) const {
    const Value &y = out[0], &dy = grads[0];
    // A gradient of log Σ e^score adds it times p to that of the scores.
    std::vector<Value> all{
        in[0], in[1], in[2], out[1], sum(y * dy, {-1}) - grads[1], dy};
    if (in.size() > 3) all.push_back(in[3]);
    std::vector<Value> made =
        apply_all(AttentionGradient{scale, causal}, {all.begin(), all.end()});
    if (in.size() > 3) {
      const auto [p, change] = matrices(all, scale, causal);
      made.push_back(p * change);
    }
    return made;
  }
  std::vector<Value> vmap(const Batched& in) const {
    std::vector<Operand> all = with_examples(in, 3);
    if (all.empty()) return {};
    return apply_all(*this, std::move(all));
  }
  static Samples samples();
};

using Inputs = std::vector<SampleInput>;

Samples Attention::samples() {
  const Inputs plain{Shape{2, 3, 4}, Shape{2, 5, 4}, Shape{2, 5, 3}};
  const Inputs masked{Shape{3, 2}, Shape{4, 2}, Shape{4, 1}, Shape{3, 4}};
  const Inputs broadcast{Shape{2, 1, 2, 3}, Shape{2, 3, 3}, Shape{3, 2},
                         Shape{2, 1, 1, 3}};
  // Of no keys log Σ is −∞, which has no finite differences.
  Sample none = sample(Attention{}, {Shape{2, 2}, Shape{0, 2}, Shape{0, 2}});
  none.smooth = false;
  return {sample(Attention{0.5}, plain),
          sample(Attention{1, true}, plain),
          sample(Attention{0.7}, masked),
          sample(Attention{1, true}, masked),
          sample(Attention{1, true}, broadcast),
          sample(Attention{}, {Shape{1, 1}, Shape{1, 1}, Shape{1, 1}}),
          sample(Attention{}, {Shape{0, 2}, Shape{3, 2}, Shape{3, 2}}),
          none};
}

// The gradients of attention are compared to second order; here, to the first.
Samples AttentionGradient::samples() {
  const Inputs plain{Shape{2, 3, 4},      Shape{2, 5, 4}, Shape{2, 5, 3},
                     {Shape{2, 3}, 1, 3}, Shape{2, 3},    Shape{2, 3, 3}};
  const Inputs masked{Shape{3, 2}, Shape{4, 2}, Shape{4, 1}, {Shape{3}, 1, 3},
                      Shape{3},    Shape{3, 1}, Shape{1, 4}};
  return {sample(AttentionGradient{0.5}, plain),
          sample(AttentionGradient{0.5, true}, plain),
          sample(AttentionGradient{0.5}, masked),
          sample(AttentionGradient{}, {Shape{0, 2}, Shape{3, 2}, Shape{3, 2},
                                       Shape{0}, Shape{0}, Shape{0, 2}})};
}

}  // namespace

TiledAttention tiled_attention(Operand q, Operand k, Operand v,
                               const AttentionOptions& options) {
  const CallScope call(q);
  const Shape& shape = q.value.shape();
  double scale = options.scale;
  if (scale == 0) {
    const Dim d = shape.rank() > 0 ? shape[shape.rank() - 1] : Dim(1);
    if (d.is_symbolic()) {
      throw ShapeError(
          "[tiled_attention] the last axis of q " + to_string(shape) +
          " must be a number unless a scale is given" + at_line(q.at));
    }
    scale =
        1 / std::sqrt(static_cast<double>(std::max<std::int64_t>(1, d.size())));
  }
  std::vector<Operand> inputs{q, k, v};
  if (options.mask && options.mask.dtype() == DType::boolean) {
    const Tensor zero = Tensor(DType::f64, {}).to(q.value.dtype());
    inputs.emplace_back(
        where(options.mask, q.value.graph().constant(zero), -HUGE_VAL));
  } else if (options.mask) {
    inputs.emplace_back(options.mask);
  }
  const auto made = apply_all(Attention{scale, options.causal}, inputs);
  return {made[0], made[1]};
}

namespace ops {
void register_attention(Registry& r) {
  r.add<Attention>();
  r.add<AttentionGradient>();
}
}  // namespace ops
}  // namespace weft
