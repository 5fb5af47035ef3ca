#include <algorithm>
#include <filesystem>

#include "tools/weft/commands.h"

namespace weft::cli {

namespace {

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() &&
         text.compare(text.size() - end.size(), end.size(), end) == 0;
}

data::Dataset read_npy_pair(const DataSource& s) {
  data::Dataset d;
  d.inputs = data::read_npy(s.name).to(DType::f32);
  if (d.inputs.rank() < 2) {
    throw DataError(s.name + ": must have rank 2 or more, not " +
                    to_string(d.inputs.shape()));
  }
  d.row =
      Shape{Dim(d.inputs.size() / std::max<std::int64_t>(1, d.inputs.dim(0)))};
  if (s.labels.empty()) throw DataError(s.name + ": --labels is missing");
  d.targets = data::read_npy(s.labels);
  if (d.targets.rank() < 1 || d.targets.dim(0) != d.inputs.dim(0)) {
    throw DataError(s.labels + ": is " + to_string(d.targets.shape()) +
                    ", the inputs are " + to_string(d.inputs.shape()));
  }
  if (s.regression) {
    d.targets = d.targets.to(DType::f32);
    if (d.targets.rank() == 1) {
      d.targets = d.targets.reshape({Dim(d.targets.size()), 1});
    }
    return d;
  }
  d.targets = d.targets.to(DType::i32);
  std::int32_t most = 0;
  for (std::int32_t label : d.targets.values<std::int32_t>()) {
    if (label < 0 || label > 1'000'000) {
      throw DataError(s.labels + ": the label " + std::to_string(label) +
                      " is out of range");
    }
    most = std::max(most, label);
  }
  for (int c = 0; c <= most; ++c) d.class_names.push_back(std::to_string(c));
  return d;
}

data::Dataset read_file(const DataSource& s) {
  if (ends_with(s.name, ".npy")) return read_npy_pair(s);
  if (s.name.find("-ubyte") != std::string::npos) {
    if (s.labels.empty()) throw DataError(s.name + ": --labels is missing");
    return data::read_idx_images(s.name, s.labels);
  }
  data::CsvOptions options;
  options.target = s.target;
  options.classes = !s.regression;
  if (s.separator == "tab") {
    options.separator = '\t';
  } else if (!s.separator.empty()) {
    options.separator = s.separator[0];
  }
  return data::read_csv(s.name, options);
}

}  // namespace

void add_data_options(CLI::App& app, DataSource& s) {
  app.add_option("--data", s.name, "fashion-mnist, or a CSV, NPY or IDX file")
      ->required();
  app.add_option("--labels", s.labels, "Labels' file of an NPY or IDX file");
  app.add_option("--target", s.target,
                 "Target column of a CSV file: name or number, negative from "
                 "the end");
  app.add_option("--separator", s.separator, "Of a CSV file; 'tab' for tabs");
  app.add_flag("--regression", s.regression,
               "The target is a number, not a class");
}

data::Split read_split(const DataSource& s, std::uint64_t seed) {
  if (s.name == "fashion-mnist") return data::fashion_mnist();
  return data::split(read_file(s), s.validation, {seed});
}

data::Dataset read_all(const DataSource& s) {
  if (s.name == "fashion-mnist") return data::fashion_mnist().test;
  return read_file(s);
}

data::Dataset fit_to(const Trainer& trainer, const data::Dataset& data) {
  data::Dataset d =
      trainer.scaler.empty() ? data : data::apply(trainer.scaler, data);
  if (d.class_names.empty() || d.class_names == trainer.class_names) return d;
  // The file may lack a class, or name them in another order.
  std::vector<std::int32_t> ids;
  for (const std::string& name : d.class_names) {
    const auto at =
        std::find(trainer.class_names.begin(), trainer.class_names.end(), name);
    if (at == trainer.class_names.end()) {
      throw DataError("the data have the class '" + name +
                      "', which the model does not know");
    }
    ids.push_back(static_cast<std::int32_t>(at - trainer.class_names.begin()));
  }
  d.targets = d.targets.clone();
  for (std::int32_t& label : d.targets.values<std::int32_t>()) {
    label = ids.at(static_cast<std::size_t>(label));
  }
  d.class_names = trainer.class_names;
  return d;
}

}  // namespace weft::cli
