#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <new>

#include "tools/weft/commands.h"
#include "weft/version.h"

namespace weft::cli {

namespace {
std::atomic<bool> stop{false};

/// The first signal stops after the current step; the second ends the process
/// as if none had been caught. Files are replaced as a whole, so that what was
/// saved stays.
void on_signal(int number) {
  if (stop.exchange(true)) {
    std::signal(number, SIG_DFL);
    std::raise(number);
    return;
  }
  static constexpr char kText[] =
      "\nweft: stopping after this step; once more to end at once\n";
  const int before = errno;
  if (::write(STDERR_FILENO, kText, sizeof kText - 1) < 0) stop = true;
  errno = before;
}

static_assert(std::atomic<bool>::is_always_lock_free);
}  // namespace

const std::atomic<bool>& stop_requested() { return stop; }

void stop_on_signals() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  // When the terminal is closed, unless nohup has it ignored.
  if (std::signal(SIGHUP, on_signal) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
}

}  // namespace weft::cli

namespace {

enum Exit { kOk = 0, kRunFailed = 1, kUsage = 2, kBadData = 3, kBadModel = 4 };

int report(const std::exception& e, int code) {
  std::cerr << "weft: " << e.what() << "\n";
  return code;
}

std::string whole_number(const std::string& text) {
  std::uint64_t n = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, n);
  if (read.ec == std::errc() && read.ptr == end) return "";
  return "'" + text + "' is no whole number from 0 to 2^64 - 1";
}

std::string number(const std::string& text) {
  char* end = nullptr;
  const bool nan = std::isnan(std::strtod(text.c_str(), &end));
  return nan ? "'" + text + "' is no number" : "";
}

/// What every option of a kind refuses. NaN is in every range of CLI11, and it
/// takes -1 for 2^64 - 1.
void check_numbers(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    const std::string type = option->get_type_name();
    if (type.rfind("FLOAT", 0) == 0) {
      option->check(CLI::Validator(number, ""));
    } else if (type.rfind("UINT", 0) == 0) {
      option->check(CLI::Validator(whole_number, ""));
    }
  }
  for (CLI::App* command : app.get_subcommands({})) check_numbers(*command);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Train, measure and look into neural networks.", "weft");
  weft::cli::Common common;
  app.require_subcommand(1);
  app.set_version_flag("--version", WEFT_VERSION);
  app.add_flag("--json", common.json, "Results as JSON");
  app.add_flag("--quiet", common.quiet, "No progress");
  app.add_option("--threads", common.threads, "Threads; 0: all cores")
      ->check(CLI::Range(0, 1024));
  app.add_option("--seed", common.seed, "Seed of all random numbers");
  app.fallthrough();
  app.footer(
      "Exit codes: 0 ok, 1 run failed, 2 usage, 3 bad data, 4 bad "
      "model file");
  weft::cli::add_train(app, common);
  weft::cli::add_sweep(app, common);
  weft::cli::add_resume(app, common);
  weft::cli::add_eval(app, common);
  weft::cli::add_predict(app, common);
  weft::cli::add_images(app, common);
  weft::cli::add_weights(app, common);
  weft::cli::add_inspect(app, common);
  weft::cli::add_diagnose(app, common);
  weft::cli::add_report(app, common);
  weft::cli::add_lab(app, common);
  weft::cli::add_gradcheck(app, common);
  weft::cli::add_plan(app, common);
  weft::cli::add_profile(app, common);
  weft::cli::add_ops(app, common);
  check_numbers(app);
  // A file beyond `ulimit -f` is an error like others.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    app.parse(argc, argv);
    std::cout.flush();
    if (!std::cout) throw std::runtime_error("the output can't be written");
    return kOk;
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kOk : kUsage;
  } catch (const weft::FormatError& e) {
    return report(e, kBadModel);
  } catch (const weft::DataError& e) {
    return report(e, kBadData);
  } catch (const std::bad_alloc&) {
    return report(std::runtime_error("out of memory"), kRunFailed);
  } catch (const std::exception& e) {
    return report(e, kRunFailed);
  }
}
