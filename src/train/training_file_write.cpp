#include "src/core/utf8.h"
#include "src/io/file/container.h"
#include "src/io/file/graph_records.h"
#include "src/train/training_file.h"
#include "weft/error.h"
#include "weft/io.h"

namespace weft {

namespace {

using io::RecordWriter;

void put_network(RecordWriter& out, const Network& n) {
  for (Value v : {n.input, n.target, n.output, n.loss}) io::put_port(out, v);
}

void put_progress(RecordWriter& out, const Progress& p) {
  out.put(p.epoch);
  out.put(p.batch);
  out.put(p.loss_sum);
  out.put(p.best_loss);
  out.put(p.waited);
  out.put(p.rate_factor);
  out.put(p.base_rate);
  out.put(p.has_best);
  out.put_list(p.history, [&](const EpochRecord& r) {
    out.put(r.epoch);
    for (double v : {r.loss, r.validation_loss, r.validation_accuracy,
                     r.learning_rate, r.seconds}) {
      out.put(v);
    }
  });
}

void put_tensors(RecordWriter& out, const std::vector<StoredTensor>& tensors) {
  out.put_list(tensors, [&](const StoredTensor& t) {
    out.put(t.path);
    io::put_type(out, t.type);
    out.put(t.trainable);
    out.put(t.offset);
    out.put(t.bytes);
    out.put(t.checksum);
  });
}

/// Places tensors one after the other at multiples of 64 bytes.
class TensorIndex {
 public:
  void add(const std::string& path, const Tensor& t, bool trainable) {
    StoredTensor s{path,  t.type(),  trainable,
                   next_, t.bytes(), io::crc32(t.raw(), t.bytes())};
    pieces.push_back({t.raw(), t.bytes(), s.checksum});
    entries.push_back(std::move(s));
    next_ = io::padded(next_ + t.bytes());
  }
  std::vector<StoredTensor> entries;
  std::vector<io::Piece> pieces;

 private:
  std::uint64_t next_ = 0;  // within the section
};

std::string state_section(const TrainingParts& parts,
                          const TensorIndex& tensors, std::size_t constants) {
  RecordWriter out;
  out.put(parts.state.seed.value);
  out.put(parts.state.step);
  put_progress(out, parts.progress);
  out.put_list(parts.class_names, [&](const std::string& s) {
    if (!is_utf8(s)) throw DataError("[save] a class's name is not in UTF-8");
    out.put(s);
  });
  out.put_list(parts.scaler.offset, [&](double v) { out.put(v); });
  out.put_list(parts.scaler.scale, [&](double v) { out.put(v); });
  out.put_list(parts.settings, [&](const auto& s) {
    out.put(s.first);
    out.put(s.second);
  });
  out.put_list(parts.metrics, [&](const auto& s) {
    out.put(s.first);
    out.put(s.second);
  });
  out.put(static_cast<std::uint64_t>(constants));
  put_tensors(out, tensors.entries);
  return out.bytes();
}

TensorIndex index_of(const SavedGraphs& graphs, const TrainingParts& parts) {
  TensorIndex tensors;
  for (std::size_t i = 0; i < graphs.constants.size(); ++i) {
    tensors.add("#" + std::to_string(i), graphs.constants[i], false);
  }
  for (const State::Entry& e : parts.state.entries()) {
    tensors.add(e.path, e.tensor, e.trainable);
  }
  return tensors;
}

}  // namespace

SavedGraphs save_graphs(const TrainingGraphs& g) {
  SavedGraphs saved;
  RecordWriter out;
  const bool shared = g.train == g.eval;
  out.put(g.train != nullptr && !shared);
  if (g.train && !shared) {
    io::put_graph(out, *g.train, saved.constants);
    put_network(out, g.train_network);
    out.put_list(g.updates, [&](Value v) { io::put_port(out, v); });
  }
  io::put_graph(out, *g.eval, saved.constants);
  put_network(out, g.eval_network);
  out.put(shared);
  if (shared) out.put_list(g.updates, [&](Value v) { io::put_port(out, v); });
  saved.records = out.bytes();
  return saved;
}

TrainingParts parts_of(Trainer& t) {
  return {t.state(), t.progress(), t.class_names,
          t.scaler,  t.settings,   t.metrics};
}

void write_training(const SavedGraphs& graphs, const TrainingParts& parts,
                    const std::string& path) {
  const TensorIndex tensors = index_of(graphs, parts);
  const std::string state =
      state_section(parts, tensors, graphs.constants.size());
  io::write_container(
      path, {{"graph", {{graphs.records.data(), graphs.records.size()}}},
             {"state", {{state.data(), state.size()}}},
             {"tensors", tensors.pieces}});
}

bool is_written(const SavedGraphs& graphs, const TrainingParts& parts,
                const std::string& path) {
  const io::ContainerReader file(path);
  return file.read(file.section("graph")) == graphs.records &&
         file.read(file.section("state")) ==
             state_section(parts, index_of(graphs, parts),
                           graphs.constants.size());
}

void save(Trainer& trainer, const std::string& path) {
  write_training(save_graphs(trainer.graphs()), parts_of(trainer), path);
}

}  // namespace weft
