#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "weft/profile.h"
#include "weft/train.h"

namespace weft {

/// Stands for "not measured" in records; null in JSON.
inline constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

/// How many of the values lie in each of equally wide bins from low to high.
struct Histogram {
  double low = 0, high = 0;
  std::vector<std::int64_t> counts;
};
/// The histogram of the finite ones of `values` (f32 or f64). Its borders are
/// their least and greatest.
Histogram histogram(const Tensor& values, int bins = 32);

/// One layer at one probe. Shares are from 0 to 1.
struct LayerRecord {
  std::string name;        ///< path of its parameters: "fc1"
  std::string activation;  ///< name of the op, "identity" if there is none
  std::int64_t inputs = 0, units = 0;
  /// Share of activations within 0.02 of an asymptote of sigmoid or tanh;
  /// unknown for others.
  double saturated = kUnknown;
  /// Share of ReLU units without a positive input in this epoch's probes;
  /// unknown for others.
  double dead = kUnknown;
  double weight_rms = 0, weight_gradient_rms = 0;
  /// Root mean squares of the two factors of dC/dw = a_in * delta_out: the
  /// layer's inputs, and the gradients of n times the mean cost with respect to
  /// its weighted inputs.
  double input_rms = 0, delta_rms = 0;
  /// |W - W before| / |W| a step, between this probe and the last one.
  double update_ratio = kUnknown;
  Histogram weights, gradients, preactivations, activations;
};

struct StepRecord {
  std::int64_t step = 0;
  double epoch = 0;  ///< 1.5: half of the second one is done
  double loss = 0, learning_rate = 0;
};

/// What a look into the network found, on some training examples.
struct ProbeRecord {
  std::int64_t step = 0;
  double epoch = 0;
  double loss = 0;
  double gradient_norm = 0;  ///< 2-norm over all parameters
  std::vector<LayerRecord> layers;
};

/// Something to know about a training, in words.
struct Finding {
  std::string kind;      ///< "saturated", "dead units", ...
  std::string layer;     ///< empty: of the whole network
  std::string evidence;  ///< what was measured
  std::string reason;
  std::string remedy;
};

/// An example and what the network made of it.
struct ExampleRecord {
  std::int64_t index = 0;  ///< in the data set
  std::int64_t truth = 0, prediction = 0;
  double probability = 0;        ///< of the prediction
  double truth_probability = 0;  ///< of the truth
  std::int64_t width = 0, height = 0;
  std::vector<std::uint8_t> pixels = {};  ///< from 0 to 255, by rows; or empty
};

struct CalibrationBin {
  double confidence = 0, accuracy = 0;  ///< means over the bin
  std::int64_t count = 0;
};

/// How well classes are told apart.
struct ClassificationRecord {
  double loss = 0, accuracy = 0;
  std::int64_t count = 0;
  std::vector<std::vector<std::int64_t>> confusion;  ///< [truth][prediction]
  std::vector<double> precision, recall;  ///< unknown where there is nothing
  /// Ten bins of the greatest probability, from 0 to 1.
  std::vector<CalibrationBin> calibration;
  /// Expected calibration error: mean |accuracy - confidence| over bins,
  /// weighted by their counts (Naeini et al. 2015).
  double calibration_error = 0;
  std::vector<ExampleRecord> worst;  ///< wrong ones, the surest first
};

/// A node of the drawn network: a box, and the boxes that feed it.
struct DrawnNode {
  std::string kind;   ///< input, op, parameter or loss
  std::string label;  ///< "dense fc1", "relu"
  std::string shape;  ///< "(batch, 300)"
  std::int64_t parameters = 0;
  std::vector<int> inputs = {};
};

/// The incoming weights of a unit of the first layer, as an image.
struct Filters {
  std::int64_t width = 0, height = 0;
  double limit = 0;  ///< 255 stands for it, 0 for -limit, 128 for zero
  std::vector<std::vector<std::uint8_t>> images;
};

/// Everything that is known of a training.
struct RunRecord {
  std::string name = "run";
  std::uint64_t seed = 0, steps = 0;
  int threads = 0;
  double seconds = 0;
  std::int64_t parameters = 0, training_examples = 0, batch_size = 0;
  std::string weft_version, compiler, processor;
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<std::string> class_names;
  std::vector<StepRecord> step_records;
  History epochs;
  std::vector<ProbeRecord> probes;
  ClassificationRecord classification;  ///< count 0: not measured
  Filters filters;
  std::vector<DrawnNode> network;
  std::vector<Finding> findings;
};

struct RecorderOptions {
  std::string name = "run";
  /// Looks into the layers at the training's begin and at every epoch's end, on
  /// `probe_rows` examples drawn anew, but on no more than this share of an
  /// epoch's.
  bool layers = true;
  std::int64_t probe_rows = 256;
  double probe_share = 0.05;
  /// A look is left out when they have taken more than these seconds and,
  /// besides, this share of the training's time.
  double free_seconds = 0.1, time_share = 0.06;
};

/// A callback that keeps a record of the training it is given to. It changes no
/// bit of it: it looks through a copy of the graph.
class Recorder : public Callback {
 public:
  explicit Recorder(RecorderOptions options = {});
  ~Recorder() override;
  void on_begin(Trainer&, const data::Dataset&, const FitOptions&) override;
  bool on_step(Trainer&, std::int64_t batch, std::int64_t batches,
               double loss) override;
  bool on_epoch(Trainer&, const EpochRecord&) override;

  RunRecord& record();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What a trained or loaded model says of itself: seed, settings, epochs,
/// network, filters.
RunRecord describe(Trainer& trainer, const std::string& name = "run");
/// Measures the model on labelled examples, and keeps the `worst` of those that
/// it gets wrong. Throws DataError unless the data have classes.
ClassificationRecord classify(Trainer& trainer, const data::Dataset& data,
                              int worst = 24);
/// The network from inputs to loss, without gradients and updates: a product
/// with a weight and the sum with its bias are one box.
std::vector<DrawnNode> draw(const Graph& graph, const Network& network);
/// The incoming weights of the first `count` units of the first layer; empty
/// unless it has a square number of inputs, 16 or more.
Filters first_filters(Trainer& trainer, int count = 64);

/// The record as JSON (RFC 8259); what is unknown or not finite is null.
std::string to_json(const RunRecord& record);
/// Writes it into a file, whole or not at all. Throws DataError.
void write_record(const RunRecord& record, const std::string& path);
/// Writes the tasks of a run for Perfetto and Chrome (Profile::trace_json),
/// whole or not at all. Throws DataError.
void write_trace(const Profile& profile, const std::string& path);

/// True if this build has the page of the report: building it takes npm.
bool has_report_page();
/// Writes one HTML page about the runs, which needs no network. Throws
/// DataError if it can't be written, and Error if has_report_page() is false.
void write_report(std::span<const RunRecord> runs, const std::string& path);
/// The same with each run as JSON.
void write_report(std::span<const std::string> runs, const std::string& path);

}  // namespace weft
