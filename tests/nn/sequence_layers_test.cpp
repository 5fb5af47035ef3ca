// Recurrent and attention layers beside values that PyTorch computed
// (torch/make_values.cpp), and what must hold of them.

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;

namespace {

using Numbers = std::vector<double>;
using Strings = std::vector<std::string>;
using Catch::Matchers::Contains;

const std::map<std::string, Numbers>& torch_values() {
  static const auto values = [] {
    std::map<std::string, Numbers> read;
    std::ifstream in(WEFT_SOURCE_DIR "/tests/nn/torch/values.txt");
    for (std::string name, line; std::getline(in, line);) {
      std::istringstream fields(line);
      std::size_t count = 0;
      fields >> name >> count;
      Numbers& v = read[name];
      v.resize(count);
      for (double& x : v) fields >> x;
    }
    return read;
  }();
  return values;
}

/// 0.4·sin(0.7·k + salt) for element k.
Numbers pattern(std::int64_t count, double salt) {
  Numbers v(static_cast<std::size_t>(count));
  double k = 0;
  for (double& x : v) x = 0.4 * std::sin(0.7 * k++ + salt);
  return v;
}

Value patterned(Graph& g, const Shape& shape, double salt) {
  Tensor t(DType::f64, shape);
  const Numbers v = pattern(t.size(), salt);
  std::copy(v.begin(), v.end(), t.data<double>());
  return g.constant(t);
}

/// One parameter of PyTorch: rows that paths of Weft have one after the other,
/// weights of dense layers transposed.
struct Parameter {
  Strings paths;
  bool transposed = false;
};

/// The elements of PyTorch's parameter, in its order, wherever Weft has them.
template <class F>
void for_each_element(const Parameter& p, std::vector<Tensor>& parts,
                      const F& f) {
  std::size_t k = 0;
  for (Tensor& t : parts) {
    const bool swap = p.transposed && t.rank() == 2;
    const std::int64_t rows = swap ? t.dim(1) : 1;
    const std::int64_t columns = swap ? t.dim(0) : t.size();
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) {
        f(k++, t.data<double>()[swap ? j * rows + i : i * columns + j]);
      }
    }
  }
}

void compare(const std::string& name, const Numbers& found) {
  INFO(name);
  const auto at = torch_values().find(name);
  REQUIRE(at != torch_values().end());
  REQUIRE(found.size() == at->second.size());
  double worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double error = std::abs(found[i] - at->second[i]);
    worst = std::isnan(error) ? HUGE_VAL : std::max(worst, error);
  }
  CHECK(worst < 1e-13);
}

Numbers elements(const Tensor& t) {
  const auto v = t.values<double>();
  return {v.begin(), v.end()};
}

/// Compares the results, and the gradients of their irregular sum.
void check_case(const std::string& name, Value x,
                const std::vector<std::pair<std::string, Value>>& results,
                const std::vector<Parameter>& parameters) {
  Graph& g = x.graph();
  std::vector<Value> flat, wanted, outputs;
  for (const auto& [what, v] : results) {
    outputs.push_back(v);
    flat.push_back(reshape(v, {-1}));
  }
  const Value all = concat(flat);
  const Value loss = sum(all * patterned(g, all.shape(), 9));
  wanted.push_back(x);
  for (const Parameter& p : parameters) {
    for (const std::string& path : p.paths) wanted.push_back(g.find(path));
  }
  for (const Value& v : gradients(loss, wanted)) outputs.push_back(v);
  const Program program = compile(g, {.outputs = outputs});
  State s = initialize(g);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    std::vector<Tensor> parts;
    std::int64_t size = 0;
    for (const auto& path : parameters[i].paths) {
      parts.push_back(s.at(path));
      size += parts.back().size();
    }
    const Numbers v = pattern(size, static_cast<double>(i));
    for_each_element(parameters[i], parts,
                     [&](std::size_t k, double& to) { to = v[k]; });
  }
  Executor run({.threads = 2});
  const auto made = run(program, s, {});
  std::size_t next = 0;
  for (const auto& [what, v] : results) {
    compare(name + "/" + what, elements(made[next++]));
  }
  compare(name + "/dx", elements(made[next++]));
  Numbers sums;
  for (const Parameter& p : parameters) {
    std::vector<Tensor> parts;
    std::int64_t size = 0;
    for (std::size_t i = 0; i < p.paths.size(); ++i) {
      parts.push_back(made[next++]);
      size += parts.back().size();
    }
    const Numbers v = pattern(size, 9);
    double total = 0;
    for_each_element(p, parts,
                     [&](std::size_t k, double& e) { total += e * v[k]; });
    sums.push_back(total);
  }
  compare(name + "/dp", sums);
}

Value integers(Graph& g, const std::vector<std::int32_t>& v) {
  return g.constant(
      Tensor::from<std::int32_t>(v, {static_cast<std::int64_t>(v.size())}));
}

}  // namespace

TEST_CASE("recurrent layers agree with PyTorch") {
  const Strings names{"input_weight", "hidden_weight", "input_bias",
                      "hidden_bias"};
  std::vector<Parameter> parameters;
  for (const char* layer :
       {"r/layer1/", "r/layer1/backward/", "r/layer2/", "r/layer2/backward/"}) {
    for (const auto& n : names) parameters.push_back({{layer + n}});
  }
  using Layer =
      RecurrentLayer (*)(Operand, std::int64_t, Mode, const RecurrentOptions&);
  const std::vector<std::pair<std::string, Layer>> kinds{
      {"lstm", &lstm}, {"gru", &gru}, {"rnn", &rnn}};
  for (const auto& [kind, layer] : kinds) {
    for (const bool packed : {false, true}) {
      for (const bool time_first : {false, true}) {
        Graph g;
        const Value x = patterned(g, {3, 4, 3}, 0.5);
        RecurrentOptions o{.name = "r",
                           .layers = 2,
                           .bidirectional = true,
                           .time_first = time_first};
        if (packed) o.lengths = integers(g, {4, 2, 3});
        auto swapped = [&](Value v) {
          return time_first ? transpose(v, {1, 0, 2}) : v;
        };
        const auto made = layer(swapped(x), 2, Mode::eval, o);
        std::vector<std::pair<std::string, Value>> results{
            {"outputs", swapped(made.outputs)}, {"state", made.state}};
        if (made.cell) results.emplace_back("cell", made.cell);
        check_case(kind + (packed ? "_packed" : ""), x, results, parameters);
      }
    }
  }
}

namespace {

std::vector<Parameter> heads(const std::string& name, bool cross) {
  auto part = [&](const char* p) {
    if (!cross) return Strings{name + "/in/" + p};
    return Strings{name + "/query/" + p, name + "/memory/" + p};
  };
  return {{part("weight"), true},
          {part("bias")},
          {{name + "/out/weight"}, true},
          {{name + "/out/bias"}}};
}

}  // namespace

TEST_CASE("multi-head attention agrees with PyTorch") {
  for (const bool cross : {false, true}) {
    for (const bool masked : {false, true}) {
      Graph g;
      const Value x = patterned(g, {2, 4, 6}, 0.5);
      MultiHeadOptions o{.heads = 2};
      if (cross) o.memory = patterned(g, {2, 3, 6}, 1.5);
      if (masked) {
        o.lengths = integers(g, {cross ? 3 : 4, 2});
        o.causal = !cross;
      }
      const Value y = multi_head_attention(x, o);
      check_case(
          std::string(cross ? "cross" : "self") + (masked ? "_masked" : ""), x,
          {{"outputs", y}}, heads("attention", cross));
    }
  }
}

TEST_CASE("transformer blocks agree with PyTorch") {
  for (const bool decoder : {false, true}) {
    for (const bool first : {false, true}) {
      Graph g;
      const Value x = patterned(g, {2, 4, 6}, 0.5);
      TransformerOptions o{
          .heads = 2,
          .hidden = 5,
          .activation = first ? Activation::gelu : Activation::relu,
          .norm_first = first};
      o.lengths = integers(g, {4, 2});
      Value y;
      if (decoder) {
        o.memory_lengths = integers(g, {2, 3});
        y = transformer_decoder_block(x, patterned(g, {2, 3, 6}, 1.5),
                                      Mode::eval, o);
      } else {
        y = transformer_encoder_block(x, Mode::eval, o);
      }
      std::vector<Parameter> parameters;
      auto norm = [&](const std::string& n) {
        parameters.push_back({{"block/" + n + "/gain"}});
        parameters.push_back({{"block/" + n + "/bias"}});
      };
      auto attention = [&](const std::string& n, bool cross) {
        for (auto& p : heads("block/" + n, cross)) parameters.push_back(p);
      };
      norm("norm1"), attention("attention", false);
      if (decoder) norm("norm2"), attention("cross_attention", true);
      norm(decoder ? "norm3" : "norm2");
      for (const std::string fc : {"block/fc1", "block/fc2"}) {
        parameters.push_back({{fc + "/weight"}, true});
        parameters.push_back({{fc + "/bias"}});
      }
      check_case(std::string(decoder ? "decoder" : "encoder") +
                     (first ? "_pre" : "_post"),
                 x, {{"outputs", y}}, parameters);
    }
  }
}
