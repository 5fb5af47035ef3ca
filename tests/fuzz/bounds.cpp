// Reads files that ask for more memory or time than their size is worth:
//
//   weft_bounds                 all of them, and checks the memory they take
//   weft_bounds --list          their names
//   weft_bounds NAME BYTES      one, for callgrind to count

#include "bounds.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "live_bytes.h"
#include "target.h"
#include "weft/error.h"
#include "weft/registry.h"

using namespace weft;

/// Callgrind counts what happens in here.
extern "C" __attribute__((noinline)) void read_measured(
    const fuzz::Case& c, const std::string& path) {
  c.read(path);
}

namespace {

std::vector<fuzz::Case> all_cases() {
  std::vector<fuzz::Case> all = fuzz::container_cases();
  for (auto* more : {&fuzz::array_cases, &fuzz::text_cases}) {
    for (fuzz::Case& c : more()) all.push_back(std::move(c));
  }
  return all;
}

/// Reads the file; the text of its error.
std::string outcome(const fuzz::Case& c, const std::string& path) {
  try {
    read_measured(c, path);
    return "";
  } catch (const Error& e) {
    return e.what();
  }
}

/// What does not hold, in words.
std::string check(const fuzz::Case& c, std::size_t bytes) {
  const std::string path = fuzz::scratch_path(c.name);
  std::size_t size = 0;
  {
    const std::string file = c.make(bytes);
    size = file.size();
    std::ofstream(path, std::ios::binary) << file;
  }
  const fuzz::LiveBytes before;
  const std::string error = outcome(c, path);
  const double peak = static_cast<double>(before.peak());
  const double ratio = peak / static_cast<double>(size);
  std::remove(path.c_str());
  std::printf("%-22s %9zu bytes, memory %7.1f times that  %.100s\n",
              c.name.c_str(), size, ratio, error.c_str());
  if (c.error.empty() != error.empty() || error.find(c.error) == error.npos) {
    return "expected '" + c.error + "', got '" + error + "'";
  }
  if (peak > c.factor * static_cast<double>(size) + (1 << 20)) {
    return "its memory is more than " + std::to_string(c.factor) +
           " times its size and 1 MiB";
  }
  return "";
}

}  // namespace

int main(int count, char** arguments) {
  const bool list = count == 2 && std::strcmp(arguments[1], "--list") == 0;
  const std::size_t bytes =
      count == 3 ? std::strtoul(arguments[2], nullptr, 10) : 1 << 18;
  registry();  // what is made once is not counted as a file's
  int failed = 0;
  for (const fuzz::Case& c : all_cases()) {
    if (list) std::printf("%s\n", c.name.c_str());
    if (list || (count == 3 && c.name != arguments[1])) continue;
    const std::string why = check(c, bytes);
    if (why.empty()) continue;
    std::fprintf(stderr, "%s: %s\n", c.name.c_str(), why.c_str());
    failed = 1;
  }
  return failed;
}
