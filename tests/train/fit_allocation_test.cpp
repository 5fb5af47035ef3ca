#include "catch.h"
#include "count_allocations.h"
#include "weft/models/mlp.h"
#include "weft/weft.h"

using namespace weft;

namespace {

/// Counts from the third step of each epoch to its last.
struct Watch final : Callback {
  bool on_step(Trainer&, std::int64_t batch, std::int64_t batches,
               double) override {
    if (batch == 3) counting = true;
    if (batch == batches) counting = false;
    ++steps;
    return true;
  }
  long steps = 0;
};

data::Dataset images(std::int64_t n, std::int64_t width) {
  data::Dataset d;
  d.row = {width};
  d.bytes = std::make_shared<std::vector<std::uint8_t>>(
      static_cast<std::size_t>(n * width), std::uint8_t{100});
  d.targets = Tensor(DType::i32, {Dim(n)});
  for (int c = 0; c < 10; ++c) d.class_names.push_back(std::to_string(c));
  return d;
}

Network network(Graph& g, Mode mode) {
  Network n;
  n.input = g.input("x", {kBatch, 784});
  n.target = g.input("y", {kBatch}, DType::i32);
  n.output = models::mlp(n.input, {.hidden = {30}, .dropout = 0.1}, mode);
  n.loss = mean(softmax_cross_entropy(n.output, n.target));
  return n;
}

}  // namespace

TEST_CASE("a steady-state step of fit does not touch the heap") {
  data::Dataset data = images(400, 784);
  struct Case {
    int threads;
    std::int64_t batch;
    bool scaled;  ///< batches take so long that another thread makes them
  };
  for (const Case c : {Case{1, 10, false}, {2, 10, false}, {2, 100, true}}) {
    INFO(c.threads << " threads, batches of " << c.batch);
    const data::Dataset set =
        c.scaled ? data::apply(data::min_max(data), data) : data;
    Trainer trainer(network, Momentum{}, {.threads = c.threads});
    auto watch = std::make_shared<Watch>();
    FitOptions fit{.batch_size = c.batch,
                   .schedule = schedules::cosine(100),
                   .callbacks = {watch}};
    trainer.fit(set, fit);  // threads and plans are made
    // A thread takes memory of its own when it first helps, which may be late.
    // What a step takes would be taken by all of them.
    allocations = -1;
    for (fit.epochs = 4; allocations != 0 && fit.epochs < 32; fit.epochs += 3) {
      allocations = 0;
      trainer.fit(set, fit);
    }
    CHECK(allocations == 0);
    CHECK(watch->steps == (fit.epochs - 3) * 400 / c.batch);
  }
}
