#pragma once

// Where the time of a program goes, and what more threads would give.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "weft/program.h"

namespace weft {

/// One kernel of a planned program, measured.
struct KernelProfile {
  std::string name;   ///< the ops it consists of, "matmul + add, relu"
  std::string place;  ///< the node's path and the user's line
  std::int64_t parts = 1;
  double ns = 0;     ///< all parts on one thread, median over the runs
  double flops = 0;  ///< of one run
  double bytes = 0;  ///< read and written, each tensor once
};

/// A task of the last run on the profile's threads.
struct TaskRecord {
  std::int32_t kernel = 0;
  std::int64_t part = 0;            ///< −1: the join after the last part
  int thread = 0;                   ///< 0: the caller
  std::int64_t begin = 0, end = 0;  ///< ns since the run began
};

/// What a number of threads is predicted to give, by simulating the schedule
/// with the measured times.
struct Forecast {
  int threads = 1;
  double ns = 0;
  double speedup = 1;     ///< beside one thread
  double efficiency = 1;  ///< speed-up by threads
};

struct Profile {
  std::vector<KernelProfile> kernels;
  std::vector<TaskRecord> tasks;
  std::vector<Forecast> forecasts;  ///< of 1, 2, 4 … 64 threads
  int threads = 1;
  bool parallel = false;   ///< the plan uses several threads at all
  double serial_ns = 0;    ///< a whole run on one thread, median
  double run_ns = 0;       ///< on `threads`, median
  double critical_ns = 0;  ///< the longest chain of kernels
  double idle = 0;         ///< share of the threads' time in the last run
  std::int64_t planned_bytes = 0;
  double peak_flops = 0;  ///< per ns and thread: of a large matrix product
  double bandwidth = 0;   ///< bytes per ns of one thread: a + s·b over 64 MB

  /// Kernels by descending time, with their shares of time, of the machine's
  /// product speed and of its bandwidth; then the same by op.
  std::string table() const;
  /// The forecasts, critical path and memory.
  std::string plan() const;
  /// The tasks by thread in the trace-event format that Perfetto and Chrome
  /// show (chrome://tracing).
  std::string trace_json() const;
};

struct ProfileOptions {
  int runs = 30;
  int threads = 0;  ///< 0: as many as the machine has
};

/// Runs the program on a copy of the state. Throws what a run throws, and
/// GraphError if `runs` is less than one.
Profile profile(const Program& program, const State& state,
                std::span<const Feed> feeds,
                const ProfileOptions& options = {});

}  // namespace weft
