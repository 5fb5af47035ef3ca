#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weft/op.h"
#include "weft/tensor.h"
#include "weft/value.h"

namespace weft {

/// One output of a node, as stored: node index and output number.
struct Port {
  std::int32_t node = -1;
  std::int32_t output = 0;
  friend bool operator==(const Port&, const Port&) = default;
};

/// A node of a graph. Nodes are never changed after they were added.
struct Node {
  enum class Kind : std::uint8_t {
    input,      ///< a tensor given at every run
    parameter,  ///< a named tensor of the State that training changes
    buffer,     ///< a named tensor of the State that only `assign` changes
    constant,   ///< a tensor of the graph
    op,         ///< computed from other values
    assign      ///< writes input 1 into the state tensor that is input 0
  };
  Kind kind = Kind::op;
  OpPtr op;  ///< the op; for parameter and buffer the initialiser
  std::vector<Port> inputs;
  std::vector<Type> outputs;
  std::string name;  ///< full path for named nodes, scope for ops
  std::string file;  ///< the user's source line
  std::uint32_t line = 0;
  Tensor constant;  ///< of a constant
};

/// Something that was built as it was asked for, but is likely a mistake.
struct Warning {
  std::string kind;     ///< "wrong pairing"
  std::string subject;  ///< "quadratic cost on sigmoid"
  std::string reason;
  std::string remedy;
  std::string where;  ///< the user's line, "train.cpp:41"
};
/// "wrong pairing: … (train.cpp:41)".
std::string to_string(const Warning& warning);

/// Owns the nodes of a computation in the order of their creation, which is a
/// topological order. Build it from one thread; a finished graph may be read
/// from many.
class Graph {
 public:
  /// An empty graph. Throws Error if this processor lacks an instruction set
  /// that Weft was built for.
  Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  /// A tensor that is given at every run. Throws GraphError if the name is
  /// taken or empty.
  Value input(std::string_view name, const Shape& shape,
              DType dtype = DType::f32, Source at = Source::current());
  /// A tensor that training changes; its path is the scope and `name`. The
  /// initialiser is an op without inputs, such as `initializers::he_normal`.
  /// Throws GraphError if the path is taken; `find` gives an existing one,
  /// which several layers may share.
  Value parameter(std::string_view name, const Shape& shape, OpPtr initializer,
                  DType dtype = DType::f32, Source at = Source::current());
  /// A state tensor that only `assign` changes: running statistics, moments.
  Value buffer(std::string_view name, const Shape& shape, OpPtr initializer,
               DType dtype = DType::f32, Source at = Source::current());
  Value constant(const Tensor& tensor, Source at = Source::current());
  /// Writes `value` into `state` at the end of a run that has it among its
  /// updates; reads of `state` in the same run see the old value. The result
  /// stands for the written value.
  Value assign(Value state, Value value, Source at = Source::current());
  /// Adds a node; what `apply` calls.
  std::vector<Value> add(OpPtr op, std::span<const Value> inputs, Source at);

  /// Parameters in the order of their creation.
  std::vector<Value> parameters() const;
  /// Parameters and buffers in the order of their creation.
  std::vector<Value> state() const;
  std::vector<Value> inputs() const;
  /// The input, parameter or buffer of that path; empty if there is none.
  Value find(std::string_view path) const;
  /// Updates that layers ask for at every training step (running statistics).
  void add_step_update(Value assign);
  const std::vector<Value>& step_updates() const { return step_updates_; }

  /// Keeps a warning, with the user's line for `at`, and hands it to
  /// `on_warning`.
  void warn(Warning warning, Source at = Source::current());
  const std::vector<Warning>& warnings() const { return warnings_; }
  /// Called for each warning; empty: nothing happens.
  std::function<void(const Warning&)> on_warning;

  /// The value by which this graph, if it is that of a body that is being
  /// built, reads a value of the graph around it; a value of this graph itself
  /// is returned as it is. Throws GraphError for one of any other graph.
  Value local(Value v);

  /// A number that no other call returned: the stream of a random op.
  std::int64_t next_stream() {
    return parent_ ? parent_->next_stream() : next_stream_++;
  }

  std::size_t size() const { return nodes_.size(); }
  const Node& node(std::int32_t index) const {
    return nodes_[static_cast<std::size_t>(index)];
  }
  const Node& node(Value v) const { return node(v.node()); }
  /// "relu (fc1, train.cpp:41)".
  std::string describe(std::int32_t index) const;

  /// The scope in which nodes are added, "encoder/fc1".
  const std::string& scope() const { return scope_; }
  /// The user's line for a node that is added at `at`: that of the outermost
  /// CallScope, or of the node whose SourceScope lives.
  Source line_of(Source at) const;
  /// What a loader restores besides nodes.
  void restore(Node node);
  void restore_constant(std::int32_t node, Tensor value) {
    nodes_[static_cast<std::size_t>(node)].constant = std::move(value);
  }
  void restore_stream(std::int64_t next) { next_stream_ = next; }
  std::int64_t stream_count() const { return next_stream_; }

 private:
  friend class Scope;
  friend class SourceScope;
  friend class CallScope;
  friend class BodyBuilder;
  Value add_node(Node node, Source at);
  Value inner(Value v, std::string_view op);
  Value add_named(Node::Kind kind, std::string_view name, const Shape& shape,
                  OpPtr initializer, DType dtype, Source at);

  std::deque<Node> nodes_;
  std::map<std::string, std::int32_t, std::less<>> by_path_;
  std::vector<Value> step_updates_;
  std::vector<Warning> warnings_;
  std::string scope_;
  const Node* source_ = nullptr;  ///< new nodes take its place, if set
  std::optional<Source> call_;    ///< the line of the outermost call
  std::int64_t next_stream_ = 0;
  Graph* parent_ = nullptr;  ///< of a body that is being built: around it
  Graph* child_ = nullptr;   ///< the body that is being built in this one
  bool is_body_ = false;
  std::vector<std::pair<Value, Value>> captured_;  ///< of parent_, and here
};

/// While it lives, names that are added to the graph begin with `name`/.
class Scope {
 public:
  Scope(Graph& graph, std::string_view name);
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  Graph& graph_;
  std::string before_;
};

/// While it lives, nodes that are added get the line `at`: a function made of
/// several ops belongs to the line that called it. Inner ones change nothing.
class CallScope {
 public:
  CallScope(Graph& graph, const Source& at);
  /// The graph and line of an argument. Throws GraphError if it is empty.
  explicit CallScope(const Operand& x);
  ~CallScope();
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

 private:
  Graph& graph_;
  bool outermost_;
};

/// While it lives, nodes that are added get the source line and scope of
/// `node`: what a transform adds belongs to the line that it stems from.
class SourceScope {
 public:
  SourceScope(Graph& graph, std::int32_t node);
  ~SourceScope();
  SourceScope(const SourceScope&) = delete;
  SourceScope& operator=(const SourceScope&) = delete;

 private:
  Graph& graph_;
  const Node* before_;
};

}  // namespace weft
