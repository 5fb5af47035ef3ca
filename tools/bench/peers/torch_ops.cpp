// The cases of op_cases.h in libtorch's C++ interface.

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <functional>
#include <map>

#include "op_cases.h"
#include "rig.h"
#include "torch_flow.h"

namespace {

using torch::Tensor;
using Xs = std::vector<Tensor>;
using OpFunctions = std::map<std::string, std::function<Tensor(const Xs&)>>;
namespace F = torch::nn::functional;

#define ONE(name, expression)                              \
  {                                                        \
    name, [](const Xs& x) -> Tensor { return expression; } \
  }

OpFunctions element_functions() {
  return {
      ONE("abs", x[0].abs()),
      ONE("acos", x[0].acos()),
      ONE("acosh", x[0].acosh()),
      ONE("asin", x[0].asin()),
      ONE("asinh", x[0].asinh()),
      ONE("atan", x[0].atan()),
      ONE("atanh", x[0].atanh()),
      ONE("bessel_i0", torch::special::i0(x[0])),
      ONE("bessel_i0e", torch::special::i0e(x[0])),
      ONE("bessel_i1", torch::special::i1(x[0])),
      ONE("bessel_i1e", torch::special::i1e(x[0])),
      ONE("ceil", x[0].ceil()),
      ONE("celu", torch::celu(x[0])),
      ONE("clamp", x[0].clamp(-1, 1)),
      ONE("copy", x[0].clone()),
      ONE("cos", x[0].cos()),
      ONE("cosh", x[0].cosh()),
      ONE("digamma", x[0].digamma()),
      ONE("dropout", torch::dropout(x[0], 0.5, true)),
      ONE("elu", torch::elu(x[0])),
      ONE("entr", torch::special::entr(x[0])),
      ONE("erf", x[0].erf()),
      ONE("erfc", x[0].erfc()),
      ONE("erfcx", torch::special_erfcx(x[0])),
      ONE("erfinv", x[0].erfinv()),
      ONE("exp", x[0].exp()),
      ONE("exp2", x[0].exp2()),
      ONE("expm1", x[0].expm1()),
      ONE("floor", x[0].floor()),
      ONE("frac", x[0].frac()),
      ONE("gelu", torch::gelu(x[0])),
      ONE("gelu_tanh", torch::gelu(x[0], "tanh")),
      ONE("glu", torch::glu(x[0])),
      ONE("hard_shrink", torch::hardshrink(x[0])),
      ONE("hard_sigmoid", torch::hardsigmoid(x[0])),
      ONE("hard_swish", torch::hardswish(x[0])),
      ONE("hard_tanh", torch::hardtanh(x[0])),
      ONE("leaky_relu", torch::leaky_relu(x[0])),
      ONE("lgamma", x[0].lgamma()),
      ONE("log", x[0].log()),
      ONE("log10", x[0].log10()),
      ONE("log1p", x[0].log1p()),
      ONE("log2", x[0].log2()),
      ONE("log_ndtr", torch::special_log_ndtr(x[0])),
      ONE("log_sigmoid", torch::log_sigmoid(x[0])),
      ONE("mish", torch::mish(x[0])),
      ONE("nan_to_num", x[0].nan_to_num()),
      ONE("ndtr", torch::special_ndtr(x[0])),
      ONE("ndtri", torch::special_ndtri(x[0])),
      ONE("negative", -x[0]),
      ONE("polygamma", torch::polygamma(1, x[0])),
      ONE("reciprocal", x[0].reciprocal()),
      ONE("relu", x[0].relu()),
      ONE("relu6", F::relu6(x[0])),
      ONE("round", x[0].round()),
      ONE("rsqrt", x[0].rsqrt()),
      ONE("selu", torch::selu(x[0])),
      ONE("sigmoid", x[0].sigmoid()),
      ONE("sign", x[0].sign()),
      ONE("silu", torch::silu(x[0])),
      ONE("sin", x[0].sin()),
      ONE("sinc", x[0].sinc()),
      ONE("sinh", x[0].sinh()),
      ONE("soft_shrink", torch::softshrink(x[0])),
      ONE("softplus", torch::softplus(x[0])),
      ONE("softsign", F::softsign(x[0])),
      ONE("sqrt", x[0].sqrt()),
      ONE("square", x[0].square()),
      ONE("tan", x[0].tan()),
      ONE("tanh", x[0].tanh()),
      ONE("tanh_shrink", F::tanhshrink(x[0])),
      ONE("threshold", torch::threshold(x[0], 0.1, 0)),
      ONE("to_f64", x[0].to(torch::kDouble)),
      ONE("trunc", x[0].trunc()),
      ONE("random_uniform", torch::rand(x[0].sizes())),
      ONE("random_normal", torch::randn(x[0].sizes())),
  };
}

OpFunctions pair_functions() {
  return {
      ONE("add", x[0] + x[1]),
      ONE("add_row", x[0] + x[1]),
      ONE("atan2", torch::atan2(x[0], x[1])),
      ONE("divide", x[0] / x[1]),
      ONE("equal", x[0] == x[1]),
      ONE("fmod", torch::fmod(x[0], x[1])),
      ONE("greater", x[0] > x[1]),
      ONE("greater_equal", x[0] >= x[1]),
      ONE("hypot", torch::hypot(x[0], x[1])),
      ONE("less", x[0] < x[1]),
      ONE("less_equal", x[0] <= x[1]),
      ONE("logaddexp", torch::logaddexp(x[0], x[1])),
      ONE("logical_and", torch::logical_and(x[0] > 0, x[1] > 0)),
      ONE("logical_not", torch::logical_not(x[0] > 0)),
      ONE("logical_or", torch::logical_or(x[0] > 0, x[1] > 0)),
      ONE("logical_xor", torch::logical_xor(x[0] > 0, x[1] > 0)),
      ONE("maximum", torch::maximum(x[0], x[1])),
      ONE("minimum", torch::minimum(x[0], x[1])),
      ONE("multiply", x[0] * x[1]),
      ONE("multiply_add", torch::addcmul(x[2], x[0], x[1])),
      ONE("multiply_row", x[0] * x[1]),
      ONE("not_equal", x[0] != x[1]),
      ONE("pow", torch::pow(x[0], x[1])),
      ONE("prelu", torch::prelu(x[0], x[1])),
      ONE("remainder", torch::remainder(x[0], x[1])),
      ONE("squared_difference", (x[0] - x[1]).square()),
      ONE("subtract", x[0] - x[1]),
      ONE("where", torch::where(x[0] > 0, x[1], x[2])),
      ONE("l1", torch::l1_loss(x[0], x[1])),
      ONE("mse", torch::mse_loss(x[0], x[1])),
      ONE("smooth_l1", torch::smooth_l1_loss(x[0], x[1])),
      ONE("huber", torch::huber_loss(x[0], x[1])),
      ONE("soft_margin", torch::soft_margin_loss(x[0], x[1].detach())),
      ONE("bce_with_logits",
          torch::binary_cross_entropy_with_logits(x[0], x[1])),
      ONE("bce", torch::binary_cross_entropy(x[0], x[1])),
      ONE("poisson", torch::poisson_nll_loss(x[0], x[1], true, false, 1e-8,
                                             torch::Reduction::Mean)),
      ONE("kl_div", torch::kl_div(x[0], x[1])),
      // Its C++ interface has no gaussian_nll_loss.
      ONE("gaussian", (0.5 * (x[2].clamp_min(1e-6).log() +
                              (x[0] - x[1]).square() / x[2].clamp_min(1e-6)))
                          .mean()),
      ONE("cosine_similarity", torch::cosine_similarity(x[0], x[1], -1)),
      ONE("triplet", torch::triplet_margin_loss(x[0], x[1], x[2])),
      ONE("cross_entropy", torch::cross_entropy_loss(x[0], x[1])),
      ONE("nll", torch::nll_loss(torch::log_softmax(x[0], 1), x[1])),
      ONE("distances", torch::cdist(x[0], x[1])),
  };
}

Tensor ctc_of(const Xs& x) {
  const std::vector<int64_t> times(8, x[0].size(1)), labels(8, 8);
  return torch::ctc_loss(torch::log_softmax(x[0], 2).transpose(0, 1), x[1],
                         times, labels);
}

OpFunctions row_functions() {
  return {
      ONE("sum", x[0].sum()),
      ONE("sum_rows", x[0].sum(1)),
      ONE("sum_columns", x[0].sum(0)),
      ONE("mean", x[0].mean()),
      ONE("max_rows", x[0].amax(1)),
      ONE("min_rows", x[0].amin(1)),
      ONE("prod", x[0].prod(1)),
      ONE("logsumexp", x[0].logsumexp(1)),
      ONE("variance", x[0].var(1)),
      ONE("standard_deviation", x[0].std(1)),
      ONE("norm1", x[0].norm(1, {1})),
      ONE("norm2", x[0].norm(2, {1})),
      ONE("softmax", torch::softmax(x[0], 1)),
      ONE("log_softmax", torch::log_softmax(x[0], 1)),
      ONE("softmax_columns", torch::softmax(x[0], 0)),
      ONE("cumsum", x[0].cumsum(1)),
      ONE("cumprod", x[0].cumprod(1)),
      ONE("logcumsumexp", x[0].logcumsumexp(1)),
      ONE("cummax", std::get<0>(x[0].cummax(1))),
      ONE("cummin", std::get<0>(x[0].cummin(1))),
      ONE("sort", std::get<0>(x[0].sort(1))),
      ONE("argsort", x[0].argsort(int64_t{1})),
      ONE("top_k", std::get<0>(x[0].topk(5))),
      ONE("max_along", std::get<0>(x[0].max(1))),
      ONE("median", std::get<0>(x[0].median(1))),
      ONE("argmax", x[0].argmax(1)),
      ONE("argmin", x[0].argmin(1)),
      ONE("dot", torch::dot(x[0].flatten(), x[1].flatten())),
      ONE("cross", torch::cross(x[0], x[1], 1)),
      ONE("layer_norm", torch::layer_norm(x[0], {x[0].size(1)})),
      ONE("rms_norm", x[0] * torch::rsqrt(x[0].square().mean(1, true) + 1e-5)),
      ONE("batch_norm",
          torch::batch_norm(x[0], {}, {}, {}, {}, true, 0.1, 1e-5, false)),
      ONE("normalize", F::normalize(x[0])),
      ONE("ctc", ctc_of(x)),
      ONE("transpose", x[0].t().contiguous()),
      ONE("slice", x[0].slice(1, 1, 1L << 40, 2).contiguous()),
      ONE("pad", torch::constant_pad_nd(x[0], {1, 1, 1, 1})),
      ONE("pad_reflect", torch::reflection_pad1d(x[0], {3, 3})),
      ONE("pad_replicate", torch::replication_pad1d(x[0], {3, 3})),
      ONE("flip", x[0].flip({1})),
      ONE("roll", x[0].roll({3}, {1})),
      ONE("tile", x[0].tile({1, 3})),
      ONE("repeat", x[0].repeat_interleave(3, 1)),
      ONE("split", x[0].split_with_sizes({16, 48})[1].clone()),
      ONE("concat", torch::cat({x[0], x[1]}, 1)),
      ONE("stack", torch::stack({x[0], x[1]})),
      ONE("expand", x[0].expand({64, -1}).contiguous()),
      ONE("tril", x[0].tril()),
      ONE("triu", x[0].triu()),
      ONE("diagonal", x[0].diagonal(0, 1, 2).contiguous()),
      ONE("trace", x[0].diagonal(0, 1, 2).sum(1)),
      ONE("diag_embed", torch::diag_embed(x[0])),
      ONE("gather", x[0].index_select(0, x[1])),
      ONE("embedding", torch::embedding(x[0], x[1])),
      ONE("scatter_add", torch::zeros({100, 32}).index_add(0, x[1], x[0])),
      ONE("take_along", x[0].gather(1, x[1])),
      ONE("add_along", x[0].scatter_add(1, x[1], x[2])),
      ONE("put_along", x[0].scatter(1, x[1], x[2])),
      ONE("pick", x[0].gather(1, x[1].unsqueeze(1)).squeeze(1)),
      ONE("one_hot", torch::one_hot(x[0] % 100, 100).to(torch::kFloat)),
  };
}

Tensor definite(Tensor a) {
  return torch::matmul(a, a.transpose(1, 2)) + torch::eye(a.size(1));
}

// The recurrent layers of libtorch, with weights made once.
template <class Layer, class Options>
Tensor recurrent(const Tensor& x) {
  static Layer layer(Options(64, 64));
  for (auto& p : layer->parameters()) p.mutable_grad() = Tensor();
  return std::get<0>(layer->forward(x.transpose(0, 1)));
}

OpFunctions matrix_functions() {
  namespace nn = torch::nn;
  return {
      ONE("matmul", torch::matmul(x[0], x[1])),
      ONE("matmul_batch", torch::matmul(x[0], x[1])),
      ONE("einsum", torch::einsum("bij,bkj->bik", {x[0], x[1]})),
      ONE("matrix_vector", torch::matmul(x[0], x[1])),
      ONE("dense", torch::addmm(x[2], x[0], x[1])),
      ONE("outer", torch::outer(x[0], x[1])),
      ONE("kron", torch::kron(x[0], x[1])),
      ONE("cholesky", torch::linalg_cholesky(definite(x[0]))),
      ONE("inverse", torch::inverse(definite(x[0]))),
      ONE("det", torch::det(definite(x[0]))),
      ONE("logdet", torch::logdet(definite(x[0]))),
      ONE("eigh", torch::linalg_eigvalsh(x[0] + x[0].transpose(1, 2))),
      {"qr",
       [](const Xs& x) {
         const auto p = torch::linalg_qr(definite(x[0]));
         return std::get<0>(p) + std::get<1>(p);
       }},
      ONE("svd", std::get<1>(torch::linalg_svd(x[0], false))),
      ONE("matrix_exp", torch::matrix_exp(x[0])),
      ONE("solve", torch::linalg_solve(definite(x[0]), x[1])),
      ONE("solve_triangular",
          torch::linalg_solve_triangular(definite(x[0]).tril(), x[1], false)),
      ONE("rfft", torch::view_as_real(torch::fft_rfft(x[0]))),
      ONE("fft", torch::view_as_real(torch::fft_fft(torch::complex(x[0], x[0])))),
      ONE("attention",
          torch::matmul(torch::softmax(torch::matmul(x[0], x[1].transpose(2, 3)) *
                                           (1 / std::sqrt(32.0)),
                                       -1),
                        x[2])),
      {"attention_causal",
       [](const Xs& x) {
         const long n = x[0].size(2);
         const Tensor later = torch::ones({n, n}, torch::kBool).triu(1);
         const Tensor scores = torch::matmul(x[0], x[1].transpose(2, 3)) *
                               (1 / std::sqrt(32.0));
         return torch::matmul(
             torch::softmax(scores.masked_fill(later, -INFINITY), -1), x[2]);
       }},
      ONE("rnn", (recurrent<nn::RNN, nn::RNNOptions>(x[0]))),
      ONE("lstm", (recurrent<nn::LSTM, nn::LSTMOptions>(x[0]))),
      ONE("gru", (recurrent<nn::GRU, nn::GRUOptions>(x[0]))),
  };
}

OpFunctions image_functions() {
  using Sizes = std::vector<int64_t>;
  return {
      ONE("conv3x3", torch::conv2d(x[0], x[1], {}, 1, 1)),
      ONE("conv3x3_stride2", torch::conv2d(x[0], x[1], {}, 2, 1)),
      ONE("conv3x3_dilated", torch::conv2d(x[0], x[1], {}, 1, 2, 2)),
      ONE("conv1x1", torch::conv2d(x[0], x[1])),
      ONE("conv5x5_one_channel", torch::conv2d(x[0], x[1], {}, 1, 2)),
      ONE("conv_depthwise", torch::conv2d(x[0], x[1], {}, 1, 1, 1, 16)),
      ONE("conv_groups", torch::conv2d(x[0], x[1], {}, 1, 1, 1, 4)),
      ONE("conv1d", torch::conv1d(x[0], x[1], {}, 1, 2)),
      ONE("conv3d", torch::conv3d(x[0], x[1], {}, 1, 1)),
      ONE("conv_transpose", torch::conv_transpose2d(x[0], x[1], {}, 2, 1, 1)),
      ONE("max_pool", torch::max_pool2d(x[0], 2)),
      ONE("max_pool3x3", torch::max_pool2d(x[0], 3, 2, 1)),
      ONE("avg_pool", torch::avg_pool2d(x[0], 2)),
      ONE("lp_pool", F::lp_pool2d(x[0], F::LPPool2dFuncOptions(2, 2))),
      ONE("adaptive_avg_pool", torch::adaptive_avg_pool2d(x[0], {3, 3})),
      ONE("adaptive_max_pool",
          std::get<0>(torch::adaptive_max_pool2d(x[0], {3, 3}))),
      ONE("unfold", torch::im2col(x[0], {3, 3}, {1, 1}, {1, 1}, {1, 1})),
      {"fold",
       [](const Xs& x) {
         const long side = std::lround(std::sqrt(double(x[0].size(2))));
         return torch::col2im(x[0], {side, side}, {3, 3}, {1, 1}, {1, 1},
                              {1, 1});
       }},
      {"resize_nearest",
       [](const Xs& x) {
         const long side = x[0].size(2) / 2 * 3;
         return torch::upsample_nearest2d(x[0], Sizes{side, side});
       }},
      {"resize_linear",
       [](const Xs& x) {
         const long side = x[0].size(2) / 2 * 3;
         return torch::upsample_bilinear2d(x[0], Sizes{side, side}, false);
       }},
      {"resize_cubic",
       [](const Xs& x) {
         const long side = x[0].size(2) / 2 * 3;
         return torch::upsample_bicubic2d(x[0], Sizes{side, side}, false);
       }},
      ONE("pixel_shuffle", torch::pixel_shuffle(x[0], 2)),
      ONE("group_norm", torch::group_norm(x[0], 4)),
      ONE("local_response",
          F::local_response_norm(x[0], F::LocalResponseNormFuncOptions(5))),
      ONE("batch_norm_images",
          torch::batch_norm(x[0], {}, {}, {}, {}, true, 0.1, 1e-5, false)),
  };
}

Xs inputs_of(const bench::OpCase& c, long size) {
  Xs found;
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    auto numbers =
        bench::elements_of(c.inputs[i], size, static_cast<unsigned>(i));
    const std::vector<long> shape = bench::shape_at(c.inputs[i], size);
    found.push_back(
        torch::from_blob(numbers.data(),
                         std::vector<int64_t>(shape.begin(), shape.end()),
                         torch::kDouble)
            .to(c.inputs[i].integers ? torch::kLong : torch::kFloat));
  }
  return found;
}

void time_forward(const bench::Arguments& a, const bench::OpCase& c,
                  const std::function<Tensor(const Xs&)>& f, long size) {
  const torch::NoGradGuard none;
  const Xs x = inputs_of(c, size);
  std::printf("part %ld forward\n", size);
  bench::measure(a, [&] { f(x); });
}

void time_both(const bench::Arguments& a, const bench::OpCase& c,
               const std::function<Tensor(const Xs&)>& f, long size) {
  Xs x = inputs_of(c, size);
  for (Tensor& t : x) {
    if (t.is_floating_point()) t.requires_grad_(true);
  }
  const Tensor seed = torch::ones_like(f(x)).detach();
  std::printf("part %ld both\n", size);
  bench::measure(a, [&] {
    for (Tensor& t : x) t.mutable_grad() = Tensor();
    f(x).backward(seed);
  });
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Arguments a = bench::parse(argc, argv);
  torch::set_num_threads(a.threads);
  at::set_num_interop_threads(1);
  OpFunctions all = element_functions();
  for (auto part : {pair_functions(), row_functions(), matrix_functions(),
                    image_functions()}) {
    all.merge(part);
  }
  for (const auto& [name, f] : bench::flow_functions()) all[name] = f;
  for (const auto& c : bench::op_cases()) {
    if (c.name != a.name || !all.count(c.name)) continue;
    for (long size : c.sizes) {
      time_forward(a, c, all.at(c.name), size);
      if (c.backward) time_both(a, c, all.at(c.name), size);
    }
    return 0;
  }
  return bench::no_such_case(a);
}
