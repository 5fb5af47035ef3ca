// Measures a program's kernels one by one on one thread, and whole runs on
// several.

#include "weft/profile.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "src/runtime/machine.h"
#include "src/runtime/program_impl.h"
#include "src/runtime/recorder.h"
#include "src/runtime/simulate.h"
#include "weft/error.h"

namespace weft {

namespace {

using runtime::Instance;
using runtime::Step;

double median(std::vector<double> x) {
  const auto middle = x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2);
  std::nth_element(x.begin(), middle, x.end());
  return *middle;
}

/// "matmul + add, relu".
std::string name_of(const Step& step) {
  if (step.copy_to_state >= 0) return "copy to state";
  std::string name = step.op ? std::string(step.op->name()) : "";
  if (!step.group_op) return name;
  constexpr std::size_t kMostOps = 6;
  const auto& code = step.group_op->code;
  for (std::size_t i = 0; i < code.size() && i < kMostOps; ++i) {
    name += i > 0 ? ", " : name.empty() ? "" : " + ";
    switch (code[i].reduction) {
      case passes::Reduction::sum: name += "row sum"; break;
      case passes::Reduction::max: name += "row max"; break;
      case passes::Reduction::min: name += "row min"; break;
      case passes::Reduction::none:
        name += code[i].op ? std::string(code[i].op->name()) : "copy";
    }
  }
  if (code.size() > kMostOps) {
    name += ", … (" + std::to_string(code.size()) + " ops)";
  }
  return name;
}

class Profiler {
 public:
  Profiler(const Program& program, const State& state,
           std::span<const Feed> feeds, const ProfileOptions& options)
      : program_(program),
        state_(state.clone()),
        feeds_(feeds),
        options_(options),
        outputs_(program.impl().ir().outputs.size()) {}

  Profile make() {
    const int cores =
        static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    out_.threads = options_.threads > 0 ? options_.threads : cores;
    Executor one({.threads = 1}), all({.threads = out_.threads});
    run(one);  // plans the program for these sizes
    const runtime::Loan instance(program_.impl(), program_.impl().last_sizes());
    describe(*instance);
    runtime::Recorder recorder(records_);
    measure_kernels(one, recorder, *instance);
    out_.run_ns = wall(all);
    record(all, recorder);
    out_.tasks = recorder.take();
    out_.idle = idle_share();
    forecast(*instance);
    const runtime::MachineSpeed& speed = runtime::machine_speed();
    out_.peak_flops = speed.flops;
    out_.bandwidth = speed.bytes;
    return std::move(out_);
  }

 private:
  void run(Executor& executor) {
    executor.run(program_, state_, feeds_, outputs_);
  }

  void record(Executor& executor, runtime::Recorder& recorder) {
    recorder.start();
    program_.impl().record(&recorder);
    try {
      run(executor);
    } catch (...) {
      program_.impl().record(nullptr);
      throw;
    }
    program_.impl().record(nullptr);
  }

  /// The median time of a run, in ns.
  double wall(Executor& executor) {
    using Clock = std::chrono::steady_clock;
    std::vector<double> times;
    run(executor);
    for (int i = 0; i < options_.runs; ++i) {
      const auto begin = Clock::now();
      run(executor);
      times.push_back(
          std::chrono::duration<double, std::nano>(Clock::now() - begin)
              .count());
    }
    return median(times);
  }

  void describe(const Instance& instance) {
    out_.parallel = instance.parallel;
    out_.planned_bytes = instance.arena_bytes;
    const auto& places = program_.impl().ir().places;
    for (const Step& s : instance.steps) {
      KernelProfile k;
      k.name = name_of(s);
      if (s.source >= 0) k.place = places[static_cast<std::size_t>(s.source)];
      k.parts = s.parts;
      k.flops = s.flops;
      k.bytes = s.bytes;
      out_.kernels.push_back(std::move(k));
      records_ += static_cast<std::size_t>(s.parts) + 1;
    }
  }

  void measure_kernels(Executor& one, runtime::Recorder& recorder,
                       const Instance& instance) {
    const std::size_t n = instance.steps.size();
    std::vector<std::vector<double>> parts(n), finish(n);
    for (int i = 0; i < options_.runs; ++i) {
      record(one, recorder);
      std::vector<double> part_sum(n), finish_sum(n);
      for (const TaskRecord& r : recorder.take()) {
        auto& sum = r.part < 0 ? finish_sum : part_sum;
        sum[static_cast<std::size_t>(r.kernel)] +=
            static_cast<double>(r.end - r.begin);
      }
      for (std::size_t s = 0; s < n; ++s) {
        parts[s].push_back(part_sum[s]);
        finish[s].push_back(finish_sum[s]);
      }
    }
    out_.serial_ns = wall(one);
    double total = 0;
    for (std::size_t s = 0; s < n; ++s) {
      costs_.parts.push_back(median(parts[s]));
      costs_.finish.push_back(median(finish[s]));
      total += costs_.parts[s] + costs_.finish[s];
    }
    // Reading the clock takes time of its own, which small kernels feel.
    const double scale = total > 0 ? std::min(1.0, out_.serial_ns / total) : 1;
    for (std::size_t s = 0; s < n; ++s) {
      costs_.finish[s] *= scale;
      out_.kernels[s].ns = scale * costs_.parts[s] + costs_.finish[s];
      costs_.parts[s] *= scale / static_cast<double>(instance.steps[s].parts);
    }
  }

  double idle_share() const {
    double busy = 0;
    std::int64_t last = 0;
    for (const TaskRecord& t : out_.tasks) {
      busy += static_cast<double>(t.end - t.begin);
      last = std::max(last, t.end);
    }
    const double all = static_cast<double>(last) * out_.threads;
    return all > 0 ? 1 - busy / all : 0;
  }

  void forecast(const Instance& instance) {
    std::vector<double> path(instance.steps.size());
    for (std::size_t s = path.size(); s-- > 0;) {
      for (std::int32_t t : instance.steps[s].successors) {
        path[s] = std::max(path[s], path[static_cast<std::size_t>(t)]);
      }
      path[s] += costs_.parts[s] + costs_.finish[s];
      out_.critical_ns = std::max(out_.critical_ns, path[s]);
    }
    for (int threads = 1; threads <= 64; threads *= 2) {
      Forecast f;
      f.threads = threads;
      f.ns = threads == 1 || !instance.parallel
                 ? out_.serial_ns
                 : simulate(instance, costs_, threads);
      f.speedup = f.ns > 0 ? out_.serial_ns / f.ns : 1;
      f.efficiency = f.speedup / threads;
      out_.forecasts.push_back(f);
    }
  }

  const Program& program_;
  State state_;
  std::span<const Feed> feeds_;
  ProfileOptions options_;
  std::vector<Tensor> outputs_;
  Profile out_;
  runtime::StepCosts costs_;
  std::size_t records_ = 0;
};

}  // namespace

Profile profile(const Program& program, const State& state,
                std::span<const Feed> feeds, const ProfileOptions& options) {
  if (!program) throw GraphError("[profile] the program is empty; compile one");
  if (options.runs < 1) {
    throw GraphError("[profile] runs must be at least 1, not " +
                     std::to_string(options.runs));
  }
  return Profiler(program, state, feeds, options).make();
}

}  // namespace weft
