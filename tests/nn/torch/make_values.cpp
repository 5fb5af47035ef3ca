// Makes values.txt: what PyTorch's layers compute from parameters and inputs
// that are functions of their elements' numbers, f64. sequence_layers_test.cpp
// compares Weft's layers with them.
//   g++ -std=c++17 -O1 -I/usr/include/torch/csrc/api/include make_values.cpp \
//     -ltorch -ltorch_cpu -lc10 -o make_values && ./make_values > values.txt
#include <torch/torch.h>

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace nn = torch::nn;
using torch::Tensor;

namespace {

/// 0.4·sin(0.7·k + salt) for element k.
Tensor pattern(at::IntArrayRef shape, double salt) {
  Tensor t = torch::empty(shape, torch::kF64);
  double* to = t.data_ptr<double>();
  for (int64_t k = 0; k < t.numel(); ++k)
    to[k] = 0.4 * std::sin(0.7 * double(k) + salt);
  return t;
}

/// Parameter i gets salt i, in the order of the names that are given.
void fill(nn::Module& m, const std::vector<std::string>& names) {
  torch::NoGradGuard off;
  auto all = m.named_parameters();
  TORCH_CHECK(all.size() == names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    Tensor& p = all[names[i]];
    p.copy_(pattern(p.sizes(), double(i)));
  }
}

void print(const std::string& name, const Tensor& t) {
  const Tensor flat = t.detach().contiguous().flatten();
  std::printf("%s %ld", name.c_str(), long(flat.numel()));
  for (int64_t k = 0; k < flat.numel(); ++k) {
    std::printf(" %.17g", flat.data_ptr<double>()[k]);
  }
  std::printf("\n");
}

/// Σ 0.4·sin(0.7·k + 9)·y: its gradients for x and the parameters, each of
/// which is told by the same sum.
void print_gradients(const std::string& name, const Tensor& y, const Tensor& x,
                     nn::Module& m, const std::vector<std::string>& names) {
  (y * pattern(y.sizes(), 9)).sum().backward();
  print(name + "/dx", x.grad());
  std::vector<Tensor> sums;
  auto all = m.named_parameters();
  for (const std::string& n : names) {
    const Tensor g = all[n].grad();
    sums.push_back((g * pattern(g.sizes(), 9)).sum());
  }
  print(name + "/dp", torch::stack(sums));
}

std::vector<std::string> recurrent_names(int layers) {
  std::vector<std::string> names;
  for (int l = 0; l < layers; ++l) {
    for (const char* side : {"", "_reverse"}) {
      for (const char* p :
           {"weight_ih_l", "weight_hh_l", "bias_ih_l", "bias_hh_l"}) {
        names.push_back(p + std::to_string(l) + side);
      }
    }
  }
  return names;
}

template <class Module>
void recurrent(const std::string& name, Module m, bool packed) {
  m->to(torch::kF64);
  const auto names = recurrent_names(2);
  fill(*m, names);
  Tensor x = pattern({3, 4, 3}, 0.5).requires_grad_();
  Tensor outputs, state, cell;
  auto keep = [&](auto made) {
    outputs = std::get<0>(made);
    if constexpr (std::is_same_v<Module, nn::LSTM>) {
      std::tie(state, cell) = std::get<1>(made);
    } else {
      state = std::get<1>(made);
    }
  };
  if (packed) {
    auto in = nn::utils::rnn::pack_padded_sequence(
        x, torch::tensor({4, 2, 3}, torch::kLong), true, false);
    auto made = m->forward_with_packed_input(in);
    outputs = std::get<0>(
        nn::utils::rnn::pad_packed_sequence(std::get<0>(made), true, 0.0, 4));
    if constexpr (std::is_same_v<Module, nn::LSTM>) {
      std::tie(state, cell) = std::get<1>(made);
    } else {
      state = std::get<1>(made);
    }
  } else {
    keep(m->forward(x));
  }
  print(name + "/outputs", outputs);
  print(name + "/state", state);
  std::vector<Tensor> all{outputs.flatten(), state.flatten()};
  if (cell.defined()) {
    print(name + "/cell", cell);
    all.push_back(cell.flatten());
  }
  print_gradients(name, torch::cat(all), x, *m, names);
}

void recurrences() {
  for (const bool packed : {false, true}) {
    const std::string tail = packed ? "_packed" : "";
    recurrent(
        "lstm" + tail,
        nn::LSTM(
            nn::LSTMOptions(3, 2).num_layers(2).bidirectional(true).batch_first(
                true)),
        packed);
    recurrent(
        "gru" + tail,
        nn::GRU(
            nn::GRUOptions(3, 2).num_layers(2).bidirectional(true).batch_first(
                true)),
        packed);
    recurrent(
        "rnn" + tail,
        nn::RNN(
            nn::RNNOptions(3, 2).num_layers(2).bidirectional(true).batch_first(
                true)),
        packed);
  }
}

const int64_t kBatch = 2, kSteps = 4, kMemory = 3, kWidth = 6;

/// Added to the scores: libtorch 1.13 adds boolean masks as 0 and 1.
Tensor causal() {
  return torch::full({kSteps, kSteps}, -HUGE_VAL, torch::kF64).triu(1);
}
Tensor hidden(const std::vector<int64_t>& lengths, int64_t steps) {
  return torch::arange(steps).unsqueeze(0) >=
         torch::tensor(lengths).unsqueeze(1);
}
Tensor swapped(const Tensor& x) { return x.transpose(0, 1); }

void attention(const std::string& name, bool cross, bool masked) {
  nn::MultiheadAttention m(nn::MultiheadAttentionOptions(kWidth, 2));
  m->to(torch::kF64);
  const std::vector<std::string> names{"in_proj_weight", "in_proj_bias",
                                       "out_proj.weight", "out_proj.bias"};
  fill(*m, names);
  Tensor x = pattern({kBatch, kSteps, kWidth}, 0.5).requires_grad_();
  const Tensor memory = cross ? pattern({kBatch, kMemory, kWidth}, 1.5) : x;
  const Tensor padding =
      masked ? hidden({cross ? 3 : 4, 2}, memory.size(1)) : Tensor();
  const Tensor mask = masked && !cross ? causal() : Tensor();
  auto made = m->forward(swapped(x), swapped(memory), swapped(memory), padding,
                         true, mask);
  const Tensor y = swapped(std::get<0>(made)).contiguous();
  print(name + "/outputs", y);
  print_gradients(name, y, x, *m, names);
}

// libtorch's blocks have no norm_first, so both forms are written out with its
// layers.
struct Parts : nn::Module {
  explicit Parts(bool decoder) {
    nn::MultiheadAttentionOptions o(kWidth, 2);
    attention = register_module("attention", nn::MultiheadAttention(o));
    if (decoder) cross = register_module("cross", nn::MultiheadAttention(o));
    fc1 = register_module("fc1", nn::Linear(kWidth, 5));
    fc2 = register_module("fc2", nn::Linear(5, kWidth));
    for (int i = 0; i < (decoder ? 3 : 2); ++i) {
      norms.push_back(
          register_module("norm" + std::to_string(i + 1),
                          nn::LayerNorm(nn::LayerNormOptions({kWidth}))));
    }
    to(torch::kF64);
  }
  nn::MultiheadAttention attention{nullptr}, cross{nullptr};
  nn::Linear fc1{nullptr}, fc2{nullptr};
  std::vector<nn::LayerNorm> norms;
};

void block(const std::string& name, bool decoder, bool first, bool gelu) {
  Parts m(decoder);
  std::vector<std::string> names;
  auto add = [&](const std::string& module, std::vector<const char*> ps) {
    for (const char* p : ps) names.push_back(module + "." + p);
  };
  const std::vector<const char*> heads{"in_proj_weight", "in_proj_bias",
                                       "out_proj.weight", "out_proj.bias"};
  const std::vector<const char*> pair{"weight", "bias"};
  add("norm1", pair), add("attention", heads);
  if (decoder) add("norm2", pair), add("cross", heads);
  add(decoder ? "norm3" : "norm2", pair), add("fc1", pair), add("fc2", pair);
  fill(m, names);
  Tensor x = pattern({kBatch, kSteps, kWidth}, 0.5).requires_grad_();
  Tensor y = x;
  auto part = [&](size_t n, auto f) {
    y = first ? y + f(m.norms[n](y)) : m.norms[n](y + f(y));
  };
  auto attend = [&](nn::MultiheadAttention& a, Tensor q, Tensor k,
                    Tensor padding, Tensor mask) {
    return swapped(std::get<0>(
        a->forward(swapped(q), swapped(k), swapped(k), padding, true, mask)));
  };
  size_t n = 0;
  part(n++, [&](Tensor h) {
    return attend(m.attention, h, h, hidden({4, 2}, kSteps),
                  decoder ? causal() : Tensor());
  });
  if (decoder) {
    const Tensor memory = pattern({kBatch, kMemory, kWidth}, 1.5);
    part(n++, [&](Tensor h) {
      return attend(m.cross, h, memory, hidden({2, 3}, kMemory), Tensor());
    });
  }
  part(n++, [&](Tensor h) {
    const Tensor z = m.fc1(h);
    return m.fc2(gelu ? torch::gelu(z) : torch::relu(z));
  });
  y = y.contiguous();
  print(name + "/outputs", y);
  print_gradients(name, y, x, m, names);
}

}  // namespace

int main() {
  recurrences();
  attention("self", false, false);
  attention("self_masked", false, true);
  attention("cross", true, false);
  attention("cross_masked", true, true);
  block("encoder_pre", false, true, true);
  block("encoder_post", false, false, false);
  block("decoder_pre", true, true, true);
  block("decoder_post", true, false, false);
}
