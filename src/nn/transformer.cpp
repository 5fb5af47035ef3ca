#include "weft/transformer.h"

#include <cmath>

#include "weft/costs.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/indexing.h"
#include "weft/sequence.h"

namespace weft {

namespace {

/// The heads as an axis of their own: (batch, steps, heads·d) →
/// (batch, heads, steps, d).
Value in_heads(Value x, std::int64_t heads, std::int64_t d) {
  const Shape& s = x.shape();
  return transpose(reshape(x, {s[0], s[1], heads, d}), {0, 2, 1, 3});
}

void check(const Operand& x, const MultiHeadOptions& o,
           std::int64_t key_heads) {
  const Shape& shape = x.value.shape();
  if (shape.rank() != 3 || shape[2].is_symbolic()) {
    throw ShapeError(
        "[multi_head_attention] x must be (batch, steps, width) with a number "
        "as width; it is " +
        to_string(shape) + at_line(x.at));
  }
  if (o.heads < 1 || shape.dim(2) % o.heads != 0) {
    throw GraphError("[multi_head_attention] " + std::to_string(o.heads) +
                     " heads do not divide the width " +
                     std::to_string(shape.dim(2)) + at_line(x.at));
  }
  if (key_heads < 1 || o.heads % key_heads != 0) {
    throw GraphError("[multi_head_attention] " + std::to_string(key_heads) +
                     " heads of keys do not divide " + std::to_string(o.heads) +
                     " heads" + at_line(x.at));
  }
  if (o.memory && (o.memory.rank() != 3 || o.memory.shape()[0] != shape[0])) {
    throw ShapeError("[multi_head_attention] the memory is " +
                     to_string(o.memory.shape()) + ", x " + to_string(shape) +
                     "; it must be (batch, n, features) of the same batch" +
                     at_line(x.at));
  }
}

/// The mask with what lies after the rows' ends.
Value whole_mask(const MultiHeadOptions& o, Value keys, const Source& at) {
  if (!o.lengths) return o.mask;
  const Dim n = keys.shape()[1];
  if (n.is_symbolic()) {
    throw ShapeError(
        "[multi_head_attention] lengths need a number of steps, "
        "not " +
        to_string(keys.shape()) + at_line(at));
  }
  const Value there = unsqueeze(
      unsqueeze(sequence_mask(Operand(o.lengths, at), n.size()), 1), 1);
  if (!o.mask) return there;
  if (o.mask.dtype() == DType::boolean) return logical_and(o.mask, there);
  return where(there, o.mask, -HUGE_VAL);
}

struct Projected {
  Value q, k, v;  ///< (batch, steps, heads·d)
};

Projected project(const Operand& x, const MultiHeadOptions& o,
                  std::int64_t width, std::int64_t key_width) {
  auto layer = [&](Value in, std::int64_t n, const char* name) {
    return dense(Operand(in, x.at), n,
                 {.name = name, .bias = o.bias, .weight = o.weight});
  };
  if (!o.memory) {
    const auto parts = split(layer(x.value, width + 2 * key_width, "in"),
                             {width, key_width, key_width}, -1);
    return {parts[0], parts[1], parts[2]};
  }
  const Value q = layer(x.value, width, "query");
  const auto parts = split(layer(o.memory, 2 * key_width, "memory"),
                           {key_width, key_width}, -1);
  return {q, parts[0], parts[1]};
}

/// What a block adds to x, with the norm before or after.
class Residual {
 public:
  Residual(Value x, Mode mode, const TransformerOptions& options, Source at)
      : x_(x), mode_(mode), options_(options), at_(at) {}

  template <class Part>
  void add(const std::string& norm, const Part& part) {
    const bool first = options_.norm_first;
    const Value y = dropout(Operand(part(first ? normed(x_, norm) : x_), at_),
                            options_.dropout, mode_);
    x_ = x_ + y;
    if (!first) x_ = normed(x_, norm);
  }
  Value result() const { return x_; }

 private:
  Value normed(Value x, const std::string& name) const {
    return layer_norm(Operand(x, at_),
                      {.name = name, .epsilon = options_.epsilon});
  }

  Value x_;
  Mode mode_;
  const TransformerOptions& options_;
  Source at_;
};

Value feed_forward(Value x, Mode mode, const TransformerOptions& o,
                   const Source& at) {
  const std::int64_t width = x.shape().dim(x.rank() - 1);
  const std::int64_t hidden = o.hidden > 0 ? o.hidden : 4 * width;
  const Initializer weight = initializers::glorot_uniform();
  Value h =
      dense(Operand(x, at), hidden,
            {.name = "fc1", .weight = weight, .activation = o.activation});
  h = dropout(Operand(h, at), o.dropout, mode);
  return dense(Operand(h, at), width, {.name = "fc2", .weight = weight});
}

MultiHeadOptions self_attention(const TransformerOptions& o, bool causal) {
  return {.name = "attention",
          .heads = o.heads,
          .key_heads = o.key_heads,
          .causal = causal,
          .mask = o.mask,
          .lengths = o.lengths,
          .rotary = o.rotary};
}

Value block(const Operand& x, const Value& memory, Mode mode,
            const TransformerOptions& o) {
  const Scope scope(x.value.graph(), o.name);
  Residual sum(x.value, mode, o, x.at);
  sum.add("norm1", [&](Value h) {
    return multi_head_attention(Operand(h, x.at),
                                self_attention(o, memory || o.causal));
  });
  if (memory) {
    sum.add("norm2", [&](Value h) {
      return multi_head_attention(Operand(h, x.at),
                                  {.name = "cross_attention",
                                   .heads = o.heads,
                                   .key_heads = o.key_heads,
                                   .memory = memory,
                                   .mask = o.memory_mask,
                                   .lengths = o.memory_lengths});
    });
  }
  sum.add(memory ? "norm3" : "norm2",
          [&](Value h) { return feed_forward(h, mode, o, x.at); });
  return sum.result();
}

}  // namespace

Value multi_head_attention(Operand x, const MultiHeadOptions& options) {
  const CallScope call(x);
  const std::int64_t key_heads =
      options.key_heads != 0 ? options.key_heads : options.heads;
  check(x, options, key_heads);
  const Shape shape = x.value.shape();
  const std::int64_t width = shape.dim(2), d = width / options.heads;
  const Value mask =
      whole_mask(options, options.memory ? options.memory : x.value, x.at);
  const Scope scope(x.value.graph(), options.name);
  const Projected p = project(x, options, width, key_heads * d);
  Value q = in_heads(p.q, options.heads, d);
  Value k = in_heads(p.k, key_heads, d), v = in_heads(p.v, key_heads, d);
  if (options.rotary) {
    q = rotary_positions(q);
    k = rotary_positions(k);
  }
  if (key_heads != options.heads) {
    k = repeat(k, options.heads / key_heads, 1);
    v = repeat(v, options.heads / key_heads, 1);
  }
  const Value heads =
      attention(q, k, v, {.mask = mask, .causal = options.causal});
  const Value joined = reshape(transpose(heads, {0, 2, 1, 3}), shape);
  return dense(Operand(joined, x.at), width,
               {.name = "out", .bias = options.bias, .weight = options.weight});
}

Value transformer_encoder_block(Operand x, Mode mode,
                                const TransformerOptions& options) {
  const CallScope call(x);
  return block(x, {}, mode, options);
}

Value transformer_decoder_block(Operand x, Operand memory, Mode mode,
                                const TransformerOptions& options) {
  const CallScope call(x);
  if (!memory.value) {
    throw GraphError(
        "[transformer_decoder_block] the memory is empty; did you "
        "mean transformer_encoder_block?" +
        at_line(x.at));
  }
  return block(x, memory.value, mode, options);
}

}  // namespace weft
