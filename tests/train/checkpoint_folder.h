#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "train/rings.h"
#include "weft/weft.h"

/// A directory that is empty at first and gone at the end.
struct Folder {
  explicit Folder(const std::string& n) : name(n) { clear(); }
  ~Folder() { clear(); }
  void clear() const { std::filesystem::remove_all(name); }
  std::string name;
};

inline weft::Trainer fresh() {
  return weft::Trainer(rings_network, weft::Adam{},
                       {.seed = {3}, .threads = 1});
}

/// Changes a bit of the byte there.
inline void flip(const std::string& path, std::streamoff at) {
  std::fstream f(path, std::ios::in | std::ios::out | std::ios::binary);
  f.seekg(at);
  const int c = f.get();
  f.seekp(at);
  f.put(static_cast<char>(c ^ 1));
}
