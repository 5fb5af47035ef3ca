#include "src/train/checkpoint_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>

#include "src/train/training_file.h"
#include "weft/error.h"
#include "weft/io.h"

namespace weft {

namespace {

constexpr std::string_view kRegular = "checkpoint-", kBest = "best-";
constexpr std::string_view kEnding = ".weft", kTemporary = ".weft.tmp";

/// The step of checkpoint-000000000120.weft and the like, with another ending
/// or more behind it; nothing for other names.
std::optional<std::uint64_t> step_in(std::string_view name,
                                     std::string_view start,
                                     std::string_view ending, bool more) {
  if (name.rfind(start, 0) != 0) return std::nullopt;
  std::uint64_t step = 0;
  const char* end = name.data() + name.size();
  const auto read = std::from_chars(name.data() + start.size(), end, step);
  const std::string_view rest(read.ptr,
                              static_cast<std::size_t>(end - read.ptr));
  const bool fits = more ? rest.rfind(ending, 0) == 0 : rest == ending;
  if (read.ec != std::errc() || !fits) return std::nullopt;
  return step;
}

template <class F>
void for_each_file(const std::string& directory, F each) {
  std::error_code error;
  std::filesystem::directory_iterator at(directory, error), end;
  for (; !error && at != end; at.increment(error)) {
    each(at->path().filename().string());
  }
  if (error) {
    throw DataError("[checkpoints] " + directory +
                    ": can't be read: " + error.message());
  }
}

/// Takes the lock, which ends with the process at the latest.
int lock(const std::string& directory) {
  const std::string path = directory + "/lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) {
    throw DataError("[checkpoints] " + path +
                    ": can't be created: " + std::strerror(errno));
  }
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) {
    const std::string owner = std::to_string(::getpid()) + "\n";
    // For the message of another process: it may fail.
    if (::ftruncate(file, 0) != 0 ||
        ::pwrite(file, owner.data(), owner.size(), 0) < 0) {
      errno = 0;
    }
    return file;
  }
  const int why = errno;
  char owner[32] = {};
  const ssize_t got = ::pread(file, owner, sizeof owner - 1, 0);
  ::close(file);
  if (why != EWOULDBLOCK) {
    throw DataError("[checkpoints] " + path + ": can't be locked: " +
                    std::strerror(why) + "; use a directory of a local disk");
  }
  std::string who(owner, got > 0 ? static_cast<std::size_t>(got) : 0);
  who.erase(std::find(who.begin(), who.end(), '\n'), who.end());
  throw DataError("[checkpoints] " + directory + ": another training" +
                  (who.empty() ? "" : " (process " + who + ")") +
                  " writes its checkpoints there; use another directory, or "
                  "wait for its end");
}

}  // namespace

std::vector<CheckpointFile> list_checkpoints(const std::string& directory) {
  std::vector<CheckpointFile> files;
  for_each_file(directory, [&](const std::string& name) {
    for (const bool best : {false, true}) {
      const auto step = step_in(name, best ? kBest : kRegular, kEnding, false);
      if (step) files.push_back({directory + "/" + name, *step, best});
    }
  });
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
    if (a.step != b.step) return a.step > b.step;
    return a.best < b.best;
  });
  return files;
}

CheckpointFolder::CheckpointFolder(const std::string& directory)
    : directory_(directory) {
  open();
}

CheckpointFolder::~CheckpointFolder() {
  if (lock_ >= 0) ::close(lock_);
}

void CheckpointFolder::open() {
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  if (!std::filesystem::is_directory(directory_)) {
    throw DataError("[checkpoints] " + directory_ + ": can't be made: " +
                    (error ? error.message() : "it is no directory"));
  }
  lock_ = lock(directory_);
  for_each_file(directory_, [&](const std::string& name) {
    if (step_in(name, kRegular, kTemporary, true) ||
        step_in(name, kBest, kTemporary, true)) {
      remove(directory_ + "/" + name);
    }
  });
}

void CheckpointFolder::renew() {
  struct stat mine {
  }, there{};
  const std::string path = directory_ + "/lock";
  const bool same = lock_ >= 0 && ::fstat(lock_, &mine) == 0 &&
                    ::stat(path.c_str(), &there) == 0 &&
                    mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
  if (same) return;
  if (lock_ >= 0) ::close(lock_);
  lock_ = -1;
  sound_.clear();
  open();
}

std::string CheckpointFolder::path_of(std::uint64_t step, bool best) const {
  std::string digits = std::to_string(step);
  if (digits.size() < 12) digits.insert(0, 12 - digits.size(), '0');
  return directory_ + "/" + std::string(best ? kBest : kRegular) + digits +
         std::string(kEnding);
}

bool CheckpointFolder::is_sound(const std::string& path) {
  const auto known = sound_.find(path);
  if (known != sound_.end()) return known->second;
  bool sound = true;
  try {
    verify_training(path);
  } catch (const std::exception&) {
    sound = false;
  }
  sound_[path] = sound;
  return sound;
}

void CheckpointFolder::remove(const std::string& path) {
  // What can't be removed stays: it does no harm.
  ::unlink(path.c_str());
  sound_.erase(path);
}

void CheckpointFolder::remove_old(int keep) {
  int regular = 0, best = 0;
  for (const CheckpointFile& f : list_checkpoints(directory_)) {
    int& kept = f.best ? best : regular;
    if (kept >= (f.best ? 1 : keep)) {
      remove(f.path);
    } else if (is_sound(f.path)) {
      ++kept;
    }
  }
}

void CheckpointFolder::remove_after(std::uint64_t step) {
  for (const CheckpointFile& f : list_checkpoints(directory_)) {
    if (f.step > step) remove(f.path);
  }
}

namespace {

Trainer load_first(const std::string& what, const std::string& directory,
                   bool best, int threads,
                   const std::function<void(const std::string&)>& on_skipped) {
  int damaged = 0;
  std::string first;
  for (const CheckpointFile& f : list_checkpoints(directory)) {
    if (best && !f.best) continue;
    try {
      Trainer t = load(f.path, threads);
      if (t.state().step == f.step) return t;
      throw DataError(f.path + ": is named after step " +
                      std::to_string(f.step) + ", but is of step " +
                      std::to_string(t.state().step));
    } catch (const Error& e) {
      if (damaged++ == 0) first = e.what();
      if (on_skipped) on_skipped(e.what());
    }
  }
  throw DataError(
      "[" + what + "] " + directory + ": has no sound checkpoint; " +
      (damaged == 0 ? "it has none at all"
                    : std::to_string(damaged) +
                          " can't be loaded, the newest: " + first));
}

}  // namespace

Trainer load_newest(const std::string& directory, int threads,
                    const std::function<void(const std::string&)>& on_skipped) {
  return load_first("load_newest", directory, false, threads, on_skipped);
}

Trainer load_best(const std::string& directory, int threads,
                  const std::function<void(const std::string&)>& on_skipped) {
  return load_first("load_best", directory, true, threads, on_skipped);
}

}  // namespace weft
