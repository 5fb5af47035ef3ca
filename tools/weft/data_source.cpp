#include <algorithm>
#include <cmath>
#include <filesystem>

#include "tools/weft/commands.h"

namespace weft::cli {

namespace {

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() &&
         text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// Classes may be stored as numbers with a point, but are whole.
void check_whole(const std::string& path, const Tensor& classes) {
  if (classes.dtype() != DType::f32 && classes.dtype() != DType::f64) return;
  const Tensor numbers = classes.to(DType::f64);
  for (std::int64_t i = 0; i < numbers.size(); ++i) {
    const double v = numbers.data<double>()[i];
    if (v == std::trunc(v)) continue;
    throw DataError(path + ": the class of example " + std::to_string(i) +
                    " is " + std::to_string(v) +
                    "; it must be a whole number, or use --regression");
  }
}

data::Dataset read_npy_pair(const DataSource& s) {
  Tensor x = data::read_npy(s.name);
  if (x.rank() < 2 || x.size() == 0) {
    throw DataError(s.name + ": must have rank 2 or more and elements, not " +
                    to_string(x.shape()));
  }
  if (s.labels.empty()) throw DataError(s.name + ": --labels is missing");
  Tensor y = data::read_npy(s.labels);
  if (!s.regression) check_whole(s.labels, y);
  y = y.to(s.regression ? DType::f32 : DType::i32);
  try {
    return data::make_dataset(x.reshape({Dim(x.dim(0)), kInfer}), y);
  } catch (const DataError& e) {
    throw DataError(s.name + ", " + s.labels + ": " + e.what());
  }
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
  using Header = data::CsvOptions::Header;
  if (!s.header.empty()) {
    options.header = s.header == "yes" ? Header::yes : Header::no;
  }
  if (s.separator == "tab") {
    options.separator = '\t';
  } else if (s.separator.size() > 1) {
    throw DataError("--separator '" + s.separator +
                    "' must be one character, or 'tab'");
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
  app.add_option("--header", s.header,
                 "Whether a CSV file has one; found out if not given")
      ->check(CLI::IsMember({"yes", "no"}));
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
