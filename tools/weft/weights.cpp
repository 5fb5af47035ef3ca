#include <iostream>

#include "tools/weft/commands.h"
#include "tools/weft/files.h"

namespace weft::cli {

namespace {

void export_weights(const std::string& file, const std::string& out,
                    const Common& common) {
  Trainer trainer = load(file, {.threads = 1, .inference = true});
  const NamedTensors tensors = named_parameters(trainer);
  write_weights(out, tensors);
  if (common.json) {
    std::cout << nlohmann::json{{"file", out}, {"tensors", tensors.size()}}
              << "\n";
  } else {
    std::cout << out << ": " << tensors.size() << " tensors\n";
  }
}

void import_weights(const std::string& file, const std::string& weights,
                    const std::string& out, bool partial,
                    const Common& common) {
  check_training_file(out);
  Trainer trainer = load(file, 1);
  const WeightReport r =
      set_parameters(trainer, read_weights(weights), !partial);
  save(trainer, out);
  if (common.json) {
    std::cout << nlohmann::json{{"file", out},
                                {"missing", r.missing},
                                {"unexpected", r.unexpected},
                                {"mismatched", r.mismatched}}
              << "\n";
  } else {
    std::cout << out << ": " << to_string(r) << "\n";
  }
}

}  // namespace

void add_weights(CLI::App& app, Common& common) {
  auto file = std::make_shared<std::string>();
  auto out = std::make_shared<std::string>();
  auto weights = std::make_shared<std::string>();
  auto partial = std::make_shared<bool>(false);
  auto* to = app.add_subcommand("export", "Write a model's weights for others");
  to->add_option("file", *file, "Training file")->required();
  to->add_option("-o,--out", *out, "A .safetensors or .npz file")->required();
  to->callback([=, &common] { export_weights(*file, *out, common); });
  auto* from = app.add_subcommand("import", "Put weights into a model");
  from->add_option("file", *file, "Training file")->required();
  from->add_option("weights", *weights, "A .safetensors or .npz file")
      ->required();
  from->add_option("-o,--out", *out, "Training file to write")->required();
  from->add_flag("--partial", *partial,
                 "Take what fits, and list the rest; else all must fit");
  from->callback([=, &common] {
    import_weights(*file, *weights, *out, *partial, common);
  });
}

}  // namespace weft::cli
