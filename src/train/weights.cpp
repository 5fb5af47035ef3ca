#include "weft/weights.h"

#include <cstring>
#include <map>

#include "src/core/printable.h"
#include "weft/error.h"
#include "weft/npz.h"
#include "weft/safetensors.h"

namespace weft {

NamedTensors named_parameters(Trainer& trainer) {
  NamedTensors tensors;
  for (const Value& v : trainer.graphs().eval->state()) {
    const std::string path(v.path());
    if (path.starts_with("optimizer/")) continue;
    tensors.emplace_back(path, trainer.state().at(path));
  }
  return tensors;
}

std::string to_string(const WeightReport& report) {
  std::string text;
  auto list = [&](const char* what, const std::vector<std::string>& names) {
    if (names.empty()) return;
    text += (text.empty() ? "" : "; ") + std::string(what) + ": ";
    for (std::size_t i = 0; i < names.size(); ++i) {
      text += (i > 0 ? ", " : "") + detail::printable(names[i]);
    }
  };
  list("missing", report.missing);
  list("unexpected", report.unexpected);
  list("mismatched", report.mismatched);
  return text.empty() ? "all tensors fit" : text;
}

WeightReport set_parameters(Trainer& trainer, const NamedTensors& tensors,
                            bool strict) {
  std::map<std::string, const Tensor*> given;
  for (const auto& [name, tensor] : tensors) {
    if (!given.emplace(name, &tensor).second) {
      throw DataError("[set_parameters] the tensor '" + name +
                      "' is there twice");
    }
  }
  WeightReport report;
  std::vector<std::pair<Tensor, const Tensor*>> copies;
  for (auto& [name, own] : named_parameters(trainer)) {
    const auto at = given.find(name);
    if (at == given.end()) {
      report.missing.push_back(name);
      continue;
    }
    if (at->second->type() == own.type()) {
      copies.emplace_back(own, at->second);
    } else {
      report.mismatched.push_back(
          name + " is " + to_string(own.type()) + " in the model and " +
          to_string(at->second->type()) + " in the file");
    }
    given.erase(at);
  }
  for (const auto& [name, tensor] : tensors) {
    if (given.count(name) > 0) report.unexpected.push_back(name);
  }
  if (strict && !report.ok()) {
    throw DataError("[set_parameters] the tensors do not fit the model; " +
                    to_string(report));
  }
  for (auto& [own, tensor] : copies) {
    if (own.size() > 0) std::memmove(own.raw(), tensor->raw(), own.bytes());
  }
  return report;
}

namespace {

[[noreturn]] void fail_ending(const std::string& path) {
  throw DataError(path +
                  ": weights are read and written as .safetensors or .npz");
}

}  // namespace

NamedTensors read_weights(const std::string& path) {
  if (path.ends_with(".safetensors")) return read_safetensors(path);
  if (path.ends_with(".npz")) return data::read_npz(path);
  fail_ending(path);
}

void write_weights(const std::string& path, const NamedTensors& tensors) {
  if (path.ends_with(".safetensors")) {
    write_safetensors(path, tensors, {{"format", "pt"}});
  } else if (path.ends_with(".npz")) {
    data::write_npz(path, tensors);
  } else {
    fail_ending(path);
  }
}

}  // namespace weft
