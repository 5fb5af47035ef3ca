// What must hold of recurrent and attention layers: derivatives, positions,
// heads, errors.

#include "finite_differences.h"

using namespace weft;

namespace {

using Values = std::vector<Value>;
using Catch::Matchers::Contains;

Value integers(Graph& g, const std::vector<std::int32_t>& v) {
  return g.constant(
      Tensor::from<std::int32_t>(v, {static_cast<std::int64_t>(v.size())}));
}

RecurrentWeights four(const Values& x) { return {x[2], x[3], x[4], x[5]}; }

Value all_of(const Recurrence& r) {
  Values parts{reshape(r.outputs, {-1}), reshape(r.state, {-1})};
  if (r.cell) parts.push_back(reshape(r.cell, {-1}));
  return concat(parts);
}

Value normal(Graph& g, const Shape& shape, int seed) {
  RandomSequence draws(Philox({static_cast<std::uint64_t>(seed)}, 1, 1));
  Tensor t(DType::f64, shape);
  for (double& v : t.values<double>()) v = 2 * draws.uniform() - 1;
  return g.constant(t);
}

}  // namespace

TEST_CASE("recurrences and attention layers have right derivatives") {
  const Shape x{3, 2, 2}, h{2, 2};
  auto inputs = [&](std::int64_t gates) {
    const std::int64_t rows = gates * 2;
    return std::vector<SampleInput>{x,           h,           Shape{rows, 2},
                                    {{rows, 2}}, Shape{rows}, Shape{rows}};
  };
  auto options = [](const Values& x, bool reverse) {
    return RecurrenceOptions{.lengths = integers(x[0].graph(), {3, 1}),
                             .reverse = reverse};
  };
  for (const bool reverse : {false, true}) {
    check_derivatives({"rnn", inputs(1), [&](const Values& v) {
                         return all_of(
                             rnn(v[0], v[1], four(v), options(v, reverse)));
                       }});
    check_derivatives({"gru", inputs(3), [&](const Values& v) {
                         return all_of(
                             gru(v[0], v[1], four(v), options(v, reverse)));
                       }});
    check_derivatives(
        {"lstm", inputs(4), [&](const Values& v) {
           return all_of(lstm(v[0], v[1], v[1], four(v), options(v, reverse)));
         }});
  }
  check_derivatives({"multi_head_attention",
                     {Shape{2, 3, 4}, Shape{2, 2, 3}},
                     [](const Values& v) {
                       return multi_head_attention(
                           v[0], {.heads = 2,
                                  .memory = v[1],
                                  .lengths = integers(v[0].graph(), {2, 1})});
                     }});
  check_derivatives(
      {"transformer_encoder_block", {Shape{1, 3, 4}}, [](const Values& v) {
         return transformer_encoder_block(v[0], Mode::eval,
                                          {.heads = 2,
                                           .key_heads = 1,
                                           .hidden = 3,
                                           .causal = true,
                                           .rotary = true});
       }});
}

TEST_CASE("what is after a row's end changes nothing") {
  Graph g;
  const Value x = g.input("x", {2, 4, 6}, DType::f64);
  const Value lengths = integers(g, {4, 2});
  const RecurrentOptions o{
      .layers = 2, .bidirectional = true, .lengths = lengths};
  const auto r = lstm(x, 3, Mode::eval, o);
  const Value y = transformer_encoder_block(r.outputs, Mode::eval,
                                            {.heads = 2, .lengths = lengths});
  State s = initialize(g, {1});
  auto made = [&](double after) {
    Tensor in(DType::f64, {2, 4, 6});
    for (int i = 0; i < 48; ++i) {
      in.data<double>()[i] = i < 36 ? std::sin(i) : after;
    }
    const Feed feeds[] = {{x, in}};
    return std::pair{eval(r.state, s, feeds).clone(),
                     eval(slice(y, 1, 0, 2), s, feeds).clone()};
  };
  const auto a = made(0), b = made(1e3);
  CHECK(a.first.bits_equal(b.first));
  CHECK(a.second.bits_equal(b.second));
}

TEST_CASE("positions are those of the formulas") {
  Graph g;
  const Tensor p =
      eval(sinusoidal_positions(fill(g, {2, 5, 4}, 0, DType::f64)));
  for (int t = 0; t < 5; ++t) {
    const double expected[] = {std::sin(t), std::cos(t), std::sin(t / 100.0),
                               std::cos(t / 100.0)};
    for (int j = 0; j < 4; ++j) {
      CHECK(p.at((5 + t) * 4 + j) == Approx(expected[j]).epsilon(1e-14));
    }
  }
  const Value x = normal(g, {2, 5, 4}, 2);
  const Value learnt = learnt_positions(x, {.most = 7});
  CHECK(g.find("positions/table").shape() == Shape{7, 4});
  State s = initialize(g);
  const Tensor sum = eval(learnt - x, s), table = s.at("positions/table");
  for (int i = 0; i < 20; ++i) CHECK(sum.at(i) == Approx(table.at(i)));
  CHECK_THROWS_WITH(learnt_positions(x, {.most = 3}),
                    Contains("5 steps, but a table of 3") &&
                        Contains("sequence_rules_test.cpp:"));
}

TEST_CASE("products of rotary positions depend on the distance alone") {
  Graph g;
  const Value q = normal(g, {1, 6}, 3), k = normal(g, {1, 6}, 4);
  const Shape all{8, 6};
  const Value scores = matmul(rotary_positions(expand(q, all)),
                              rotary_positions(expand(k, all)), false, true);
  const Tensor t = eval(scores);
  for (int i = 0; i + 1 < 8; ++i) {
    for (int j = 0; j + 1 < 8; ++j) {
      CHECK(t.at(i * 8 + j) ==
            Approx(t.at((i + 1) * 8 + j + 1)).epsilon(1e-12));
    }
  }
  CHECK(t.at(0) == Approx(eval(dot(q, k)).item()));
  CHECK(std::abs(t.at(0) - t.at(1)) > 1e-3);
  // The first pair of (1, 0, 0, 0) at step 1, turned by one radian.
  const Value one =
      g.constant(Tensor::from<double>({0, 0, 0, 0, 1, 0, 0, 0}, {2, 4}));
  const Tensor turned = eval(rotary_positions(one));
  CHECK(turned.at(4) == Approx(std::cos(1)));
  CHECK(turned.at(6) == Approx(std::sin(1)));
  CHECK_THROWS_AS(rotary_positions(normal(g, {4, 3}, 1)), ShapeError);
  CHECK_THROWS_AS(rotary_positions(q, -1), GraphError);
}

TEST_CASE("heads of keys are shared by heads of queries") {
  // With the keys' and values' columns written out twice, attention with as
  // many heads of keys gives the same.
  Graph g;
  const Value x = normal(g, {2, 3, 8}, 5);
  const Value shared =
      multi_head_attention(x, {.name = "a", .heads = 4, .key_heads = 2});
  const Value whole = multi_head_attention(x, {.name = "b", .heads = 4});
  State s = initialize(g);
  CHECK(s.at("a/in/weight").shape() == Shape{8, 16});
  CHECK(s.at("b/in/weight").shape() == Shape{8, 24});
  auto fill_from = [&](const char* path, std::int64_t rows) {
    const Tensor& from = s.at(std::string("a/in/") + path);
    Tensor& to = s.at(std::string("b/in/") + path);
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < 24; ++j) {
        const std::int64_t kv = j - 8, head = kv % 8 / 2, part = kv / 8;
        const std::int64_t source =
            j < 8 ? j : 8 + part * 4 + head / 2 * 2 + kv % 2;
        to.data<double>()[i * 24 + j] = from.at(i * 16 + source);
      }
    }
  };
  fill_from("weight", 8);
  fill_from("bias", 1);
  for (const char* p : {"out/weight", "out/bias"}) {
    s.set(std::string("b/") + p, s.at(std::string("a/") + p));
  }
  const Tensor d = eval(max(abs(shared - whole)), s);
  CHECK(d.item() < 1e-14);
}

TEST_CASE("an additive mask and lengths go together") {
  Graph g;
  const Value x = normal(g, {2, 3, 4}, 6);
  const Value bias = normal(g, {3, 3}, 7);
  const Value lengths = integers(g, {2, 3});
  const Value a = multi_head_attention(
      x, {.name = "a", .heads = 2, .mask = bias, .lengths = lengths});
  Tensor both(DType::f64, {2, 1, 3, 3});
  for (int i = 0; i < 18; ++i) {
    both.data<double>()[i] =
        i < 9 && i % 3 == 2 ? -HUGE_VAL : eval(bias).at(i % 9);
  }
  const Value b = multi_head_attention(
      x, {.name = "b", .heads = 2, .mask = g.constant(both)});
  State s = initialize(g);
  for (const char* p : {"in/weight", "in/bias", "out/weight", "out/bias"}) {
    s.set(std::string("b/") + p, s.at(std::string("a/") + p));
  }
  CHECK(eval(max(abs(a - b)), s).item() < 1e-14);
}

TEST_CASE("recurrent layers start from given states and drop out between") {
  Graph g;
  const Value x = normal(g, {2, 3, 4}, 8);
  const Value first = normal(g, {2, 2, 5}, 9);
  const auto a =
      gru(x, 5, Mode::eval, {.name = "a", .layers = 2, .state = first});
  CHECK(a.outputs.shape() == Shape{2, 3, 5});
  CHECK_FALSE(a.cell);
  const auto dropped =
      lstm(x, 5, Mode::train, {.name = "c", .layers = 2, .dropout = 0.5});
  const auto kept =
      lstm(x, 5, Mode::eval, {.name = "d", .layers = 2, .dropout = 0.5});
  State s = initialize(g);
  for (const char* layer : {"layer1/", "layer2/"}) {
    for (const char* p :
         {"input_weight", "hidden_weight", "input_bias", "hidden_bias"}) {
      const std::string path = std::string(layer) + p;
      s.set("d/" + path, s.at("c/" + path));
    }
  }
  const auto run = [&](Value v) { return eval(v, s); };
  // The first layer sees no dropout, the second does.
  CHECK(run(max(abs(select(dropped.state, 0, 0) - select(kept.state, 0, 0))))
            .item() == 0);
  CHECK(run(max(abs(dropped.outputs - kept.outputs))).item() > 1e-3);
}

TEST_CASE("sequence layers tell what does not fit") {
  Graph g;
  const Value x = g.input("x", {kBatch, 4, 3});
  const Value whole = g.input("lengths", {kBatch}, DType::i32);
  CHECK_THROWS_WITH(lstm(x, 5, Mode::eval, {.name = "a", .lengths = x}),
                    Contains("[lstm] (4, batch, 3)") &&
                        Contains("must be (batch)") &&
                        Contains("sequence_rules_test.cpp:"));
  CHECK_THROWS_AS(
      gru(x, 5, Mode::eval, {.name = "b", .lengths = cast(whole, DType::f32)}),
      TypeError);
  CHECK_THROWS_WITH(lstm(x, 5, Mode::eval, {.name = "c", .layers = 0}),
                    Contains("[lstm] 0 layers of width 5"));
  CHECK_THROWS_WITH(gru(x, 5, Mode::eval, {.name = "d", .cell = x}),
                    Contains("did you mean RecurrentOptions::state?"));
  CHECK_THROWS_WITH(rnn(x, 5, Mode::eval, {.name = "e", .state = x}),
                    Contains("(batch, 4, 3)") && Contains("(1, batch, 5)"));
  CHECK_THROWS_WITH(rnn(whole, 5, Mode::eval, {.name = "f"}),
                    Contains("[rnn] x must be (batch, time, in)"));
  CHECK_THROWS_WITH(multi_head_attention(x, {.name = "g", .heads = 2}),
                    Contains("2 heads do not divide the width 3"));
  CHECK_THROWS_WITH(
      multi_head_attention(x, {.name = "h", .heads = 3, .key_heads = 2}),
      Contains("2 heads of keys do not divide 3 heads"));
  CHECK_THROWS_WITH(
      multi_head_attention(x, {.name = "i", .heads = 3, .memory = whole}),
      Contains("the memory is (batch)"));
  CHECK_THROWS_WITH(transformer_decoder_block(x, Value(), Mode::eval),
                    Contains("did you mean transformer_encoder_block?"));
}
