#pragma once

#include <map>
#include <string>

#include "weft/checkpoints.h"

namespace weft {

/// A directory of checkpoints that this process alone writes to.
class CheckpointFolder {
 public:
  /// Makes the directory if it is missing, locks it, and removes what a writer
  /// that was killed left. Throws DataError if it can't, or if another process
  /// has the lock.
  explicit CheckpointFolder(const std::string& directory);
  ~CheckpointFolder();
  CheckpointFolder(const CheckpointFolder&) = delete;
  CheckpointFolder& operator=(const CheckpointFolder&) = delete;

  const std::string& directory() const { return directory_; }
  /// Makes the directory again, with a new lock, if it was removed or another
  /// one took its place. Throws as the constructor.
  void renew();
  std::string path_of(std::uint64_t step, bool best) const;
  /// Whether the file can be loaded; a file is read once.
  bool is_sound(const std::string& path);
  /// The file was written anew, and read.
  void set_sound(const std::string& path) { sound_[path] = true; }
  /// Removes all but the newest `keep` sound ones, and the newest sound best
  /// one. Those that are damaged don't count.
  void remove_old(int keep);
  /// Removes those of later steps: of a way that was given up.
  void remove_after(std::uint64_t step);

 private:
  void open();
  void remove(const std::string& path);

  std::string directory_;
  int lock_ = -1;
  std::map<std::string, bool> sound_;
};

}  // namespace weft
