#include <algorithm>

#include "ops/kernels/fft_lines.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/fourier.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// Even sizes are done by one transform of half the size: its real parts are
/// the even elements, its imaginary ones the odd elements.
std::int64_t work_size(std::int64_t n) { return n % 2 == 0 ? n / 2 : n; }

/// Weights along `axis` of an array of `rank` axes and pairs: `inside` between
/// the first element and, where n is even, the last one, which have `ends`.
Value weigh(Value x, std::int64_t n, int axis, double ends, double inside) {
  const std::int64_t half = n / 2 + 1;
  Shape shape{half};
  for (int i = axis + 1; i < x.rank(); ++i) shape.push_back(1);
  Tensor w(DType::f64, shape);
  for (std::int64_t k = 0; k < half; ++k) {
    w.data<double>()[k] = k == 0 || 2 * k == n ? ends : inside;
  }
  return x * x.graph().constant(w.to(x.dtype()));
}

struct RealFft {
  static constexpr std::string_view name = "rfft";
  static constexpr bool throws = false;
  std::int64_t axis = -1;
  static constexpr auto fields() {
    return std::tuple{field("axis", &RealFft::axis)};
  }
  int at(const Shape& x) const {
    return transform_axis(name, x, x.rank(), axis);
  }
  Type infer(const Type& x) const {
    Shape out = x.shape;
    const int i = at(x.shape);
    out[i] = x.shape.dim(i) / 2 + 1;
    out.push_back(2);
    return {x.dtype, out};
  }
  Lines lines(const Shape& x) const { return Lines(x, at(x), false); }
  std::int64_t tiles(const Work& work) const {
    const Lines l = lines(work.inputs[0].shape);
    return with_groups(work, work_size(l.size), l.count,
                       [](auto g, std::int64_t) { return g.tiles(); });
  }
  std::int64_t scratch(const Work& work) const {
    const Lines l = lines(work.inputs[0].shape);
    return with_groups(work, work_size(l.size), l.count,
                       [](auto g, std::int64_t bytes) {
                         return g.tiles() * g.numbers() * bytes;
                       });
  }
  double flops(const Work& work) const {
    const Lines l = lines(work.inputs[0].shape);
    return transform_flops(l.size, l.count) / 2;
  }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const Lines l = lines(x.shape()), out(y.shape(), at(x.shape()), true);
    const std::int64_t n = l.size, h = work_size(n);
    const bool even = n % 2 == 0;
    Groups<T>(h, l.count)
        .each(c, [&](std::int64_t first, std::int64_t count, T* re, T* im,
                     T* rest) {
          for (std::int64_t b = 0; b < count; ++b) {
            const T* from = x.data() + l.start(first + b);
            for (std::int64_t j = 0; j < h; ++j) {
              const std::int64_t i = even ? 2 * j : j;
              re[j * count + b] = from[i * l.step];
              im[j * count + b] = even ? from[(i + 1) * l.step] : T(0);
            }
          }
          fft_plan<T>(h).run(re, im, rest, count);
          for (std::int64_t b = 0; b < count; ++b) {
            T* to = y.data() + out.start(first + b);
            if (even) {
              join(h, re + b, im + b, count, to, out.step);
            } else {
              for (std::int64_t k = 0; k <= n / 2; ++k) {
                to[k * out.step] = re[k * count + b];
                to[k * out.step + 1] = im[k * count + b];
              }
            }
          }
        });
  }
  /// yₖ = ½(zₖ + conj zₕ₋ₖ) − ½i·e^(−πik/h)·(zₖ − conj zₕ₋ₖ).
  template <class T>
  static void join(std::int64_t h, const T* re, const T* im, std::int64_t lines,
                   T* y, std::int64_t step) {
    const FftPlan<T>& plan = fft_plan<T>(h);
    const T *turn_re = plan.turn_re(), *turn_im = plan.turn_im();
    const auto one = [=](std::int64_t k, std::int64_t p, std::int64_t q,
                         T* to) {
      const T er = (re[p] + re[q]) / 2, ei = (im[p] - im[q]) / 2;
      const T dr = (re[p] - re[q]) / 2, di = (im[p] + im[q]) / 2;
      const T c = turn_re[k], s = turn_im[k];
      to[0] = er + (c * di + s * dr);
      to[1] = ei + (s * di - c * dr);
    };
    one(0, 0, 0, y);
    if (lines == 1 && step == 2) {
      for (std::int64_t k = 1; k < h; ++k) one(k, k, h - k, y + 2 * k);
    } else {
      for (std::int64_t k = 1; k < h; ++k) {
        one(k, k * lines, (h - k) * lines, y + k * step);
      }
    }
    one(h, 0, 0, y + h * step);
  }
  Value vjp(Value x, Value, Value dy) const {
    const int i = at(x.shape());
    const std::int64_t n = x.shape().dim(i);
    const auto size = static_cast<double>(n);
    return irfft(weigh(dy, n, i, size, size / 2), n, i);
  }
  Value vmap(const Batched& in) const {
    return apply(RealFft{in.axis(axis)}, in[0]);
  }
  static Samples samples() {
    return {{Shape{2, 6}},
            sample(RealFft{0}, {Shape{5, 2}}),
            {Shape{34}},
            {Shape{1}},
            {Shape{0, 2}}};
  }
};

struct RealIfft {
  static constexpr std::string_view name = "irfft";
  static constexpr bool throws = false;
  std::int64_t size = 2;
  std::int64_t axis = -1;
  static constexpr auto fields() {
    return std::tuple{field("size", &RealIfft::size),
                      field("axis", &RealIfft::axis)};
  }
  int at(const Shape& y) const {
    return transform_axis(name, y, y.rank() - 1, axis);
  }
  Type infer(const Type& y) const {
    const int i = at(y.shape);
    if (size < 1 || y.shape.dim(i) != size / 2 + 1) {
      throw ShapeError("[irfft] axis " + std::to_string(i) + " of " +
                       to_string(y.shape) + " has not the " +
                       std::to_string(size / 2 + 1) +
                       " elements that a result of " + std::to_string(size) +
                       " is made from; did you mean size " +
                       std::to_string(2 * y.shape.dim(i) - 1) + "?");
    }
    Shape out;
    for (int k = 0; k + 1 < y.shape.rank(); ++k) out.push_back(y.shape[k]);
    out[i] = size;
    return {y.dtype, out};
  }
  std::int64_t tiles(const Work& work) const {
    const Lines l = lines(work);
    return with_groups(work, work_size(size), l.count,
                       [](auto g, std::int64_t) { return g.tiles(); });
  }
  std::int64_t scratch(const Work& work) const {
    const Lines l = lines(work);
    return with_groups(work, work_size(size), l.count,
                       [](auto g, std::int64_t bytes) {
                         return g.tiles() * g.numbers() * bytes;
                       });
  }
  double flops(const Work& work) const {
    return transform_flops(size, lines(work).count) / 2;
  }
  Lines lines(const Work& work) const {
    const Shape& y = work.inputs[0].shape;
    return Lines(y, at(y), true);
  }
  template <class T>
  void forward(const Context& c, View<const T> y, View<T> x) const {
    const Lines l(y.shape(), at(y.shape()), true);
    const Lines out(x.shape(), at(y.shape()), false);
    const std::int64_t n = size, h = work_size(n);
    const bool even = n % 2 == 0;
    Groups<T>(h, l.count)
        .each(c, [&](std::int64_t first, std::int64_t count, T* re, T* im,
                     T* rest) {
          for (std::int64_t b = 0; b < count; ++b) {
            const T* from = y.data() + l.start(first + b);
            even ? part(h, from, l.step, re + b, im + b, count)
                 : mirror(n, from, l.step, re + b, im + b, count);
          }
          fft_plan<T>(h).run(im, re, rest, count);
          const T scale = 1 / static_cast<T>(h);
          for (std::int64_t b = 0; b < count; ++b) {
            T* to = x.data() + out.start(first + b);
            for (std::int64_t j = 0; j < h; ++j) {
              const std::int64_t i = even ? 2 * j : j;
              to[i * out.step] = scale * re[j * count + b];
              if (even) to[(i + 1) * out.step] = scale * im[j * count + b];
            }
          }
        });
  }
  /// zₖ = ½(yₖ + conj yₕ₋ₖ) + ½i·e^(πik/h)·(yₖ − conj yₕ₋ₖ), the way back
  /// from RealFft::join.
  template <class T>
  static void part(std::int64_t h, const T* y, std::int64_t step, T* re, T* im,
                   std::int64_t lines) {
    const FftPlan<T>& plan = fft_plan<T>(h);
    auto imaginary = [&](std::int64_t k) {
      return k == 0 || k == h ? T(0) : y[k * step + 1];
    };
    for (std::int64_t k = 0; k < h; ++k) {
      const T ar = y[k * step], br = y[(h - k) * step];
      const T ai = imaginary(k), bi = imaginary(h - k);
      const T er = (ar + br) / 2, ei = (ai - bi) / 2;
      const T dr = (ar - br) / 2, di = (ai + bi) / 2;
      const T c = plan.turn_re()[k], s = plan.turn_im()[k];
      re[k * lines] = er - (c * di - s * dr);
      im[k * lines] = ei + (c * dr + s * di);
    }
  }
  /// The whole transform of a real array of odd size.
  template <class T>
  static void mirror(std::int64_t n, const T* y, std::int64_t step, T* re,
                     T* im, std::int64_t lines) {
    re[0] = y[0];
    im[0] = 0;
    for (std::int64_t k = 1; k <= n / 2; ++k) {
      re[k * lines] = re[(n - k) * lines] = y[k * step];
      im[k * lines] = y[k * step + 1];
      im[(n - k) * lines] = -y[k * step + 1];
    }
  }
  Value vjp(Value y, Value, Value dx) const {
    const int i = at(y.shape());
    const auto n = static_cast<double>(size);
    return weigh(rfft(dx, i), size, i, 1 / n, 2 / n);
  }
  Value vmap(const Batched& in) const {
    return apply(RealIfft{size, in.axis(axis)}, in[0]);
  }
  static Samples samples() {
    return {{Shape{2, 2}},
            sample(RealIfft{6}, {Shape{2, 4, 2}}),
            sample(RealIfft{5, 0}, {Shape{3, 2, 2}}),
            sample(RealIfft{34}, {Shape{18, 2}}),
            sample(RealIfft{1}, {Shape{1, 2}})};
  }
};

}  // namespace

Value rfft(Operand x, std::int64_t axis) { return apply(RealFft{axis}, x); }

Value irfft(Operand y, std::int64_t size, std::int64_t axis) {
  if (size == 0) {
    const Shape& s = y.value.shape();
    const int at = transform_axis("irfft", s, s.rank() - 1, axis);
    size = 2 * (s.dim(at) - 1);
  }
  return apply(RealIfft{size, axis}, y);
}

namespace ops {
void register_fourier_real(Registry& r) {
  r.add<RealFft>();
  r.add<RealIfft>();
}
}  // namespace ops
}  // namespace weft
