#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <iostream>

#include "weft/train.h"

namespace weft {

namespace {

using Clock = std::chrono::steady_clock;

class ProgressBar final : public Callback {
 public:
  explicit ProgressBar(std::ostream& out)
      : out_(out),
        live_(&out == &std::cerr   ? isatty(STDERR_FILENO) == 1
              : &out == &std::cout ? isatty(STDOUT_FILENO) == 1
                                   : false) {}

  bool on_step(Trainer& trainer, std::int64_t batch, std::int64_t batches,
               double loss) override {
    if (batch == 1) begin_ = Clock::now();
    const auto now = Clock::now();
    const bool last = batch == batches;
    if (!live_ || (!last && now - shown_ < std::chrono::milliseconds(100))) {
      return true;
    }
    shown_ = now;
    const double spent = std::chrono::duration<double>(now - begin_).count();
    const double left =
        spent * static_cast<double>(batches - batch) /
        static_cast<double>(std::max<std::int64_t>(batch - 1, 1));
    constexpr int kWidth = 24;
    const int full =
        static_cast<int>(kWidth * batch / std::max<std::int64_t>(batches, 1));
    std::string bar(static_cast<std::size_t>(full), '=');
    bar.resize(kWidth, '.');
    char line[160];
    std::snprintf(
        line, sizeof line,
        "\rEpoch %2lld [%s] %3.0f %%  loss %.4f  %.0f s left   ",
        static_cast<long long>(trainer.progress().epoch + 1), bar.c_str(),
        100.0 * static_cast<double>(batch) / static_cast<double>(batches), loss,
        left);
    out_ << line << std::flush;
    return true;
  }

  bool on_epoch(Trainer&, const EpochRecord& r) override {
    char line[200], validation[80] = "";
    // Both are 0 where there was nothing to validate with.
    if (r.validation_loss != 0 || r.validation_accuracy != 0) {
      std::snprintf(validation, sizeof validation,
                    "  validation loss %.4f  validation accuracy %.2f %%",
                    r.validation_loss, 100 * r.validation_accuracy);
    }
    std::snprintf(line, sizeof line, "%sEpoch %2lld  loss %.4f%s  %.1f s%s\n",
                  live_ ? "\r" : "", static_cast<long long>(r.epoch), r.loss,
                  validation, r.seconds, live_ ? "          " : "");
    out_ << line << std::flush;
    return true;
  }

 private:
  std::ostream& out_;
  bool live_;
  Clock::time_point begin_, shown_;
};

}  // namespace

std::shared_ptr<Callback> progress_bar(std::ostream& out) {
  return std::make_shared<ProgressBar>(out);
}

}  // namespace weft
