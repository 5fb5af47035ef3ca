#pragma once

#include <string>

#include "weft/nn.h"

namespace weft {

// Attention layers and transformer blocks: f32 f64. x is (batch, steps, width)
// unless said otherwise. Errors are those of ops.h.

// ---- positions

/// x + P, P[t, 2i] = sin(t/10000^(2i/width)), P[t, 2i+1] = cos of the same
/// (Vaswani et al. 2017): (…, steps, width), numbers both.
Value sinusoidal_positions(Operand x);

struct PositionOptions {
  std::string name = "positions";
  std::int64_t most = 0;  ///< rows of the table; 0: x's steps
  Initializer table = initializers::normal(0, 0.02);
};
/// x plus the first rows of a learnt table name/table (most, width).
Value learnt_positions(Operand x, const PositionOptions& options = {});

/// Turns each pair (x[t, i], x[t, i + d/2]) by the angle t·base^(−2i/d), so
/// that products of rows depend on their distance in t alone (Su et al. 2021;
/// the pairs are GPT-NeoX's). x (…, steps, d), numbers both, d even.
Value rotary_positions(Operand x, double base = 10000);

// ---- attention

struct MultiHeadOptions {
  std::string name = "attention";
  int heads = 8;
  /// Heads of keys and values, each for heads/key_heads of the queries'
  /// (Ainslie et al. 2023); 0: as many.
  int key_heads = 0;
  /// (batch, n, features) that is attended to; empty: x itself.
  Value memory = {};
  bool causal = false;  ///< no step sees a later one
  /// Added to the scores, or boolean, true where attention is allowed;
  /// broadcasts to (batch, heads, steps, n).
  Value mask = {};
  /// (batch) of i32 or i64, at least 1: steps of each row of the memory, or of
  /// x; none sees those after them.
  Value lengths = {};
  bool rotary = false;  ///< rotary_positions() of queries and keys
  bool bias = true;
  Initializer weight = initializers::glorot_uniform();
};
/// Heads of attention over parts of the width, joined by a dense layer
/// (Vaswani et al. 2017): (batch, steps, width) → the same. d = width/heads,
/// k = key_heads·d. Parameters of dense layers: name/in (width → width + 2k:
/// queries, keys, values), or with a memory name/query (width → width) and
/// name/memory (features → 2k: keys, values); name/out (width → width). They
/// are the transposes of PyTorch's in_proj_weight and out_proj. Throws
/// GraphError unless heads divide the width, and key_heads the heads.
Value multi_head_attention(Operand x, const MultiHeadOptions& options = {});

struct TransformerOptions {
  std::string name = "block";
  int heads = 8;
  int key_heads = 0;        ///< see MultiHeadOptions
  std::int64_t hidden = 0;  ///< units between the dense layers; 0: 4·width
  Activation activation = Activation::gelu;
  /// Normalises what enters attention and dense layers (Xiong et al. 2020),
  /// else what is added up, as Vaswani et al.
  bool norm_first = true;
  double dropout = 0;      ///< of what each part adds, and of the hidden units
  bool causal = false;     ///< an encoder in which no step sees a later one
  Value mask = {};         ///< of the self-attention; see MultiHeadOptions
  Value lengths = {};      ///< steps of each row of x
  bool rotary = false;     ///< of the self-attention
  Value memory_mask = {};  ///< of a decoder's attention to the memory
  Value memory_lengths = {};  ///< steps of each row of the memory
  double epsilon = 1e-5;      ///< of the layers' norms
};
/// x + attention(norm1(x)), then x + fc2(activation(fc1(norm2(x)))); without
/// norm_first norm1(x + attention(x)) and norm2(x + …). Layers name/attention,
/// name/norm1, name/norm2, name/fc1, name/fc2.
Value transformer_encoder_block(Operand x, Mode mode,
                                const TransformerOptions& options = {});
/// The same with causal self-attention and, after it, attention to a memory
/// (batch, n, features): name/cross_attention, name/norm2; the dense layers'
/// norm is name/norm3.
Value transformer_decoder_block(Operand x, Operand memory, Mode mode,
                                const TransformerOptions& options = {});

}  // namespace weft
