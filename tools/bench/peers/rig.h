#pragma once

// What every program of the comparison shares: the arguments, the data, the
// clock and the form of the output.
//
//   PROGRAM CASE THREADS [SECONDS [REPEATS]]
//
// prints a line "sample SECONDS_PER_CALL clean|disturbed" for each repeat. A
// repeat is disturbed when other processes of the machine took more than 6 % of
// a core meanwhile. Exit code 3: the program has no such case.

#include <sys/resource.h>
#include <time.h>
#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace bench {

struct Arguments {
  std::string name;
  int threads = 1;
  double seconds = 0.2;
  int repeats = 3;
};

inline Arguments parse(int argc, char** argv) {
  Arguments a;
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s CASE THREADS [SECONDS [REPEATS]]\n",
                 argv[0]);
    std::exit(2);
  }
  a.name = argv[1];
  a.threads = std::max(1, std::atoi(argv[2]));
  if (argc > 3) a.seconds = std::atof(argv[3]);
  if (argc > 4) a.repeats = std::max(1, std::atoi(argv[4]));
  return a;
}

inline double now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// CPU seconds that all processes but this one used so far.
inline double used_by_others() {
  long user = 0, nice = 0, system = 0;
  if (std::FILE* f = std::fopen("/proc/stat", "r")) {
    if (std::fscanf(f, "cpu %ld %ld %ld", &user, &nice, &system) != 3) user = 0;
    std::fclose(f);
  }
  rusage own;
  getrusage(RUSAGE_SELF, &own);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) +
           1e-6 * static_cast<double>(t.tv_usec);
  };
  return 0.01 * static_cast<double>(user + nice + system) -
         seconds(own.ru_utime) - seconds(own.ru_stime);
}

// The most memory that was resident. Not getrusage's figure, which begins with
// that of the process that started this one.
inline double peak_megabytes() {
  double kilobytes = 0;
  if (std::FILE* f = std::fopen("/proc/self/status", "r")) {
    char line[256];
    while (std::fgets(line, sizeof line, f)) {
      if (std::sscanf(line, "VmHWM: %lf", &kilobytes) == 1) break;
    }
    std::fclose(f);
  }
  return kilobytes / 1024;
}

template <class F>
double time_calls(F& step, long calls) {
  const double start = now();
  for (long i = 0; i < calls; ++i) step();
  return now() - start;
}

// Prints the seconds of one call of `step`, `repeats` times. Disturbed repeats
// are made again, up to as many times as were asked for.
template <class F>
void measure(const Arguments& a, F step) {
  step();
  long calls = 1;
  double t = time_calls(step, calls);
  while (t < 0.5 * a.seconds && calls < (1L << 28)) {
    calls =
        std::min(calls * 8, static_cast<long>(static_cast<double>(calls) *
                                              a.seconds / std::max(t, 1e-7)) +
                                1);
    t = time_calls(step, calls);
  }
  int clean = 0;
  for (int i = 0; i < 2 * a.repeats && clean < a.repeats; ++i) {
    const double before = used_by_others();
    t = time_calls(step, calls);
    const bool alone = used_by_others() - before < 0.06 * t + 0.011;
    clean += alone;
    std::printf("sample %.9g %s\n", t / static_cast<double>(calls),
                alone ? "clean" : "disturbed");
  }
  std::fflush(stdout);
}

// Start and memory: `step` is the first step, then 200 more are made. Prints
// the time of the monotonic clock after the first.
template <class F>
void measure_start(F step) {
  step();
  std::printf("first_step %.6f\n", now());
  for (int i = 0; i < 200; ++i) step();
  std::printf("peak_mb %.3f\n", peak_megabytes());
}

// Images of 28x28 as numbers from 0 to 1, and their classes.
struct Data {
  long n = 0;
  std::vector<float> x;
  std::vector<std::int32_t> y;
};

inline bool read_idx(const char* path, long skip,
                     std::vector<unsigned char>& b) {
  gzFile f = gzopen(path, "rb");
  if (f == nullptr) return false;
  const bool ok = gzseek(f, skip, SEEK_SET) == skip &&
                  gzread(f, b.data(), static_cast<unsigned>(b.size())) ==
                      static_cast<int>(b.size());
  gzclose(f);
  return ok;
}

// The first n of Fashion-MNIST, or noise where Debian's package is missing.
inline Data load(long n) {
  const std::string folder = "/usr/share/datasets/fashion-mnist/train-";
  Data d;
  d.n = n;
  std::vector<unsigned char> images(static_cast<std::size_t>(n) * 784);
  std::vector<unsigned char> labels(static_cast<std::size_t>(n));
  if (!read_idx((folder + "images-idx3-ubyte.gz").c_str(), 16, images) ||
      !read_idx((folder + "labels-idx1-ubyte.gz").c_str(), 8, labels)) {
    std::mt19937 random(1);
    for (auto& b : images) b = static_cast<unsigned char>(random() % 256);
    for (auto& b : labels) b = static_cast<unsigned char>(random() % 10);
    std::printf("note dataset-fashion-mnist is missing; images are noise\n");
  }
  d.x.reserve(images.size());
  for (unsigned char b : images) d.x.push_back(static_cast<float>(b) / 255.0f);
  d.y.assign(labels.begin(), labels.end());
  return d;
}

// Goes through the examples in batches, over and over.
struct Batches {
  long n, size, at = 0;
  long next() {
    if (at + size > n) at = 0;
    const long row = at;
    at += size;
    return row;
  }
};

inline int no_such_case(const Arguments& a) {
  std::fprintf(stderr, "no case %s\n", a.name.c_str());
  return 3;
}

}  // namespace bench
