#include "src/train/training_file.h"

#include <cstring>
#include <map>
#include <optional>
#include <string_view>

#include "src/io/file/container.h"
#include "src/io/file/graph_records.h"
#include "src/io/file/tensor_section.h"
#include "src/train/average_paths.h"
#include "weft/error.h"
#include "weft/io.h"

namespace weft {

namespace {

using io::RecordReader;

Network get_network(RecordReader& in, Graph& graph) {
  Network n;
  for (Value* v : {&n.input, &n.target, &n.output, &n.loss}) {
    *v = io::get_port(in, graph);
  }
  if (!n.input || !n.output) {
    RecordReader::fail("a model without input or output");
  }
  return n;
}

Progress get_progress(RecordReader& in) {
  Progress p;
  p.epoch = in.get<std::uint64_t>();
  p.batch = in.get<std::int64_t>();
  p.loss_sum = in.get<double>();
  p.best_loss = in.get<double>();
  p.waited = in.get<std::int64_t>();
  p.rate_factor = in.get<double>();
  p.base_rate = in.get<double>();
  p.has_best = in.get<bool>();
  in.list(48, [&] {
    EpochRecord r;
    r.epoch = in.get<std::int64_t>();
    for (double* v : {&r.loss, &r.validation_loss, &r.validation_accuracy,
                      &r.learning_rate, &r.seconds}) {
      *v = in.get<double>();
    }
    p.history.push_back(r);
  });
  return p;
}

/// Everything but the tensors' elements.
struct Contents {
  FileSummary summary;
  TrainingGraphs graphs;
  data::Scaler scaler;
  std::vector<Type> constant_types;
  std::vector<std::int32_t> constant_nodes;
  std::size_t train_constants = 0;
  std::vector<StoredTensor> constants;
};

std::vector<StoredTensor> get_tensors(RecordReader& in) {
  std::vector<StoredTensor> tensors;
  in.list(31, [&] {
    StoredTensor t;
    t.path = in.text();
    t.type = io::get_type(in);
    t.trainable = in.get<bool>();
    t.offset = in.get<std::uint64_t>();
    t.bytes = in.get<std::uint64_t>();
    t.checksum = in.get<std::uint32_t>();
    const bool fits =
        t.type.shape.is_concrete() &&
        t.bytes == static_cast<std::uint64_t>(t.type.shape.elements()) *
                       size_of(t.type.dtype);
    if (!fits) {
      RecordReader::fail("the tensor '" + t.path + "' is " + to_string(t.type) +
                         " of " + std::to_string(t.bytes) + " bytes");
    }
    tensors.push_back(std::move(t));
  });
  return tensors;
}

void read_graphs(RecordReader& in, Contents& c) {
  auto updates = [&](Graph& graph) {
    in.list(8, [&] {
      const Value v = io::get_port(in, graph);
      if (!v || graph.node(v).kind != Node::Kind::assign) {
        RecordReader::fail("an update that is no assignment");
      }
      c.graphs.updates.push_back(v);
    });
  };
  if (in.get<bool>()) {
    c.graphs.train = io::get_graph(in, c.constant_types, c.constant_nodes);
    c.train_constants = c.constant_nodes.size();
    c.graphs.train_network = get_network(in, *c.graphs.train);
    if (!c.graphs.train_network.loss) {
      RecordReader::fail("a training graph without loss");
    }
    updates(*c.graphs.train);
  }
  c.graphs.eval = io::get_graph(in, c.constant_types, c.constant_nodes);
  c.graphs.eval_network = get_network(in, *c.graphs.eval);
  if (in.get<bool>()) {
    c.graphs.train = c.graphs.eval;
    c.graphs.train_network = c.graphs.eval_network;
    if (!c.graphs.train_network.loss) {
      RecordReader::fail("a training graph without loss");
    }
    updates(*c.graphs.train);
  }
}

void read_state(RecordReader& in, Contents& c) {
  FileSummary& s = c.summary;
  s.seed = in.get<std::uint64_t>();
  s.steps = in.get<std::uint64_t>();
  s.progress = get_progress(in);
  in.list(8, [&] { s.class_names.push_back(in.text()); });
  in.list(8, [&] { c.scaler.offset.push_back(in.get<double>()); });
  in.list(8, [&] { c.scaler.scale.push_back(in.get<double>()); });
  in.list(16, [&] {
    std::string key = in.text();
    s.settings[key] = in.text();
  });
  in.list(16, [&] {
    std::string key = in.text();
    s.metrics[key] = in.get<double>();
  });
  const auto constants = in.get<std::uint64_t>();
  s.tensors = get_tensors(in);
  if (constants > s.tensors.size() || constants != c.constant_nodes.size()) {
    RecordReader::fail("the number of constants differs from the graphs'");
  }
  c.constants.assign(
      s.tensors.begin(),
      s.tensors.begin() + static_cast<std::ptrdiff_t>(constants));
  s.tensors.erase(s.tensors.begin(),
                  s.tensors.begin() + static_cast<std::ptrdiff_t>(constants));
}

/// Each graph's states must be there, with the types of their nodes, and no
/// state twice.
void check_states(const Contents& c) {
  std::map<std::string_view, const Type*> types;
  for (const StoredTensor& t : c.summary.tensors) {
    if (!types.emplace(t.path, &t.type).second) {
      RecordReader::fail("two tensors have the path '" + t.path + "'");
    }
  }
  for (const auto& graph : {c.graphs.train, c.graphs.eval}) {
    if (!graph) continue;
    for (const Value& v : graph->state()) {
      const auto at = types.find(v.path());
      if (at != types.end() && *at->second == v.type()) continue;
      RecordReader::fail("the tensor '" + v.path() + "' of type " +
                         to_string(v.type()) + " is missing");
    }
  }
}

Contents read_contents(const io::ContainerReader& file) {
  Contents c;
  file.parse([&] {
    RecordReader graphs(file.read(file.section("graph")));
    read_graphs(graphs, c);
    RecordReader state(file.read(file.section("state")));
    read_state(state, c);
    if (graphs.left() + state.left() > 0) {
      RecordReader::fail("something follows the last record");
    }
    io::TensorSection places(file);
    for (auto* tensors : {&c.constants, &c.summary.tensors}) {
      for (StoredTensor& t : *tensors) {
        t.offset = places.place(t.path, t.type, t.offset);
      }
    }
    places.end();
    check_states(c);
  });
  c.summary.version = file.version();
  c.summary.bytes = file.size();
  c.summary.train = c.graphs.train;
  c.summary.eval = c.graphs.eval;
  c.summary.network = c.graphs.eval_network;
  return c;
}

Tensor read_tensor(const io::TensorSection& section, const StoredTensor& t) {
  return section.read({t.path, t.type, t.offset, t.checksum});
}

}  // namespace

void verify_training(const std::string& path) {
  const io::ContainerReader file(path);
  const Contents c = read_contents(file);
  const io::TensorSection section(file);
  for (const auto* tensors : {&c.constants, &c.summary.tensors}) {
    for (const StoredTensor& t : *tensors) read_tensor(section, t);
  }
}

FileSummary inspect(const std::string& path) {
  const io::ContainerReader file(path);
  return read_contents(file).summary;
}

namespace {

/// The constants of the graphs that are loaded, in their places.
void fill_constants(Contents& c, const io::TensorSection& section,
                    bool inference) {
  for (std::size_t i = 0; i < c.constants.size(); ++i) {
    if (c.constants[i].type != c.constant_types[i]) {
      RecordReader::fail("constant " + std::to_string(i) +
                         " is of another type");
    }
    const bool of_train = i < c.train_constants;
    if (of_train && inference) continue;
    Graph& graph = of_train ? *c.graphs.train : *c.graphs.eval;
    graph.restore_constant(c.constant_nodes[i],
                           read_tensor(section, c.constants[i]));
  }
}

}  // namespace

Trainer load(const std::string& path, int threads) {
  return load(path, LoadOptions{.threads = threads});
}

Trainer load(const std::string& path, const LoadOptions& options) {
  const io::ContainerReader file(path);
  Contents c = read_contents(file);
  const io::TensorSection section(
      file,
      {.map = options.inference && options.map, .verify = options.verify});
  file.parse([&] { fill_constants(c, section, options.inference); });
  State state;
  state.seed = {c.summary.seed};
  state.step = c.summary.steps;
  for (const StoredTensor& t : c.summary.tensors) {
    if (options.inference && !evaluation_reads(*c.graphs.eval, t.path))
      continue;
    state.add({t.path, read_tensor(section, t), t.trainable});
  }
  if (options.inference) {
    c.graphs.train = nullptr;
    c.graphs.train_network = {};
    c.graphs.updates.clear();
  }
  std::optional<Trainer> made;
  file.parse([&] {
    made.emplace(std::move(c.graphs), std::move(state),
                 std::move(c.summary.progress), options.threads);
  });
  Trainer& trainer = *made;
  trainer.class_names = std::move(c.summary.class_names);
  trainer.scaler = std::move(c.scaler);
  trainer.settings = std::move(c.summary.settings);
  trainer.metrics = std::move(c.summary.metrics);
  return std::move(trainer);
}

std::uint64_t parameter_hash(const State& state) {
  std::uint64_t hash = 0;
  for (const State::Entry& e : state.entries()) {
    if (!e.trainable) continue;
    const std::string_view bits(static_cast<const char*>(e.tensor.raw()),
                                e.tensor.bytes());
    const std::string head = e.path + to_string(e.tensor.type());
    hash = stable_hash(std::to_string(hash) + head +
                       std::to_string(stable_hash(bits)));
  }
  return hash;
}

}  // namespace weft
