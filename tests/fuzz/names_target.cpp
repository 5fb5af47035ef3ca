// Texts that name a function or an initialiser, and equations of einsum.

#include <vector>

#include "target.h"
#include "weft/weft.h"

using namespace weft;

namespace {

void activation_of(std::string_view text) {
  Activation a;
  if (!fuzz::worked([&] { a = Activation(text); })) return;
  fuzz::require(Activation(to_string(a)) == a, "another activation");
  fuzz::worked([&] {
    Graph g;
    const Value x = g.input("x", {kBatch, 3});
    const Value y = activation(x, a);
    State state = initialize(g);
    Executor({.threads = 1})(compile(g, {.outputs = {y}}), state,
                             {{x, Tensor(DType::f32, {2, 3})}});
  });
}

void initializer_of(std::string_view text) {
  fuzz::worked([&] {
    Graph g;
    g.parameter("w", {3, 4}, initializers::named(text)({3, 4}, DType::f32));
    initialize(g);
  });
}

/// The shapes come first, a byte an axis and 0 behind each, and one 0 more.
void equation_of(std::string_view text) {
  fuzz::worked([&] {
    Graph g;
    std::vector<Value> operands;
    std::vector<Feed> feeds;
    std::int64_t elements = 0;
    while (!text.empty() && text[0] != 0) {
      Shape shape, concrete;
      for (; !text.empty() && text[0] != 0; text.remove_prefix(1)) {
        const int n = static_cast<unsigned char>(text[0]) % 8;
        shape.push_back(n == 7 ? kBatch : Dim(n));
        concrete.push_back(Dim(n == 7 ? 2 : n));
      }
      if (!text.empty()) text.remove_prefix(1);
      const auto name = "x" + std::to_string(operands.size());
      operands.push_back(g.input(name, shape));
      elements += concrete.elements();
      if (elements > 2000 || operands.size() > 4) return;
      feeds.emplace_back(operands.back(), Tensor(DType::f32, concrete));
    }
    if (!text.empty()) text.remove_prefix(1);
    const Value y = einsum(text, operands);
    for (Dim d : y.shape()) elements *= d.is_symbolic() ? 2 : 1 + d.size();
    if (elements > 100'000) return;
    State state = initialize(g);
    Executor({.threads = 1})(compile(g, {.outputs = {y}}), state, feeds);
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1,
                              size - 1);
  if (data[0] == 'a') activation_of(text);
  if (data[0] == 'i') initializer_of(text);
  if (data[0] == 'e') equation_of(text);
  return 0;
}
