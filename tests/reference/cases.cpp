#include "cases.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace reference {

namespace {

using weft::DType;
using weft::Tensor;

DType dtype_of(const std::string& name) {
  if (name == "u8" || name == "bool") return DType::boolean;
  return weft::dtype_from_string(name);
}

/// Python writes numbers that JSON does not know: they become words.
nlohmann::json parse_json(const std::string& text) {
  std::string quoted;
  bool inside = false;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '"' && (i == 0 || text[i - 1] != '\\')) inside = !inside;
    std::size_t length = 0;
    for (const char* word : {"-Infinity", "Infinity", "NaN"}) {
      const std::size_t n = std::strlen(word);
      if (!inside && length == 0 && text.compare(i, n, word) == 0) length = n;
    }
    if (length > 0) quoted += '"' + text.substr(i, length) + '"';
    if (length == 0) quoted += text[i];
    i += std::max<std::size_t>(1, length);
  }
  return nlohmann::json::parse(quoted);
}

class Reader {
 public:
  explicit Reader(const std::string& folder) {
    std::ifstream file(folder + "/tensors.bin", std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
    std::ifstream text(folder + "/cases.txt");
    if (!file || !text) {
      throw std::runtime_error(folder + " lacks cases.txt or tensors.bin");
    }
    for (std::string line; std::getline(text, line);) {
      std::istringstream words(line);
      std::string kind;
      if (!(words >> kind)) continue;
      try {
        read(kind, words);
      } catch (const std::exception& e) {
        std::string& why = in_training_ ? set_.trainings.back().unreadable
                                        : set_.cases.back().unreadable;
        if (why.empty()) why = "'" + line.substr(0, 60) + "': " + e.what();
      }
    }
  }
  Set take() { return std::move(set_); }

 private:
  void read(const std::string& kind, std::istringstream& words) {
    if (kind == "case") {
      in_training_ = false;
      begin_case(words);
    } else if (kind == "traj") {
      in_training_ = true;
      Training& t = set_.trainings.emplace_back();
      words >> t.id >> t.model >> t.optimizer >> t.dtype >> t.clip;
    } else if (!in_training_ && set_.cases.empty()) {
      return;  // a title may come before the first case
    } else if (kind == "attr") {
      std::string name, rest;
      words >> name;
      std::getline(words, rest);
      auto& attributes = in_training_ ? set_.trainings.back().attributes
                                      : set_.cases.back().attributes;
      attributes[name] = parse_json(rest);
    } else if (kind == "end") {
      in_training_ = false;
    } else if (in_training_) {
      read_training(kind, words);
    } else {
      read_case(kind, words);
    }
  }

  void begin_case(std::istringstream& words) {
    Case& c = set_.cases.emplace_back();
    int tags = 0;
    words >> c.id >> c.op >> tags;
    for (std::string tag; tags-- > 0 && words >> tag;) c.tags.insert(tag);
  }

  void read_case(const std::string& kind, std::istringstream& words) {
    Case& c = set_.cases.back();
    std::string name, dtype;
    words >> name;
    if (kind == "absent") {
      c.inputs.push_back({name, {}, false, true});
      return;
    }
    words >> dtype;
    if (kind == "in") {
      bool differentiated = false;
      words >> differentiated;
      c.inputs.push_back({name, tensor(dtype, words), differentiated, false});
      return;
    }
    Named& list = kind == "out"    ? c.outputs
                  : kind == "cot"  ? c.cotangents
                  : kind == "grad" ? c.gradients
                  : kind == "v"    ? c.directions
                  : kind == "hvp"  ? c.hvps
                                   : c.jvps;
    if (&list == &c.jvps && kind != "jvp") {
      throw std::runtime_error("cases.txt has an unknown line '" + kind + "'");
    }
    list.emplace_back(name, tensor(dtype, words));
  }

  void read_training(const std::string& kind, std::istringstream& words) {
    Training& t = set_.trainings.back();
    std::string name, dtype;
    words >> name >> dtype;
    Tensor found = tensor(dtype, words);
    if (kind == "X") t.x = found;
    if (kind == "Y") t.y = found;
    if (kind == "losses") t.losses = found;
    if (kind == "lrs") t.rates = found;
    if (kind == "param") t.parameters.emplace_back(name, found);
    if (kind == "final") t.finals.push_back(found);
  }

  Tensor tensor(const std::string& dtype, std::istringstream& words) {
    int rank = 0;
    words >> rank;
    std::vector<std::int64_t> dims(static_cast<std::size_t>(rank));
    for (auto& d : dims) words >> d;
    std::size_t offset = 0;
    words >> offset;
    Tensor t(dtype_of(dtype), weft::Shape(dims));
    if (!words || offset + t.bytes() > bytes_.size()) {
      throw std::runtime_error("cases.txt names a tensor beyond tensors.bin");
    }
    if (t.bytes() > 0) std::memcpy(t.raw(), bytes_.data() + offset, t.bytes());
    return t;
  }

  std::vector<char> bytes_;
  bool in_training_ = false;
  Set set_;
};

}  // namespace

std::optional<std::string> folder() {
  namespace fs = std::filesystem;
  const char* named = std::getenv("WEFT_REFERENCE_DIR");
  if (named && *named) return std::string(named);
  for (const char* up : {"/../shared/reference", "/../../shared/reference"}) {
    const std::string beside = WEFT_SOURCE_DIR + std::string(up);
    if (fs::exists(beside + "/cases.txt")) return beside;
  }
  return std::nullopt;
}

const Set& kept() {
  static const Set set =
      Reader(WEFT_SOURCE_DIR + std::string("/tests/data/operations")).take();
  return set;
}

const Set& values() {
  static const Set set = Reader(folder().value()).take();
  return set;
}

}  // namespace reference
