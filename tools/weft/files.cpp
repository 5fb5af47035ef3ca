#include "tools/weft/files.h"

#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "weft/error.h"
#include "weft/random.h"

namespace weft::cli {

void check_writable(const std::string& out) {
  if (out.empty()) return;
  const auto path = std::filesystem::absolute(out);
  const auto folder = path.parent_path();
  if (std::filesystem::is_directory(out)) {
    throw DataError(out + ": is a directory");
  }
  if (std::filesystem::exists(folder) &&
      !std::filesystem::is_directory(folder)) {
    throw DataError(out + ": can't be written: " + folder.string() +
                    " is no directory");
  }
  constexpr std::size_t kTemporary =
      32;  // more in the name while it is written
  if (path.filename().string().size() + kTemporary > NAME_MAX) {
    throw DataError(out + ": can't be written: the name is too long");
  }
  if (::access(folder.c_str(), W_OK) != 0) {
    throw DataError(out + ": can't be written: " + std::strerror(errno));
  }
}

void check_training_file(const std::string& out) {
  check_writable(out);
  std::error_code error;
  if (!std::filesystem::is_regular_file(out, error)) return;
  char magic[8] = {};
  std::ifstream in(out, std::ios::binary);
  in.read(magic, sizeof magic);
  if (in.gcount() == 0 || std::string_view(magic, 8) == "WEFTFILE") return;
  throw DataError(out +
                  ": is there already, and no training file; remove it, or "
                  "write to another one");
}

std::string shell_word(const std::string& path) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+:,@%";
  const std::string word = path.rfind('-', 0) == 0 ? "./" + path : path;
  if (word.find_first_not_of(kPlain) == word.npos) return word;
  std::string quoted = "'";
  for (const char c : word) {
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return quoted + "'";
}

std::string fingerprint(const data::Dataset& data) {
  const auto bits = [](const Tensor& t) {
    return stable_hash({static_cast<const char*>(t.raw()), t.bytes()});
  };
  const auto view = [](const auto& v) {
    return stable_hash(
        {reinterpret_cast<const char*>(v.data()), v.size() * sizeof *v.data()});
  };
  std::string all;
  if (data.inputs.size() > 0) all += std::to_string(bits(data.inputs)) + " ";
  if (data.targets.size() > 0) all += std::to_string(bits(data.targets)) + " ";
  if (data.bytes) all += std::to_string(view(*data.bytes)) + " ";
  all += std::to_string(view(data.rows)) + " " + to_string(data.row);
  return std::to_string(stable_hash(all));
}

}  // namespace weft::cli
