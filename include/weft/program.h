#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weft/graph.h"
#include "weft/random.h"
#include "weft/tensor.h"

namespace weft {

/// The named tensors that a graph reads and training changes: parameters and
/// buffers, with the seed and the number of steps made. Several states may
/// belong to one graph. Runs of one state must not overlap if they write it.
class State {
 public:
  struct Entry {
    std::string path;
    Tensor tensor;
    bool trainable = true;
  };

  State();
  /// The tensor of that path, shared: writing into it changes the state.
  /// Throws GraphError if there is none.
  Tensor& at(std::string_view path);
  const Tensor& at(std::string_view path) const;
  bool contains(std::string_view path) const;
  /// Copies `tensor` into the entry. Throws ShapeError or TypeError unless
  /// dtype and shape are the entry's.
  void set(std::string_view path, const Tensor& tensor);
  /// Adds an entry. Throws GraphError if the path is taken.
  void add(Entry entry);
  const std::vector<Entry>& entries() const { return entries_; }
  /// A deep copy.
  State clone() const;
  /// Copies the content of a state with the same entries.
  void copy_from(const State& other);

  Seed seed;
  std::uint64_t step = 0;  ///< runs with updates so far

  /// A number that no state with other paths, dtypes or shapes has.
  std::uint64_t layout() const { return layout_; }

 private:
  std::vector<Entry> entries_;
  std::map<std::string, std::size_t, std::less<>> by_path_;
  std::uint64_t layout_;
};

/// The state of a graph with fresh values: each entry from its initialiser,
/// its stream keyed by its path.
State initialize(const Graph& graph, Seed seed = {});
/// Adds to `state` what the graph has and the state has not.
void initialize_missing(const Graph& graph, State& state);

struct CompileOptions {
  std::vector<Value> outputs = {};
  /// Results of `assign`, written when the outputs are computed.
  std::vector<Value> updates = {};
  /// Passes that are left out, for debugging: "fold", "merge", "algebra",
  /// "fuse", "reductions", "epilogues" and "contract" (all three need "fuse"),
  /// "reuse_memory".
  std::vector<std::string> disabled_passes = {};
  /// Estimated ns from which a program runs in parallel.
  double parallel_from = 40'000;
  /// The most bytes of planned memory, 0 for any number: values that are cheap
  /// to compute are computed again where they are needed late, until the plan
  /// fits. Symbols such as the batch size count with `budget_sizes`.
  std::int64_t memory_budget = 0;
  SymbolSizes budget_sizes = {};
};

/// What CompileOptions::disabled_passes may name, in the order of the passes.
std::vector<std::string> pass_names();

namespace runtime {
class ProgramImpl;
class Team;
}  // namespace runtime

/// A graph that was planned: immutable, and may be run by many threads at once.
/// It needs the graph no longer.
class Program {
 public:
  Program() = default;
  explicit Program(std::shared_ptr<runtime::ProgramImpl> impl)
      : impl_(std::move(impl)) {}
  explicit operator bool() const { return impl_ != nullptr; }
  runtime::ProgramImpl& impl() const { return *impl_; }

  /// Nodes, tasks, flops, planned memory and critical path, for the sizes of
  /// symbols given by (name, size) such as {"batch", 64}.
  std::string summary(const std::vector<std::pair<std::string, std::int64_t>>&
                          sizes = {}) const;
  /// Bytes of the memory that one run with these symbol sizes uses.
  std::int64_t planned_bytes(const SymbolSizes& sizes) const;
  /// The largest sum of values that live at one time in the order of the
  /// kernels: no plan of that order needs less.
  std::int64_t least_bytes(const SymbolSizes& sizes) const;
  /// Kernels that one run executes (after fusion).
  std::int64_t kernel_count(const SymbolSizes& sizes) const;

 private:
  std::shared_ptr<runtime::ProgramImpl> impl_;
};

/// Plans the computation of outputs and updates. Throws GraphError if they
/// belong to another graph, an update is no result of `assign`, or the memory
/// budget can't be met; the message says what can.
Program compile(const Graph& graph, const CompileOptions& options);

/// A tensor for an input of the graph.
using Feed = std::pair<Value, Tensor>;

struct ExecutorOptions {
  int threads = 0;  ///< 0: as many as the machine has
};

/// Runs programs. One executor may be used by several threads; results are the
/// same bits for every number of threads.
class Executor {
 public:
  Executor();
  explicit Executor(ExecutorOptions options);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  int threads() const { return threads_; }
  /// Runs the program and returns its outputs. Throws GraphError if an input is
  /// missing or unknown or the state lacks an entry, ShapeError or TypeError if
  /// a tensor does not fit. After an error the state is as before.
  std::vector<Tensor> operator()(const Program& program, State& state,
                                 std::span<const Feed> feeds);
  std::vector<Tensor> operator()(const Program& program, State& state,
                                 std::initializer_list<Feed> feeds) {
    return (*this)(program, state, std::span(feeds.begin(), feeds.size()));
  }
  /// The same into tensors that the caller keeps: a steady state does not touch
  /// the heap. Outputs of wrong type are replaced; after an error their content
  /// is unspecified.
  void run(const Program& program, State& state, std::span<const Feed> feeds,
           std::span<Tensor> outputs);

 private:
  int threads_;
  std::unique_ptr<runtime::Team> team_;
};

/// The value of v, computed now; v must not depend on inputs. Parameters have
/// their initial values unless `state` is given.
Tensor eval(Value v);
Tensor eval(Value v, State& state, std::span<const Feed> feeds = {});

}  // namespace weft
