#include <algorithm>

#include "src/report/json.h"
#include "weft/report.h"

namespace weft {

namespace {

using report::JsonWriter;

/// A curve in the page has no more points than this; longer ones are averaged.
constexpr std::size_t kMostPoints = 4000;

void put(JsonWriter& j, std::string_view name, const Histogram& h) {
  j.key(name).begin_object().member("low", h.low).member("high", h.high);
  j.list("counts", h.counts, [&](std::int64_t n) { j.integer(n); });
  j.end_object();
}

void put(JsonWriter& j, const LayerRecord& l) {
  j.begin_object()
      .member("name", l.name)
      .member("activation", l.activation)
      .member("inputs", l.inputs)
      .member("units", l.units)
      .member("saturated", l.saturated)
      .member("dead", l.dead)
      .member("weight_rms", l.weight_rms)
      .member("weight_gradient_rms", l.weight_gradient_rms)
      .member("input_rms", l.input_rms)
      .member("delta_rms", l.delta_rms)
      .member("update_ratio", l.update_ratio);
  put(j, "weights", l.weights);
  put(j, "gradients", l.gradients);
  put(j, "preactivations", l.preactivations);
  put(j, "activations", l.activations);
  j.end_object();
}

void put(JsonWriter& j, const ProbeRecord& p) {
  j.begin_object()
      .member("step", p.step)
      .member("epoch", p.epoch)
      .member("loss", p.loss)
      .member("gradient_norm", p.gradient_norm);
  j.list("layers", p.layers, [&](const LayerRecord& l) { put(j, l); });
  j.end_object();
}

/// The steps by columns, averaged over equally many each.
void put_steps(JsonWriter& j, const std::vector<StepRecord>& steps) {
  const std::size_t each = (steps.size() + kMostPoints - 1) / kMostPoints;
  std::vector<StepRecord> points;
  for (std::size_t i = 0; i < steps.size(); i += each) {
    const std::size_t end = std::min(i + each, steps.size());
    StepRecord p = steps[end - 1];
    p.loss = 0;
    for (std::size_t k = i; k < end; ++k) {
      p.loss += steps[k].loss / static_cast<double>(end - i);
    }
    points.push_back(p);
  }
  j.key("steps").begin_object();
  j.list("step", points, [&](const StepRecord& s) { j.integer(s.step); });
  j.list("epoch", points, [&](const StepRecord& s) { j.number(s.epoch); });
  j.list("loss", points, [&](const StepRecord& s) { j.number(s.loss); });
  j.list("learning_rate", points,
         [&](const StepRecord& s) { j.number(s.learning_rate); });
  j.end_object();
}

void put(JsonWriter& j, const ClassificationRecord& c) {
  j.begin_object()
      .member("loss", c.loss)
      .member("accuracy", c.accuracy)
      .member("count", c.count)
      .member("calibration_error", c.calibration_error);
  j.list("confusion", c.confusion, [&](const auto& row) {
    j.begin_array();
    for (std::int64_t n : row) j.integer(n);
    j.end_array();
  });
  j.list("precision", c.precision, [&](double v) { j.number(v); });
  j.list("recall", c.recall, [&](double v) { j.number(v); });
  j.list("calibration", c.calibration, [&](const CalibrationBin& b) {
    j.begin_object()
        .member("confidence", b.confidence)
        .member("accuracy", b.accuracy)
        .member("count", b.count)
        .end_object();
  });
  j.list("worst", c.worst, [&](const ExampleRecord& e) {
    j.begin_object()
        .member("index", e.index)
        .member("truth", e.truth)
        .member("prediction", e.prediction)
        .member("probability", e.probability)
        .member("truth_probability", e.truth_probability)
        .member("width", e.width)
        .member("height", e.height)
        .member("pixels", report::base64(e.pixels))
        .end_object();
  });
  j.end_object();
}

void put(JsonWriter& j, const EpochRecord& e) {
  report::add_epoch(j.begin_object(), e).end_object();
}

void put(JsonWriter& j, const DrawnNode& n) {
  j.begin_object()
      .member("kind", n.kind)
      .member("label", n.label)
      .member("shape", n.shape)
      .member("parameters", n.parameters);
  j.list("inputs", n.inputs, [&](int i) { j.integer(i); });
  j.end_object();
}

void put(JsonWriter& j, const Finding& f) {
  j.begin_object()
      .member("kind", f.kind)
      .member("layer", f.layer)
      .member("evidence", f.evidence)
      .member("reason", f.reason)
      .member("remedy", f.remedy)
      .end_object();
}

}  // namespace

report::JsonWriter& report::add_epoch(JsonWriter& j, const EpochRecord& e) {
  return j.member("epoch", e.epoch)
      .member("loss", e.loss)
      .member("validation_loss", e.validation_loss)
      .member("validation_accuracy", e.validation_accuracy)
      .member("learning_rate", e.learning_rate)
      .member("seconds", e.seconds);
}

std::string to_json(const RunRecord& r) {
  JsonWriter j;
  j.begin_object()
      .member("name", r.name)
      .member("seed", std::to_string(r.seed))
      .member("total_steps", static_cast<std::int64_t>(r.steps))
      .member("threads", static_cast<std::int64_t>(r.threads))
      .member("seconds", r.seconds)
      .member("parameters", r.parameters)
      .member("training_examples", r.training_examples)
      .member("batch_size", r.batch_size)
      .member("weft_version", r.weft_version)
      .member("compiler", r.compiler)
      .member("processor", r.processor);
  j.key("settings").begin_object();
  for (const auto& [key, value] : r.settings) j.member(key, value);
  j.end_object();
  j.list("class_names", r.class_names, [&](const auto& n) { j.text(n); });
  put_steps(j, r.step_records);
  j.list("epochs", r.epochs, [&](const EpochRecord& e) { put(j, e); });
  j.list("probes", r.probes, [&](const ProbeRecord& p) { put(j, p); });
  j.key("classification");
  put(j, r.classification);
  j.key("filters")
      .begin_object()
      .member("width", r.filters.width)
      .member("height", r.filters.height)
      .member("limit", r.filters.limit);
  j.list("images", r.filters.images,
         [&](const auto& image) { j.text(report::base64(image)); });
  j.end_object();
  j.list("network", r.network, [&](const DrawnNode& n) { put(j, n); });
  j.list("findings", r.findings, [&](const Finding& f) { put(j, f); });
  j.end_object();
  return j.str();
}

}  // namespace weft
