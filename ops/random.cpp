#include <algorithm>

#include "ops/kernels/normals.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

constexpr std::int64_t kBlocksAtOnce = 64;

/// f(position in the output, words of four) for the blocks of which elements
/// begin … begin + n − 1 are made, `per_block` from each; every element is the
/// same whatever the tiles are.
template <class F>
void for_blocks(const Philox& philox, std::int64_t per_block,
                std::int64_t begin, std::int64_t n, F f) {
  std::uint32_t words[4 * kBlocksAtOnce];
  const std::int64_t end = begin + n;
  std::int64_t block = begin / per_block;
  const std::int64_t last = n > 0 ? (end - 1) / per_block + 1 : block;
  for (; block < last; block += kBlocksAtOnce) {
    const std::int64_t count = std::min(kBlocksAtOnce, last - block);
    philox.blocks(static_cast<std::uint64_t>(block),
                  static_cast<std::size_t>(count), words);
    const std::int64_t first = std::max(begin, block * per_block);
    const std::int64_t until = std::min(end, (block + count) * per_block);
    f(first, until, words, first - block * per_block);
  }
}

/// Element i from the words of block i / 4 (f32) or i / 2 (f64).
template <class T>
void uniform(const Philox& philox, std::int64_t begin, std::int64_t n, T low,
             T width, T* y) {
  constexpr std::int64_t kPerBlock = std::is_same_v<T, float> ? 4 : 2;
  for_blocks(philox, kPerBlock, begin, n,
             [&](std::int64_t first, std::int64_t until,
                 const std::uint32_t* words, std::int64_t skip) {
               T* to = y + (first - begin);
               for (std::int64_t i = 0; i < until - first; ++i) {
                 if constexpr (std::is_same_v<T, float>) {
                   to[i] = low + width * uniform_f32(words[skip + i]);
                 } else {
                   const std::uint32_t* w = words + 2 * (skip + i);
                   to[i] = low + width * uniform_f64(w[0], w[1]);
                 }
               }
             });
}

/// Normal numbers, element i from the words of block i / 4 (f32) or i / 2
/// (f64).
template <class T>
void normal(const Philox& philox, std::int64_t begin, std::int64_t n, T mean,
            T deviation, T* y) {
  constexpr std::int64_t kPerBlock = kNormalsOfBlock<T>;
  for_blocks(philox, kPerBlock, begin, n,
             [&](std::int64_t first, std::int64_t until,
                 const std::uint32_t* words, std::int64_t skip) {
               T z[4 * kBlocksAtOnce];
               const std::int64_t count = until - first;
               draw_normals(words, (skip + count + 1) / 2, z);
               T* to = y + (first - begin);
               for (std::int64_t i = 0; i < count; ++i) {
                 to[i] = mean + deviation * z[skip + i];
               }
             });
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
    const std::int64_t first = c.begin(y.size());
    generate(c, y.data() + first, first, c.end(y.size()) - first);
  }
  template <class T>
  void generate(const Context& c, T* y, std::int64_t begin,
                std::int64_t n) const {
    uniform(c.random(static_cast<std::uint64_t>(stream)), begin, n,
            static_cast<T>(low), static_cast<T>(high - low), y);
  }
  Value vmap(const Batched& in) const {
    RandomUniform op = *this;
    op.shape = in.shape(shape);
    return in.graph().add(make_op(op), {}, Source{}).front();
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
    const std::int64_t first = c.begin(y.size());
    normal(c.random(static_cast<std::uint64_t>(stream)), first,
           c.end(y.size()) - first, static_cast<T>(mean),
           static_cast<T>(stddev), y.data() + first);
  }
  Value vmap(const Batched& in) const {
    RandomNormal op = *this;
    op.shape = in.shape(shape);
    return in.graph().add(make_op(op), {}, Source{}).front();
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
