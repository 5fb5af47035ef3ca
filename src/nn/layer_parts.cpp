#include "src/nn/layer_parts.h"

#include "src/core/suggest.h"
#include "weft/error.h"

namespace weft::detail {

namespace {

std::string in_layer(const WeightSource& s) {
  return "[" + std::string(s.layer) + "] ";
}

Value tied_weight(const WeightSource& source, const Shape& shape, DType dtype,
                  const Operand& x) {
  const TiedWeight& tied = source.tied;
  Graph& g = x.value.graph();
  const Value found = g.find(tied.path);
  if (!found || g.node(found).kind != Node::Kind::parameter) {
    std::vector<std::string> paths;
    for (const Value& p : g.parameters()) paths.push_back(p.path());
    throw GraphError(in_layer(source) + "there is no parameter '" + tied.path +
                     "' to tie the weight to" + suggestion(tied.path, paths) +
                     "; the layer that makes it must come first" +
                     at_line(x.at));
  }
  if (found.dtype() != dtype) {
    throw TypeError(in_layer(source) + "the tied weight '" + tied.path +
                    "' is " + std::string(to_string(found.dtype())) +
                    ", the layer needs " + std::string(to_string(dtype)) +
                    at_line(x.at));
  }
  const bool swap = tied.transposed && found.rank() == 2;
  const Shape& stored = found.shape();
  const Shape given = swap ? Shape{stored[1], stored[0]} : stored;
  if (given != shape || (tied.transposed && !swap)) {
    const bool other = stored.rank() == 2 &&
                       shape == (swap ? stored : Shape{stored[1], stored[0]});
    throw ShapeError(in_layer(source) + "the tied weight '" + tied.path +
                     "' is " + to_string(stored) +
                     (tied.transposed ? ", transposed" : "") +
                     ", the layer needs " + to_string(shape) +
                     (other ? std::string("; did you mean transposed = ") +
                                  (swap ? "false" : "true") + "?"
                            : "") +
                     at_line(x.at));
  }
  return swap ? transpose(Operand(found, x.at)) : found;
}

}  // namespace

std::int64_t known_size(const Operand& x, std::int64_t axis,
                        std::string_view layer) {
  const Shape& shape = x.value.shape();
  const std::int64_t i = axis < 0 ? axis + shape.rank() : axis;
  if (i < 0 || i >= shape.rank()) {
    throw ShapeError("[" + std::string(layer) + "] " + to_string(shape) +
                     " has no axis " + std::to_string(axis) + at_line(x.at));
  }
  if (shape[static_cast<int>(i)].is_symbolic()) {
    const std::string which = axis == -1 ? std::string("the last dimension")
                                         : "dimension " + std::to_string(axis);
    throw ShapeError("[" + std::string(layer) + "] " + which +
                     " must be a number, the shape is " + to_string(shape) +
                     at_line(x.at));
  }
  return shape.dim(static_cast<int>(i));
}

void check_width(std::int64_t width, const Operand& x, std::string_view layer) {
  if (width > 0) return;
  throw ShapeError("[" + std::string(layer) + "] the width must be positive, " +
                   "not " + std::to_string(width) + at_line(x.at));
}

Value layer_parameter(std::string_view name, const Shape& shape,
                      const Initializer& init, DType dtype, const Operand& x) {
  return x.value.graph().parameter(name, shape, init(shape, dtype), dtype,
                                   x.at);
}

Value layer_weight(const WeightSource& source, const Shape& shape, DType dtype,
                   const Operand& x) {
  const Value w =
      source.tied.path.empty()
          ? layer_parameter(source.name, shape, source.initializer, dtype, x)
          : tied_weight(source, shape, dtype, x);
  if (!source.reparametrise) return w;
  const Value made = source.reparametrise(w);
  if (!made || made.type() != w.type()) {
    throw ShapeError(in_layer(source) + "reparametrise made " +
                     (made ? to_string(made.type()) : "nothing") +
                     " of a weight " + to_string(w.type()) + at_line(x.at));
  }
  return made;
}

Value along_axis(Value vector, std::int64_t axis, Value x) {
  const std::int64_t i = axis < 0 ? axis + x.rank() : axis;
  if (i + 1 == x.rank()) return vector;
  Shape shape{vector.shape()[0]};
  for (std::int64_t k = i + 1; k < x.rank(); ++k) shape.push_back(1);
  return reshape(vector, shape);
}

}  // namespace weft::detail
