// What tools/bench/files_bench.cpp measures, with libtorch's torch::save and
// torch::load, and with an fsync that torch::save leaves out.
//   torch_files [megabytes] [rounds] [folder]

#include <fcntl.h>
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

void report(const char* name, std::vector<double> seconds, double bytes) {
  std::sort(seconds.begin(), seconds.end());
  const double s = seconds[seconds.size() / 2];
  std::printf("%-24s %8.2f GB/s  %9.2f ms\n", name, bytes / s / 1e9, 1e3 * s);
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
  std::vector<double> saves, synced, loads;
  for (int r = 0; r < rounds; ++r) {
    double begin = now();
    torch::save(net, file);
    saves.push_back(now() - begin);
    const int f = ::open(file.c_str(), O_RDONLY);
    if (::fsync(f) != 0) std::abort();
    ::close(f);
    synced.push_back(now() - begin);
    begin = now();
    torch::load(net, file);
    loads.push_back(now() - begin);
  }
  std::printf("%.0f MB of weights, median of %d rounds\n", bytes / 1e6, rounds);
  report("torch::save", saves, bytes);
  report("torch::save, fsync", synced, bytes);
  report("torch::load", loads, bytes);
  std::remove(file.c_str());
}
