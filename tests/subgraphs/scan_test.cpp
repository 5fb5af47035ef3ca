#include "count_allocations.h"
#include "nn/finite_differences.h"

using namespace weft;

namespace {

SampleInput small(const Shape& shape) { return SampleInput(shape, -1, 1); }

/// An lstm's step by hand: carries h and c.
Scanned lstm_step(const std::vector<Value>& carry, Value x, Value w, Value u) {
  const auto width = carry[0].shape().dim(1);
  const Value all = matmul(x, w) + matmul(carry[0], u);
  const auto g = split(all, std::vector<std::int64_t>(4, width), -1);
  const Value c = sigmoid(g[1]) * carry[1] + sigmoid(g[0]) * tanh(g[2]);
  const Value h = sigmoid(g[3]) * tanh(c);
  return {{h, c}, {h}};
}

struct Lstm {
  Graph g;
  Value x, w, u, loss;
  std::vector<Value> grads;

  Lstm(Dim steps, bool unrolled, DType dtype = DType::f64,
       std::int64_t batch = 2, std::int64_t width = 3) {
    auto parameter = [&](const char* name, const Shape& shape) {
      return g.parameter(name, shape,
                         initializers::uniform(-0.5, 0.5)(shape, dtype), dtype);
    };
    x = g.input("x", {steps, batch, width}, dtype);
    w = parameter("w", {width, 4 * width});
    u = parameter("u", {width, 4 * width});
    const Value zero = fill(g, {batch, width}, 0, dtype);
    std::vector<Value> carry{zero, zero}, ys;
    Value y;
    if (unrolled) {
      for (std::int64_t t = 0; t < steps.size(); ++t) {
        Scanned s = lstm_step(carry, select(x, 0, t), w, u);
        carry = s.carry;
        ys.push_back(s.ys[0]);
      }
      y = stack(ys, 0);
    } else {
      const Scanned all = scan(
          [&](const std::vector<Value>& c, const std::vector<Value>& in) {
            return lstm_step(c, in[0], w, u);
          },
          carry, {x});
      y = all.ys[0];
      carry = all.carry;
    }
    loss = mean(square(y)) + sum(carry[0] * carry[1]);
    grads = gradients(loss, {w, u});
  }
};

Tensor input(std::int64_t steps, std::int64_t batch, std::int64_t width,
             DType dtype = DType::f64) {
  Tensor t(DType::f64, {steps, batch, width});
  RandomSequence draws(Philox({5}, 0, 0));
  for (double& v : t.values<double>()) v = draws.normal();
  return t.to(dtype);
}

double worst(const Tensor& a, const Tensor& b) {
  double found = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    found = std::max(found, std::abs(a.at(i) - b.at(i)));
  }
  return found;
}

template <class F>
std::string text_of(F f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "nothing";
}

}  // namespace

TEST_CASE("derivatives of scan and cond") {
  for (const bool reverse : {false, true}) {
    check_derivatives(
        {"scan",
         {small({2, 3}), small({4, 2, 3}), small({3, 3}), small({3})},
         [=](const std::vector<Value>& v) {
           const Scanned s = scan(
               [&](const std::vector<Value>& c, const std::vector<Value>& x) {
                 const Value h = tanh(matmul(c[0], v[2]) + x[0] * v[3]);
                 return Scanned{{h}, {h * x[0], sum(exp(h) * v[3])}};
               },
               {v[0]}, {v[1]}, {.reverse = reverse});
           return s.carry[0] * sum(s.ys[0]) + sum(square(s.ys[1]));
         }});
  }
  check_derivatives(
      {"scan without sequences", {small({3})}, [](const std::vector<Value>& v) {
         return scan([](const std::vector<Value>& c,
                        const auto&) { return Scanned{{sin(c[0]) + c[0]}}; },
                     {v[0]}, {}, {.steps = 5})
             .carry[0];
       }});
  for (const double which : {-1.0, 1.0}) {
    check_derivatives(
        {"cond", {small({2, 3}), small({3})}, [=](const std::vector<Value>& v) {
           const Value one = v[0].graph().constant(Tensor::scalar(which));
           return cond(
                      greater(one, 0.0),
                      [&](const std::vector<Value>& x) {
                        return std::vector{exp(x[0]) * v[1]};
                      },
                      [&](const std::vector<Value>& x) {
                        return std::vector{sin(x[0] * v[0])};
                      },
                      {v[0]})
               .front();
         }});
  }
  check_derivatives(
      {"nested", {small({3}), small({3})}, [](const std::vector<Value>& v) {
         return scan(
                    [&](const std::vector<Value>& c, const auto&) {
                      const Value inner =
                          scan(
                              [&](const std::vector<Value>& d, const auto&) {
                                return Scanned{{d[0] * cos(v[1]) + c[0]}};
                              },
                              {c[0]}, {}, {.steps = 2})
                              .carry[0];
                      const Value y = checkpoint(
                          [&](Value z) { return sin(z) * v[1]; }, inner);
                      return Scanned{{y}};
                    },
                    {v[0]}, {}, {.steps = 3})
             .carry[0];
       }});
}

TEST_CASE("a scan is the unrolled loop") {
  Lstm loop(7, false), flat(7, true);
  const Tensor x = input(7, 2, 3);
  for (const bool contract : {false, true}) {
    std::vector<std::vector<Tensor>> found;
    for (Lstm* net : {&loop, &flat}) {
      CompileOptions options;
      options.outputs = net->grads;
      options.outputs.push_back(net->loss);
      if (!contract) options.disabled_passes = {"contract"};
      const Program p = compile(net->g, options);
      State s = initialize(net->g, {1});
      for (const int threads : {1, 3}) {
        Executor run({.threads = threads});
        found.push_back(run(p, s, {{net->x, x}}));
      }
    }
    for (std::size_t i = 0; i < found[0].size(); ++i) {
      CHECK(found[0][i].bits_equal(found[1][i]));
      CHECK(worst(found[0][i], found[2][i]) < 1e-12);
    }
  }
}

TEST_CASE("the number of steps may be a symbol, 0 or 1") {
  Lstm net(kTime, false);
  const Program p =
      compile(net.g, {.outputs = {net.loss, net.grads[0], net.grads[1]}});
  State s = initialize(net.g, {1});
  Executor run({.threads = 1});
  for (const std::int64_t steps : {1, 5, 2, 5}) {
    Lstm flat(steps, true);
    const Program q =
        compile(flat.g, {.outputs = {flat.loss, flat.grads[0], flat.grads[1]}});
    State same = initialize(flat.g, {1});
    const auto found = run(p, s, {{net.x, input(steps, 2, 3)}});
    const auto expected = run(q, same, {{flat.x, input(steps, 2, 3)}});
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(worst(found[i], expected[i]) < 1e-12);
    }
  }
  const auto none = run(p, s, {{net.x, input(0, 2, 3)}});
  CHECK(none[1].at(0) == 0);
}

TEST_CASE("a carry that nobody reads at the end is kept while the step runs") {
  for (const std::int64_t steps : {1, 2, 3, 4, 5}) {
    Graph g;
    const Value x = g.input("x", {steps, 2, 2}, DType::f64);
    const Value w = g.input("w", {2, 2}, DType::f64);
    const Scanned s = scan(
        [&](const std::vector<Value>& c, const std::vector<Value>& in) {
          const Value next = matmul(c[0], w) + in[0];
          return Scanned{{next}, {next - c[0]}};
        },
        {fill(g, {2, 2}, 0, DType::f64)}, {x});
    const Program p = compile(g, {.outputs = {s.ys[0]}});
    Executor run({.threads = 1});
    State state;
    const Tensor ones = Tensor::from<double>({1, 0, 0, 1}, {2, 2});
    const Tensor rows = input(steps, 2, 2);
    // With the identity for w, each step adds its row.
    const Tensor got = run(p, state, {{x, rows}, {w, ones}})[0];
    CHECK(worst(got, rows) < 1e-12);
  }
}

TEST_CASE("a long scan allocates nothing, and what it needs not is not made") {
  Lstm net(1000, false, DType::f32, 4, 8);
  const Program p =
      compile(net.g, {.outputs = {net.loss, net.grads[0], net.grads[1]}});
  const Program forward = compile(net.g, {.outputs = {net.loss}});
  CHECK(4 * forward.planned_bytes({}) < p.planned_bytes({}));
  State s = initialize(net.g, {1});
  Executor run({.threads = 1});
  const Tensor x = input(1000, 4, 8, DType::f32);
  std::vector<Tensor> out(3);
  const Feed feeds[] = {{net.x, x}};
  run.run(p, s, feeds, out);
  allocations = 0;
  counting = true;
  run.run(p, s, feeds, out);
  counting = false;
  CHECK(allocations == 0);
}

TEST_CASE("random numbers differ from step to step and are the same again") {
  Graph g;
  const Value x = fill(g, {6, 50}, 1, DType::f64);
  const Scanned s = scan(
      [](const auto&, const std::vector<Value>& in) {
        return Scanned{{}, {dropout(in[0], 0.5)}};
      },
      {}, {x});
  const Tensor a = eval(s.ys[0]);
  CHECK(eval(s.ys[0]).bits_equal(a));
  for (std::int64_t t = 1; t < 6; ++t) {
    CHECK(!a.rows(t, t + 1).bits_equal(a.rows(t - 1, t)));
  }
  // The derivative meets the same masks.
  CHECK(worst(eval(gradient(sum(s.ys[0]), x)), a) == 0);
}

TEST_CASE("only the chosen branch of a cond runs") {
  Graph g;
  const Value yes = g.input("yes", {}, DType::boolean);
  const Value x = g.constant(Tensor::from({1.0, 2.0}, {2}));
  const Value index = g.input("index", {1}, DType::i32);
  const Value y = cond(
                      yes, [&](const auto&) { return std::vector{x * 2}; },
                      [&](const auto&) {
                        const Value taken = gather(x, index);  // out of range
                        return std::vector{x * sum(taken)};
                      })
                      .front();
  const Program p = compile(g, {.outputs = {y}});
  const Tensor nine = Tensor::from<std::int32_t>({9}, {1});
  State s;
  Executor run({.threads = 1});
  CHECK(run(p, s, {{yes, Tensor::scalar(true)}, {index, nine}})
            .front()
            .bits_equal(Tensor::from({2.0, 4.0}, {2})));
  const std::string text = text_of([&] {
    run(p, s, {{yes, Tensor::scalar(false)}, {index, nine}});
  });
  CHECK(text.find("; in gather") != std::string::npos);
  CHECK(text.find("; in cond (scan_test.cpp") != std::string::npos);
}

TEST_CASE("what does not fit is said at the user's line") {
  Graph g;
  const Value x = fill(g, {4, 3}, 1, DType::f64);
  const Value h = fill(g, {3}, 0, DType::f64);
  const auto same = [](const std::vector<Value>& c, const auto&) {
    return Scanned{c};
  };
  CHECK(text_of([&] {
          scan([](const std::vector<Value>& c,
                  const auto&) { return Scanned{{sum(c[0])}}; },
               {h}, {x});
        })
            .find("[scan] carry 0 is f64(3), its function makes it f64() "
                  "(scan_test.cpp:") == 0);
  CHECK(text_of([&] {
          scan([](const auto&, const auto&) { return Scanned{}; }, {h}, {x});
        }).find("[scan] takes 1 carries, its function returns 0") == 0);
  CHECK(text_of([&] {
          scan(same, {h}, {x, h});
        }).find("its sequences are f64(4, 3) and f64(3)") != std::string::npos);
  CHECK(text_of([&] { scan(same, {h}, {}); }).find("number of steps") !=
        std::string::npos);
  const Value yes = g.constant(Tensor::scalar(true));
  CHECK(text_of([&] {
          cond(
              yes, [&](const auto&) { return std::vector{h}; },
              [&](const auto&) { return std::vector{x}; });
        })
            .find("[cond] result 0 of one function is f64(3), of the other "
                  "f64(4, 3) (scan_test.cpp:") == 0);
  CHECK(text_of([&] {
          cond(
              h, [&](const auto&) { return std::vector{h}; },
              [&](const auto&) { return std::vector{h}; });
        }).find("[cond] the condition must be bool(), not f64(3)") == 0);
}

TEST_CASE("no derivative is asked for where a body has a copy") {
  Graph g;
  const Value c = g.constant(Tensor::from({2.0, 3.0}, {2}));
  const Value h = g.constant(Tensor::from({1.0, 1.0}, {2}));
  const Value big = g.constant(Tensor(DType::f64, {65}));
  const Scanned s =
      scan([&](const std::vector<Value>& carry,
               const auto&) { return Scanned{{carry[0] * c + sum(big)}}; },
           {h}, {}, {.steps = 3});
  const Value y = sum(s.carry[0]);
  const std::string text = text_of([&] { gradient(y, c); });
  CHECK(text.find("[gradients] the body of scan (scan_test.cpp:") == 0);
  CHECK(text.find("has a copy of the constant") != std::string::npos);
  CHECK(text_of([&] { jvp(y, {c}, {ones_like(c)}); }).find("[jvp] the body") ==
        0);
  // The derivative of a linear step has the copy alone.
  const Value slope = sum(gradient(y, h));
  CHECK(text_of([&] { gradient(slope, c); }).find("[gradients] the body") == 0);
  // What is no copy, or not on the way, has its derivative.
  CHECK(eval(gradient(y, h)).at(1) == 27);
  CHECK(eval(gradient(y, big)).at(64) == 1 + 2 + 4 + 1 + 3 + 9);
  CHECK(eval(gradient(sum(square(c)), c)).at(1) == 6);
}

TEST_CASE("a parameter declared in a step is one of the graph") {
  Graph g;
  const Value x = g.input("x", {kTime, 2, 3});
  const Value h = fill(g, {2, 3}, 0, DType::f32);
  const Scanned s = scan(
      [](const std::vector<Value>& c, const std::vector<Value>& in) {
        const Value next = tanh(dense(c[0], 3, {.name = "h"}) + in[0]);
        return Scanned{{next}};
      },
      {h}, {x});
  CHECK(g.parameters().size() == 2);
  CHECK(g.find("h/weight"));
  const Value loss = mean(square(s.carry[0]));
  const Tensor d = [&] {
    State state = initialize(g, {1});
    const Program p = compile(g, {.outputs = gradients(loss, g.parameters())});
    Executor run({.threads = 1});
    return run(p, state, {{x, input(5, 2, 3, DType::f32)}}).front();
  }();
  CHECK(worst(d, Tensor(DType::f32, d.shape())) > 0);
}
