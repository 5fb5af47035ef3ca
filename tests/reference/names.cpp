// Names that stand for others, as the functions of the reference have them.

#include <string_view>

#include "table.h"

namespace reference {

namespace {

const std::map<std::string, std::string>& aliases() {
  static const std::map<std::string, std::string> all{
      {"absolute", "abs"},
      {"arccos", "acos"},
      {"arccosh", "acosh"},
      {"arcsin", "asin"},
      {"arcsinh", "asinh"},
      {"arctan", "atan"},
      {"arctan2", "atan2"},
      {"arctanh", "atanh"},
      {"avg_pool", "avg_pool2d"},
      {"bce_loss", "bce"},
      {"bce_with_logits_loss", "bce_with_logits"},
      {"binary_cross_entropy", "bce"},
      {"binary_cross_entropy_with_logits", "bce_with_logits"},
      {"cat", "concat"},
      {"chain_matmul", "multi_dot"},
      {"clamp", "clip"},
      {"concatenate", "concat"},
      {"cosine_embedding", "cosine_embedding_loss"},
      {"cross_entropy_prob", "cross_entropy"},
      {"cross_entropy_probs", "cross_entropy"},
      {"cross_entropy_soft", "cross_entropy"},
      {"cross_entropy_soft_targets", "cross_entropy"},
      {"ctc", "ctc_loss"},
      {"cummax_values", "cummax"},
      {"cummin_values", "cummin"},
      {"divide", "div"},
      {"eigh_values", "eigvalsh"},
      {"eigvals_sym", "eigvalsh_sym"},
      {"expit", "sigmoid"},
      {"fix", "trunc"},
      {"gammaln", "lgamma"},
      {"frobenius_norm", "matrix_norm"},
      {"gaussian_nll", "gaussian_nll_loss"},
      {"ger", "outer"},
      {"gru", "gru_seq"},
      {"hard_shrink", "hardshrink"},
      {"hard_sigmoid", "hardsigmoid"},
      {"hard_swish", "hardswish"},
      {"hard_tanh", "hardtanh"},
      {"hinge_embedding", "hinge_embedding_loss"},
      {"huber", "huber_loss"},
      {"im2col", "unfold"},
      {"col2im", "fold"},
      {"inv", "inverse"},
      {"kl_div_loss", "kl_div"},
      {"l1", "l1_loss"},
      {"layernorm", "layer_norm"},
      {"log_sigmoid", "logsigmoid"},
      {"logsoftmax", "log_softmax"},
      {"lp_normalize", "normalize"},
      {"lstm_seq", "lstm_seq_ifgo"},
      {"margin_ranking", "margin_ranking_loss"},
      {"max_binary", "maximum"},
      {"min_binary", "minimum"},
      {"mod", "remainder"},
      {"moveaxis", "movedim"},
      {"mse", "mse_loss"},
      {"modified_bessel_i0", "i0"},
      {"modified_bessel_i1", "i1"},
      {"multigammaln", "mvlgamma"},
      {"multiply", "mul"},
      {"negative", "neg"},
      {"norm_0", "norm0"},
      {"norm_1", "norm1"},
      {"norm_2", "norm2"},
      {"norm_3", "norm3"},
      {"norminf", "norm_inf"},
      {"linf_norm", "norm_inf"},
      {"pairwise_euclidean", "pairwise_distance"},
      {"pinverse", "pinv"},
      {"poisson_nll", "poisson_nll_loss"},
      {"psi", "digamma"},
      {"rnn_seq", "rnn_tanh_seq"},
      {"scaled_dot_product_attention", "sdpa"},
      {"sgn", "sign"},
      {"smooth_l1", "smooth_l1_loss"},
      {"soft_margin", "soft_margin_loss"},
      {"soft_shrink", "softshrink"},
      {"soft_sign", "softsign"},
      {"std_dev", "std"},
      {"subtract", "sub"},
      {"svd_values", "svdvals"},
      {"swapdims", "transpose"},
      {"swapaxes", "transpose"},
      {"swish", "silu"},
      {"tanh_shrink", "tanhshrink"},
      {"triplet_margin", "triplet_margin_loss"},
      {"true_divide", "div"},
      {"trapz", "trapezoid"},
      {"upsample_bicubic", "interpolate_bicubic"},
      {"upsample_bilinear", "interpolate_bilinear"},
      {"upsample_nearest", "interpolate_nearest"},
  };
  return all;
}

/// The name without an ending; empty if it has another one.
std::string without(const std::string& name, std::string_view ending) {
  if (!name.ends_with(ending)) return {};
  return name.substr(0, name.size() - ending.size());
}

/// f of another first input.
Build of(const Build& f, Value (*change)(Value)) {
  return [f, change](const Arguments& a) { return f(a.with(0, change(a[0]))); };
}

}  // namespace

std::string known_name(const std::string& name) {
  const auto alias = aliases().find(name);
  if (alias != aliases().end()) return alias->second;
  if (table().contains(name)) return name;
  for (std::string_view prefix : {"torch_", "special_", "linalg_", "fft_"}) {
    if (name.starts_with(prefix)) return known_name(name.substr(prefix.size()));
  }
  return name;
}

Build find(const std::string& name) {
  if (name.empty()) return {};
  const auto known = table().find(known_name(name));
  if (known != table().end()) return known->second;
  if (const Build f = find(without(name, "_of_spd"))) {
    return of(f, positive_definite);
  }
  if (const Build f = find(without(name, "_sym"))) {
    return of(f, [](Value x) { return x + swap_last(x); });
  }
  if (const Build f = find(without(name, "_of_log_softmax"))) {
    // The classes are axis 1, but for sequences.
    if (name.starts_with("ctc")) {
      return of(f, [](Value x) { return weft::log_softmax(x, -1); });
    }
    return of(f, [](Value x) { return weft::log_softmax(x, 1); });
  }
  if (const Build f = find(without(name, "_self"))) {
    return [f](const Arguments& a) { return f(a.of({a[0], a[0]})); };
  }
  for (std::string_view ending : {"_empty", "_batched", "_binary", "_dim"}) {
    if (const Build f = find(without(name, ending))) return f;
  }
  return {};
}

}  // namespace reference
