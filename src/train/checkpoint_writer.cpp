#include "src/train/checkpoint_writer.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>

#include "src/train/finite.h"
#include "weft/error.h"

namespace weft {

void Snapshot::take(Trainer& trainer) {
  if (state.layout() == trainer.state().layout()) {
    state.copy_from(trainer.state());
  } else {
    state = trainer.state().clone();
  }
  progress = trainer.progress();
  class_names = trainer.class_names;
  scaler = trainer.scaler;
  settings = trainer.settings;
  metrics = trainer.metrics;
}

CheckpointWriter::CheckpointWriter(const CheckpointOptions& options,
                                   const TrainingGraphs& graphs)
    : options_(options),
      graphs_(save_graphs(graphs)),
      folder_(options.directory),
      process_(::getpid()) {
  // Signals are for the threads of the program.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { live(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

CheckpointWriter::~CheckpointWriter() {
  if (::getpid() != process_) {  // the child of a fork has no such thread
    thread_.detach();
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

CheckpointWriter::Slot* CheckpointWriter::place_for(bool best) {
  for (Slot& s : slots_) {
    if (s.use == Slot::Use::empty) return &s;
  }
  for (Slot& s : slots_) {
    if (best && s.use == Slot::Use::waiting) return &s;
  }
  return nullptr;
}

bool CheckpointWriter::offer(Trainer& trainer, bool regular, bool best) {
  Slot* slot = nullptr;
  {
    const std::lock_guard lock(mutex_);
    slot = place_for(best);
    if (!slot) return false;
    // One that gives way to a newer one was due: so is the newer one.
    const bool replaced = slot->use == Slot::Use::waiting;
    slot->regular = regular || (replaced && slot->regular);
    slot->best = best;
    slot->use = Slot::Use::filling;
  }
  try {
    slot->snapshot.take(trainer);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    slot->use = Slot::Use::empty;
    throw;
  }
  {
    const std::lock_guard lock(mutex_);
    slot->use = Slot::Use::waiting;
  }
  changed_.notify_all();
  return true;
}

void CheckpointWriter::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] {
    return slots_[0].use == Slot::Use::empty &&
           slots_[1].use == Slot::Use::empty;
  });
}

std::vector<std::string> CheckpointWriter::take_warnings() {
  const std::lock_guard lock(mutex_);
  return std::exchange(warnings_, {});
}

/// The older one of those that wait.
CheckpointWriter::Slot* CheckpointWriter::next() {
  Slot* found = nullptr;
  for (Slot& s : slots_) {
    if (s.use != Slot::Use::waiting) continue;
    if (!found || s.snapshot.state.step < found->snapshot.state.step) {
      found = &s;
    }
  }
  return found;
}

void CheckpointWriter::live() {
  std::unique_lock lock(mutex_);
  for (;;) {
    Slot* slot = nullptr;
    changed_.wait(lock, [&] { return (slot = next()) || stopped_; });
    if (!slot) return;
    slot->use = Slot::Use::writing;
    lock.unlock();
    write(*slot);
    lock.lock();
    slot->use = Slot::Use::empty;
    changed_.notify_all();
  }
}

void CheckpointWriter::write(const Slot& slot) {
  const std::string* broken = find_not_finite(slot.snapshot.state);
  if (broken) {
    warn("the state at step " + std::to_string(slot.snapshot.state.step) +
         " is not finite (" + *broken + ") and is not kept");
    return;
  }
  bool written = true;
  for (const bool best : {false, true}) {
    if (!(best ? slot.best : slot.regular)) continue;
    try {
      write(slot, best);
    } catch (const std::exception& e) {
      written = false;
      warn(e.what());
    }
  }
  if (!written) return;
  try {
    folder_.remove_old(options_.keep);
  } catch (const std::exception& e) {
    warn(e.what());
  }
}

void CheckpointWriter::write(const Slot& slot, bool best) {
  const Snapshot& s = slot.snapshot;
  folder_.renew();
  const std::string path = folder_.path_of(s.state.step, best);
  write_training(
      graphs_,
      {s.state, s.progress, s.class_names, s.scaler, s.settings, s.metrics},
      path);
  try {
    verify_training(path);
  } catch (const std::exception& e) {
    ::unlink(path.c_str());
    throw DataError(std::string(e.what()) + " right after it was written");
  }
  folder_.set_sound(path);
}

void CheckpointWriter::warn(const std::string& text) {
  // The same trouble at another step is no other kind.
  std::string kind;
  for (const char c : text) {
    if (c < '0' || c > '9') kind += c;
  }
  const std::lock_guard lock(mutex_);
  if (!kinds_.insert(kind).second) return;
  warnings_.push_back("[checkpoints] " + text +
                      "; the training goes on, older checkpoints stay");
}

}  // namespace weft
