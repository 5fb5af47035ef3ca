#pragma once

#include <memory>
#include <vector>

#include "src/io/file/records.h"
#include "weft/graph.h"

namespace weft::io {

/// Writes a graph's nodes. Constants are appended to `tensors`, and stand in
/// the file by their place there.
void put_graph(RecordWriter& out, const Graph& graph,
               std::vector<Tensor>& constants);
/// The inverse; the graph is checked as if a user had built it.
/// `constants[i]` fills the constants in order.
std::shared_ptr<Graph> get_graph(RecordReader& in,
                                 std::vector<Type>& constant_types,
                                 std::vector<std::int32_t>& constant_nodes);

void put_type(RecordWriter& out, const Type& type);
Type get_type(RecordReader& in);
void put_port(RecordWriter& out, Value v);
/// A value of the graph, or an empty one.
Value get_port(RecordReader& in, Graph& graph);

}  // namespace weft::io
