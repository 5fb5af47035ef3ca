#include "example.h"

// Layers, initialisers, attention and recurrences: nn.h, activation.h,
// sequence.h, attention.h, recurrent.h, transformer.h.

namespace snippets {

EXAMPLE(dense) {
  Value x = g.input("x", {kBatch, 784});
  Value y = dense(x, 10, {.name = "out", .activation = "relu"});
  show(y.shape(), "(batch, 10)");
  show(g.find("out/weight").shape(), "(784, 10)");
}

EXAMPLE(batch_norm) {
  Value x = g.input("x", {kBatch, 8});
  show(batch_norm(x, Mode::train).shape(), "(batch, 8)");
  show(g.find("batch_norm/mean").shape(), "(8)");
}

EXAMPLE(convolution) {
  Value x = g.input("x", {kBatch, 3, 32, 32});
  Value y =
      convolution(x, 16, {3}, {.name = "stem", .stride = {2}, .same = true});
  show(y.shape(), "(batch, 16, 16, 16)");
  show(g.find("stem/weight").shape(), "(16, 3, 3, 3)");
  y = batch_norm(y, Mode::train, {.axis = 1});
  show(g.find("batch_norm/mean").shape(), "(16)");
}

EXAMPLE(transposed_convolution) {
  Value x = g.input("x", {kBatch, 16, 7, 7});
  Value y = transposed_convolution(
      x, 8, {4}, {.name = "up", .stride = {2}, .padding = {1}});
  show(y.shape(), "(batch, 8, 14, 14)");
  show(g.find("up/weight").shape(), "(16, 8, 4, 4)");
}

EXAMPLE(separable_convolution) {
  Value x = g.input("x", {kBatch, 16, 8, 8});
  Value y = separable_convolution(x, 32, {3}, {.name = "sep", .same = true});
  show(y.shape(), "(batch, 32, 8, 8)");
  show(g.find("sep/depthwise/weight").shape(), "(16, 1, 3, 3)");
  show(g.find("sep/pointwise/weight").shape(), "(32, 16, 1, 1)");
}

EXAMPLE(spectral_norm) {
  Value x = g.input("x", {kBatch, 8});
  auto normed = [](Value w) { return spectral_norm(w, Mode::train); };
  dense(x, 4, {.name = "critic", .reparametrise = normed});
  show(g.find("critic/spectral_norm/vector").shape(), "(8)");
  Value w = numbers({3, 0, 0, 4}, {2, 2});
  show(spectral_norm(w, Mode::train, {.name = "w", .iterations = 50}),
       "f64(2, 2) [[0.75, 0], [0, 1]]");
}

EXAMPLE(group_norm) {
  Value x = numbers({1, 3, 2, 6}, {1, 4, 1});
  show(group_norm(x, 2),
       "f64(1, 4, 1) [[[-0.999995], [0.999995], "
       "[-0.999999], [0.999999]]]");
}

EXAMPLE(instance_norm) {
  show(instance_norm(numbers({1, 2, 3, 5, 5, 5}, {1, 2, 3})),
       "f64(1, 2, 3) [[[-1.22474, 0, 1.22474], [0, 0, 0]]]");
}

EXAMPLE(rms_norm) {
  show(rms_norm(numbers({3, 4}, {1, 2})), "f64(1, 2) [[0.848528, 1.13137]]");
}

EXAMPLE(squeeze_excite) {
  Value x = g.input("x", {kBatch, 32, 8, 8});
  show(squeeze_excite(x, {.reduction = 4}).shape(), "(batch, 32, 8, 8)");
  show(g.find("squeeze_excite/fc1/weight").shape(), "(32, 8)");
}

EXAMPLE(residual) {
  Value x = g.input("x", {kBatch, 16, 8, 8});
  auto block = [](Value h) {
    h = convolution(
        h, 32, {3},
        {.name = "conv1", .stride = {2}, .same = true, .activation = "relu"});
    return convolution(h, 32, {3}, {.name = "conv2", .same = true});
  };
  show(residual(x, block, {.activation = "relu"}).shape(), "(batch, 32, 4, 4)");
  show(g.find("residual/conv1/weight").shape(), "(32, 16, 3, 3)");
  show(g.find("residual/shortcut/weight").shape(), "(32, 16, 1, 1)");
}

EXAMPLE(layer_norm) {
  show(layer_norm(numbers({1, 2, 3}, {1, 3})),
       "f64(1, 3) [[-1.22474, 0, 1.22474]]");
}

EXAMPLE(embedding) {
  Value words = g.input("words", {kBatch, 7}, DType::i32);
  Value h = embedding(words, 1000, 16);
  show(h.shape(), "(batch, 7, 16)");
  // The same table tells the words that follow.
  Value y =
      dense(h, 1000, {.tied = {.path = "embedding/table", .transposed = true}});
  show(y.shape(), "(batch, 7, 1000)");
}

EXAMPLE(activation) {
  show(activation(numbers({-1, 2}), "leaky_relu(0.1)"), "f64(2) [-0.1, 2]");
}

EXAMPLE(attention) {
  Value q = range({2, 5, 8});
  show(attention(q, q, q, {.causal = true}).shape(), "(2, 5, 8)");
}

EXAMPLE(tiled_attention) {
  Value q = range({2, 5, 8});
  TiledAttention a = tiled_attention(q, q, q, {.causal = true});
  show(a.values.shape(), "(2, 5, 8)");
  show(a.log_sums.shape(), "(2, 5)");
  show(gradient(sum(a.values), q).shape(), "(2, 5, 8)");
}

EXAMPLE(multi_head_attention) {
  Value x = range({2, 5, 8}), seen = range({2, 7, 3});
  show(multi_head_attention(x, {.heads = 4, .memory = seen}).shape(),
       "(2, 5, 8)");
  show(g.find("attention/query/weight").shape(), "(8, 8)");
  show(g.find("attention/memory/weight").shape(), "(3, 16)");
}

EXAMPLE(transformer_encoder_block) {
  Value x = g.input("x", {kBatch, 16, 64});
  Value steps = g.input("steps", {kBatch}, DType::i32);
  Value y = transformer_encoder_block(x, Mode::train,
                                      {.dropout = 0.1, .lengths = steps});
  show(y.shape(), "(batch, 16, 64)");
}

EXAMPLE(transformer_decoder_block) {
  Value x = g.input("x", {kBatch, 9, 64});
  Value memory = g.input("memory", {kBatch, 16, 32});
  show(transformer_decoder_block(x, memory, Mode::eval).shape(),
       "(batch, 9, 64)");
}

EXAMPLE(sinusoidal_positions) {
  show(sinusoidal_positions(numbers({0, 0, 0, 0}, {2, 2})),
       "f64(2, 2) [[0, 1], [0.841471, 0.540302]]");
}

EXAMPLE(learnt_positions) {
  Value x = learnt_positions(range({2, 5, 8}), {.most = 100});
  show(x.shape(), "(2, 5, 8)");
  show(g.find("positions/table").shape(), "(100, 8)");
}

EXAMPLE(rotary_positions) {
  show(rotary_positions(numbers({1, 0, 1, 0}, {2, 2})),
       "f64(2, 2) [[1, 0], [0.540302, 0.841471]]");
}

EXAMPLE(rnn) {
  Value x = range({7, 2, 3});  // time, batch, features
  RecurrentWeights w{range({4, 3}), range({4, 4})};
  Recurrence r = rnn(x, range({2, 4}), w);
  show(r.outputs.shape(), "(7, 2, 4)");
  show(r.state.shape(), "(2, 4)");
  // A layer, with parameters of its own: batch, time, features.
  show(rnn(range({2, 7, 3}), 4, Mode::train).outputs.shape(), "(2, 7, 4)");
}

EXAMPLE(lstm) {
  Value x = range({7, 2, 3});
  RecurrentWeights w{range({16, 3}), range({16, 4})};
  Recurrence r = lstm(x, range({2, 4}), range({2, 4}), w);
  show(r.outputs.shape(), "(7, 2, 4)");
  show(r.cell.shape(), "(2, 4)");
  // A layer, with parameters of its own: batch, time, features.
  Value words = g.input("words", {kBatch, 7, 3});
  Value steps = g.input("steps", {kBatch}, DType::i32);
  RecurrentLayer made = lstm(
      words, 16, Mode::train,
      {.layers = 2, .bidirectional = true, .dropout = 0.2, .lengths = steps});
  show(made.outputs.shape(), "(batch, 7, 32)");
  show(made.state.shape(), "(4, batch, 16)");
  show(g.find("lstm/layer1/backward/hidden_weight").shape(), "(64, 16)");
}

EXAMPLE(gru) {
  Value x = range({7, 2, 3});
  RecurrentWeights w{range({12, 3}), range({12, 4})};
  show(gru(x, range({2, 4}), w).state.shape(), "(2, 4)");
  // A layer, with parameters of its own: batch, time, features.
  show(gru(range({2, 7, 3}), 4, Mode::train).state.shape(), "(1, 2, 4)");
}

}  // namespace snippets
