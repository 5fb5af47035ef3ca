// B7 by hand: a tape of nodes, each with pointers to its values and gradients.

#include "cases.h"
#include "rig.h"

namespace {

constexpr int kWidth = bench::kChainWidth;

struct Node {
  int op;  // 0: times w, 1: plus b, 2: ReLU, 3: minus c
  const float *a, *b;
  float* out;
  float *a_grad, *b_grad, *out_grad;
};

void forward(const std::vector<Node>& tape) {
  for (const Node& n : tape) {
    switch (n.op) {
      case 0:
        for (int i = 0; i < kWidth; ++i) n.out[i] = n.a[i] * n.b[i];
        break;
      case 1:
        for (int i = 0; i < kWidth; ++i) n.out[i] = n.a[i] + n.b[i];
        break;
      case 2:
        for (int i = 0; i < kWidth; ++i) n.out[i] = n.a[i] > 0 ? n.a[i] : 0;
        break;
      default:
        for (int i = 0; i < kWidth; ++i) n.out[i] = n.a[i] - n.b[i];
    }
  }
  asm volatile("" ::: "memory");
}

void backward(const std::vector<Node>& tape) {
  for (auto it = tape.rbegin(); it != tape.rend(); ++it) {
    const Node& n = *it;
    switch (n.op) {
      case 0:
        for (int i = 0; i < kWidth; ++i) {
          n.a_grad[i] = n.out_grad[i] * n.b[i];
          n.b_grad[i] += n.out_grad[i] * n.a[i];
        }
        break;
      case 1:
        for (int i = 0; i < kWidth; ++i) {
          n.a_grad[i] = n.out_grad[i];
          n.b_grad[i] += n.out_grad[i];
        }
        break;
      case 2:
        for (int i = 0; i < kWidth; ++i) {
          n.a_grad[i] = n.a[i] > 0 ? n.out_grad[i] : 0;
        }
        break;
      default:
        for (int i = 0; i < kWidth; ++i) n.a_grad[i] = n.out_grad[i];
    }
  }
  asm volatile("" ::: "memory");
}

}  // namespace

int run_chain(const bench::Arguments& a) {
  constexpr int count = 4 * bench::kChainRounds;
  // Values and gradients: the nodes', then w, b, c and x.
  std::vector<float> values((count + 4) * kWidth, 0.5f), grads(values.size());
  float* const w = values.data() + count * kWidth;
  float* const w_grad = grads.data() + count * kWidth;
  for (int i = 0; i < kWidth; ++i) {
    w[i] = 0.999f, w[kWidth + i] = 0.01f, w[2 * kWidth + i] = 0.005f;
  }
  std::vector<Node> tape;
  const float* x = w + 3 * kWidth;
  float* x_grad = w_grad + 3 * kWidth;
  for (int i = 0; i < count; ++i) {
    const int op = i % 4;
    const int other = op == 0 ? 0 : op == 1 ? 1 : 2;
    tape.push_back({op, x, w + other * kWidth, values.data() + i * kWidth,
                    x_grad, w_grad + other * kWidth,
                    grads.data() + i * kWidth});
    x = tape.back().out;
    x_grad = tape.back().out_grad;
  }
  bench::measure(a, [&] {
    forward(tape);
    std::fill(w_grad, w_grad + 4 * kWidth, 0.f);
    std::fill(x_grad, x_grad + kWidth, 1.f);
    backward(tape);
  });
  return 0;
}
