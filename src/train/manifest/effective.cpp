#include <unistd.h>

#include <algorithm>

#include "src/core/printable.h"
#include "weft/error.h"
#include "weft/manifest.h"

namespace weft {

namespace {

[[noreturn]] void fail(const std::string& what) {
  throw DataError("[manifest] " + what);
}

/// Parameters of the layers that are known.
double parameters(const Manifest& m) {
  double count = 0;
  auto before = static_cast<double>(m.inputs);
  std::vector<std::int64_t> widths = m.hidden;
  widths.push_back(m.outputs);
  for (std::int64_t width : widths) {
    count += (before + 1) * static_cast<double>(width);
    before = static_cast<double>(width);
  }
  return count;
}

void check_size(const char* key, std::int64_t size, std::int64_t have,
                const char* what) {
  if (size == 0 || size == have) return;
  fail(std::string(key) + " is " + std::to_string(size) +
       ", but the data have " + std::to_string(have) + " " + what +
       "; change the one or the other, or leave the key out");
}

}  // namespace

std::vector<std::string> minimizer_names() {
  return {"gradient_descent", "conjugate_gradient", "bfgs", "lbfgs",
          "newton_cg"};
}

bool is_minimizer(std::string_view method) {
  const auto names = minimizer_names();
  return std::find(names.begin(), names.end(), method) != names.end();
}

void check(const Manifest& m) {
  if (m.activation.size() > 1 && m.activation.size() != m.hidden.size()) {
    fail("network.hidden.activation has " +
         std::to_string(m.activation.size()) + " names for " +
         std::to_string(m.hidden.size()) +
         " layers; give one for all, or one for each");
  }
  if (m.activation.empty()) fail("network.hidden.activation has no name");
  if (is_minimizer(m.optimizer) && m.dropout > 0) {
    fail("network.hidden.dropout is above 0, but " + m.optimizer +
         " minimises a function that must not be random; use adam, or no "
         "dropout");
  }
  if (is_minimizer(m.optimizer) && (m.weight_decay > 0 || m.clip_norm > 0)) {
    fail(
        "training.params.weight_decay and clip_norm are for optimisers, not "
        "for " +
        m.optimizer + "; use lambda");
  }
  if (is_minimizer(m.optimizer) && m.schedule != "constant") {
    fail("training.optimize.schedule is for optimisers; " + m.optimizer +
         " finds its own steps");
  }
  if (m.schedule == "multistep" && m.steps.empty()) {
    fail("training.optimize.schedule.steps must say when multistep decays");
  }
  const double bytes = 4 * parameters(m);
  const double memory = static_cast<double>(sysconf(_SC_PHYS_PAGES)) *
                        static_cast<double>(sysconf(_SC_PAGESIZE));
  if (bytes > memory) {
    fail("network.hidden.size makes weights of " +
         std::to_string(static_cast<std::int64_t>(bytes / 1e6)) +
         " MB, and this machine has " +
         std::to_string(static_cast<std::int64_t>(memory / 1e6)) +
         "; use fewer units");
  }
}

Manifest effective(const Manifest& manifest, const data::Dataset& data) {
  Manifest m = manifest;
  const bool classes = data.targets.dtype() == DType::i32;
  if ((m.task == "class") != classes) {
    fail(std::string("task is ") + m.task + ", but the targets are " +
         (classes ? "classes" : "numbers"));
  }
  check_size("network.input.size", m.inputs, data.row.elements(), "columns");
  m.inputs = data.row.elements();
  if (classes) {
    if (m.outputs != 0 && m.outputs < data.classes()) {
      check_size("network.output.size", m.outputs, data.classes(), "classes");
    }
    m.outputs = std::max(m.outputs, data.classes());
  } else {
    check_size("network.output.size", m.outputs, data.targets.dim(1),
               "targets");
    m.outputs = data.targets.dim(1);
  }
  if (m.output_activation.empty()) {
    m.output_activation = classes ? "softmax" : "identity";
  }
  if (m.cost.empty()) m.cost = classes ? "log_likelihood" : "mean_squared";
  if (m.weights.empty()) m.weights = "he_normal";
  if (m.biases.empty()) m.biases = "zeros";
  check(m);
  return m;
}

std::vector<std::string> class_notes(const data::Dataset& data) {
  std::vector<std::string> notes;
  if (data.classes() == 0) return notes;
  std::vector<std::int64_t> counts(static_cast<std::size_t>(data.classes()));
  const auto labels = data.targets.values<std::int32_t>();
  auto count = [&](std::int64_t row) {
    ++counts.at(
        static_cast<std::size_t>(labels[static_cast<std::size_t>(row)]));
  };
  for (std::int64_t i = 0; i < data.size(); ++i) {
    count(data.rows.empty() ? i : data.rows[static_cast<std::size_t>(i)]);
  }
  constexpr std::size_t kMostNotes = 10;
  std::size_t present = 0;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    present += counts[c] > 0 ? 1 : 0;
    if (counts[c] == 0 && notes.size() < kMostNotes) {
      notes.push_back("class '" + detail::printable(data.class_names[c]) +
                      "' has no training example; it will hardly be predicted");
    }
  }
  const std::size_t absent = counts.size() - present;
  if (absent > notes.size()) {
    notes.push_back(std::to_string(absent - notes.size()) +
                    " more classes have no training example");
  }
  if (present == 1) {
    notes.emplace_back(
        "all training examples are of one class; nothing is learnt but that");
  }
  return notes;
}

data::Dataset with_classes(data::Dataset data, std::int64_t outputs) {
  while (!data.class_names.empty() && data.classes() < outputs) {
    std::string name = "unused " + std::to_string(data.classes());
    data.class_names.push_back(std::move(name));
  }
  return data;
}

}  // namespace weft
