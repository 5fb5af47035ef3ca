// Convolutions, pooling and recurrences: derivatives of what the reference set
// may lack, and errors.

#include "finite_differences.h"

using namespace weft;

namespace {

using Values = std::vector<Value>;

Value ramp(Graph& g, const Shape& shape) {
  Tensor t(DType::f64, shape);
  double i = 0;
  for (double& v : t.values<double>()) v = ++i;
  return g.constant(t);
}

void check_values(Value y, const std::vector<double>& expected) {
  const Tensor found = eval(y);
  REQUIRE(found.size() == static_cast<std::int64_t>(expected.size()));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(found.at(static_cast<std::int64_t>(i)) ==
          Approx(expected[i]).margin(1e-12));
  }
}

/// The same by four loops.
Tensor plain_conv(const Tensor& x, const Tensor& w, std::int64_t stride,
                  std::int64_t before, const Shape& out) {
  Tensor y(DType::f64, out);
  double* to = y.data<double>();
  for (std::int64_t n = 0; n < out.dim(0); ++n) {
    for (std::int64_t o = 0; o < out.dim(1); ++o) {
      for (std::int64_t p = 0; p < out.dim(2); ++p) {
        double total = 0;
        for (std::int64_t c = 0; c < w.dim(1); ++c) {
          for (std::int64_t k = 0; k < w.dim(2); ++k) {
            const std::int64_t i = p * stride + k - before;
            if (i < 0 || i >= x.dim(2)) continue;
            total += x.at((n * x.dim(1) + c) * x.dim(2) + i) *
                     w.at((o * w.dim(1) + c) * w.dim(2) + k);
          }
        }
        *to++ = total;
      }
    }
  }
  return y;
}

}  // namespace

TEST_CASE("a convolution of many blocks is that of plain loops") {
  for (const auto& [length, width, stride] :
       {std::tuple{5000, 3, 1}, std::tuple{1001, 8, 2}, std::tuple{7, 7, 3}}) {
    Graph g;
    auto random = [&](const Shape& shape) {
      Tensor t(DType::f64, shape);
      RandomSequence draws(Philox({9}, 1, 1));
      for (double& v : t.values<double>()) v = draws.normal();
      return t;
    };
    const Tensor x = random({3, 20, length}), w = random({6, 20, width});
    const Value xv =
        g.buffer("x", x.shape(), initializers::zeros()(x.shape(), DType::f64),
                 DType::f64);
    const Value wv =
        g.buffer("w", w.shape(), initializers::zeros()(w.shape(), DType::f64),
                 DType::f64);
    const Value y = conv(xv, wv, {.stride = {stride}, .same = true});
    const auto grads = gradients(sum(square(y)), {xv, wv});
    State s = initialize(g);
    s.set("x", x);
    s.set("w", w);
    const Program p =
        compile(g, {.outputs = {y, grads[0], grads[1]}, .parallel_from = 0});
    const auto one = Executor({.threads = 1})(p, s, {});
    const auto three = Executor({.threads = 3})(p, s, {});
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(one[i].bits_equal(three[i]));
    }
    const std::int64_t out = (length + stride - 1) / stride;
    const std::int64_t before =
        std::max<std::int64_t>(0, (out - 1) * stride + width - length) / 2;
    const Tensor expected = plain_conv(x, w, stride, before, y.shape());
    double worst = 0;
    for (std::int64_t i = 0; i < expected.size(); ++i) {
      worst = std::max(worst, std::abs(one[0].at(i) - expected.at(i)));
    }
    CHECK(worst < 1e-12);
  }
}

TEST_CASE("layers of images have right derivatives") {
  const Shape image{2, 4, 4, 5};
  const std::vector<Composition> all{
      {"same convolution",
       {image, Shape{2, 2, 3, 2}},
       [](const Values& x) {
         return conv(x[0], x[1], {.stride = {2, 1}, .same = true, .groups = 2});
       }},
      {"transposed convolution in 3d",
       {Shape{1, 2, 2, 2, 2}, Shape{2, 1, 2, 1, 2}},
       [](const Values& x) {
         return conv_transpose(x[0], x[1], {.stride = {2}}, {1, 0, 1});
       }},
      {"max_pool",
       {image},
       [](const Values& x) {
         return max_pool(x[0], {3},
                         {.stride = {2}, .padding = {1}, .ceil = true})
             .values;
       }},
      {"avg_pool",
       {image},
       [](const Values& x) {
         return avg_pool(
             x[0], {2, 3},
             {.padding = {1}, .ceil = true, .count_padding = false});
       }},
      {"lp_pool",
       {SampleInput(image, 0.5, 2)},
       [](const Values& x) { return lp_pool(x[0], 3, {2}); }},
      {"adaptive_avg_pool",
       {image},
       [](const Values& x) {
         return adaptive_avg_pool(x[0], {3, 2});
       }},
      {"adaptive_max_pool",
       {image},
       [](const Values& x) {
         return adaptive_max_pool(x[0], {3, 2}).values;
       }},
      {"unfold",
       {image},
       [](const Values& x) {
         return unfold(x[0], {2, 3}, {.stride = {2}, .padding = {1}});
       }},
      {"fold",
       {Shape{1, 8, 6}},
       [](const Values& x) {
         return fold(x[0], {3, 4}, {2});
       }},
      {"cubic resize",
       {image},
       [](const Values& x) {
         return resize(x[0], {7, 3}, Resize::cubic);
       }},
      {"group_standardize",
       {image},
       [](const Values& x) { return group_standardize(x[0], 2); }},
      {"rms_normalize",
       {image},
       [](const Values& x) { return rms_normalize(x[0]); }},
      {"local_response",
       {image},
       [](const Values& x) { return local_response(x[0], 3, 0.5); }},
  };
  for (const Composition& c : all) check_derivatives(c);
}

TEST_CASE("sequences have right derivatives") {
  const Shape x{3, 2, 2}, h{2, 2};
  const std::vector<Composition> all{
      {"gru",
       {x, h, Shape{6, 2}, Shape{6, 2}, Shape{6}, Shape{6}},
       [](const Values& v) {
         return gru(v[0], v[1], {v[2], v[3], v[4], v[5]}).outputs;
       }},
      {"lstm",
       {x, h, h, Shape{8, 2}, Shape{8, 2}},
       [](const Values& v) {
         const Recurrence r = lstm(v[0], v[1], v[2], {v[3], v[4]});
         return r.state * r.cell;
       }},
      {"attention",
       {Shape{2, 3, 2}, Shape{2, 4, 2}, Shape{2, 4, 3}},
       [](const Values& v) {
         return attention(v[0], v[1], v[2], {.causal = true});
       }},
  };
  for (const Composition& c : all) check_derivatives(c);
}

TEST_CASE("images keep known values") {
  Graph g;
  const Value x = ramp(g, {1, 1, 4, 4});
  check_values(max_pool(x, {2}).values, {6, 8, 14, 16});
  check_values(max_pool(x, {2}).indices, {5, 7, 13, 15});
  check_values(max_pool(x, {2}, {.stride = {1}, .dilation = {2}}).values,
               {11, 12, 15, 16});
  check_values(sum_pool(x, {2}), {14, 22, 46, 54});
  check_values(adaptive_avg_pool(x, {1}), {8.5});
  check_values(
      fold(unfold(x, {2}, {.stride = {2}}), {4, 4}, {2}, {.stride = {2}}) - x,
      std::vector<double>(16, 0.0));
  check_values(pixel_unshuffle(pixel_shuffle(ramp(g, {1, 4, 1, 2}), 2), 2),
               {1, 2, 3, 4, 5, 6, 7, 8});
  // The weights of Keys for a quarter are −27/256, 225/256, 67/256, −9/256.
  const Value line = resize(ramp(g, {1, 1, 8}), {16}, Resize::cubic);
  CHECK(eval(line).at(7) == Approx(4.296875));
  const Value w = ramp(g, {2, 1, 3, 3});
  CHECK_THROWS_AS(conv(x, ramp(g, {2, 2, 3, 3})), ShapeError);
  CHECK_THROWS_AS(conv(x, w, {.stride = {1, 1, 1}}), ShapeError);
  CHECK_THROWS_AS(conv(x, w, {.stride = {0}}), ShapeError);
  CHECK_THROWS_AS(conv(x, w, {.stride = {INT64_MAX}}), ShapeError);
  CHECK_THROWS_AS(conv(x, w, {.dilation = {1LL << 40}}), ShapeError);
  CHECK_THROWS_AS(conv(x, w, {.padding = {1LL << 40}}), ShapeError);
  CHECK_THROWS_AS(conv_transpose(x, w, {.stride = {INT64_MAX}}), ShapeError);
  CHECK_THROWS_AS(conv(x, w, {.groups = 0}), ShapeError);
  CHECK_THROWS_AS(conv(x, ramp(g, {2, 1, 9, 9})), ShapeError);
  CHECK_THROWS_AS(max_pool(x, {5}), ShapeError);
  CHECK_THROWS_AS(max_pool(x, {2}, {.padding = {2}}), ShapeError);
  CHECK_THROWS_AS(group_standardize(x, 3), ShapeError);
}
