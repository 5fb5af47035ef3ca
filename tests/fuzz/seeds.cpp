// Writes small valid inputs of every target into folders of their names.

#include <zlib.h>

#include <filesystem>
#include <fstream>

#include "graph_records.h"
#include "src/data/zip.h"
#include "target.h"
#include "weft/weft.h"

using namespace weft;

namespace {

std::filesystem::path folder;

std::string place(const std::string& target, const std::string& name) {
  std::filesystem::create_directories(folder / target);
  return (folder / target / name).string();
}

void put(const std::string& target, const std::string& name,
         const std::string& bytes) {
  std::ofstream(place(target, name), std::ios::binary) << bytes;
}

Tensor ramp(DType dtype, const Shape& shape) {
  Tensor t(DType::f64, shape);
  for (std::int64_t i = 0; i < t.size(); ++i) {
    t.data<double>()[i] = static_cast<double>(i % 2);
  }
  return t.to(dtype);
}

NamedTensors tensors() {
  return {{"a", ramp(DType::f32, {2, 3})},
          {"b/c", ramp(DType::f64, {})},
          {"d", ramp(DType::i32, {2})},
          {"e", ramp(DType::i64, {0, 2})},
          {"f", ramp(DType::boolean, {3})}};
}

/// A graph of one op, with inputs as its sample says.
void put_op(const std::string& name, const OpPtr& op, const Sample& sample) {
  fuzz::Records r;
  r.graph = std::make_shared<Graph>();
  Graph& g = *r.graph;
  std::vector<Value> inputs;
  r.network[0] = g.input("x", {kBatch, 2});
  for (const SampleInput& in : sample.inputs) {
    const DType t = in.dtype.value_or(DType::f32);
    inputs.push_back(g.parameter("w" + std::to_string(inputs.size()), in.shape,
                                 initializers::zeros()(in.shape, t), t));
  }
  const std::vector<Value> outputs = g.add(op, inputs, Source{});
  if (outputs.empty()) return;
  r.network[2] = r.network[3] = outputs[0];
  if (is_floating(outputs[0].dtype())) r.network[3] = sum(outputs[0]);
  put("graph", name, fuzz::write_records(r));
}

void put_ops() {
  for (const std::string& name : registry().names()) {
    const OpPtr op = registry().prototype(name);
    int i = 0;
    for (const Sample& s : op->samples()) {
      if (i++ >= 3) break;
      fuzz::worked(
          [&] { put_op(name + std::to_string(i), s.op ? s.op : op, s); });
    }
  }
}

Network layers(Graph& g, Mode mode) {
  Network n;
  n.input = g.input("x", {kBatch, 3});
  n.target = g.input("y", {kBatch}, DType::i32);
  const Value h = batch_norm(relu(dense(n.input, 4, {.name = "fc"})), mode);
  n.output = dense(dropout(h, 0.1, mode), 2, {.name = "out"});
  n.loss = mean(softmax_cross_entropy(n.output, n.target));
  return n;
}

Network loop(Graph& g, Mode) {
  Network n;
  n.input = g.input("x", {kTime, kBatch, 2});
  const Value h = g.constant(ramp(DType::f32, {2}));
  const auto step = [](const auto& carry, const auto& x) {
    const Value next = tanh(carry[0] + mean(x[0]));
    return Scanned{{next}, {next * 2}};
  };
  const Scanned all = scan(step, {h}, {n.input});
  const auto twice = [](Value x) { return x + x; };
  n.output = checkpoint(twice, all.ys[0]);
  n.loss = mean(dense(n.output, 1));
  return n;
}

void put_models() {
  int i = 0;
  for (const Build& build : {Build(layers), Build(loop)}) {
    const std::string number = std::to_string(i++);
    Trainer t(build, Momentum{}, {.threads = 1});
    t.class_names = {"a", "b"};
    t.scaler = {{1, 2, 3}, {0.5, 1, 2}};
    t.settings = {{"epochs", "3"}};
    t.metrics = {{"accuracy", 0.5}};
    save(t, place("training_file", "model" + number));
    Graph graph;
    fuzz::Records r;
    r.graph = std::make_shared<Graph>();
    const Network n = build(*r.graph, Mode::train);
    r.network = {n.input, n.target, n.output, n.loss};
    r.trained = true;
    r.updates = minimize(n.loss, Momentum{}).updates;
    put("graph", "model" + number, fuzz::write_records(r));
  }
  State s;
  s.add({"x", ramp(DType::f32, {2, 2}), true});
  s.add({"mask", ramp(DType::boolean, {3}), false});
  save_state(s, place("state_file", "state"));
}

std::string idx(char type, const std::string& sizes, const std::string& data) {
  std::string out{0, 0, type, static_cast<char>(sizes.size())};
  for (const char n : sizes) out += std::string(3, '\0') + n;
  return out + data;
}

/// An NPZ file of one array, as numpy.savez_compressed writes it.
std::string deflated(const std::string& npy) {
  std::string packed(npy.size() + 64, '\0');
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(npy.data()));
  z.avail_in = static_cast<uInt>(npy.size());
  z.next_out = reinterpret_cast<Bytef*>(packed.data());
  z.avail_out = static_cast<uInt>(packed.size());
  fuzz::require(deflate(&z, Z_FINISH) == Z_STREAM_END, "not packed");
  packed.resize(z.total_out);
  deflateEnd(&z);
  data::ZipEntry e;
  e.name = "a.npy";
  e.method = 8;
  e.size = npy.size();
  e.packed = packed.size();
  e.checksum = static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const Bytef*>(npy.data()), npy.size()));
  const std::string entry = data::zip_local_header(e) + packed;
  return entry + data::zip_directory({e}, entry.size());
}

void put_arrays() {
  write_safetensors(place("safetensors", "all"), tensors(), {{"k", "v"}});
  data::write_npz(place("npz", "all"), tensors());
  for (const auto& [name, t] : tensors()) {
    const std::string file(1, name[0]);
    data::write_npy(place("npy", file), t);
    write_safetensors(place("safetensors", file), {{name, t}});
    data::write_npz(place("npz", file), {{name, t}});
  }
  data::write_npy(place("npy", "g"), ramp(DType::f32, {4, 4}));
  put("npz", "deflated", deflated(fuzz::read_all(place("npy", "g"))));
  put("idx", "bytes", idx(8, {4, 1, 2}, "12345678"));
  put("idx", "labels", idx(8, {4}, std::string("\0\1\2\1", 4)));
  put("idx", "shorts", idx(0x0B, {2, 1}, "1234"));
  put("idx", "floats", idx(0x0D, {2}, "12345678"));
  put("idx", "doubles", idx(0x0E, {1}, "12345678"));
  put("idx", "ints", idx(0x0C, {1, 2}, "12345678"));
  put("idx", "signed", idx(9, {3}, "123"));
}

void put_texts() {
  put("csv", "plain", "a,b\n1,2\n3,4\n");
  put("csv", "quoted", "a;b\r\n1.5;\"2\"\r\n-3e2;\"4\"\r\n");
  put("csv", "classes", "1 2 cat\n3 4 \"d \"\"o\"\" g\"\n");
  put("csv", "mark",
      "\xEF\xBB\xBF"
      "1\t2\t0\n+3\t1e-400\t1\n\n");
  put("manifest", "all", to_yaml(Manifest{}));
  put("manifest", "small",
      "kind: feedfwd\ntask: regression\nnetwork:\n  hidden:\n"
      "    size: [3, 2]\n    activation: [relu, \"leaky_relu(0.1)\"]\n"
      "training:\n  optimize: {method: lbfgs}\n");
  put("manifest", "anchors", "task: &t class\nkind: feedfwd\n---\n*t\n");
  int i = 0;
  for (const Activation::Kind kind : activation_kinds()) {
    put("names", "a" + std::to_string(i++), "a" + to_string(Activation(kind)));
  }
  put("names", "a_slope", "aleaky_relu(0.1)");
  put("names", "a_shared", "aprelu(shared, 0.3)");
  for (const std::string& name : initializers::names()) {
    put("names", "i_" + name, "i" + name);
  }
  put("names", "i_numbers", "inormal(0,0.5)");
  using namespace std::string_literals;
  put("names", "e_matmul", "e\2\3\0\3\4\0\0ij,jk->ik"s);
  put("names", "e_dots", "e\2\3\3\0\2\3\4\0\0...ij,...jk"s);
  put("names", "e_trace", "e\3\3\0\0ii->"s);
  put("names", "e_batch", "e\7\3\0\7\0\3\0\0bi,b,i->bi"s);
}

}  // namespace

int main(int count, char** arguments) {
  fuzz::require(count == 2, "usage: weft_fuzz_seeds FOLDER");
  folder = arguments[1];
  put_ops();
  put_models();
  put_arrays();
  put_texts();
}
