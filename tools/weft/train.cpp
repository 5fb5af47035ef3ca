#include <cmath>
#include <filesystem>
#include <iostream>
#include <string>

#include "tools/weft/many.h"
#include "tools/weft/report.h"
#include "tools/weft/report_page.h"
#include "tools/weft/train_settings.h"

namespace weft::cli {

namespace {

/// Reports on a training that broke, and saves what it had before the step that
/// did, if that is sound.
void keep(Trainer& trainer, const TrainSettings& s, const data::Dataset& test,
          const RecordOptions& records, Recorder* recorder) {
  if (recorder) write_record(records, *recorder, trainer, test);
  const Evaluation e = trainer.evaluate(test);
  if (!std::isfinite(e.loss) || s.out.empty()) return;
  trainer.metrics["loss"] = e.loss;
  trainer.metrics["accuracy"] = e.accuracy;
  save(trainer, s.out);
  std::cerr << "The model before the step that broke is in " << s.out << "\n";
}

/// Trains with the network's optimiser or minimiser; says how it ended.
std::string fit_model(Trainer& trainer, const TrainSettings& s,
                      const data::Dataset& data, const FitOptions& fit,
                      std::uint64_t seed) {
  if (s.model != "autoencoder") {
    return weft::train(trainer, manifest_of(s, seed), data, fit);
  }
  trainer.fit(data, fit);
  return "";
}

/// Remembers the data; warns if they are not those of the training so far.
void check_data(Trainer& trainer, const data::Dataset& train) {
  const std::string now = fingerprint(train);
  std::string& before = trainer.settings["data_fingerprint"];
  if (!before.empty() && before != now) {
    std::cerr << "weft: warning: the data are not those of the training so "
                 "far; it goes on with them, and ends with other bits\n";
  }
  before = now;
}

/// How to go on with a training that was stopped.
void print_remedy(const TrainSettings& s) {
  const std::string& folder = s.checkpoints.directory;
  std::error_code error;
  if (!s.out.empty()) {
    std::cerr << "Stopped. Go on with: weft resume " << shell_word(s.out)
              << "\n";
  } else if (folder.empty()) {
    std::cerr << "Stopped. Nothing is saved, for want of --out and "
                 "--checkpoints\n";
  } else if (std::filesystem::is_directory(folder, error) &&
             !list_checkpoints(folder).empty()) {
    std::cerr << "Stopped. Go on with: weft resume " << shell_word(folder)
              << "\n";
  } else {
    std::cerr << "Stopped. Nothing is saved: there is no checkpoint in "
              << folder << "\n";
  }
}

/// Whether checkpoints alone should have what was trained, and have not.
bool is_lost(std::uint64_t step, const TrainSettings& s) {
  if (!s.out.empty() || s.checkpoints.directory.empty()) return false;
  try {
    for (const CheckpointFile& f : list_checkpoints(s.checkpoints.directory)) {
      if (f.step == step) return false;
    }
  } catch (const DataError&) {
  }
  return true;
}

/// Trains, saves and reports.
void run(Trainer& trainer, const TrainSettings& s, const data::Split& data,
         const RecordOptions& records, const Common& common) {
  stop_on_signals();
  print_warnings(std::cerr, trainer);
  check_data(trainer, data.train);
  FitOptions fit = fit_options(s, data.test);
  if (!common.quiet) fit.callbacks.push_back(progress_bar(std::cerr));
  const auto recorder = add_recorder(records, s.out, fit);
  fit.stop = &stop_requested();
  for (const std::string& note : class_notes(data.train)) {
    std::cerr << "note: " << note << "\n";
  }
  std::string ending;
  try {
    ending = fit_model(trainer, s, data.train, fit, common.seed);
  } catch (const NumericError&) {
    keep(trainer, s, data.test, records, recorder.get());
    throw;
  }
  if (!ending.empty() && !common.quiet) std::cerr << ending << "\n";
  const Evaluation e = trainer.evaluate(data.test);
  trainer.metrics["loss"] = e.loss;
  trainer.metrics["accuracy"] = e.accuracy;
  if (!s.out.empty()) save(trainer, s.out);
  if (recorder) write_record(records, *recorder, trainer, data.test);
  const bool stopped =
      trainer.stopped() || ending.rfind(to_string(Ending::stopped), 0) == 0;
  if (stopped) print_remedy(s);
  if (common.json) {
    std::cout << to_json(trainer, e).dump() << "\n";
  } else {
    print_evaluation(std::cout, e, data.train.classes() > 0);
    if (!s.out.empty()) std::cout << "saved     " << s.out << "\n";
    for (const Finding& f :
         recorder ? recorder->record().findings : std::vector<Finding>{}) {
      std::cout << "doctor    " << to_string(f) << "\n";
    }
    if (!records.report.empty()) {
      std::cout << "report    " << records.report << "\n";
    }
  }
  if (stopped) throw RunFailed("the training was stopped");
  if (is_lost(trainer.state().step, s)) {
    throw RunFailed(
        "nothing is saved: no checkpoint of the last step could "
        "be written, and there is no --out");
  }
}

void train(const TrainSettings& s, const ManySettings& many,
           const RecordOptions& records, const Common& common) {
  check_training_file(s.out);
  check_record_options(records);
  if ((many.ensemble > 0 || many.folds > 0) &&
      (!(records.report + records.record).empty() || !records.logs.empty())) {
    throw RunFailed(
        "--report, --record and --log are about one training; after --ensemble "
        "use weft report run-1.weft run-2.weft ...");
  }
  if (!s.checkpoints.directory.empty() &&
      (many.ensemble > 0 || many.folds > 0)) {
    throw RunFailed(
        "--checkpoints is for one training, not for --ensemble "
        "and --folds");
  }
  if (is_minimizer(s.optimizer) &&
      (many.ensemble > 0 || many.folds > 0 || s.model == "autoencoder")) {
    throw RunFailed(s.optimizer +
                    " trains one mlp or logistic model at a time; use adam, or "
                    "leave out --ensemble, --folds and --model autoencoder");
  }
  if (many.ensemble > 0) return train_ensemble(s, many.ensemble, common);
  if (many.folds > 0) return train_folds(s, many.folds, common);
  data::Split data = read_split(s.data, common.seed);
  const data::Scaler scaler = scale(data, s);
  Trainer trainer =
      trainer_maker(s, data.train, scaler, common.seed)(common.threads);
  run(trainer, s, data, records, common);
}

Trainer newest_of(const std::string& folder, const Common& common) {
  Trainer trainer =
      load_newest(folder, common.threads, [](const std::string& why) {
        std::cerr << "weft: warning: skipped a checkpoint: " << why << "\n";
      });
  if (!common.quiet) {
    std::cerr << "Going on from step " << trainer.state().step << "\n";
  }
  return trainer;
}

/// The file may come from elsewhere: no directory is made because it names one.
void check_checkpoints(const std::string& file, const std::string& directory) {
  std::error_code error;
  if (directory.empty() || std::filesystem::is_directory(directory, error)) {
    return;
  }
  throw DataError(file + ": its checkpoints go to '" + directory +
                  "', which is no directory; make it, or give another one "
                  "with --checkpoints");
}

struct ResumeSettings {
  std::string file;
  std::string checkpoints;
  int epochs = 0;
};

void resume(const ResumeSettings& r, const RecordOptions& records,
            const Common& common) {
  check_record_options(records);
  const std::string& file = r.file;
  const bool folder = std::filesystem::is_directory(file);
  if (folder && !r.checkpoints.empty()) {
    throw RunFailed(
        "--checkpoints is for files: a directory's checkpoints stay in it");
  }
  Trainer trainer =
      folder ? newest_of(file, common) : load(file, common.threads);
  TrainSettings s = from_settings(trainer.settings);
  if (r.epochs > 0) {
    if (is_minimizer(s.optimizer)) {
      s.iterations = r.epochs;
    } else {
      s.epochs = r.epochs;
    }
  }
  trainer.settings["iterations"] = std::to_string(s.iterations);
  trainer.settings["epochs"] = std::to_string(s.epochs);
  if (folder) {
    s.checkpoints.directory = file;
    check_training_file(s.out);
  } else {
    s.out = file;
    if (r.checkpoints.empty()) {
      check_checkpoints(file, s.checkpoints.directory);
    } else {
      s.checkpoints.directory = r.checkpoints;
    }
  }
  data::Split data = read_split_of(trainer, s.data);
  scale(data, s, trainer.scaler);
  run(trainer, s, data, records, common);
}

}  // namespace

void add_train(CLI::App& app, Common& common) {
  auto* command = app.add_subcommand("train", "Train a model and save it");
  auto s = std::make_shared<TrainSettings>();
  auto many = std::make_shared<ManySettings>();
  auto records = std::make_shared<RecordOptions>();
  add_manifest_option(*command, *s, common);
  add_data_options(*command, s->data);
  add_model_options(*command, *s);
  add_training_options(*command, *s);
  add_checkpoint_options(*command, *s);
  add_record_options(*command, *records);
  auto* out = command->add_option("--out", s->out, "Training file to write");
  auto* ensemble =
      command
          ->add_option("--ensemble", many->ensemble,
                       "Train so many at once, with seeds that differ; --out "
                       "run.weft writes run-1.weft, run-2.weft, ...")
          ->check(CLI::Range(1, 100'000));
  command
      ->add_option("--folds", many->folds,
                   "Cross-validate: so many trainings at once, each measured "
                   "on its part of the data")
      ->check(CLI::Range(2, 100'000))
      ->excludes(ensemble)
      ->excludes(out);
  command->callback([=, &common] { train(*s, *many, *records, common); });
}

void add_resume(CLI::App& app, Common& common) {
  auto* command =
      app.add_subcommand("resume", "Go on with a training that was stopped");
  auto r = std::make_shared<ResumeSettings>();
  auto records = std::make_shared<RecordOptions>();
  command
      ->add_option("file", r->file,
                   "Training file, or a directory of checkpoints, of which "
                   "the newest sound one is taken")
      ->required();
  command
      ->add_option("--epochs", r->epochs,
                   "Epochs, or a minimiser's iterations, in total")
      ->check(CLI::Range(1, 1'000'000));
  command->add_option("--checkpoints", r->checkpoints,
                      "Directory for checkpoints, instead of the file's");
  add_record_options(*command, *records);
  command->callback([=, &common] { resume(*r, *records, common); });
}

}  // namespace weft::cli
