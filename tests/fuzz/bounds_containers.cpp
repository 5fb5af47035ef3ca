#include <cstdint>

#include "bounds.h"
#include "container.h"
#include "graph_records.h"
#include "src/train/training_file.h"
#include "target.h"
#include "weft/weft.h"

namespace weft::fuzz {

namespace {

void read(const std::string& path) { load(path, 1); }

/// A file with this section "graph", and the state that its graph needs.
std::string with_graph(const std::string& records, const State& state = {},
                       const std::vector<std::string>& class_names = {}) {
  static const std::string path = scratch_path("made.weft");
  write_training({records, {}}, {state, {}, class_names, {}, {}, {}}, path);
  return read_all(path);
}

template <class F>
std::string made(F build) {
  Records r;
  r.graph = std::make_shared<Graph>();
  r.network[0] = r.graph->input("x", {kBatch});
  r.network[2] = build(r.network[0]);
  return '\0' + write_records(r);
}

/// Of a graph that returns its input.
std::string identity() {
  return made([](Value x) { return x; });
}

/// Records of one node of an op, up to its attributes.
void begin_op(io::RecordWriter& out, const std::string& op) {
  out.put(false);             // no training graph
  out.put(std::int64_t{0});   // streams
  out.put(std::uint64_t{1});  // nodes
  out.put(std::uint8_t{4});   // an op
  out.put(std::string());
  out.put(std::string());
  out.put(std::uint32_t{0});
  out.put(true);
  out.put(op);
}

std::string chain(std::size_t bytes) {
  return with_graph(made([&](Value x) {
    for (std::size_t i = 0; i < bytes / 80; ++i) {
      x = i % 2 == 0 ? sin(x) : cos(x);
    }
    return x;
  }));
}

/// Sums of one large constant, which folding must not make again and again.
std::string sums(std::size_t bytes) {
  const auto n = static_cast<std::int64_t>(bytes / 8);
  Records r;
  r.graph = std::make_shared<Graph>();
  r.network[0] = r.graph->input("x", {kBatch});
  const Tensor ones(DType::f32, {Dim(n)});
  Value c = r.graph->constant(ones), all = r.network[0];
  for (std::int64_t i = 0; i < n / 100; ++i) {
    all = all + sum(leaky_relu(c, 1.0 / static_cast<double>(i + 2)));
  }
  r.network[2] = all;
  static const std::string path = scratch_path("sums.weft");
  write_training({'\0' + write_records(r), {ones}},
                 {State(), {}, {}, {}, {}, {}}, path);
  return read_all(path);
}

/// Constants without elements, each of another shape.
std::string empty_constants(std::size_t bytes) {
  Records r;
  SavedGraphs saved;
  r.graph = std::make_shared<Graph>();
  r.network[0] = r.network[2] = r.graph->input("x", {kBatch});
  Value all = r.network[0];
  for (std::size_t i = 0; i < bytes / 180; ++i) {
    const Tensor t(DType::f32, {0, Dim(static_cast<std::int64_t>(i))});
    saved.constants.push_back(t);
    all = all + sum(r.graph->constant(t));
  }
  r.network[2] = all;
  static const std::string path = scratch_path("empty.weft");
  saved.records = '\0' + write_records(r);
  write_training(saved, {State(), {}, {}, {}, {}, {}}, path);
  return read_all(path);
}

std::string many_types(std::size_t bytes) {
  io::RecordWriter out;
  begin_op(out, "sin");
  out.put(std::uint64_t{0});  // attributes
  out.put(std::uint64_t{0});  // inputs
  out.put(static_cast<std::uint64_t>(bytes / 2));
  for (std::size_t i = 0; i < bytes / 2; ++i) out.put(std::uint16_t{0});
  return with_graph(out.bytes());
}

std::string many_attributes(std::size_t bytes) {
  io::RecordWriter out;
  begin_op(out, "sin");
  out.put(static_cast<std::uint64_t>(bytes / 10));
  for (std::size_t i = 0; i < bytes / 10; ++i) {
    out.put(std::string());
    out.put(std::uint16_t{0});  // a flag, false
  }
  return with_graph(out.bytes());
}

std::string claimed_nodes(std::size_t bytes) {
  io::RecordWriter out;
  out.put(false);
  out.put(std::int64_t{0});
  out.put(std::uint64_t{1} << 40);
  return with_graph(out.bytes() + std::string(bytes, '\0'));
}

/// Bodies in bodies, each the whole of the next one out.
std::string nested_bodies(std::size_t bytes) {
  io::RecordWriter out;
  begin_op(out, "checkpoint");
  for (std::size_t i = 0; i < bytes / 60; ++i) {
    out.put(std::uint64_t{1});  // attributes
    out.put(std::string("body"));
    out.put(std::uint8_t{8});
    out.put(true);
    out.put(std::uint64_t{1});  // nodes
    out.put(std::uint8_t{4});
    out.put(std::string());
    out.put(std::string());
    out.put(std::uint32_t{0});
    out.put(true);
    out.put(std::string("checkpoint"));
  }
  return with_graph(out.bytes());
}

std::string many_tensors(std::size_t bytes) {
  State state;
  for (std::size_t i = 0; i < bytes / 45; ++i) {
    state.add({std::to_string(i), Tensor(DType::f32, {0}), false});
  }
  return with_graph(identity(), state);
}

std::string large_tensor(std::size_t bytes) {
  State state;
  state.add({"w", Tensor(DType::f32, {Dim(std::int64_t(bytes / 4))}), false});
  return with_graph(identity(), state);
}

std::string many_classes(std::size_t bytes) {
  return with_graph(identity(), {}, std::vector<std::string>(bytes / 8));
}

std::string many_sections(std::size_t bytes) {
  return pack(Sections(bytes / 104, {"a", "b"}));
}

std::string state_entries(std::size_t bytes) {
  static const std::string path = scratch_path("entries.weft");
  State state;
  for (std::size_t i = 0; i < bytes / 36; ++i) {
    state.add({std::to_string(i), Tensor(DType::f32, {0}), false});
  }
  save_state(state, path);
  return read_all(path);
}

/// One entry of 2^40 elements.
std::string claimed_elements(std::size_t bytes) {
  io::RecordWriter out;
  out.put(std::uint64_t{0});
  out.put(std::uint64_t{0});
  out.put(std::uint64_t{1});
  out.put(std::string("x"));
  io::put_type(out, {DType::f32, {Dim(std::int64_t{1} << 40)}});
  out.put(false);
  out.put(std::uint64_t{0});
  out.put(std::uint32_t{0});
  return pack({{"entries", out.bytes()}, {"tensors", std::string(bytes, 'x')}});
}

}  // namespace

std::vector<Case> container_cases() {
  const auto state = [](const std::string& path) { load_state(path); };
  const auto model = [](const std::string& path) {
    load(path, {.threads = 1, .inference = true});
  };
  return {
      {"weft_chain", chain, read},
      {"weft_sums", sums, read},
      {"weft_empty", empty_constants, read},
      {"weft_types", many_types, read, "[sin] takes 1 inputs, got 0"},
      {"weft_attributes", many_attributes, read, "no attribute ''"},
      {"weft_claimed_nodes", claimed_nodes, read, "a list of 1099511627776"},
      {"weft_nested_bodies", nested_bodies, read, "nested deeper than 16"},
      {"weft_tensors", many_tensors, read},
      {"weft_large_tensor", large_tensor, read},
      {"weft_mapped_tensor", large_tensor, model},
      {"weft_classes", many_classes, read},
      {"weft_sections", many_sections, read, "sections"},
      {"state_entries", state_entries, state},
      {"state_claimed", claimed_elements, state, "lies outside its section"},
  };
}

}  // namespace weft::fuzz
