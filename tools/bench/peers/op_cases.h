#pragma once

// What the comparison of single ops runs: for each case the inputs, at three
// sizes. ops_bench.cpp and peers/torch_ops.cpp have a function for each name.
//
//   PROGRAM CASE THREADS [SECONDS [REPEATS]]
//
// prints "part SIZE forward" and "part SIZE both" (the value and the gradients
// of all floating-point inputs), each followed by the lines of peers/rig.h.

#include <array>
#include <string>
#include <vector>

namespace bench {

inline constexpr long N = 0;  // in a shape: the size

struct InputSpec {
  std::vector<long> shape;
  double low = -2, high = 2;
  bool integers = false;  // of low … high - 1; N as high: the size
};

struct OpCase {
  std::string name;
  std::array<long, 3> sizes;
  std::vector<InputSpec> inputs;
  bool backward = true;
};

inline std::vector<long> shape_at(const InputSpec& spec, long size) {
  std::vector<long> shape = spec.shape;
  for (long& d : shape) d = d == N ? size : d;
  return shape;
}

// Elements for an input, the same in all programs. Those of a matrix that must
// be symmetric and positive are made so by the functions of the case.
inline std::vector<double> elements_of(const InputSpec& spec, long size,
                                       unsigned seed) {
  std::size_t count = 1;
  for (long d : shape_at(spec, size)) count *= static_cast<std::size_t>(d);
  const double high =
      spec.integers && spec.high == N ? static_cast<double>(size) : spec.high;
  std::vector<double> found(count);
  unsigned long long state = 88172645463325252ULL + seed;
  for (double& v : found) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    const double unit = static_cast<double>(state >> 11) / 9007199254740992.0;
    v = spec.low + unit * (high - spec.low);
    if (spec.integers) v = static_cast<double>(static_cast<long>(v));
  }
  return found;
}

using Inputs = std::vector<InputSpec>;
using Names = std::vector<const char*>;

inline void add_cases(std::vector<OpCase>& to, const Names& names,
                      std::array<long, 3> sizes, const Inputs& inputs,
                      bool backward = true) {
  for (const char* name : names) to.push_back({name, sizes, inputs, backward});
}

inline void elementwise_cases(std::vector<OpCase>& to) {
  const std::array<long, 3> widths{16, 256, 4096};
  const InputSpec any{{64, N}}, positive{{64, N}, 0.1, 3};
  const InputSpec unit{{64, N}, -0.9, 0.9}, share{{64, N}, 0.05, 0.95};
  add_cases(
      to,
      {"abs",        "asinh",       "atan",      "celu",         "clamp",
       "cos",        "cosh",        "elu",       "erf",          "erfc",
       "exp",        "exp2",        "expm1",     "gelu",         "gelu_tanh",
       "glu",        "hard_shrink", "hard_tanh", "hard_sigmoid", "hard_swish",
       "leaky_relu", "log_sigmoid", "mish",      "nan_to_num",   "negative",
       "relu",       "relu6",       "selu",      "sigmoid",      "silu",
       "sin",        "sinc",        "sinh",      "soft_shrink",  "softplus",
       "softsign",   "square",      "tanh",      "tanh_shrink",  "threshold",
       "to_f64",     "dropout",     "copy",      "bessel_i0",    "bessel_i0e",
       "bessel_i1",  "bessel_i1e",  "erfcx",     "ndtr",         "log_ndtr"},
      widths, {any});
  add_cases(to, {"ceil", "floor", "frac", "round", "sign", "trunc"}, widths,
            {any}, false);
  add_cases(to,
            {"digamma", "lgamma", "log", "log10", "log1p", "log2", "polygamma",
             "reciprocal", "rsqrt", "sqrt"},
            widths, {positive});
  add_cases(to, {"acos", "asin", "atanh", "erfinv", "tan"}, widths, {unit});
  add_cases(to, {"entr", "ndtri"}, widths, {share});
  add_cases(to, {"acosh"}, widths, {{{64, N}, 1.1, 3}});
  add_cases(to,
            {"add", "subtract", "multiply", "maximum", "minimum", "atan2",
             "hypot", "logaddexp", "squared_difference", "l1", "mse",
             "smooth_l1", "huber", "soft_margin"},
            widths, {any, any});
  add_cases(to, {"divide", "fmod", "remainder"}, widths, {any, positive});
  add_cases(to, {"pow"}, widths, {positive, any});
  add_cases(to, {"add_row", "multiply_row"}, widths, {any, {{N}}});
  add_cases(to, {"prelu"}, widths, {any, {{1}, 0.1, 0.3}});
  add_cases(to, {"multiply_add"}, widths, {any, any, any});
  add_cases(to, {"where"}, widths, {any, any, any});
  add_cases(
      to,
      {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal",
       "logical_and", "logical_or", "logical_xor", "logical_not"},
      widths, {any, any}, false);
  add_cases(to, {"bce_with_logits"}, widths, {any, share});
  add_cases(to, {"bce"}, widths, {share, share});
  add_cases(to, {"poisson", "kl_div"}, widths, {any, positive});
  add_cases(to, {"gaussian"}, widths, {any, any, positive});
  add_cases(to, {"random_uniform", "random_normal"}, widths, {any}, false);
}

inline void row_cases(std::vector<OpCase>& to) {
  const std::array<long, 3> widths{16, 256, 4096};
  const InputSpec any{{64, N}}, positive{{64, N}, 0.5, 1.5};
  add_cases(to, {"sum",          "sum_rows",        "sum_columns",
                 "mean",         "max_rows",        "min_rows",
                 "logsumexp",    "variance",        "standard_deviation",
                 "norm1",        "norm2",           "softmax",
                 "log_softmax",  "softmax_columns", "cumsum",
                 "logcumsumexp", "cummax",          "cummin",
                 "sort",         "top_k",           "max_along",
                 "median",       "layer_norm",      "rms_norm",
                 "batch_norm",   "normalize"},
            widths, {any});
  add_cases(to, {"prod", "cumprod"}, widths, {positive});
  add_cases(to, {"argmax", "argmin", "argsort"}, widths, {any}, false);
  add_cases(to, {"cosine_similarity", "dot"}, widths, {any, any});
  add_cases(to, {"cross"}, {64, 1024, 16384}, {{{N, 3}}, {{N, 3}}});
  add_cases(to, {"triplet"}, widths, {any, any, any});
  add_cases(to, {"cross_entropy", "nll"}, {10, 100, 1000},
            {any, {{64}, 0, N, true}});
  add_cases(to, {"distances"}, {8, 32, 128}, {{{N, 16}}, {{N, 16}}});
  add_cases(to, {"ctc"}, {16, 64, 128}, {{{8, N, 20}}, {{8, 8}, 1, 20, true}});
}

inline void shape_cases(std::vector<OpCase>& to) {
  const std::array<long, 3> widths{16, 256, 4096};
  const InputSpec any{{64, N}};
  add_cases(to,
            {"transpose", "slice", "pad", "pad_reflect", "pad_replicate",
             "flip", "roll", "tile", "repeat", "split"},
            widths, {any});
  add_cases(to, {"concat", "stack"}, widths, {any, any});
  add_cases(to, {"expand"}, widths, {{{1, N}}});
  add_cases(to, {"tril", "triu", "diagonal", "trace"}, {16, 64, 256},
            {{{4, N, N}}});
  add_cases(to, {"diag_embed"}, {16, 64, 256}, {{{4, N}}});
  add_cases(to, {"gather", "embedding"}, {100, 1000, 10000},
            {{{N, 32}}, {{256}, 0, N, true}});
  add_cases(to, {"scatter_add"}, {100, 1000, 10000},
            {{{256, 32}}, {{256}, 0, 100, true}});
  add_cases(to, {"take_along"}, widths, {any, {{64, 8}, 0, N, true}});
  add_cases(to, {"add_along", "put_along"}, widths,
            {any, {{64, 8}, 0, N, true}, {{64, 8}}});
  add_cases(to, {"pick"}, widths, {any, {{64}, 0, N, true}});
  add_cases(to, {"one_hot"}, widths, {{{N}, 0, 100, true}}, false);
}

inline void matrix_cases(std::vector<OpCase>& to) {
  add_cases(to, {"matmul"}, {16, 64, 256}, {{{N, N}}, {{N, N}}});
  add_cases(to, {"matmul_batch", "einsum"}, {8, 32, 64},
            {{{32, N, N}}, {{32, N, N}}});
  add_cases(to, {"matrix_vector"}, {16, 128, 1024}, {{{N, N}}, {{N, 1}}});
  add_cases(to, {"dense"}, {16, 128, 512}, {{{64, N}}, {{N, N}}, {{N}}});
  add_cases(to, {"outer"}, {16, 128, 1024}, {{{N}}, {{N}}});
  add_cases(to, {"kron"}, {2, 8, 16}, {{{N, N}}, {{N, N}}});
  add_cases(to,
            {"cholesky", "inverse", "det", "logdet", "eigh", "qr", "svd",
             "matrix_exp"},
            {4, 16, 48}, {{{16, N, N}, -0.5, 0.5}});
  add_cases(to, {"solve", "solve_triangular"}, {4, 16, 48},
            {{{16, N, N}, -0.5, 0.5}, {{16, N, 4}}});
  add_cases(to, {"rfft", "fft"}, {64, 1024, 16384}, {{{8, N}}});
  add_cases(to, {"attention", "attention_causal"}, {16, 64, 256},
            {{{4, 4, N, 32}}, {{4, 4, N, 32}}, {{4, 4, N, 32}}});
  const Inputs recurrent{{{32, N, 64}}};
  add_cases(to, {"rnn", "lstm", "gru"}, {4, 16, 64}, recurrent);
}

inline void image_cases(std::vector<OpCase>& to) {
  const std::array<long, 3> sides{8, 16, 32};
  const InputSpec x{{8, 16, N, N}}, w3{{16, 16, 3, 3}, -0.3, 0.3};
  add_cases(to, {"conv3x3", "conv3x3_stride2", "conv3x3_dilated"}, sides,
            {x, w3});
  add_cases(to, {"conv1x1"}, sides, {x, {{32, 16, 1, 1}, -0.3, 0.3}});
  add_cases(to, {"conv5x5_one_channel"}, sides,
            {{{8, 1, N, N}}, {{6, 1, 5, 5}, -0.3, 0.3}});
  add_cases(to, {"conv_depthwise"}, sides, {x, {{16, 1, 3, 3}, -0.3, 0.3}});
  add_cases(to, {"conv_groups"}, sides, {x, {{16, 4, 3, 3}, -0.3, 0.3}});
  add_cases(to, {"conv1d"}, {32, 256, 2048},
            {{{8, 16, N}}, {{16, 16, 5}, -0.3, 0.3}});
  add_cases(to, {"conv3d"}, {4, 8, 12},
            {{{4, 8, N, N, N}}, {{8, 8, 3, 3, 3}, -0.3, 0.3}});
  add_cases(to, {"conv_transpose"}, sides, {x, w3});
  add_cases(to,
            {"max_pool", "max_pool3x3", "avg_pool", "lp_pool",
             "adaptive_avg_pool", "adaptive_max_pool", "unfold",
             "resize_nearest", "resize_linear", "resize_cubic", "pixel_shuffle",
             "group_norm", "local_response", "batch_norm_images"},
            sides, {x});
  add_cases(to, {"fold"}, {64, 256, 1024}, {{{8, 144, N}}});
}

// Segments, subgraphs, draws with a gradient, and what only goes one way.
inline void flow_cases(std::vector<OpCase>& to) {
  const std::array<long, 3> widths{16, 256, 4096};
  const InputSpec any{{64, N}};
  add_cases(to, {"segment_sum", "segment_max"}, {100, 1000, 10000},
            {{{N, 32}}, {{N}, 0, 64, true}});
  add_cases(to, {"random_gamma"}, widths, {{{64, N}, 0.5, 4}});
  add_cases(to,
            {"cond", "straight_through", "reverse_gradient", "own_gradient"},
            widths, {any});
  add_cases(to, {"scan"}, {4, 16, 64}, {{{N, 32, 64}}, {{64, 64}, -0.1, 0.1}});
  add_cases(to, {"attention_long"}, {256, 512, 1024},
            {{{1, 2, N, 32}}, {{1, 2, N, 32}}, {{1, 2, N, 32}}});
  add_cases(to, {"max_pool_places"}, {8, 16, 32}, {{{8, 16, N, N}}}, false);
}

inline std::vector<OpCase> op_cases() {
  std::vector<OpCase> cases;
  elementwise_cases(cases);
  row_cases(cases);
  shape_cases(cases);
  matrix_cases(cases);
  image_cases(cases);
  flow_cases(cases);
  return cases;
}

}  // namespace bench
