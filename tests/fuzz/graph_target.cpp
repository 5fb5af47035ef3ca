// The graph of a training file, behind its checksums: states and constants are
// made as the graph asks for them.

#include <cstring>
#include <optional>

#include "graph_records.h"
#include "src/train/training_file.h"
#include "target.h"
#include "use_model.h"
#include "weft/autodiff.h"
#include "weft/io.h"

using namespace weft;

namespace {

constexpr std::int64_t kMostElements = 1 << 14;

/// 0, 1, 2, 0, 1, 2, …; a boolean 0, 1, 1.
Tensor filled(const Type& type) {
  Tensor t(DType::f64, type.shape);
  for (std::int64_t i = 0; i < t.size(); ++i) {
    t.data<double>()[i] = static_cast<double>(i % 3);
  }
  return t.to(type.dtype);
}

/// Writes a file of the records; false if its tensors are many.
bool write(const std::string& bytes, const fuzz::Records& r,
           const std::string& path) {
  std::int64_t left = kMostElements;
  auto tensor = [&](const Type& type, Tensor& into) {
    const std::int64_t n = type.shape.elements();
    left -= std::min(n, left) + 1;
    if (left > 0) into = filled(type);
    return left > 0;
  };
  SavedGraphs graphs;
  graphs.records = '\0' + bytes;
  for (const std::int32_t n : r.constants) {
    Tensor t;
    if (!tensor(r.graph->node(n).outputs[0], t)) return false;
    graphs.constants.push_back(t);
  }
  State state;
  for (const Value& v : r.graph->state()) {
    Tensor t;
    if (!tensor(v.type(), t)) return false;
    state.add({v.path(), t, r.graph->node(v).kind == Node::Kind::parameter});
  }
  write_training(graphs, {state, {}, {}, {}, {}, {}}, path);
  return true;
}

/// Differentiates as a user would, and computes the gradients.
void use_gradients(Trainer& t) {
  const Value loss = t.graphs().eval_network.loss;
  Graph& graph = *t.graphs().eval;
  if (!loss || !fuzz::is_small(graph)) return;
  fuzz::worked([&] {
    const auto grads = gradients(loss, graph.parameters());
    std::vector<Value> outputs;
    for (const Value& g : grads) {
      if (g) outputs.push_back(g);
    }
    if (!fuzz::is_small(graph)) return;
    fuzz::run_graph(graph, {.outputs = outputs}, t.state());
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static const std::string path = fuzz::scratch_path("graph.weft");
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  bool written = false;
  fuzz::worked([&] {
    const fuzz::Records r = fuzz::read_records(bytes);
    written = write(bytes, r, path);
  });
  if (!written) return 0;
  std::optional<Trainer> t;
  if (!fuzz::accepted(path, [&] { t.emplace(load(path, 1)); })) return 0;
  fuzz::use_model(*t);
  use_gradients(*t);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t most,
                                               unsigned seed) {
  if (seed % 8 == 0) return LLVMFuzzerMutate(data, size, most);
  try {
    const fuzz::Records r =
        fuzz::read_records({reinterpret_cast<const char*>(data), size});
    const std::string bytes = fuzz::mutate_records(r, seed / 8);
    if (bytes.size() <= most) {
      std::memcpy(data, bytes.data(), bytes.size());
      return bytes.size();
    }
  } catch (const Error&) {
    // What can't be read is changed as bytes.
  }
  return LLVMFuzzerMutate(data, size, most);
}
