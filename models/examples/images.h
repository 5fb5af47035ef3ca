#pragma once

// What the examples of image networks share: data, augmentation, training and
// what is printed.

#include <weft/weft.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <stdexcept>
#include <string>

namespace images {

struct Arguments {
  std::string data;  ///< a file like tests/data/digits.csv, or fashion-mnist
  int epochs = 0;    ///< 0: the example's own
  int threads = 0;   ///< 0: all
  std::uint64_t seed = 1;
  bool held_out =
      false;  ///< judges on 5,000 training images, not on the test's
  bool fashion() const { return data == "fashion-mnist"; }
};

inline constexpr const char* kUsage =
    "FILE.csv|fashion-mnist [--epochs N] [--threads N] [--seed N] "
    "[--held-out]";

/// Throws std::invalid_argument if they are not as kUsage says.
inline Arguments arguments(int argc, char** argv) {
  const std::string usage =
      "usage: " + std::string(argc > 0 ? argv[0] : "") + " " + kUsage;
  if (argc < 2) throw std::invalid_argument(usage);
  Arguments a;
  a.data = argv[1];
  for (int i = 2; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--held-out") {
      a.held_out = true;
      continue;
    }
    const int n = i + 1 < argc ? std::atoi(argv[++i]) : 0;
    if (n <= 0) throw std::invalid_argument(usage);
    if (name == "--epochs") {
      a.epochs = n;
    } else if (name == "--threads") {
      a.threads = n;
    } else if (name == "--seed") {
      a.seed = static_cast<std::uint64_t>(n);
    } else {
      throw std::invalid_argument(usage);
    }
  }
  return a;
}

/// The images, as rows of pixels from 0 to 1.
inline weft::data::Split load(const Arguments& a) {
  if (!a.fashion()) {
    return weft::data::split(weft::data::digits(a.data), 0.2, {1});
  }
  weft::data::Split all = weft::data::fashion_mnist();
  return a.held_out ? weft::data::split(all.train, 5000 / 60000.0, {1}) : all;
}

/// Rows of pixels as square images: (batch, n²) → (batch, 1, n, n).
inline weft::Value squares(weft::Value rows) {
  std::int64_t side = 1;
  while (side * side < rows.shape().dim(1)) ++side;
  return reshape(rows, {rows.shape()[0], 1, side, side});
}

/// In training, each image moved by up to `most` pixels along both axes, with
/// zeros from outside, and mirrored left to right in one of two cases: products
/// with matrices that have a 1 where a pixel comes from.
inline weft::Value moved(weft::Value x, int most, bool mirror,
                         weft::Mode mode) {
  if (mode == weft::Mode::eval) return x;
  weft::Graph& g = x.graph();
  const weft::Dim batch = x.shape()[0];
  const std::int64_t n = x.shape().dim(2);
  weft::Tensor numbers(weft::DType::f32, {n, 1});
  for (std::int64_t i = 0; i < n; ++i) {
    numbers.data<float>()[i] = static_cast<float>(i);
  }
  const weft::Value to = g.constant(numbers), from = reshape(to, {1, n});
  auto draw = [&](double low, double high) {
    return floor(random_uniform(g, {batch, 1, 1, 1}, low, high));
  };
  auto moves = [&](weft::Value source) {  // (batch, 1, n, n)
    const weft::Value shift = draw(-most, most + 1);
    return cast(equal(source + shift, from), weft::DType::f32);
  };
  // Column j of a mirrored image is column n − 1 − j.
  const weft::Value is_mirrored = mirror ? draw(0, 2) : draw(0, 1);
  const weft::Value columns =
      to + is_mirrored * (static_cast<double>(n - 1) - 2 * to);
  return matmul(moves(to), matmul(x, moves(columns), false, true));
}

struct Training {
  int epochs = 10;
  std::int64_t batch_size = 64;
  double learning_rate = 1e-3;
  double warmup = 0.1;  ///< share of the steps in which the rate rises
  double weight_decay = 0.01;
};

/// Trains with AdamW and a cosine schedule, and prints how long it took.
inline weft::Trainer train(const Arguments& a, const weft::data::Split& data,
                           const weft::Build& build, const Training& t) {
  using clock = std::chrono::steady_clock;
  const int epochs = a.epochs > 0 ? a.epochs : t.epochs;
  const double steps =
      epochs * std::ceil(static_cast<double>(data.train.size()) /
                         static_cast<double>(t.batch_size));
  weft::TrainerOptions options;
  options.seed = {a.seed};
  options.threads = a.threads;
  weft::Trainer trainer(build,
                        weft::AdamW{.learning_rate = t.learning_rate,
                                    .weight_decay = t.weight_decay},
                        options);
  const auto begin = clock::now();
  const std::clock_t cpu = std::clock();
  trainer.fit(data.train,
              {.epochs = epochs,
               .batch_size = t.batch_size,
               .schedule = weft::schedules::with_warmup(
                   weft::schedules::cosine(steps, 0.001), t.warmup * steps),
               .callbacks = {weft::progress_bar(std::cerr)}});
  const std::chrono::duration<double> wall = clock::now() - begin;
  std::printf("%d epochs in %.1f s, %.1f s of processors\n", epochs,
              wall.count(),
              static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC);
  return trainer;
}

/// Trains a classifier and prints its accuracy. Returns 0 if that is at least
/// `expected`.
inline int classify(const Arguments& a, const weft::data::Split& data,
                    const weft::Build& build, const Training& t,
                    double expected) {
  weft::Trainer trainer = train(a, data, build, t);
  const auto e = trainer.evaluate(data.test);
  std::printf("loss %.4f, accuracy %.2f %% of %lld images\n", e.loss,
              100 * e.accuracy, static_cast<long long>(e.count));
  return e.accuracy >= expected ? 0 : 1;
}

}  // namespace images
