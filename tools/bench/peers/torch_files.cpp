// What tools/bench/files_bench.cpp measures, with libtorch's torch::save and
// torch::load, and with an fsync that torch::save leaves out.
//   torch_files [megabytes] [rounds] [folder]

#include <fcntl.h>
#include <sys/resource.h>
#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

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
  return double(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
         1e-6 * double(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

/// Times of the rounds, of the clock and of the processor.
struct Times {
  std::vector<double> seconds, worked;
  double begin = 0, before = 0;

  void start() {
    begin = now();
    before = processor();
  }
  void stop() {
    seconds.push_back(now() - begin);
    worked.push_back(processor() - before);
  }
};

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

void report(const char* name, const Times& t, double bytes) {
  const double s = median(t.seconds);
  std::printf("%-24s %8.2f GB/s  %9.2f ms, processor %9.2f ms\n", name,
              bytes / s / 1e9, 1e3 * s, 1e3 * median(t.worked));
}

}  // namespace

int main(int argc, char** argv) {
  const long megabytes = argc > 1 ? std::atol(argv[1]) : 256;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 5;
  const std::string file =
      (argc > 3 ? std::string(argv[3]) + "/" : "") + "torch_files.pt";
  torch::nn::Sequential net;
  for (long i = 0; i < std::max(1L, megabytes / 4); ++i) {
    net->push_back(torch::nn::Linear(1024, 1024));
  }
  double bytes = 0;
  for (const auto& p : net->parameters()) bytes += double(p.nbytes());
  Times saves, synced, loads;
  for (int r = 0; r < rounds; ++r) {
    saves.start();
    synced.start();
    torch::save(net, file);
    saves.stop();
    const int f = ::open(file.c_str(), O_RDONLY);
    if (::fsync(f) != 0) std::abort();
    ::close(f);
    synced.stop();
    loads.start();
    torch::load(net, file);
    loads.stop();
  }
  std::printf("%.0f MB of weights, median of %d rounds\n", bytes / 1e6, rounds);
  report("torch::save", saves, bytes);
  report("torch::save, fsync", synced, bytes);
  report("torch::load", loads, bytes);
  std::remove(file.c_str());
}
