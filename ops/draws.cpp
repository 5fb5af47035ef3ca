#include "weft/draws.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/kernels/gammas.h"
#include "ops/kernels/math.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

constexpr int kLanes = 16;  // elements of gamma_slopes

/// dx/da where the distribution function F(a, x) stays as it is, to a relative
/// error of `most`, of kLanes elements. With
/// tₖ = x^(k+1)/(a·(a + 1)·…·(a + k)): F = density·Σtₖ, and so
/// dx/da = Σ tₖ·(ψ(a + k + 1) − ln x).
void gamma_slopes(const double* a, const double* x, double most, double* out) {
  double psi[kLanes], log_x[kLanes], term[kLanes], part[kLanes];
  double total[kLanes] = {}, size[kLanes] = {}, going[kLanes];
  for (int l = 0; l < kLanes; ++l) {
    // ψ(a + 1) by recurrence and asymptotic series.
    double shift = 0;
    for (int j = 1; j < 11; ++j) shift += 1 / (a[l] + j);
    const double z = a[l] + 11, r = 1 / (z * z);
    psi[l] = math::log(z) - 0.5 / z -
             r * (1.0 / 12 - r * (1.0 / 120 - r * (1.0 / 252 - r / 240))) -
             shift;
    log_x[l] = math::log(x[l]);
    term[l] = x[l] / a[l];
    going[l] = 1;
  }
  double left = kLanes;
  for (double k = 1; left > 0; ++k) {
    // An element's sum ends by itself, whatever its neighbours are. Two
    // choices and a loop of its own for the sum: else there are no vectors.
    for (int l = 0; l < kLanes; ++l) {
      part[l] = term[l] * (psi[l] - log_x[l]);
      total[l] += going[l] * part[l];
      size[l] += going[l] * std::abs(part[l]);
      const double kept = std::abs(part[l]) <= most * size[l] ? 0 : going[l];
      going[l] = a[l] + k > x[l] ? kept : going[l];
      const double next = 1 / (a[l] + k);
      psi[l] += next;
      term[l] *= x[l] * next;
    }
    left = 0;
    for (int l = 0; l < kLanes; ++l) left += going[l];
  }
  for (int l = 0; l < kLanes; ++l) out[l] = total[l];
}

/// The derivative of random_gamma by its shape, given what was drawn.
struct GammaSlope {
  static constexpr std::string_view name = "gamma_slope";
  static constexpr bool throws = false;
  Type infer(const Type& a, const Type& x) const {
    if (a.shape != x.shape) {
      throw ShapeError("[gamma_slope] of shapes " + to_string(a.shape) +
                       " and draws " + to_string(x.shape));
    }
    return x;
  }
  std::int64_t tiles(const Work& work) const {
    return work.outputs[0].shape.elements() / 256;
  }
  double flops(const Work& work) const {
    return 200 * static_cast<double>(work.outputs[0].shape.elements());
  }
  template <class T>
  void forward(const Context& c, View<const T> a, View<const T> x,
               View<T> y) const {
    constexpr double most = std::is_same_v<T, float> ? 1e-9 : 1e-17;
    double shapes[kLanes], drawn[kLanes], slopes[kLanes];
    const std::int64_t end = c.end(y.size());
    for (std::int64_t i = c.begin(y.size()); i < end; i += kLanes) {
      const std::int64_t n = std::min<std::int64_t>(kLanes, end - i);
      for (std::int64_t l = 0; l < kLanes; ++l) {
        const double shape = l < n ? static_cast<double>(a[i + l]) : 1;
        const double draw = l < n ? static_cast<double>(x[i + l]) : 1;
        const bool sound =
            shape > 0 && draw > 0 && shape < HUGE_VAL && draw < HUGE_VAL;
        shapes[l] = sound ? shape : 1;
        drawn[l] = sound ? draw : 1;
      }
      gamma_slopes(shapes, drawn, most, slopes);
      for (std::int64_t l = 0; l < n; ++l) {
        const T shape = a[i + l], draw = x[i + l];
        const bool sound =
            shape > 0 && draw >= 0 && !std::isinf(shape) && !std::isinf(draw);
        y[i + l] = !sound      ? std::numeric_limits<T>::quiet_NaN()
                   : draw == 0 ? T(0)
                               : static_cast<T>(slopes[l]);
      }
    }
  }
  Value vmap(const Batched& in) const { return apply(*this, in[0], in[1]); }
  static Samples samples() {
    return {
        {SampleInput(Shape{2, 3}, 0.5, 4), SampleInput(Shape{2, 3}, 0.1, 6)},
        {Shape{0, 3}, Shape{0, 3}}};
  }
};

struct RandomGamma {
  static constexpr std::string_view name = "random_gamma";
  static constexpr bool random = true;
  static constexpr bool throws = false;
  std::int64_t stream = 0;
  static constexpr auto fields() {
    return std::tuple{field("stream", &RandomGamma::stream)};
  }
  Type infer(const Type& a) const { return a; }
  std::int64_t tiles(const Work& work) const {
    return work.outputs[0].shape.elements() / 256;
  }
  double flops(const Work& work) const {
    return 200 * static_cast<double>(work.outputs[0].shape.elements());
  }
  template <class T>
  void forward(const Context& c, View<const T> a, View<T> y) const {
    const Philox philox = c.random(static_cast<std::uint64_t>(stream));
    const std::int64_t begin = c.begin(y.size()), end = c.end(y.size());
    draw_gammas(philox, begin, end - begin, a.data() + begin, y.data() + begin);
  }
  Value vjp(Value a, Value x, Value dy) const {
    return dy * apply(GammaSlope{}, a, x);
  }
  Value vmap(const Batched& in) const { return apply(*this, in[0]); }
  static Samples samples() {
    // Draws jump where a rejection comes or goes.
    Samples all{{SampleInput(Shape{2, 3}, 0.5, 4)}, {Shape{0, 3}}};
    for (Sample& s : all) s.smooth = false;
    return all;
  }
};

/// Standard numbers of Gumbel: E is kept off 0, whose logarithm is infinite.
Value gumbel(const Operand& x) {
  const DType t = x.value.dtype();
  const double least = t == DType::f32 ? 0x1p-25 : 0x1p-54;
  const Value u =
      random_uniform(x.value.graph(), x.value.shape(), 0, 1, t, x.at);
  return -log(maximum(-log1p(-u), least));
}

}  // namespace

Value random_bernoulli(Operand p) {
  const CallScope call(p);
  const Value& v = p.value;
  return cast(
      less(random_uniform(v.graph(), v.shape(), 0, 1, v.dtype(), p.at), v),
      v.dtype());
}

Value random_gumbel(Operand x) {
  const CallScope call(x);
  return gumbel(x);
}

Value random_categorical(Operand logits) {
  const CallScope call(logits);
  return argmax(logits + gumbel(logits), -1);
}

Value gumbel_softmax(Operand logits, double temperature, bool hard) {
  const CallScope call(logits);
  if (!(temperature > 0)) {
    throw GraphError("[gumbel_softmax] the temperature must be positive, not " +
                     std::to_string(temperature) + at_line(logits.at));
  }
  const Value soft = softmax((logits.value + gumbel(logits)) / temperature, -1);
  if (!hard) return soft;
  const Dim classes = soft.shape()[soft.rank() - 1];
  if (classes.is_symbolic()) {
    throw ShapeError("[gumbel_softmax] hard needs a number of classes, not " +
                     to_string(soft.shape()) + at_line(logits.at));
  }
  const Value one = one_hot(argmax(soft, -1), classes.size(), soft.dtype());
  return soft + stop_gradient(one - soft);
}

Value random_gamma(Operand a) {
  return apply(RandomGamma{a.value.graph().next_stream()}, a);
}

namespace ops {
void register_draws(Registry& r) {
  r.add<RandomGamma>();
  r.add<GammaSlope>();
}
}  // namespace ops
}  // namespace weft
