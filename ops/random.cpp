#include <cmath>
#include <numbers>

#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// Element i from the words of block i / 4 (f32) or i / 2 (f64), so that every
/// element is the same whatever the tiles are.
template <class T>
T uniform(const Philox& philox, std::int64_t i) {
  const auto n = static_cast<std::uint64_t>(i);
  if constexpr (std::is_same_v<T, float>) {
    return uniform_f32(philox.block(n / 4)[n % 4]);
  } else {
    const auto b = philox.block(n / 2);
    return n % 2 ? uniform_f64(b[2], b[3]) : uniform_f64(b[0], b[1]);
  }
}

/// A standard normal number (Box and Muller 1958).
template <class T>
T normal(const Philox& philox, std::int64_t i) {
  const auto b = philox.block(static_cast<std::uint64_t>(i));
  const double u = 1 - uniform_f64(b[0], b[1]);  // in (0, 1]
  const double v = uniform_f64(b[2], b[3]);
  return static_cast<T>(std::sqrt(-2 * std::log(u)) *
                        std::cos(2 * std::numbers::pi * v));
}

std::int64_t random_tiles(const Work& work) {
  return work.outputs[0].shape.elements() / 4096;
}

struct RandomUniform {
  static constexpr std::string_view name = "random_uniform";
  static constexpr bool random = true;
  static constexpr bool throws = false;
  Shape shape;
  double low = 0;
  double high = 1;
  DType dtype = DType::f32;
  std::int64_t stream = 0;
  static constexpr auto fields() {
    return std::tuple{field("shape", &RandomUniform::shape),
                      field("low", &RandomUniform::low),
                      field("high", &RandomUniform::high),
                      field("dtype", &RandomUniform::dtype),
                      field("stream", &RandomUniform::stream)};
  }
  Type infer() const { return {dtype, shape}; }
  std::int64_t tiles(const Work& work) const { return random_tiles(work); }
  template <class T>
  void forward(const Context& c, View<T> y) const {
    const Philox philox = c.random(static_cast<std::uint64_t>(stream));
    const T lo = static_cast<T>(low), width = static_cast<T>(high - low);
    const std::int64_t n = y.size();
    for (std::int64_t i = c.begin(n); i < c.end(n); ++i) {
      y[i] = lo + width * uniform<T>(philox, i);
    }
  }
  static Samples samples() {
    return {sample(RandomUniform{{2, 3}}, {}),
            sample(RandomUniform{{0, 3}}, {})};
  }
};

struct RandomNormal {
  static constexpr std::string_view name = "random_normal";
  static constexpr bool random = true;
  static constexpr bool throws = false;
  Shape shape;
  double mean = 0;
  double stddev = 1;
  DType dtype = DType::f32;
  std::int64_t stream = 0;
  static constexpr auto fields() {
    return std::tuple{field("shape", &RandomNormal::shape),
                      field("mean", &RandomNormal::mean),
                      field("stddev", &RandomNormal::stddev),
                      field("dtype", &RandomNormal::dtype),
                      field("stream", &RandomNormal::stream)};
  }
  Type infer() const { return {dtype, shape}; }
  std::int64_t tiles(const Work& work) const { return random_tiles(work); }
  template <class T>
  void forward(const Context& c, View<T> y) const {
    const Philox philox = c.random(static_cast<std::uint64_t>(stream));
    const T mu = static_cast<T>(mean), sigma = static_cast<T>(stddev);
    const std::int64_t n = y.size();
    for (std::int64_t i = c.begin(n); i < c.end(n); ++i) {
      y[i] = mu + sigma * normal<T>(philox, i);
    }
  }
  static Samples samples() {
    return {sample(RandomNormal{{2, 3}}, {}), sample(RandomNormal{{0, 3}}, {})};
  }
};

}  // namespace

Value random_uniform(Graph& graph, const Shape& shape, double low, double high,
                     DType dtype, Source at) {
  return graph
      .add(make_op(RandomUniform{shape, low, high, dtype, graph.next_stream()}),
           {}, at)
      .front();
}

Value random_normal(Graph& graph, const Shape& shape, double mean,
                    double stddev, DType dtype, Source at) {
  return graph
      .add(make_op(
               RandomNormal{shape, mean, stddev, dtype, graph.next_stream()}),
           {}, at)
      .front();
}

Value dropout(Operand x, double rate) {
  const CallScope call(x);
  if (!(rate >= 0 && rate < 1)) {
    throw GraphError("[dropout] the rate must be in [0, 1), not " +
                     std::to_string(rate) + at_line(x.at));
  }
  if (rate == 0) return x.value;
  const Value u = random_uniform(x.value.graph(), x.value.shape(), 0, 1,
                                 x.value.dtype(), x.at);
  return where(greater_equal(u, rate), x.value * (1 / (1 - rate)), 0);
}

namespace ops {
void register_random(Registry& r) {
  r.add<RandomUniform>();
  r.add<RandomNormal>();
}
}  // namespace ops
}  // namespace weft
