#include <cstdio>
#include <iostream>

#include "tools/weft/commands.h"
#include "tools/weft/report.h"
#include "weft/testing.h"

namespace weft::cli {

namespace {

void print_summary(const FileSummary& s) {
  std::int64_t parameters = 0;
  std::uint64_t bytes = 0;
  std::cout << "format    " << s.version << "\nbytes     " << s.bytes
            << "\ninput     " << to_string(s.network.input.type())
            << "\noutput    " << to_string(s.network.output.type())
            << "\nepochs    " << s.progress.epoch << " (" << s.steps
            << " steps)\nseed      " << s.seed << "\n\n";
  for (const StoredTensor& t : s.tensors) {
    if (!t.trainable) continue;
    parameters += t.type.shape.elements();
    bytes += t.bytes;
    char line[120];
    std::snprintf(line, sizeof line, "%-28s %-18s %10lld parameters\n",
                  t.path.c_str(), to_string(t.type).c_str(),
                  static_cast<long long>(t.type.shape.elements()));
    std::cout << line;
  }
  std::cout << "\nparameters " << parameters << " (" << bytes << " bytes)\n";
  for (const auto& [name, value] : s.metrics) {
    std::cout << name << " " << value << "\n";
  }
  for (const auto& [name, value] : s.settings) {
    if (name == "manifest") {
      std::cout << "\nmanifest\n" << value << "\n";
      continue;
    }
    std::cout << "setting " << name << " = " << value << "\n";
  }
}

nlohmann::json summary_json(const FileSummary& s) {
  nlohmann::json j = {{"version", s.version},
                      {"bytes", s.bytes},
                      {"epochs", s.progress.epoch},
                      {"steps", s.steps},
                      {"seed", s.seed},
                      {"classes", s.class_names},
                      {"metrics", s.metrics},
                      {"nodes", s.eval->size()},
                      {"settings", s.settings}};
  j["tensors"] = nlohmann::json::array();
  for (const StoredTensor& t : s.tensors) {
    std::vector<std::int64_t> shape;
    for (Dim d : t.type.shape) shape.push_back(d.size());
    j["tensors"].push_back({{"name", t.path},
                            {"dtype", to_string(t.type.dtype)},
                            {"shape", shape},
                            {"trainable", t.trainable},
                            {"bytes", t.bytes}});
  }
  return j;
}

void inspect_file(const std::string& file, bool hash, bool dot,
                  const Common& common) {
  if (hash) {
    Trainer trainer = load(file, 1);
    std::cout << hex(parameter_hash(trainer.state())) << "\n";
    return;
  }
  const FileSummary s = inspect(file);
  if (dot) {
    std::cout << to_dot(*s.eval);
  } else if (common.json) {
    std::cout << summary_json(s).dump() << "\n";
  } else {
    print_summary(s);
  }
}

void gradcheck(const std::string& only, const Common& common) {
  nlohmann::json all = nlohmann::json::array();
  int failed = 0;
  for (const std::string& name : registry().names()) {
    if (!only.empty() && name != only) continue;
    const auto r = testing::check_op(registry().prototype(name));
    failed += r.ok() ? 0 : 1;
    all.push_back({{"op", name},
                   {"checks", r.checks},
                   {"first_order_error", r.first_order_error},
                   {"second_order_error", r.second_order_error},
                   {"failures", r.failures}});
    if (common.json) continue;
    char line[160];
    std::snprintf(line, sizeof line,
                  "%-20s %-6s %4d checks  1st order %.1e  2nd order %.1e\n",
                  name.c_str(), r.ok() ? "ok" : "FAILED", r.checks,
                  r.first_order_error, r.second_order_error);
    std::cout << line;
    for (const std::string& f : r.failures) std::cout << "    " << f << "\n";
  }
  if (all.empty()) throw GraphError("there is no op '" + only + "'");
  if (common.json) std::cout << all.dump() << "\n";
  if (failed > 0) throw RunFailed(std::to_string(failed) + " ops failed");
}

void list_ops(const Common& common) {
  nlohmann::json all = nlohmann::json::array();
  for (const std::string& name : registry().names()) {
    const OpPtr op = registry().prototype(name);
    const OpTraits t = op->traits();
    nlohmann::json attributes = nlohmann::json::object();
    for (const Attribute& a : op->attributes()) {
      attributes[a.name] = to_string(a.value);
    }
    all.push_back({{"name", name},
                   {"inputs", t.variadic ? -1 : t.inputs},
                   {"elementwise", t.elementwise},
                   {"differentiable", op->differentiable()},
                   {"random", t.random},
                   {"attributes", attributes}});
    if (common.json) continue;
    char line[200];
    std::snprintf(line, sizeof line, "%-44s %s inputs%s%s%s\n",
                  to_string(*op).c_str(),
                  t.variadic ? "any" : std::to_string(t.inputs).c_str(),
                  t.elementwise ? ", elementwise" : "",
                  op->differentiable() ? ", differentiable" : "",
                  t.random ? ", depends on the run" : "");
    std::cout << line;
  }
  if (common.json) std::cout << all.dump() << "\n";
}

}  // namespace

void add_inspect(CLI::App& app, Common& common) {
  auto* command = app.add_subcommand(
      "inspect", "What a training file holds, without loading its weights");
  auto file = std::make_shared<std::string>();
  auto hash = std::make_shared<bool>(false);
  auto dot = std::make_shared<bool>(false);
  command->add_option("file", *file, "Training file")->required();
  command->add_flag("--hash", *hash, "One hash of all trained parameters");
  command->add_flag("--dot", *dot, "The graph for Graphviz");
  command->callback([=, &common] { inspect_file(*file, *hash, *dot, common); });
}

void add_gradcheck(CLI::App& app, Common& common) {
  auto* command =
      app.add_subcommand("gradcheck", "Check ops against finite differences");
  auto op = std::make_shared<std::string>();
  command->add_option("op", *op, "One op; all if absent");
  command->callback([=, &common] { gradcheck(*op, common); });
}

void add_ops(CLI::App& app, Common& common) {
  auto* command = app.add_subcommand("ops", "The op reference");
  command->callback([&common] { list_ops(common); });
}

}  // namespace weft::cli
