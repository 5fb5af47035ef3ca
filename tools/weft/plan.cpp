#include <iostream>

#include "tools/weft/cases.h"
#include "tools/weft/commands.h"

namespace weft::cli {

namespace {

struct Settings {
  std::vector<std::string> what;  ///< cases or files
  std::int64_t batch = 64;
  int runs = 30;
  std::string trace;
};

/// A training step of the model in a file, or an evaluation if it can't train.
BenchCase from_file(const std::string& file, std::int64_t batch) {
  const Trainer trainer = load(file, 1);
  const TrainingGraphs& graphs = trainer.graphs();
  const bool trains = graphs.train != nullptr;
  const Graph& graph = trains ? *graphs.train : *graphs.eval;
  const Network& net = trains ? graphs.train_network : graphs.eval_network;
  BenchCase c;
  c.name = file;
  c.what = (trains ? "a training step, batch " : "an evaluation, batch ") +
           std::to_string(batch);
  CompileOptions options;
  options.outputs = {trains ? net.loss : net.output};
  if (trains) options.updates = graphs.updates;
  c.program = compile(graph, options);
  c.state = const_cast<Trainer&>(trainer).state().clone();
  for (const Value& input : graph.inputs()) {
    Shape shape = input.shape();
    for (int i = 0; i < shape.rank(); ++i) {
      if (shape[i].is_symbolic()) shape[i] = batch;
    }
    Tensor x(input.dtype(), shape);  // zeros: class 0 where labels are read
    RandomSequence draws(Philox({1}, 0, 0));
    if (input.dtype() == DType::f32) {
      for (float& v : x.values<float>()) v = static_cast<float>(draws.normal());
    } else if (input.dtype() == DType::f64) {
      for (double& v : x.values<double>()) v = draws.normal();
    }
    c.feeds.emplace_back(input, x);
  }
  c.keep = graphs.train ? graphs.train : graphs.eval;
  return c;
}

BenchCase find_case(const std::string& name, std::int64_t batch) {
  for (const std::string& known : bench_case_names()) {
    if (known == name) return make_bench_case(name);
  }
  if (!std::ifstream(name)) {
    std::string known;
    for (const std::string& n : bench_case_names()) known += " " + n;
    throw DataError(name + " is neither a file nor one of the cases" + known);
  }
  return from_file(name, batch);
}

template <class Print>
void for_cases(const Settings& s, const Common& common, Print print) {
  auto names = s.what;
  if (names.empty()) names = bench_case_names();
  for (const std::string& name : names) {
    const BenchCase c = find_case(name, s.batch);
    const Profile p = profile(c.program, c.state, c.feeds,
                              {.runs = s.runs, .threads = common.threads});
    print(c, p);
  }
}

nlohmann::json to_json(const BenchCase& c, const Profile& p) {
  nlohmann::json j = {{"case", c.name},
                      {"what", c.what},
                      {"threads", p.threads},
                      {"parallel", p.parallel},
                      {"planned_bytes", p.planned_bytes},
                      {"serial_ns", p.serial_ns},
                      {"run_ns", p.run_ns},
                      {"critical_ns", p.critical_ns},
                      {"idle", p.idle}};
  for (const Forecast& f : p.forecasts) {
    j["forecasts"].push_back({{"threads", f.threads},
                              {"ns", f.ns},
                              {"speedup", f.speedup},
                              {"efficiency", f.efficiency}});
  }
  for (const KernelProfile& k : p.kernels) {
    j["kernels"].push_back({{"name", k.name},
                            {"place", k.place},
                            {"parts", k.parts},
                            {"ns", k.ns},
                            {"flops", k.flops},
                            {"bytes", k.bytes}});
  }
  return j;
}

CLI::App* add(CLI::App& app, const char* name, const char* what, Settings& s) {
  CLI::App* c = app.add_subcommand(name, what);
  c->add_option("what", s.what,
                "Model files, or cases: B1 B2-sgdm B2-adam B3 B7 B7-unfused "
                "B8 B9 B10; all cases if none is named");
  c->add_option("--batch", s.batch, "Rows of a batch, for model files")
      ->check(CLI::Range(1, 1 << 20));
  c->add_option("--runs", s.runs, "Runs that are timed")
      ->check(CLI::Range(1, 100000));
  return c;
}

}  // namespace

void add_plan(CLI::App& app, Common& common) {
  auto s = std::make_shared<Settings>();
  add(app, "plan",
      "Predict what threads give, from the measured times of the kernels", *s)
      ->callback([s, &common] {
        for_cases(*s, common, [&](const BenchCase& c, const Profile& p) {
          if (common.json) {
            std::cout << to_json(c, p).dump() << "\n";
          } else {
            std::cout << c.name << ": " << c.what << "\n" << p.plan() << "\n";
          }
        });
      });
}

void add_profile(CLI::App& app, Common& common) {
  auto s = std::make_shared<Settings>();
  CLI::App* c = add(app, "profile", "Show where the time of a run goes", *s);
  c->add_option("--trace", s->trace,
                "Write the last run's tasks for Perfetto or chrome://tracing");
  c->callback([s, &common] {
    if (!s->trace.empty() && s->what.size() != 1) {
      throw CLI::ValidationError("--trace", "needs exactly one case or file");
    }
    for_cases(*s, common, [&](const BenchCase& c, const Profile& p) {
      if (!s->trace.empty()) write_trace(p, s->trace);
      if (common.json) {
        std::cout << to_json(c, p).dump() << "\n";
      } else {
        std::cout << c.name << ": " << c.what << "\n" << p.table() << "\n";
      }
    });
  });
}

}  // namespace weft::cli
