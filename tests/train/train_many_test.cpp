#include <atomic>
#include <cmath>
#include <thread>

#include "catch.h"
#include "core/error_text.h"
#include "train/rings.h"

using namespace weft;

namespace {

/// Trainings that differ in seed, optimiser, batches and length.
std::vector<Training> mixed(const data::Dataset& train,
                            const data::Dataset& test) {
  std::vector<Training> all;
  for (int i = 0; i < 7; ++i) {
    const Optimizer optimizer =
        i % 2 ? Optimizer(Adam{.learning_rate = 0.02}) : Momentum{};
    const std::uint64_t seed = 10 + static_cast<std::uint64_t>(i);
    all.push_back(
        {.name = "t" + std::to_string(i),
         .make = make_trainer(rings_network, optimizer, {.seed = {seed}}),
         .data = &train,
         .fit = {.epochs = 2 + i % 3, .batch_size = 10 + i}});
    if (i % 3) all.back().fit.validation = &test;
  }
  all[4].fit.early_stopping = 1;
  all[4].fit.epochs = 50;
  return all;
}

std::uint64_t hash(const TrainingResult& r) {
  return parameter_hash(r.trainer->state());
}

}  // namespace

TEST_CASE("each of many trainings has the bits of the one alone") {
  const data::Dataset train = rings(200, 1), test = rings(60, 2);
  const auto trainings = mixed(train, test);
  std::vector<std::uint64_t> alone;
  std::vector<History> histories;
  for (const Training& t : trainings) {
    Trainer trainer = t.make(2);
    histories.push_back(trainer.fit(*t.data, t.fit));
    alone.push_back(parameter_hash(trainer.state()));
  }
  CHECK(histories[4].size() < 50);
  for (int threads : {1, 2, 3, 16}) {
    INFO(threads);
    const auto results = train_many(trainings, {.threads = threads});
    REQUIRE(results.size() == trainings.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
      INFO(i);
      const TrainingResult& r = results[i];
      CHECK(r.name == trainings[i].name);
      CHECK(r.outcome == Outcome::finished);
      CHECK(hash(r) == alone[i]);
      REQUIRE(r.history.size() == histories[i].size());
      for (std::size_t e = 0; e < r.history.size(); ++e) {
        CHECK(r.history[e].loss == histories[i][e].loss);
      }
      const EpochRecord& last = histories[i].back();
      CHECK(r.loss == (i % 3 ? last.validation_loss : last.loss));
    }
  }
}

TEST_CASE("an error of one training does not touch the others") {
  const data::Dataset train = rings(100, 1);
  data::Dataset broken = rings(100, 1), wide = rings(100, 1);
  broken.inputs.data<float>()[9] = NAN;
  wide.row = {4};
  wide.inputs = Tensor(DType::f32, {100, 4});
  const MakeTrainer make = make_trainer(rings_network, Adam{});
  const std::vector<Training> trainings = {
      {"good", make, &train, {.epochs = 2}},
      {"not finite", make, &broken, {.epochs = 2}},
      {"wide", make, &wide, {.epochs = 2}},
      {"no model",
       [](int) -> Trainer { throw GraphError("no such model"); },
       &train,
       {}},
      {"odd", [](int) -> Trainer { throw 7; }, &train, {}},
      {"good too", make, &train, {.epochs = 2}}};
  for (int threads : {1, 2}) {
    const auto r = train_many(trainings, {.threads = threads});
    CHECK(r[0].outcome == Outcome::finished);
    CHECK(hash(r[0]) == hash(r[5]));
    for (std::size_t i = 1; i < 5; ++i) {
      CHECK(r[i].outcome == Outcome::failed);
      CHECK(r[i].error);
      CHECK(std::isnan(r[i].loss));
    }
    CHECK_THROWS_AS(std::rethrow_exception(r[1].error), NumericError);
    CHECK(r[1].message.find("nan at epoch 1, batch") != std::string::npos);
    CHECK_THROWS_AS(std::rethrow_exception(r[2].error), DataError);
    CHECK(r[3].message == "no such model");
    CHECK_FALSE(r[3].trainer);
    CHECK(summarize(r).count == 2);
    CHECK(best_of(r) == 0);
  }
}

TEST_CASE("many trainings stop and are resumed with the same bits") {
  const data::Dataset train = rings(100, 1);
  const MakeTrainer make = make_trainer(rings_network, Adam{});
  const FitOptions fit{.epochs = 6, .batch_size = 10};
  std::vector<Training> trainings(9, Training{"t", make, &train, fit});
  std::atomic<bool> stop{false};
  std::atomic<int> epochs{0};
  const auto stopped = train_many(
      trainings, {.threads = 2, .stop = &stop, .on_epoch = [&](const auto&) {
                    if (++epochs == 8) stop = true;
                  }});
  int begun = 0, stopped_count = 0;
  for (std::size_t i = 0; i < trainings.size(); ++i) {
    const TrainingResult& r = stopped[i];
    if (r.outcome == Outcome::stopped) ++stopped_count;
    CHECK((r.outcome == Outcome::not_started) == !r.trainer);
    if (!r.trainer) continue;
    ++begun;
    const std::string file = "many" + std::to_string(i) + ".weft";
    save(*r.trainer, file);
    trainings[i].make = [file](int threads) { return load(file, threads); };
  }
  CHECK(begun > 0);
  CHECK(begun < 9);
  CHECK(stopped_count > 0);
  const auto resumed = train_many(trainings, {.threads = 2});
  Trainer whole = make(1);
  whole.fit(train, fit);
  for (std::size_t i = 0; i < resumed.size(); ++i) {
    CHECK(resumed[i].outcome == Outcome::finished);
    CHECK(hash(resumed[i]) == parameter_hash(whole.state()));
    std::remove(("many" + std::to_string(i) + ".weft").c_str());
  }
}

TEST_CASE("the caller's functions are called in order, one at a time") {
  const data::Dataset train = rings(60, 1);
  const auto trainings = ensemble_of(5, rings_network, Adam{}, {.seed = {4}},
                                     train, {.epochs = 3, .batch_size = 20});
  std::vector<int> epochs(5);
  int inside = 0, ends = 0;
  ManyOptions options{.threads = 3};
  options.on_epoch = [&](const ManyProgress& p) {
    CHECK(++inside == 1);
    CHECK(p.record.epoch == ++epochs[p.index]);
    CHECK(p.training.name == "member " + std::to_string(p.index + 1));
    CHECK(p.ended < p.count);
    --inside;
  };
  options.on_end = [&](std::size_t i, TrainingResult& r) {
    CHECK(++inside == 1);
    CHECK(epochs[i] == 3);
    if (i != 2) r.trainer.reset();
    ++ends;
    --inside;
  };
  const auto results = train_many(trainings, options);
  CHECK(ends == 5);
  CHECK(epochs == std::vector<int>(5, 3));
  CHECK(results[2].trainer);
  CHECK(results[2].trainer->state().seed.value == 6);
  CHECK_FALSE(results[3].trainer);
  CHECK(results[3].history.size() == 3);

  for (bool at_end : {false, true}) {
    ManyOptions throwing{.threads = 2};
    if (at_end) {
      throwing.on_end = [](std::size_t, TrainingResult&) {
        throw DataError("disk full");
      };
    } else {
      throwing.on_epoch = [](const ManyProgress&) {
        throw DataError("disk full");
      };
    }
    CHECK(error_text<DataError>([&] { train_many(trainings, throwing); }) ==
          "disk full");
  }
}

TEST_CASE("callbacks of one training end that training") {
  struct StopAt final : Callback {
    bool on_epoch(Trainer&, const EpochRecord& r) override {
      return r.epoch < 2;
    }
  };
  const data::Dataset train = rings(60, 1);
  auto trainings = ensemble_of(4, rings_network, Adam{}, {}, train,
                               {.epochs = 4, .batch_size = 20});
  trainings[1].fit.callbacks = {std::make_shared<StopAt>()};
  const auto r = train_many(trainings, {.threads = 2});
  CHECK(r[0].history.size() == 4);
  CHECK(r[1].history.size() == 2);
  CHECK(r[1].outcome == Outcome::finished);
}

TEST_CASE("folds are validated on what they were not trained with") {
  const data::Dataset all = rings(150, 1);
  const auto folds = data::k_fold(all, 5, {1}, data::Stratify::yes);
  const auto trainings = trainings_of(
      folds, make_trainer(rings_network, Adam{.learning_rate = 0.02}),
      {.epochs = 30, .batch_size = 10});
  const auto r = train_many(trainings, {.threads = 2});
  double loss = 0, squares = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(r[i].loss ==
          Approx(r[i].trainer->evaluate(folds[i].test).loss).epsilon(1e-12));
    loss += r[i].loss / 5;
  }
  for (const auto& one : r) squares += std::pow(one.loss - loss, 2);
  const ManySummary s = summarize(r);
  CHECK(s.count == 5);
  CHECK(s.loss == Approx(loss));
  CHECK(s.loss_deviation == Approx(std::sqrt(squares / 4)));
  CHECK(s.accuracy > 0.95);
}

TEST_CASE("lists of trainings that can't be run are refused") {
  const data::Dataset train = rings(10, 1);
  const MakeTrainer make = make_trainer(rings_network, Adam{});
  CHECK(train_many({}).empty());
  CHECK(error_text<GraphError>([&] {
          train_many({{"a", make, &train, {}}, {"b", nullptr, &train, {}}});
        }) ==
        "[train_many] training 1 ('b') has no maker of trainers; use "
        "make_trainer()");
  CHECK(error_text<GraphError>([&] {
          train_many({{"a", make, nullptr, {}}});
        }) == "[train_many] training 0 ('a') has no data; point to a set");
  CHECK(error_text<GraphError>([&] { train_many({}, {.threads = -1}); }) ==
        "[train_many] threads must be 0 to 1024, not -1");
  CHECK(error_text<GraphError>([&] {
          ensemble_of(0, rings_network, Adam{}, {}, train, {});
        }) == "[ensemble_of] an ensemble needs a member, not 0");
  CHECK(error_text<NumericError>([] { best_of({}); }) ==
        "[best_of] no training finished: there are none");
}
