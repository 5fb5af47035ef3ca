#include <optional>

#include "src/report/event_file.h"
#include "weft/log.h"
#include "weft/version.h"

namespace weft {

struct TensorBoardLog::Impl {
  explicit Impl(std::string f) : folder(std::move(f)) {}

  void histograms(Trainer& trainer) {
    const auto step = static_cast<std::int64_t>(trainer.state().step);
    for (const State::Entry& e : trainer.state().entries()) {
      if (e.trainable) file->histogram(e.path, step, e.tensor);
    }
  }

  std::string folder;
  std::optional<report::EventFile> file;
};

TensorBoardLog::TensorBoardLog(std::string folder)
    : impl_(std::make_unique<Impl>(std::move(folder))) {}
TensorBoardLog::~TensorBoardLog() = default;

void TensorBoardLog::on_begin(Trainer& trainer, const data::Dataset&,
                              const FitOptions&) {
  Impl& m = *impl_;
  if (m.file) return;
  m.file.emplace(m.folder);
  std::string table = "| setting | value |\n|---|---|\n| Weft | " WEFT_VERSION
                      " |\n| seed | " +
                      std::to_string(trainer.state().seed.value) + " |\n";
  for (const auto& [key, value] : trainer.settings) {
    table += "| " + key + " | " + value + " |\n";
  }
  m.file->text("settings", static_cast<std::int64_t>(trainer.state().step),
               table);
  m.histograms(trainer);
  m.file->flush();
}

bool TensorBoardLog::on_step(Trainer& trainer, std::int64_t, std::int64_t,
                             double loss) {
  const auto step = static_cast<std::int64_t>(trainer.state().step);
  impl_->file->scalar("train/loss", step, loss);
  impl_->file->scalar("train/learning_rate", step, trainer.learning_rate());
  return true;
}

bool TensorBoardLog::on_epoch(Trainer& trainer, const EpochRecord& e) {
  const auto step = static_cast<std::int64_t>(trainer.state().step);
  impl_->file->scalar("validation/loss", step, e.validation_loss);
  impl_->file->scalar("validation/accuracy", step, e.validation_accuracy);
  impl_->histograms(trainer);
  impl_->file->flush();
  return true;
}

}  // namespace weft
