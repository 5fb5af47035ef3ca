#include "weft/checkpoints.h"

#include <chrono>
#include <iostream>

#include "src/train/checkpoint_callback.h"
#include "src/train/checkpoint_writer.h"
#include "weft/error.h"
#include "weft/io.h"

namespace weft {

namespace {

using Clock = std::chrono::steady_clock;

class Checkpoints final : public CheckpointCallback {
 public:
  Checkpoints(CheckpointOptions options, bool exact)
      : options_(std::move(options)), exact_(exact) {}

  void on_begin(Trainer& trainer, const data::Dataset&,
                const FitOptions&) override {
    writer_ = std::make_unique<CheckpointWriter>(options_, trainer.graphs());
    check_newer(trainer.state().step);
    put_off_ = false;
    last_ = Clock::now();
    save_now(trainer);
  }

  bool on_step(Trainer& trainer, std::int64_t batch, std::int64_t batches,
               double) override {
    if (!writer_) return true;
    const auto step = static_cast<std::int64_t>(trainer.state().step);
    const bool due =
        put_off_ ||
        (options_.every_steps > 0 && step % options_.every_steps == 0) ||
        (options_.every_minutes > 0 &&
         Clock::now() - last_ >=
             std::chrono::duration<double>(60 * options_.every_minutes));
    // The last one of an epoch is made when the epoch is complete.
    put_off_ = due;
    if (due && batch < batches) offer(trainer, true, false);
    return true;
  }

  bool on_epoch(Trainer& trainer, const EpochRecord&) override {
    if (!writer_) return true;
    const Progress& p = trainer.progress();
    const bool due =
        put_off_ || (options_.every_steps <= 0 && options_.every_minutes <= 0);
    const bool best = options_.keep_best && p.has_best && p.waited == 0;
    if (due || best) offer(trainer, due, best);
    return true;
  }

  bool go_back(Trainer& trainer, Progress& progress) override {
    writer_->wait();
    tell();
    CheckpointFolder& folder = writer_->folder();
    const auto found = list_checkpoints(options_.directory);
    for (int rank = 0; rank < 4; ++rank) {
      for (const CheckpointFile& f : found) {
        if (f.step > trainer.state().step) continue;
        if (rank_of(f, trainer) != rank || !folder.is_sound(f.path)) continue;
        Trainer then = load(f.path, 1);
        trainer.state().copy_from(then.state());
        progress = then.progress();
        folder.remove_after(f.step);
        put_off_ = false;
        return true;
      }
    }
    return false;
  }

  void write_again(Trainer& trainer) override {
    writer_->wait();
    writer_->offer(trainer, true, false);
    writer_->wait();
    tell();
  }

  void on_end(Trainer& trainer, bool failed) override {
    if (!writer_) return;
    if (!failed) save_now(trainer);
    writer_->wait();
    tell();
    writer_.reset();
  }

 private:
  /// Which are gone back to first. From one of this very step, the step that
  /// broke would be made again, mostly of parameters that are beyond help.
  /// Those of stops lie anywhere: an undisturbed training has not got them.
  int rank_of(const CheckpointFile& f, Trainer& trainer) const {
    const bool regular =
        static_cast<std::int64_t>(f.step) % options_.every_steps == 0;
    const bool older = f.step < trainer.state().step;
    return (regular ? 0 : 2) + (older ? 0 : 1);
  }

  void offer(Trainer& trainer, bool regular, bool best) {
    if (exact_ && regular) writer_->wait();
    if (writer_->offer(trainer, regular, best)) {
      if (regular) last_ = Clock::now();
      put_off_ = put_off_ && !regular;
    } else {
      put_off_ = put_off_ || regular;
    }
    tell();
  }

  /// Makes one of this step unless there is one, and waits for it.
  void save_now(Trainer& trainer) {
    writer_->wait();
    CheckpointFolder& folder = writer_->folder();
    // One step has two states, before and after the end of its epoch.
    const std::string path = folder.path_of(trainer.state().step, false);
    if (!saved_at(trainer, path)) {
      writer_->offer(trainer, true, false);
      writer_->wait();
    }
    tell();
  }

  /// Whether the file is what would be written: not of another training that
  /// was here, nor from before parameters or settings were changed.
  bool saved_at(Trainer& trainer, const std::string& path) const {
    try {
      verify_training(path);
      return is_written(writer_->graphs(), parts_of(trainer), path);
    } catch (const Error&) {
      return false;
    }
  }

  void check_newer(std::uint64_t step) {
    for (const CheckpointFile& f : list_checkpoints(options_.directory)) {
      if (f.step <= step || !writer_->folder().is_sound(f.path)) continue;
      throw DataError("[checkpoints] " + options_.directory +
                      ": holds a checkpoint of step " + std::to_string(f.step) +
                      ", this training is at step " + std::to_string(step) +
                      "; go on with it (weft resume, load_newest), use another "
                      "directory, or remove it");
    }
  }

  void tell() {
    for (const std::string& text : writer_->take_warnings()) {
      if (options_.on_warning) {
        options_.on_warning(text);
      } else {
        std::cerr << "warning: " << text << "\n";
      }
    }
  }

  const CheckpointOptions options_;
  const bool exact_;
  std::unique_ptr<CheckpointWriter> writer_;
  bool put_off_ = false;  ///< one is due, but there was no place for it
  Clock::time_point last_;
};

}  // namespace

std::shared_ptr<CheckpointCallback> make_checkpoints(CheckpointOptions options,
                                                     bool exact) {
  if (options.directory.empty()) {
    throw DataError("[checkpoints] no directory is given");
  }
  if (options.every_steps < 0 || !(options.every_minutes >= 0) ||
      options.keep < 1) {
    throw DataError(
        "[checkpoints] every_steps and every_minutes must not be negative and "
        "keep at least 1, not " +
        std::to_string(options.every_steps) + ", " +
        std::to_string(options.every_minutes) + " and " +
        std::to_string(options.keep));
  }
  return std::make_shared<Checkpoints>(std::move(options), exact);
}

std::shared_ptr<Callback> checkpoints(CheckpointOptions options) {
  return make_checkpoints(std::move(options), false);
}

}  // namespace weft
