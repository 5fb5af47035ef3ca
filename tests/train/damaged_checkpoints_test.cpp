#include <sys/stat.h>

#include "catch.h"
#include "train/checkpoint_folder.h"

using namespace weft;

TEST_CASE("damaged checkpoints are skipped, and never push out a sound one") {
  const Folder folder("checkpoints_test");
  const data::Dataset train = rings(100, 1);
  FitOptions options{.epochs = 3, .batch_size = 25};
  options.checkpoints = {
      .directory = folder.name, .keep = 3, .keep_best = false};
  Trainer first = fresh();
  first.fit(train, options);
  const auto files = list_checkpoints(folder.name);
  REQUIRE(files.size() == 3);
  flip(files[0].path, 300);
  std::filesystem::resize_file(files[1].path, 1000);
  std::vector<std::string> skipped;
  Trainer second = load_newest(
      folder.name, 1, [&](const std::string& why) { skipped.push_back(why); });
  CHECK(second.state().step == files[2].step);
  REQUIRE(skipped.size() == 2);
  CHECK(skipped[0].rfind(files[0].path + ": ", 0) == 0);

  // Going on writes over them.
  second.fit(train, options);
  CHECK(parameter_hash(second.state()) == parameter_hash(first.state()));
  CHECK(load_newest(folder.name, 1).progress().epoch == 3);

  // A name that tells another step.
  const auto newest = list_checkpoints(folder.name).front();
  std::string other = newest.path;
  other.replace(other.rfind(std::to_string(newest.step)),
                std::to_string(newest.step).size(),
                std::to_string(newest.step + 1));
  std::filesystem::copy_file(newest.path, other);
  skipped.clear();
  CHECK(load_newest(folder.name, 1,
                    [&](const std::string& why) { skipped.push_back(why); })
            .state()
            .step == newest.step);
  REQUIRE(skipped.size() == 1);
  CHECK(skipped[0].find(": is named after step ") != std::string::npos);
  std::filesystem::remove(other);

  for (const auto& f : list_checkpoints(folder.name)) flip(f.path, 40);
  try {
    load_newest(folder.name);
    FAIL("it was loaded");
  } catch (const DataError& e) {
    CHECK(std::string(e.what()).find(
              "has no sound checkpoint; 3 can't be loaded, the newest: ") !=
          std::string::npos);
  }
}

TEST_CASE("a checkpoint of the same step that is another one is replaced") {
  const Folder folder("checkpoints_test");
  const data::Dataset train = rings(100, 1);
  FitOptions options{.epochs = 1, .batch_size = 25};
  options.checkpoints.directory = folder.name;
  Trainer t = fresh();
  t.fit(train, options);

  NamedTensors zeros;
  for (const auto& [name, value] : named_parameters(t)) {
    zeros.emplace_back(name, Tensor(value.dtype(), value.shape()));
  }
  set_parameters(t, zeros);
  t.fit(train, options);  // has nothing to do
  CHECK(parameter_hash(load_newest(folder.name, 1).state()) ==
        parameter_hash(t.state()));

  t.settings["epochs"] = "7";
  t.fit(train, options);
  CHECK(load_newest(folder.name, 1).settings.at("epochs") == "7");
}

TEST_CASE("a training begins with its own checkpoint, not with another's") {
  const Folder folder("checkpoints_test");
  const data::Dataset train = rings(100, 1);
  FitOptions options{.epochs = 0};
  options.checkpoints.directory = folder.name;
  fresh().fit(train, options);
  Trainer other(
      [](Graph& g, Mode) {
        Network n;
        n.input = g.input("x", {kBatch, 2});
        n.target = g.input("y", {kBatch}, DType::i32);
        n.output = dense(n.input, 2, {.name = "alone"});
        n.loss = mean(softmax_cross_entropy(n.output, n.target));
        return n;
      },
      Adam{}, {.seed = {3}, .threads = 1});
  other.fit(train, options);
  CHECK_NOTHROW(load_newest(folder.name, 1).state().at("alone/weight"));
}

TEST_CASE("a checkpoint that is a pipe is not waited for") {
  const Folder folder("checkpoints_test");
  FitOptions options{.epochs = 0};
  options.checkpoints.directory = folder.name;
  fresh().fit(rings(100, 1), options);
  const std::string pipe = folder.name + "/checkpoint-000000000009.weft";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  std::string skipped;
  load_newest(folder.name, 1, [&](const std::string& why) { skipped = why; });
  CHECK(skipped == pipe + ": is no regular file");
}
