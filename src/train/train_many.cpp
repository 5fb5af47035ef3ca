#include "weft/train_many.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <system_error>
#include <thread>

#include "weft/error.h"

namespace weft {

namespace {

using Clock = std::chrono::steady_clock;

/// A training and where it is. One thread at a time has it.
struct Job {
  const Training* training = nullptr;
  TrainingResult* result = nullptr;
  enum class Place { waiting, running, ended } place = Place::waiting;
  double share = 0;  ///< of its epochs that are done
};

/// Hands out trainings to threads.
class Trainings {
 public:
  Trainings(const std::vector<Training>& trainings, const ManyOptions& options,
            int threads)
      : options_(options),
        threads_(static_cast<std::size_t>(threads)),
        left_(trainings.size()),
        results_(trainings.size()),
        jobs_(trainings.size()) {
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      jobs_[i].training = &trainings[i];
      jobs_[i].result = &results_[i];
      results_[i].name = trainings[i].name;
    }
  }

  /// One thread's share of the work.
  void work() {
    for (Job* job = take(); job; job = take()) {
      try {
        run(*job);
      } catch (...) {  // of the caller's functions
        const std::lock_guard lock(mutex_);
        if (!thrown_) thrown_ = std::current_exception();
        stop_ = true;
      }
    }
  }

  std::vector<TrainingResult> results() {
    if (thrown_) std::rethrow_exception(thrown_);
    return std::move(results_);
  }

 private:
  bool stopping() const { return stop_ || (options_.stop && *options_.stop); }

  /// The waiting training with the least share of its epochs done.
  Job* least_advanced() {
    Job* found = nullptr;
    for (Job& j : jobs_) {
      if (j.place != Job::Place::waiting) continue;
      if (!found || j.share < found->share) found = &j;
    }
    return found;
  }

  Job* take() {
    const std::lock_guard lock(mutex_);
    if (stopping()) {
      // One that had begun and waits for its turn is stopped too.
      for (Job& j : jobs_) {
        if (j.place == Job::Place::waiting && j.result->trainer) {
          j.place = Job::Place::running;
          return &j;
        }
      }
      return nullptr;
    }
    Job* job = least_advanced();
    if (job) job->place = Job::Place::running;
    return job;
  }

  /// Whether the thread should go over to another training.
  bool should_turn(const Job& job) {
    const std::lock_guard lock(mutex_);
    if (left_ > 2 * threads_) return false;
    const Job* other = least_advanced();
    return other && other->share < job.share;
  }

  void put_back(Job& job) {
    const std::lock_guard lock(mutex_);
    job.place = Job::Place::waiting;
  }

  void run(Job& job);
  void train(Job& job, bool& turned);
  void report(Job& job, const EpochRecord& record);
  void end(Job& job);

  class Watch;

  const ManyOptions& options_;
  const std::size_t threads_;
  std::mutex mutex_;  // of what follows
  std::size_t left_;
  std::vector<TrainingResult> results_;
  std::vector<Job> jobs_;
  std::exception_ptr thrown_;
  std::atomic<bool> stop_{false};
  std::mutex calls_;  // of the caller's functions
};

/// Stands between a training and its callbacks.
class Trainings::Watch final : public Callback {
 public:
  Watch(Trainings& all, Job& job) : all_(all), job_(job) {}

  void on_begin(Trainer& t, const data::Dataset& data,
                const FitOptions& options) override {
    for (const auto& c : job_.training->fit.callbacks) {
      c->on_begin(t, data, options);
    }
  }
  void on_end(Trainer& t, bool failed) override {
    for (const auto& c : job_.training->fit.callbacks) c->on_end(t, failed);
  }

  bool on_step(Trainer& t, std::int64_t batch, std::int64_t batches,
               double loss) override {
    bool go_on = !all_.stopping();
    for (const auto& c : job_.training->fit.callbacks) {
      go_on = c->on_step(t, batch, batches, loss) && go_on;
    }
    return go_on;
  }

  bool on_epoch(Trainer& t, const EpochRecord& record) override {
    const FitOptions& fit = job_.training->fit;
    bool go_on = true;
    for (const auto& c : fit.callbacks) {
      go_on = c->on_epoch(t, record) && go_on;
    }
    try {
      all_.report(job_, record);
    } catch (...) {
      thrown = std::current_exception();
      return false;
    }
    const bool last =
        record.epoch >= fit.epochs ||
        (fit.early_stopping > 0 && t.progress().waited >= fit.early_stopping);
    turned = go_on && !last && all_.should_turn(job_);
    return go_on && !turned;
  }

  bool turned = false;
  std::exception_ptr thrown;  ///< by the caller's on_epoch of all trainings

 private:
  Trainings& all_;
  Job& job_;
};

/// Trains until the end or its turn is over.
void Trainings::train(Job& job, bool& turned) {
  const Training& t = *job.training;
  TrainingResult& result = *job.result;
  auto watch = std::make_shared<Watch>(*this, job);
  FitOptions fit = t.fit;
  fit.callbacks = {watch};
  try {
    if (!result.trainer) {
      const std::size_t inner = std::max<std::size_t>(
          1, threads_ / std::max<std::size_t>(jobs_.size(), 1));
      result.trainer =
          std::make_unique<Trainer>(t.make(static_cast<int>(inner)));
    }
    // A waiting training is stopped before its next step, not after it.
    if (stopping()) {
      result.outcome = Outcome::stopped;
    } else {
      result.trainer->fit(*t.data, fit);
      result.outcome =
          result.trainer->stopped() ? Outcome::stopped : Outcome::finished;
    }
  } catch (const std::exception& e) {
    result.outcome = Outcome::failed;
    result.error = std::current_exception();
    result.message = e.what();
  } catch (...) {
    result.outcome = Outcome::failed;
    result.error = std::current_exception();
    result.message = "[train_many] what was thrown is no std::exception";
  }
  if (result.trainer) result.history = result.trainer->progress().history;
  if (!result.history.empty()) {
    const EpochRecord& last = result.history.back();
    result.loss = t.fit.validation ? last.validation_loss : last.loss;
    result.accuracy = last.validation_accuracy;
  }
  turned = watch->turned && result.outcome == Outcome::finished;
  if (watch->thrown) {
    end(job);
    std::rethrow_exception(watch->thrown);
  }
}

void Trainings::run(Job& job) {
  const auto begin = Clock::now();
  bool turned = false;
  train(job, turned);
  job.result->seconds +=
      std::chrono::duration<double>(Clock::now() - begin).count();
  if (turned) {
    put_back(job);
    return;
  }
  end(job);
  if (options_.on_end) {
    const std::lock_guard lock(calls_);
    options_.on_end(static_cast<std::size_t>(&job - jobs_.data()), *job.result);
  }
}

void Trainings::end(Job& job) {
  const std::lock_guard lock(mutex_);
  job.place = Job::Place::ended;
  --left_;
}

void Trainings::report(Job& job, const EpochRecord& record) {
  std::size_t ended = 0;
  {
    const std::lock_guard lock(mutex_);
    job.share = static_cast<double>(record.epoch) /
                std::max(1, job.training->fit.epochs);
    ended = jobs_.size() - left_;
  }
  if (!options_.on_epoch) return;
  const std::lock_guard lock(calls_);
  options_.on_epoch({static_cast<std::size_t>(&job - jobs_.data()),
                     *job.training, record, ended, jobs_.size()});
}

void check(const std::vector<Training>& trainings, const ManyOptions& options) {
  constexpr int kMost = 1024;
  if (options.threads < 0 || options.threads > kMost) {
    throw GraphError("[train_many] threads must be 0 to 1024, not " +
                     std::to_string(options.threads));
  }
  for (std::size_t i = 0; i < trainings.size(); ++i) {
    const Training& t = trainings[i];
    const std::string which =
        "[train_many] training " + std::to_string(i) + " ('" + t.name + "')";
    if (!t.make) {
      throw GraphError(which + " has no maker of trainers; use make_trainer()");
    }
    if (!t.data) throw GraphError(which + " has no data; point to a set");
  }
}

}  // namespace

MakeTrainer make_trainer(Build build, Optimizer optimizer,
                         TrainerOptions options) {
  return [build = std::move(build), optimizer = std::move(optimizer),
          options = std::move(options)](int threads) {
    TrainerOptions o = options;
    o.threads = threads;
    return Trainer(build, optimizer, std::move(o));
  };
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::finished: return "finished";
    case Outcome::stopped: return "stopped";
    case Outcome::failed: return "failed";
    case Outcome::not_started: break;
  }
  return "not started";
}

std::vector<TrainingResult> train_many(const std::vector<Training>& trainings,
                                       const ManyOptions& options) {
  check(trainings, options);
  const int threads =
      options.threads > 0
          ? options.threads
          : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  Trainings all(trainings, options, threads);
  std::vector<std::thread> others;
  const std::size_t workers =
      std::min(static_cast<std::size_t>(threads), trainings.size());
  // Where no thread can be had, those that can do the work.
  try {
    for (std::size_t i = 1; i < workers; ++i) {
      others.emplace_back([&] { all.work(); });
    }
  } catch (const std::system_error&) {
  }
  all.work();
  for (std::thread& t : others) t.join();
  return all.results();
}

}  // namespace weft
