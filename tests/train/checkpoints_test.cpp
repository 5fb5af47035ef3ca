#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "catch.h"
#include "train/checkpoint_folder.h"
#include "weft/weft.h"

using namespace weft;

namespace {

struct StopAt final : Callback {
  explicit StopAt(std::uint64_t s) : step(s) {}
  bool on_step(Trainer& t, std::int64_t, std::int64_t, double) override {
    return t.state().step < step;
  }
  std::uint64_t step;
};

std::vector<std::string> names(const std::string& folder) {
  std::vector<std::string> all;
  for (const CheckpointFile& f : list_checkpoints(folder)) {
    all.push_back(std::filesystem::path(f.path).filename().string());
  }
  return all;
}

}  // namespace

TEST_CASE("a training goes on from any of its checkpoints with the same bits") {
  const Folder folder("checkpoints_test");
  const data::Dataset train = rings(200, 1), test = rings(50, 2);
  FitOptions options{.epochs = 4,
                     .batch_size = 30,
                     .validation = &test,
                     .schedule = schedules::cosine(28)};
  Trainer whole = fresh();
  whole.fit(train, options);

  options.checkpoints = {
      .directory = folder.name, .every_steps = 2, .keep = 100};
  Trainer watched = fresh();
  watched.fit(train, options);
  CHECK(parameter_hash(watched.state()) == parameter_hash(whole.state()));
  const auto files = list_checkpoints(folder.name);
  REQUIRE(files.size() > 2);
  CHECK(files.front().step == 28);
  for (const CheckpointFile& f : files) {
    INFO(f.path);
    Trainer resumed = load(f.path, 2);
    CHECK(resumed.state().step == f.step);
    FitOptions alone = options;
    alone.checkpoints = {};
    resumed.fit(train, alone);
    CHECK(parameter_hash(resumed.state()) == parameter_hash(whole.state()));
    CHECK(resumed.progress().history.back().validation_loss ==
          whole.progress().history.back().validation_loss);
  }
}

TEST_CASE("the newest checkpoints and the best one stay") {
  const Folder folder("checkpoints_test");
  const data::Dataset train = rings(100, 1);
  Trainer t = fresh();
  // The rate grows: the first epochs are the best.
  t.fit(train, {.epochs = 6,
                .batch_size = 25,
                .schedule = schedules::exponential(1, 1.7),
                .checkpoints = {.directory = folder.name, .keep = 2}});
  std::size_t best = 0;
  const History& h = t.progress().history;
  for (std::size_t i = 1; i < h.size(); ++i) {
    if (h[i].loss < h[best].loss) best = i;
  }
  CHECK(names(folder.name).size() == 3);
  CHECK(load_newest(folder.name, 1).progress().epoch == 6);
  CHECK(load_best(folder.name, 1).progress().epoch == best + 1);
}

TEST_CASE("a directory that is removed meanwhile is made again") {
  struct Remover final : Callback {
    bool on_epoch(Trainer& t, const EpochRecord&) override {
      // A checkpoint may be on its way meanwhile.
      std::error_code ignored;
      if (t.progress().epoch == 2) std::filesystem::remove_all(name, ignored);
      return true;
    }
    std::string name;
  };
  const Folder folder("checkpoints_test");
  auto remover = std::make_shared<Remover>();
  remover->name = folder.name;
  std::vector<std::string> warnings;
  CheckpointOptions options{.directory = folder.name};
  options.on_warning = [&](const std::string& w) { warnings.push_back(w); };
  Trainer t = fresh();
  t.fit(rings(100, 1), {.epochs = 5,
                        .batch_size = 25,
                        .callbacks = {remover},
                        .checkpoints = options});
  CHECK(std::filesystem::exists(folder.name + "/lock"));
  CHECK(load_newest(folder.name, 1).progress().epoch == 5);
}

TEST_CASE("checkpoints are made by time") {
  using Clock = std::chrono::steady_clock;
  constexpr auto kEvery = std::chrono::milliseconds(40);
  // Steps that take 5 ms or, on a busy machine, longer.
  struct Slow final : Callback {
    bool on_step(Trainer&, std::int64_t, std::int64_t, double) override {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      times.push_back(Clock::now());
      return true;
    }
    std::vector<Clock::time_point> times;
  };
  const Folder folder("checkpoints_test");
  const data::Dataset train = rings(100, 1);
  auto slow = std::make_shared<Slow>();
  const double minutes = std::chrono::duration<double>(kEvery).count() / 60;
  Trainer t = fresh();
  t.fit(train, {.epochs = 2,
                .batch_size = 2,
                .callbacks = {slow},
                .checkpoints = {.directory = folder.name,
                                .every_minutes = minutes,
                                .keep = 1000,
                                .keep_best = false}});
  std::vector<std::uint64_t> steps;
  for (const CheckpointFile& f : list_checkpoints(folder.name)) {
    steps.insert(steps.begin(), f.step);
  }
  REQUIRE(steps.size() >= 3);
  CHECK(steps.front() == 0);
  CHECK(steps.back() == 100);
  // Between two of them at least the interval passed; a step's time is taken
  // before its checkpoint is made, that of the next step after it.
  for (std::size_t i = 1; i + 2 < steps.size(); ++i) {
    const auto from = slow->times.at(steps[i] - 1);
    CHECK(slow->times.at(steps[i + 1]) - from >= kEvery);
  }
  const auto taken = slow->times.back() - slow->times.front();
  CHECK(steps.size() <= 3 + static_cast<std::size_t>(taken / kEvery));
  CHECK(steps.size() < 100);
  CHECK(load_newest(folder.name, 1).progress().epoch == 2);

  // An hour passes in no test: begin and end alone.
  folder.clear();
  Trainer u = fresh();
  u.fit(train, {.epochs = 2,
                .batch_size = 25,
                .checkpoints = {.directory = folder.name,
                                .every_minutes = 60,
                                .keep_best = false}});
  CHECK(names(folder.name) ==
        std::vector<std::string>{"checkpoint-000000000008.weft",
                                 "checkpoint-000000000000.weft"});
}

TEST_CASE("a directory belongs to one training at a time") {
  const Folder folder("checkpoints_test");
  const data::Dataset train = rings(100, 1);
  const FitOptions options{
      .epochs = 1,
      .batch_size = 25,
      .checkpoints = {.directory = folder.name, .every_steps = 1}};

  struct Second final : Callback {
    explicit Second(std::function<void()> f) : run(std::move(f)) {}
    bool on_step(Trainer&, std::int64_t batch, std::int64_t, double) override {
      if (batch == 2) run();
      return true;
    }
    std::function<void()> run;
  };
  int refused = 0;
  FitOptions outer = options;
  outer.callbacks = {std::make_shared<Second>([&] {
    Trainer other = fresh();
    try {
      other.fit(train, options);
    } catch (const DataError& e) {
      const std::string text = e.what();
      CHECK(text.find("another training (process " +
                      std::to_string(::getpid()) + ")") != std::string::npos);
      ++refused;
    }
  })};
  Trainer t = fresh();
  t.fit(train, outer);
  CHECK(refused == 1);

  // A new training does not write among the checkpoints of another.
  Trainer late = fresh();
  CHECK_THROWS_AS(late.fit(train, options), DataError);
  CHECK(late.state().step == 0);
  // What was stopped in between goes on, from a file as well.
  const Folder other("checkpoints_test_2");
  FitOptions stopping = options;
  stopping.checkpoints.directory = other.name;
  stopping.callbacks = {std::make_shared<StopAt>(2)};
  Trainer stopped = fresh();
  stopped.fit(train, stopping);
  CHECK(names(other.name).front() == "checkpoint-000000000002.weft");
  save(stopped, other.name + "/mine.weft");
  Trainer again = load(other.name + "/mine.weft", 1);
  stopping.callbacks = {};
  again.fit(train, stopping);
  CHECK(parameter_hash(again.state()) == parameter_hash(t.state()));
}

TEST_CASE("what can't be written is a warning, once") {
  const Folder folder("checkpoints_test");
  const data::Dataset train = rings(100, 1);
  std::vector<std::string> warnings;
  struct Block final : Callback {
    explicit Block(std::string f) : folder(std::move(f)) {}
    // Directories in the place of files: also for a user who may do anything.
    bool on_step(Trainer& t, std::int64_t, std::int64_t, double) override {
      for (std::uint64_t i = t.state().step; i < t.state().step + 3; ++i) {
        for (const char* kind : {"checkpoint-", "best-"}) {
          const std::string digits = std::to_string(i);
          std::filesystem::create_directories(
              folder + "/" + kind + std::string(12 - digits.size(), '0') +
              digits + ".weft/full");
        }
      }
      return true;
    }
    std::string folder;
  };
  Trainer t = fresh();
  t.fit(train, {.epochs = 5,
                .batch_size = 25,
                .callbacks = {std::make_shared<Block>(folder.name)},
                .checkpoints = {.directory = folder.name,
                                .every_steps = 1,
                                .on_warning = [&](const std::string& text) {
                                  warnings.push_back(text);
                                }}});
  CHECK(t.progress().epoch == 5);
  REQUIRE(warnings.size() == 2);  // of regular ones and of the best
  CHECK(warnings[0].find("can't be renamed: Is a directory; the training goes "
                         "on, older checkpoints stay") != std::string::npos);
  CHECK(load_newest(folder.name, 1).state().step == 0);
  for (const auto& f : std::filesystem::directory_iterator(folder.name)) {
    CHECK(f.path().string().find(".tmp") == std::string::npos);
  }
  CHECK_THROWS_AS(checkpoints({}), DataError);
  CHECK_THROWS_AS(checkpoints({.directory = "x", .keep = 0}), DataError);
  std::ofstream("checkpoints_test_file") << "x";
  Trainer u = fresh();
  CHECK_THROWS_AS(
      u.fit(train, {.checkpoints = {.directory = "checkpoints_test_file"}}),
      DataError);
  std::filesystem::remove("checkpoints_test_file");
}

TEST_CASE("early stopping stays stopped when it is resumed") {
  const Folder folder("checkpoints_test");
  const data::Dataset train = rings(100, 1), test = rings(50, 2);
  const FitOptions options{.epochs = 50,
                           .batch_size = 50,
                           .validation = &test,
                           .early_stopping = 2,
                           .checkpoints = {.directory = folder.name}};
  Trainer t(rings_network, Sgd{.learning_rate = 2},
            {.seed = {1}, .threads = 1});
  t.fit(train, options);
  REQUIRE(t.progress().epoch < 50);
  Trainer u = load_newest(folder.name, 1);
  u.fit(train, options);
  CHECK(parameter_hash(u.state()) == parameter_hash(t.state()));
  CHECK(u.progress().epoch == t.progress().epoch);
}
