#include "weft/fourier.h"

#include <algorithm>

#include "ops/kernels/fft_lines.h"
#include "ops/kernels/runs.h"
#include "weft/batched.h"
#include "weft/graph.h"
#include "weft/indexing.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Fft {
  static constexpr std::string_view name = "fft";
  static constexpr bool throws = false;
  bool inverse = false;
  std::int64_t axis = -1;
  static constexpr auto fields() {
    return std::tuple{field("inverse", &Fft::inverse),
                      field("axis", &Fft::axis)};
  }
  int at(const Shape& x) const {
    return transform_axis(name, x, x.rank() - 1, axis);
  }
  Type infer(const Type& x) const {
    at(x.shape);
    return x;
  }
  Lines lines(const Shape& x) const { return Lines(x, at(x), true); }
  std::int64_t tiles(const Work& work) const {
    const Lines l = lines(work.inputs[0].shape);
    return with_groups(work, l.size, l.count,
                       [](auto g, std::int64_t) { return g.tiles(); });
  }
  std::int64_t scratch(const Work& work) const {
    const Lines l = lines(work.inputs[0].shape);
    return with_groups(work, l.size, l.count, [](auto g, std::int64_t bytes) {
      return g.tiles() * g.numbers() * bytes;
    });
  }
  double flops(const Work& work) const {
    const Lines l = lines(work.inputs[0].shape);
    return transform_flops(l.size, l.count);
  }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const Lines l = lines(x.shape());
    const std::int64_t n = l.size;
    Groups<T>(n, l.count)
        .each(c, [&](std::int64_t first, std::int64_t count, T* re, T* im,
                     T* rest) {
          for (std::int64_t b = 0; b < count; ++b) {
            const T* from = x.data() + l.start(first + b);
            copy_runs(n, 1, from, l.step, re + b, count);
            copy_runs(n, 1, from + 1, l.step, im + b, count);
          }
          if (inverse) std::swap(re, im);
          fft_plan<T>(n).run(re, im, rest, count);
          if (inverse) std::swap(re, im);
          const T scale = inverse ? 1 / static_cast<T>(n) : T(1);
          for (std::int64_t b = 0; b < count; ++b) {
            join(re + b, im + b, n, count, scale, y.data() + l.start(first + b),
                 l.step);
          }
        });
  }
  /// Pairs that are `step` apart from parts that are `lines` apart.
  template <class T>
  static void join(const T* re, const T* im, std::int64_t n, std::int64_t lines,
                   T scale, T* y, std::int64_t step) {
    const auto each = [=](auto from, auto to) {
      for (std::int64_t j = 0; j < n; ++j) {
        y[j * to] = scale * re[j * from];
        y[j * to + 1] = scale * im[j * from];
      }
    };
    // With distances that the compiler knows, vectors do it.
    constexpr std::integral_constant<std::int64_t, 1> one;
    constexpr std::integral_constant<std::int64_t, 2> two;
    lines == 1 && step == 2 ? each(one, two) : each(lines, step);
  }
  /// The conjugate transpose of the transform.
  Value vjp(Value x, Value, Value dy) const {
    const auto n = static_cast<double>(x.shape().dim(at(x.shape())));
    return inverse ? fft(dy, axis) / n : ifft(dy, axis) * n;
  }
  Value vmap(const Batched& in) const {
    return apply(Fft{inverse, in.axis(axis)}, in[0]);
  }
  static Samples samples() {
    return {{Shape{2, 6, 2}},
            sample(Fft{true}, {Shape{5, 2}}),
            sample(Fft{false, 0}, {Shape{17, 2, 2}}),
            sample(Fft{true, 0}, {Shape{7, 0, 2}}),
            sample(Fft{true, -1}, {Shape{1, 2}})};
  }
};

}  // namespace

Value fft(Operand x, std::int64_t axis) { return apply(Fft{false, axis}, x); }
Value ifft(Operand y, std::int64_t axis) { return apply(Fft{true, axis}, y); }

Value complex(Operand real, Operand imaginary) {
  const CallScope call(real);
  return stack({real.value, imaginary.value}, -1, real.at);
}
Value real(Operand z) { return select(z, -1, 0); }
Value imag(Operand z) { return select(z, -1, 1); }
Value conj(Operand z) {
  const CallScope call(z);
  return complex(real(z), -imag(z));
}
Value complex_product(Operand a, Operand b) {
  const CallScope call(a);
  const Value ar = real(a), ai = imag(a), br = real(b), bi = imag(b);
  return complex(ar * br - ai * bi, ar * bi + ai * br);
}

namespace ops {
void register_fourier(Registry& r) { r.add<Fft>(); }
}  // namespace ops
}  // namespace weft
