#include "weft/log.h"

#include <cmath>
#include <cstdio>

#include "src/report/json.h"
#include "weft/error.h"

namespace weft {

namespace {

/// A new file, or the end of one that a resumed training began. True if new.
bool open_log(std::ofstream& out, const std::string& path, Trainer& trainer) {
  if (out.is_open()) return false;
  const bool resumed = trainer.state().step > 0;
  out.open(path, std::ios::binary | (resumed ? std::ios::app : std::ios::out));
  if (!out) throw DataError(path + ": can't be written");
  return !resumed || out.tellp() == std::ofstream::pos_type(0);
}

void flush(std::ofstream& out, const std::string& path) {
  out.flush();
  if (!out) throw DataError(path + ": can't be written");
}

std::int64_t step_of(Trainer& trainer) {
  return static_cast<std::int64_t>(trainer.state().step);
}

double epoch_of(Trainer& trainer, std::int64_t batch, std::int64_t batches) {
  return static_cast<double>(trainer.progress().epoch) +
         static_cast<double>(batch) / static_cast<double>(batches);
}

/// Empty unless finite.
std::string field(double value) {
  if (!std::isfinite(value)) return "";
  char text[40];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

}  // namespace

JsonlLog::JsonlLog(std::string path) : path_(std::move(path)) {}

void JsonlLog::on_begin(Trainer& trainer, const data::Dataset&,
                        const FitOptions&) {
  open_log(out_, path_, trainer);
}

bool JsonlLog::on_step(Trainer& trainer, std::int64_t batch,
                       std::int64_t batches, double loss) {
  report::JsonWriter j;
  j.begin_object()
      .member("kind", "step")
      .member("step", step_of(trainer))
      .member("epoch", epoch_of(trainer, batch, batches))
      .member("loss", loss)
      .member("learning_rate", trainer.learning_rate())
      .end_object();
  out_ << j.str() << "\n";
  return true;
}

bool JsonlLog::on_epoch(Trainer& trainer, const EpochRecord& e) {
  report::JsonWriter j;
  j.begin_object().member("kind", "epoch").member("step", step_of(trainer));
  report::add_epoch(j, e).end_object();
  out_ << j.str() << "\n";
  flush(out_, path_);
  return true;
}

CsvLog::CsvLog(std::string path) : path_(std::move(path)) {}

void CsvLog::on_begin(Trainer& trainer, const data::Dataset&,
                      const FitOptions&) {
  if (!open_log(out_, path_, trainer)) return;
  out_ << "kind,step,epoch,loss,learning_rate,validation_loss,"
          "validation_accuracy,seconds\n";
}

bool CsvLog::on_step(Trainer& trainer, std::int64_t batch, std::int64_t batches,
                     double loss) {
  out_ << "step," << step_of(trainer) << ","
       << field(epoch_of(trainer, batch, batches)) << "," << field(loss) << ","
       << field(trainer.learning_rate()) << ",,,\n";
  return true;
}

bool CsvLog::on_epoch(Trainer& trainer, const EpochRecord& e) {
  out_ << "epoch," << step_of(trainer) << "," << e.epoch << "," << field(e.loss)
       << "," << field(e.learning_rate) << "," << field(e.validation_loss)
       << "," << field(e.validation_accuracy) << "," << field(e.seconds)
       << "\n";
  flush(out_, path_);
  return true;
}

}  // namespace weft
