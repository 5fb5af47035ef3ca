// Saving and loading tensors, in turn with a bare write, fsync and rename of
// the same bytes, and with a bare read: GB/s, medians of the rounds, and the
// processor's time, which tells more where others work on the machine. Files
// are in the page cache when they are read.
//   files_bench [megabytes] [rounds] [folder]
// tools/bench/peers/torch_files.cpp does the same with libtorch.

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "weft/weft.h"

using namespace weft;

namespace {

double now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Seconds of the processor that this process took.
double processor() {
  rusage r{};
  ::getrusage(RUSAGE_SELF, &r);
  auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) +
           1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(r.ru_utime) + seconds(r.ru_stime);
}

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

void bare_write(const std::string& path, const NamedTensors& tensors) {
  const int file = ::open((path + ".tmp").c_str(),
                          O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  for (const auto& [name, t] : tensors) {
    const auto* p = static_cast<const char*>(t.raw());
    for (std::size_t done = 0; done < t.bytes();) {
      const ssize_t n = ::write(file, p + done, t.bytes() - done);
      if (n <= 0) std::abort();
      done += static_cast<std::size_t>(n);
    }
  }
  if (::fsync(file) != 0) std::abort();
  ::close(file);
  if (std::rename((path + ".tmp").c_str(), path.c_str()) != 0) std::abort();
}

void bare_read(const std::string& path, NamedTensors& into) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  for (auto& [name, t] : into) {
    Tensor fresh(t.dtype(), t.shape());
    auto* p = static_cast<char*>(fresh.raw());
    for (std::size_t done = 0; done < t.bytes();) {
      const ssize_t n = ::read(file, p + done, t.bytes() - done);
      if (n <= 0) std::abort();
      done += static_cast<std::size_t>(n);
    }
    t = fresh;
  }
  ::close(file);
}

struct Measurement {
  const char* name;
  std::function<void()> run;
  std::vector<double> seconds = {}, worked = {};
};

/// A trainer whose only large tensors are `layers` weights of 1,024 × 1,024.
Network wide(Graph& g, std::int64_t layers) {
  Network n;
  n.input = g.input("x", {kBatch, 1024});
  n.target = g.input("y", {kBatch, 1024});
  n.output = n.input;
  for (std::int64_t i = 0; i < layers; ++i) {
    n.output = dense(n.output, 1024, {.name = "fc" + std::to_string(i)});
  }
  n.loss = mean(square(n.output - n.target));
  return n;
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t megabytes = argc > 1 ? std::atoll(argv[1]) : 256;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 5;
  const std::string folder = argc > 3 ? std::string(argv[3]) + "/" : "";
  const std::int64_t layers = std::max<std::int64_t>(1, megabytes / 4);
  Trainer trainer([=](Graph& g, Mode) { return wide(g, layers); }, Sgd{},
                  {.threads = 1});
  const NamedTensors tensors = named_parameters(trainer);
  NamedTensors read = tensors;
  double bytes = 0;
  for (const auto& [name, t] : tensors) bytes += static_cast<double>(t.bytes());
  const std::string weft_file = folder + "files_bench.weft";
  const std::string safe = folder + "files_bench.safetensors";
  const std::string bare = folder + "files_bench.bin";
  Measurement all[] = {
      {"write, fsync, rename", [&] { bare_write(bare, tensors); }},
      {"weft::save", [&] { save(trainer, weft_file); }},
      {"write_safetensors", [&] { write_safetensors(safe, tensors); }},
      {"read", [&] { bare_read(bare, read); }},
      {"weft::load", [&] { load(weft_file, 1); }},
      {"weft::load, inference",
       [&] { load(weft_file, {.threads = 1, .inference = true}); }},
      {"… without verification",
       [&] {
         load(weft_file, {.threads = 1, .inference = true, .verify = false});
       }},
      {"read_safetensors", [&] { read_safetensors(safe); }},
  };
  for (int r = 0; r < rounds; ++r) {
    for (Measurement& m : all) {
      const double begin = now(), before = processor();
      m.run();
      m.seconds.push_back(now() - begin);
      m.worked.push_back(processor() - before);
    }
  }
  std::printf("%.0f MB of weights, median of %d rounds\n", bytes / 1e6, rounds);
  for (Measurement& m : all) {
    const double s = median(m.seconds);
    std::printf("%-24s %8.2f GB/s  %9.2f ms, processor %9.2f ms\n", m.name,
                bytes / s / 1e9, 1e3 * s, 1e3 * median(m.worked));
  }
  for (const auto& f : {weft_file, safe, bare}) std::remove(f.c_str());
}
