#pragma once

// What the targets of libFuzzer share. A target is a file NAME_target.cpp with
// `LLVMFuzzerTestOneInput`: it reads an input as a file of its kind, uses what
// it got, and returns. An exception that is no weft::Error, or a failed
// `require`, ends the program.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <string_view>

#include "weft/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size);
/// Of libFuzzer, for mutators.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size,
                                        std::size_t most);

namespace weft::fuzz {

/// Ends the program, with the text, if `holds` is false.
void require(bool holds, std::string_view text);

/// A file in memory that has a path.
class MemoryFile {
 public:
  MemoryFile();
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  const std::string& path() const { return path_; }
  void set(const void* data, std::size_t size);

 private:
  int file_;
  std::string path_;
};

/// A path in a folder in memory, where files can be renamed; the folder goes
/// with the program.
std::string scratch_path(const std::string& name);
std::string read_all(const std::string& path);

/// Runs `read`; true if it returned. It may throw a DataError or FormatError
/// that names the file.
bool accepted(const std::string& path, const std::function<void()>& read);

/// Runs `use`; true if it returned. It may throw any Error with a text.
bool worked(const std::function<void()>& use);

}  // namespace weft::fuzz
