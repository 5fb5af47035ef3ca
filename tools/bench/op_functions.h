#pragma once

// The cases of peers/op_cases.h as functions of Weft's public interface.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tools/bench/flow_functions.h"
#include "weft/weft.h"

namespace bench {

using weft::DType;
using weft::Value;
using Xs = std::vector<Value>;
using OpFunctions = std::map<std::string, std::function<Value(const Xs&)>>;

#define ONE(name, expression)                             \
  {                                                       \
    name, [](const Xs& x) -> Value { return expression; } \
  }

inline OpFunctions element_functions() {
  using namespace weft;
  return {
      ONE("abs", abs(x[0])),
      ONE("acos", acos(x[0])),
      ONE("acosh", acosh(x[0])),
      ONE("asin", asin(x[0])),
      ONE("asinh", asinh(x[0])),
      ONE("atan", atan(x[0])),
      ONE("atanh", atanh(x[0])),
      ONE("bessel_i0", bessel_i0(x[0])),
      ONE("bessel_i0e", bessel_i0e(x[0])),
      ONE("bessel_i1", bessel_i1(x[0])),
      ONE("bessel_i1e", bessel_i1e(x[0])),
      ONE("ceil", ceil(x[0])),
      ONE("celu", celu(x[0])),
      ONE("clamp", clamp(x[0], -1, 1)),
      ONE("copy", copy(x[0])),
      ONE("cos", cos(x[0])),
      ONE("cosh", cosh(x[0])),
      ONE("digamma", digamma(x[0])),
      ONE("dropout", dropout(x[0], 0.5)),
      ONE("elu", elu(x[0])),
      ONE("entr", entr(x[0])),
      ONE("erf", erf(x[0])),
      ONE("erfc", erfc(x[0])),
      ONE("erfcx", erfcx(x[0])),
      ONE("erfinv", erfinv(x[0])),
      ONE("exp", exp(x[0])),
      ONE("exp2", exp2(x[0])),
      ONE("expm1", expm1(x[0])),
      ONE("floor", floor(x[0])),
      ONE("frac", frac(x[0])),
      ONE("gelu", gelu(x[0])),
      ONE("gelu_tanh", gelu(x[0], Gelu::tanh)),
      ONE("glu", glu(x[0])),
      ONE("hard_shrink", hard_shrink(x[0])),
      ONE("hard_sigmoid", hard_sigmoid(x[0])),
      ONE("hard_swish", hard_swish(x[0])),
      ONE("hard_tanh", hard_tanh(x[0])),
      ONE("leaky_relu", leaky_relu(x[0])),
      ONE("lgamma", lgamma(x[0])),
      ONE("log", log(x[0])),
      ONE("log10", log10(x[0])),
      ONE("log1p", log1p(x[0])),
      ONE("log2", log2(x[0])),
      ONE("log_ndtr", log_ndtr(x[0])),
      ONE("log_sigmoid", log_sigmoid(x[0])),
      ONE("mish", mish(x[0])),
      ONE("nan_to_num", nan_to_num(x[0])),
      ONE("ndtr", ndtr(x[0])),
      ONE("ndtri", ndtri(x[0])),
      ONE("negative", -x[0]),
      ONE("polygamma", polygamma(1, x[0])),
      ONE("reciprocal", reciprocal(x[0])),
      ONE("relu", relu(x[0])),
      ONE("relu6", relu6(x[0])),
      ONE("round", round(x[0])),
      ONE("rsqrt", rsqrt(x[0])),
      ONE("selu", selu(x[0])),
      ONE("sigmoid", sigmoid(x[0])),
      ONE("sign", sign(x[0])),
      ONE("silu", silu(x[0])),
      ONE("sin", sin(x[0])),
      ONE("sinc", sinc(x[0])),
      ONE("sinh", sinh(x[0])),
      ONE("soft_shrink", soft_shrink(x[0])),
      ONE("softplus", softplus(x[0])),
      ONE("softsign", softsign(x[0])),
      ONE("sqrt", sqrt(x[0])),
      ONE("square", square(x[0])),
      ONE("tan", tan(x[0])),
      ONE("tanh", tanh(x[0])),
      ONE("tanh_shrink", tanh_shrink(x[0])),
      ONE("threshold", threshold(x[0], 0.1, 0)),
      ONE("to_f64", cast(x[0], DType::f64)),
      ONE("trunc", trunc(x[0])),
      ONE("random_uniform", random_uniform(x[0].graph(), x[0].shape(), 0, 1)),
      ONE("random_normal", random_normal(x[0].graph(), x[0].shape(), 0, 1)),
  };
}

inline OpFunctions pair_functions() {
  using namespace weft;
  return {
      ONE("add", x[0] + x[1]),
      ONE("add_row", x[0] + x[1]),
      ONE("atan2", atan2(x[0], x[1])),
      ONE("divide", x[0] / x[1]),
      ONE("equal", equal(x[0], x[1])),
      ONE("fmod", fmod(x[0], x[1])),
      ONE("greater", greater(x[0], x[1])),
      ONE("greater_equal", greater_equal(x[0], x[1])),
      ONE("hypot", hypot(x[0], x[1])),
      ONE("less", less(x[0], x[1])),
      ONE("less_equal", less_equal(x[0], x[1])),
      ONE("logaddexp", logaddexp(x[0], x[1])),
      ONE("logical_and", logical_and(greater(x[0], 0), greater(x[1], 0))),
      ONE("logical_not", logical_not(greater(x[0], 0))),
      ONE("logical_or", logical_or(greater(x[0], 0), greater(x[1], 0))),
      ONE("logical_xor", logical_xor(greater(x[0], 0), greater(x[1], 0))),
      ONE("maximum", maximum(x[0], x[1])),
      ONE("minimum", minimum(x[0], x[1])),
      ONE("multiply", x[0] * x[1]),
      ONE("multiply_add", multiply_add(x[0], x[1], x[2])),
      ONE("multiply_row", x[0] * x[1]),
      ONE("not_equal", not_equal(x[0], x[1])),
      ONE("pow", pow(x[0], x[1])),
      ONE("prelu", prelu(x[0], x[1])),
      ONE("remainder", remainder(x[0], x[1])),
      ONE("squared_difference", square(x[0] - x[1])),
      ONE("subtract", x[0] - x[1]),
      ONE("where", where(greater(x[0], 0), x[1], x[2])),
      ONE("l1", mean(absolute_error(x[0], x[1]))),
      ONE("mse", mean(square(x[0] - x[1]))),
      ONE("smooth_l1", mean(smooth_l1(x[0], x[1]))),
      ONE("huber", mean(huber(x[0], x[1]))),
      ONE("soft_margin", mean(soft_margin(x[0], stop_gradient(x[1])))),
      ONE("bce_with_logits", mean(binary_cross_entropy(x[0], x[1]))),
      ONE("bce", mean(binary_cross_entropy_of(x[0], x[1]))),
      ONE("poisson", mean(poisson_cost(x[0], x[1]))),
      ONE("kl_div", mean(relative_entropy(x[0], x[1]))),
      ONE("gaussian", mean(gaussian_cost(x[0], x[1], x[2]))),
      ONE("cosine_similarity", cosine_similarity(x[0], x[1])),
      ONE("triplet", mean(triplet_cost(x[0], x[1], x[2]))),
      ONE("cross_entropy", mean(softmax_cross_entropy(x[0], x[1]))),
      ONE("nll", mean(negative_log_likelihood(log_softmax(x[0]), x[1]))),
      ONE("distances", distances(x[0], x[1])),
  };
}

// Both count on 8 rows that run to their ends.
inline Value ctc_of(const Xs& x) {
  const std::vector<std::int64_t> times(8, x[0].shape().dim(1)), labels(8, 8);
  weft::Graph& g = x[0].graph();
  return mean(weft::ctc_cost(
      log_softmax(x[0]), x[1],
      g.constant(weft::Tensor::from<std::int64_t>(times, {8})),
      g.constant(weft::Tensor::from<std::int64_t>(labels, {8}))));
}

inline OpFunctions row_functions() {
  using namespace weft;
  return {
      ONE("sum", sum(x[0])),
      ONE("sum_rows", sum(x[0], {1})),
      ONE("sum_columns", sum(x[0], {0})),
      ONE("mean", mean(x[0])),
      ONE("max_rows", max(x[0], {1})),
      ONE("min_rows", min(x[0], {1})),
      ONE("prod", prod(x[0], {1})),
      ONE("logsumexp", logsumexp(x[0], {1})),
      ONE("variance", variance(x[0], {1})),
      ONE("standard_deviation", standard_deviation(x[0], {1})),
      ONE("norm1", norm(x[0], 1, {1})),
      ONE("norm2", norm(x[0], 2, {1})),
      ONE("softmax", softmax(x[0])),
      ONE("log_softmax", log_softmax(x[0])),
      ONE("softmax_columns", softmax(x[0], 0)),
      ONE("cumsum", cumsum(x[0])),
      ONE("cumprod", cumprod(x[0])),
      ONE("logcumsumexp", logcumsumexp(x[0])),
      ONE("cummax", cummax(x[0])),
      ONE("cummin", cummin(x[0])),
      ONE("sort", sort(x[0]).values),
      ONE("argsort", argsort(x[0])),
      ONE("top_k", top_k(x[0], 5).values),
      ONE("max_along", max_along(x[0]).values),
      ONE("median", median(x[0]).values),
      ONE("argmax", argmax(x[0])),
      ONE("argmin", argmin(x[0])),
      ONE("dot", dot(x[0], x[1])),
      ONE("cross", cross(x[0], x[1])),
      ONE("layer_norm", standardize(x[0], {1})),
      ONE("rms_norm", rms_normalize(x[0])),
      ONE("batch_norm", standardize(x[0], {0})),
      ONE("normalize", normalize(x[0])),
      ONE("ctc", ctc_of(x)),
      ONE("transpose", transpose(x[0])),
      ONE("slice", slice(x[0], 1, 1, kEnd, 2)),
      ONE("pad", pad(x[0], {1, 1}, {1, 1})),
      ONE("pad_reflect", pad(x[0], {0, 3}, {0, 3}, PadMode::reflect)),
      ONE("pad_replicate", pad(x[0], {0, 3}, {0, 3}, PadMode::replicate)),
      ONE("flip", flip(x[0], {1})),
      ONE("roll", roll(x[0], {3}, {1})),
      ONE("tile", tile(x[0], {1, 3})),
      ONE("repeat", repeat(x[0], 3, 1)),
      ONE("split", split(x[0], {16, 48})[1]),
      ONE("concat", concat({x[0], x[1]}, 1)),
      ONE("stack", stack({x[0], x[1]})),
      {"expand",
       [](const Xs& x) {
         return expand(x[0], {64, x[0].shape().dim(1)});
       }},
      ONE("tril", tril(x[0])),
      ONE("triu", triu(x[0])),
      ONE("diagonal", diagonal(x[0])),
      ONE("trace", trace(x[0])),
      ONE("diag_embed", diag_embed(x[0])),
      ONE("gather", gather(x[0], x[1])),
      ONE("embedding", gather(x[0], x[1])),
      ONE("scatter_add", scatter_add(x[0], x[1], {100, 32})),
      ONE("take_along", take_along(x[0], x[1], 1)),
      ONE("add_along", add_along(x[0], x[1], x[2], 1)),
      ONE("put_along", put_along(x[0], x[1], x[2], 1)),
      ONE("pick", pick(x[0], x[1])),
      {"one_hot", [](const Xs& x) { return one_hot(x[0], 100); }},
  };
}

// A positive definite matrix of any one.
inline Value definite(Value a) {
  const std::int64_t n = a.shape().dim(2);
  return matmul(a, a, false, true) +
         weft::diag_embed(weft::fill(a.graph(), {n}, 1.0));
}
inline Value symmetric(Value a) { return a + transpose(a, {0, 2, 1}); }

inline weft::RecurrentWeights weights(Value x, int gates) {
  weft::Graph& g = x.graph();
  auto parameter = [&](const char* name, const weft::Shape& shape) {
    return g.parameter(name, shape,
                       weft::initializers::normal(0, 0.1)(shape, DType::f32));
  };
  const std::int64_t rows = 64 * gates;
  return {parameter("input", {rows, 64}), parameter("hidden", {rows, 64}),
          parameter("input_bias", {rows}), parameter("hidden_bias", {rows})};
}
inline Value steps_first(Value x) { return transpose(x, {1, 0, 2}); }
inline Value nothing(Value x) { return weft::fill(x.graph(), {32, 64}, 0.0); }

inline OpFunctions matrix_functions() {
  using namespace weft;
  return {
      ONE("matmul", matmul(x[0], x[1])),
      ONE("matmul_batch", matmul(x[0], x[1])),
      ONE("einsum", einsum("bij,bkj->bik", {x[0], x[1]})),
      ONE("matrix_vector", matmul(x[0], x[1])),
      ONE("dense", matmul(x[0], x[1]) + x[2]),
      ONE("outer", outer(x[0], x[1])),
      ONE("kron", kron(x[0], x[1])),
      ONE("cholesky", cholesky(definite(x[0]))),
      ONE("inverse", inverse(definite(x[0]))),
      ONE("det", det(definite(x[0]))),
      ONE("logdet", logdet(definite(x[0]))),
      ONE("eigh", eigh(symmetric(x[0])).values),
      {"qr",
       [](const Xs& x) {
         const QrParts p = qr(definite(x[0]));
         return p.q + p.r;
       }},
      ONE("svd", svd(x[0]).values),
      ONE("matrix_exp", matrix_exp(x[0])),
      ONE("solve", solve(definite(x[0]), x[1])),
      ONE("solve_triangular", solve_triangular(definite(x[0]), x[1])),
      ONE("rfft", rfft(x[0])),
      ONE("fft", fft(complex(x[0], x[0]))),
      ONE("attention", attention(x[0], x[1], x[2])),
      ONE("attention_causal", attention(x[0], x[1], x[2], {.causal = true})),
      ONE("rnn",
          rnn(steps_first(x[0]), nothing(x[0]), weights(x[0], 1)).outputs),
      ONE("lstm", lstm(steps_first(x[0]), nothing(x[0]), nothing(x[0]),
                       weights(x[0], 4))
                      .outputs),
      ONE("gru",
          gru(steps_first(x[0]), nothing(x[0]), weights(x[0], 3)).outputs),
  };
}

inline OpFunctions image_functions() {
  using namespace weft;
  auto half = [](const Value& x) { return x.shape().dim(2) / 2; };
  return {
      ONE("conv3x3", conv(x[0], x[1], {.padding = {1}})),
      ONE("conv3x3_stride2", conv(x[0], x[1], {.stride = {2}, .padding = {1}})),
      ONE("conv3x3_dilated",
          conv(x[0], x[1], {.padding = {2}, .dilation = {2}})),
      ONE("conv1x1", conv(x[0], x[1])),
      ONE("conv5x5_one_channel", conv(x[0], x[1], {.padding = {2}})),
      ONE("conv_depthwise", conv(x[0], x[1], {.padding = {1}, .groups = 16})),
      ONE("conv_groups", conv(x[0], x[1], {.padding = {1}, .groups = 4})),
      ONE("conv1d", conv(x[0], x[1], {.padding = {2}})),
      ONE("conv3d", conv(x[0], x[1], {.padding = {1}})),
      ONE("conv_transpose",
          conv_transpose(x[0], x[1], {.stride = {2}, .padding = {1}}, {1})),
      ONE("max_pool", max_pool(x[0], {2}).values),
      ONE("max_pool3x3",
          max_pool(x[0], {3}, {.stride = {2}, .padding = {1}}).values),
      ONE("avg_pool", avg_pool(x[0], {2})),
      ONE("lp_pool", lp_pool(x[0], 2, {2})),
      ONE("adaptive_avg_pool", adaptive_avg_pool(x[0], {3, 3})),
      ONE("adaptive_max_pool", adaptive_max_pool(x[0], {3, 3}).values),
      ONE("unfold", unfold(x[0], {3}, {.padding = {1}})),
      {"fold",
       [](const Xs& x) {
         std::int64_t side = 1;
         while (side * side < x[0].shape().dim(2)) ++side;
         return fold(x[0], {side, side}, {3}, {.padding = {1}});
       }},
      {"resize_nearest",
       [half](const Xs& x) {
         return resize(x[0], {3 * half(x[0]), 3 * half(x[0])}, Resize::nearest);
       }},
      {"resize_linear",
       [half](const Xs& x) {
         return resize(x[0], {3 * half(x[0]), 3 * half(x[0])}, Resize::linear);
       }},
      {"resize_cubic",
       [half](const Xs& x) {
         return resize(x[0], {3 * half(x[0]), 3 * half(x[0])}, Resize::cubic);
       }},
      ONE("pixel_shuffle", pixel_shuffle(x[0], 2)),
      ONE("group_norm", group_standardize(x[0], 4)),
      ONE("local_response", local_response(x[0], 5)),
      ONE("batch_norm_images", standardize(x[0], {0, 2, 3})),
  };
}

#undef ONE

inline OpFunctions op_functions() {
  OpFunctions all = element_functions();
  for (auto part : {pair_functions(), row_functions(), matrix_functions(),
                    image_functions()}) {
    all.merge(part);
  }
  for (const auto& [name, f] : flow_functions()) all[name] = f;
  return all;
}

}  // namespace bench
