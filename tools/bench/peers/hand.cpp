// The cases as one would write them for this one network: loops, a library's
// matrix product, and TBB. What a graph could reach. See rig.h for arguments
// and output.

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>

#include <cmath>
#include <cstring>

#include "cases.h"
#include "hand_gemm.h"
#include "rig.h"

namespace {

int threads = 1;

// f(begin, end) for equal parts of 0 … n, one a thread.
template <class F>
void split(long n, long least, F f) {
  if (threads == 1 || n < 2 * least) return f(0L, n);
  tbb::parallel_for(
      0, threads, [&](int i) { f(n * i / threads, n * (i + 1) / threads); },
      tbb::static_partitioner());
}

// The product, split along the longer side of C where that pays.
void product(const Gemm& g, bool parallel) {
  if (!parallel || threads == 1 || 2.0 * g.m * g.n * g.k < 1e6) return gemm(g);
  if (g.m >= g.n) {
    return split(g.m, 1, [&](long from, long to) {
      Gemm part = g;
      part.m = static_cast<int>(to - from);
      part.a += g.ta ? from : from * g.lda;
      part.c += from * g.ldc;
      gemm(part);
    });
  }
  split(g.n, 1, [&](long from, long to) {
    Gemm part = g;
    part.n = static_cast<int>(to - from);
    part.b += g.tb ? from * g.ldb : from;
    part.c += from;
    gemm(part);
  });
}

struct Settings {
  std::vector<int> sizes;
  int batch = 1;
  bool sigmoid = false;
  bool last_activation = false;  // of the last layer: a tower
  bool parallel = true;
};

class Mlp {
 public:
  explicit Mlp(const Settings& s) : s_(s), layers_(s.sizes.size() - 1) {
    std::size_t n = 0;
    const auto reserve = [&](int count) {
      const std::size_t at = n;
      n = (n + static_cast<std::size_t>(count) + 15) / 16 * 16;
      return at;
    };
    for (std::size_t i = 0; i < layers_; ++i) {
      weight_.push_back(reserve(s.sizes[i] * s.sizes[i + 1]));
      bias_.push_back(reserve(s.sizes[i + 1]));
    }
    w_.assign(n, 0), g_.assign(n, 0), m_.assign(n, 0), v_.assign(n, 0);
    std::mt19937 random(1);
    for (std::size_t i = 0; i < layers_; ++i) {
      const float scale = 1 / std::sqrt(static_cast<float>(s.sizes[i]));
      std::uniform_real_distribution<float> uniform(-scale, scale);
      const int count = s.sizes[i] * s.sizes[i + 1];
      for (int k = 0; k < count; ++k) {
        w_[weight_[i] + static_cast<std::size_t>(k)] = uniform(random);
      }
    }
    for (int width : s.sizes) {
      const auto count = static_cast<std::size_t>(s.batch * width);
      a_.emplace_back(count);
      d_.emplace_back(count);
    }
  }

  void forward(const float* x) {
    for (std::size_t i = 0; i < layers_; ++i) {
      const float* in = i ? a_[i].data() : x;
      const int k = s_.sizes[i], n = s_.sizes[i + 1];
      float* out = a_[i + 1].data();
      product({false, false, s_.batch, n, k, in, k, &w_[weight_[i]], n, out, n},
              s_.parallel);
      activate(out, &w_[bias_[i]], n, i + 1 < layers_ || s_.last_activation);
    }
  }

  // Sets the gradient of the logits and returns the cost.
  float cost(const std::int32_t* y, bench::Cost kind) {
    const int n = s_.sizes.back();
    float total = 0;
    for (int r = 0; r < s_.batch; ++r) {
      const float* z = a_.back().data() + r * n;
      float* d = d_.back().data() + r * n;
      total += kind == bench::Cost::squared ? squared(z, d, n, y[r])
                                            : cross_entropy(z, d, n, y[r]);
    }
    return total / static_cast<float>(s_.batch);
  }

  void backward(const float* x) {
    for (std::size_t i = layers_; i-- > 0;) {
      const int k = s_.sizes[i], n = s_.sizes[i + 1];
      const float* in = i ? a_[i].data() : x;
      const float* d = d_[i + 1].data();
      product({true, false, k, n, s_.batch, in, k, d, n, &g_[weight_[i]], n},
              s_.parallel);
      sum_rows(d, n, &g_[bias_[i]]);
      if (i == 0) break;
      product({false, true, s_.batch, k, n, d, n, &w_[weight_[i]], n,
               d_[i].data(), k},
              s_.parallel);
      mask(in, d_[i].data(), s_.batch * k);
    }
  }

  void update(bench::Rule rule, float rate) {
    ++steps_;
    const auto t = static_cast<float>(steps_);
    const float c1 = 1 / (1 - std::pow(bench::kBeta1, t));
    const float c2 = 1 / (1 - std::pow(bench::kBeta2, t));
    const auto part = [&, this](long from, long to) {
      float *w = w_.data(), *g = g_.data(), *m = m_.data(), *v = v_.data();
      if (rule == bench::Rule::sgd) {
        for (long i = from; i < to; ++i) w[i] -= rate * g[i];
      } else if (rule == bench::Rule::momentum) {
        for (long i = from; i < to; ++i) {
          m[i] = bench::kMomentum * m[i] + g[i];
          w[i] -= rate * m[i];
        }
      } else {
        for (long i = from; i < to; ++i) {
          m[i] = bench::kBeta1 * m[i] + (1 - bench::kBeta1) * g[i];
          v[i] = bench::kBeta2 * v[i] + (1 - bench::kBeta2) * g[i] * g[i];
          w[i] -= rate * (m[i] * c1) / (std::sqrt(v[i] * c2) + bench::kEpsilon);
        }
      }
    };
    const auto n = static_cast<long>(w_.size());
    s_.parallel ? split(n, 16384, part) : part(0, n);
  }

  float* output() { return a_.back().data(); }
  float* output_gradient() { return d_.back().data(); }
  const float* weight(std::size_t layer) const { return &w_[weight_[layer]]; }
  // The gradient of the last layer's activation; towers end with ReLU.
  void mask_output() {
    mask(a_.back().data(), d_.back().data(), s_.batch * s_.sizes.back());
  }

 private:
  void activate(float* out, const float* bias, int n, bool active) {
    for (int r = 0; r < s_.batch; ++r) {
      float* p = out + static_cast<long>(r) * n;
      if (!active) {
        for (int j = 0; j < n; ++j) p[j] += bias[j];
      } else if (s_.sigmoid) {
        for (int j = 0; j < n; ++j) {
          p[j] = 1.f / (1.f + std::exp(-(p[j] + bias[j])));
        }
      } else {
        for (int j = 0; j < n; ++j) {
          const float v = p[j] + bias[j];
          p[j] = v > 0 ? v : 0;
        }
      }
    }
  }

  void mask(const float* a, float* d, int n) {
    if (s_.sigmoid) {
      for (int i = 0; i < n; ++i) d[i] *= a[i] * (1 - a[i]);
    } else {
      for (int i = 0; i < n; ++i) d[i] = a[i] > 0 ? d[i] : 0;
    }
  }

  void sum_rows(const float* d, int n, float* sum) {
    std::fill(sum, sum + n, 0.f);
    for (int r = 0; r < s_.batch; ++r) {
      for (int j = 0; j < n; ++j) sum[j] += d[static_cast<long>(r) * n + j];
    }
  }

  float cross_entropy(const float* z, float* d, int n, int label) {
    float top = z[0], sum = 0;
    for (int j = 1; j < n; ++j) top = std::max(top, z[j]);
    for (int j = 0; j < n; ++j) sum += d[j] = std::exp(z[j] - top);
    const float scale = 1 / (sum * static_cast<float>(s_.batch));
    for (int j = 0; j < n; ++j) d[j] *= scale;
    d[label] -= 1 / static_cast<float>(s_.batch);
    return std::log(sum) + top - z[label];
  }

  float squared(const float* z, float* d, int n, int label) {
    const float scale = 2 / static_cast<float>(s_.batch * n);
    float total = 0;
    for (int j = 0; j < n; ++j) {
      const float a = 1.f / (1.f + std::exp(-z[j]));
      const float e = a - (j == label ? 1.f : 0.f);
      total += e * e;
      d[j] = scale * e * a * (1 - a);
    }
    return total / static_cast<float>(n);
  }

  Settings s_;
  std::size_t layers_;
  std::vector<std::size_t> weight_, bias_;  // offsets into the next four
  std::vector<float> w_, g_, m_, v_;
  std::vector<std::vector<float>> a_, d_;  // activations, their gradients
  long steps_ = 0;
};

int run_mlp(const bench::Arguments& a, const bench::MlpCase& c) {
  const bench::Data data = bench::load(bench::examples(a.name));
  bench::Batches batches{data.n, c.batch};
  Mlp net({.sizes = c.sizes, .batch = c.batch, .sigmoid = c.sigmoid});
  const auto step = [&] {
    const long row = batches.next();
    const float* x = &data.x[static_cast<std::size_t>(row) * 784];
    net.forward(x);
    if (c.rule == bench::Rule::forward_only) {
      asm volatile("" ::: "memory");
      return;
    }
    volatile float loss =
        net.cost(&data.y[static_cast<std::size_t>(row)], c.cost);
    static_cast<void>(loss);
    net.backward(x);
    if (c.rule != bench::Rule::none) net.update(c.rule, c.rate);
  };
  if (a.name == "start") {
    bench::measure_start(step);
  } else {
    bench::measure(a, step);
  }
  return 0;
}

// The towers run beside each other, each on one thread.
int run_towers(const bench::Arguments& a) {
  constexpr int batch = bench::kTowerBatch, width = bench::kTowerWidth;
  constexpr int input = bench::kTowerInput, count = bench::kTowers;
  const bench::Data data = bench::load(bench::examples(a.name));
  bench::Batches batches{data.n, batch};
  std::vector<int> sizes(bench::kTowerLayers + 1, width);
  sizes[0] = input;
  std::vector<Mlp> towers(count, Mlp({.sizes = sizes,
                                      .batch = batch,
                                      .last_activation = true,
                                      .parallel = false}));
  Mlp last({.sizes = {count * width, 10}, .batch = batch});
  std::vector<float> joined(static_cast<std::size_t>(batch * count * width));
  std::vector<float> parts(static_cast<std::size_t>(batch * count * input));
  const auto each = [&](auto f) {
    split(count, 1, [&](long from, long to) {
      for (long t = from; t < to; ++t) f(static_cast<int>(t));
    });
  };
  bench::measure(a, [&] {
    const auto row = static_cast<std::size_t>(batches.next());
    const float* x = &data.x[row * 784];
    const auto forward = [&](int t) {
      Mlp& tower = towers[static_cast<std::size_t>(t)];
      float* part = parts.data() + t * batch * input;
      for (int r = 0; r < batch; ++r) {
        std::memcpy(part + r * input, x + r * 784 + t * input,
                    sizeof(float) * input);
      }
      tower.forward(part);
      for (int r = 0; r < batch; ++r) {
        std::memcpy(joined.data() + (r * count + t) * width,
                    tower.output() + r * width, sizeof(float) * width);
      }
    };
    each(forward);
    last.forward(joined.data());
    volatile float loss = last.cost(&data.y[row], bench::Cost::cross_entropy);
    static_cast<void>(loss);
    last.backward(joined.data());
    const auto backward = [&](int t) {
      Mlp& tower = towers[static_cast<std::size_t>(t)];
      gemm({false, true, batch, width, 10, last.output_gradient(), 10,
            last.weight(0) + t * width * 10, 10, tower.output_gradient(),
            width});
      tower.mask_output();
      tower.backward(parts.data() + t * batch * input);
      tower.update(bench::Rule::momentum, 0.01f);
    };
    each(backward);
    last.update(bench::Rule::momentum, 0.01f);
  });
  return 0;
}

}  // namespace

int run_chain(const bench::Arguments& a);  // hand_chain.cpp

int main(int argc, char** argv) {
  const bench::Arguments a = bench::parse(argc, argv);
  threads = a.threads;
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(threads));
  set_up_gemm();
  if (const auto* c = bench::find_mlp(a.name)) return run_mlp(a, *c);
  if (a.name == "B7") return run_chain(a);
  if (a.name == "B9") return run_towers(a);
  return bench::no_such_case(a);
}
