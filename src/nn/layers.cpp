#include "src/nn/layer_parts.h"
#include "weft/nn.h"
#include "weft/rows.h"

namespace weft {

using detail::known_size, detail::layer_parameter, detail::layer_weight;

namespace {

/// x·W + b.
Value weighted_input(const Operand& x, std::int64_t width,
                     const DenseOptions& o) {
  const std::int64_t n = known_size(x, -1, "dense");
  const DType t = x.value.dtype();
  const Scope scope(x.value.graph(), o.name);
  const Value w = layer_weight(
      {"dense", "weight", o.weight, o.tied, o.reparametrise}, {n, width}, t, x);
  // A matrix product takes matrices: a lone vector becomes a row.
  const bool vector = x.value.rank() == 1;
  Value y =
      matmul(vector ? Operand(unsqueeze(x, 0), x.at) : x, Operand(w, x.at));
  if (vector) y = reshape(y, {width});
  if (!o.bias) return y;
  return y + layer_parameter("bias", {width}, o.bias_value, t, x);
}

}  // namespace

Value dense(Operand x, std::int64_t width, const DenseOptions& options) {
  const CallScope call(x);
  const Value z = weighted_input(x, width, options);
  return activation(Operand(z, x.at), options.activation, options.name);
}

Value dropout(Operand x, double rate, Mode mode) {
  return mode == Mode::train ? dropout(x, rate) : x.value;
}

Value embedding(Operand indices, std::int64_t count, std::int64_t width,
                const EmbeddingOptions& o) {
  const CallScope call(indices);
  const Scope scope(indices.value.graph(), o.name);
  const Value table = layer_weight({"embedding", "table", o.table, o.tied, {}},
                                   {count, width}, o.dtype, indices);
  const Operand rows(table, indices.at);
  return o.sparse ? lookup(rows, indices) : gather(rows, indices, 0);
}

}  // namespace weft
