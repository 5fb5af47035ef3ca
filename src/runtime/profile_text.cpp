// A profile as text: tables for people, trace events for Perfetto.

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <map>
#include <numeric>

#include "weft/profile.h"

namespace weft {

namespace {

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void append(std::string& text, const char* format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  text += line;
}

/// Indices by descending time.
template <class T, class Time>
std::vector<std::size_t> by_time(const std::vector<T>& all, Time time) {
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) {
                     return time(all[a]) > time(all[b]);
                   });
  return order;
}

double percent(double part, double whole) {
  return whole > 0 ? 100 * part / whole : 0;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + "\"";
}

/// The op that a kernel is counted under: what stands before the rest.
std::string family(const std::string& name) {
  return name.substr(0, std::min(name.find(" + "), name.find(", ")));
}

}  // namespace

std::string Profile::table() const {
  std::string text;
  append(text, "%-10s %6s %6s %7s %7s  %s\n", "time, us", "share", "parts",
         "flops", "memory", "kernel");
  constexpr std::size_t kMostLines = 40;
  std::size_t lines = 0;
  for (std::size_t i :
       by_time(kernels, [](const KernelProfile& k) { return k.ns; })) {
    if (++lines > kMostLines) {
      append(text, "... and %zu more\n", kernels.size() - kMostLines);
      break;
    }
    const KernelProfile& k = kernels[i];
    append(text, "%-10.2f %5.1f%% %6lld %6.0f%% %6.0f%%  ", k.ns / 1e3,
           percent(k.ns, serial_ns), static_cast<long long>(k.parts),
           percent(k.flops, k.ns * peak_flops),
           percent(k.bytes, k.ns * bandwidth));
    text += k.name + (k.place.empty() ? "" : "  [" + k.place + "]") + "\n";
  }
  std::map<std::string, double> ops;
  for (const KernelProfile& k : kernels) ops[family(k.name)] += k.ns;
  const std::vector<std::pair<std::string, double>> list(ops.begin(),
                                                         ops.end());
  append(text, "\n%-10s %6s  %s\n", "time, us", "share", "by first op");
  for (std::size_t i : by_time(list, [](const auto& o) { return o.second; })) {
    append(text, "%-10.2f %5.1f%%  ", list[i].second / 1e3,
           percent(list[i].second, serial_ns));
    text += list[i].first + "\n";
  }
  append(text,
         "\none thread %.1f us, %d threads %.1f us (%s), idle %.0f%%\n"
         "100%% flops: %.0f GFLOP/s (a product of 240 x 240 x 240, one core); "
         "100%% memory: %.1f GB/s (a + s*b over 64 MB), above it: caches\n",
         serial_ns / 1e3, threads, run_ns / 1e3,
         parallel ? "parallel" : "runs on one, it is too small", 100 * idle,
         peak_flops, bandwidth);
  return text;
}

std::string Profile::plan() const {
  std::string text;
  append(
      text,
      "kernels        %zu\nplanned memory %lld bytes\n"
      "one thread     %.1f us\ncritical path  %.1f us\nschedule       %s\n\n",
      kernels.size(), static_cast<long long>(planned_bytes), serial_ns / 1e3,
      critical_ns / 1e3,
      parallel ? "parallel" : "one thread: more would not gain");
  append(text, "%8s %12s %9s %11s\n", "threads", "time, us", "speed-up",
         "efficiency");
  for (const Forecast& f : forecasts) {
    append(text, "%8d %12.1f %9.2f %10.0f%%", f.threads, f.ns / 1e3, f.speedup,
           100 * f.efficiency);
    if (f.threads == threads && run_ns > 0) {
      append(text, "   measured %.1f us, %.2f", run_ns / 1e3,
             serial_ns / run_ns);
    }
    text += "\n";
  }
  return text;
}

std::string Profile::trace_json() const {
  std::string text = "{\"traceEvents\":[\n";
  for (int t = 0; t < threads; ++t) {
    append(text,
           "{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":1,\"tid\":%d,"
           "\"args\":{\"name\":\"thread %d\"}},\n",
           t, t);
  }
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const TaskRecord& t = tasks[i];
    const KernelProfile& k = kernels[static_cast<std::size_t>(t.kernel)];
    text += "{\"ph\":\"X\",\"name\":" + quoted(k.name);
    append(text,
           ",\"pid\":1,\"tid\":%d,\"ts\":%.3f,\"dur\":%.3f,"
           "\"args\":{\"part\":%lld,\"parts\":%lld,\"place\":",
           t.thread, static_cast<double>(t.begin) / 1e3,
           static_cast<double>(t.end - t.begin) / 1e3,
           static_cast<long long>(t.part), static_cast<long long>(k.parts));
    text += quoted(k.place) + "}}" + (i + 1 < tasks.size() ? ",\n" : "\n");
  }
  return text + "],\"displayTimeUnit\":\"ns\"}\n";
}

}  // namespace weft
