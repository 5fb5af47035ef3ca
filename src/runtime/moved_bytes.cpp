#include "src/runtime/instance.h"

namespace weft::runtime {

namespace {

bool takes_rows(const Step& step) {
  if (!step.op) return false;
  const std::string_view op = step.op->name();
  return op == "gather" || op == "lookup" || op == "take_rows";
}

bool puts_rows_in_place(const Instance& instance, const Step& step) {
  if (!step.op || step.op->name() != "put_rows") return false;
  const auto to = static_cast<std::size_t>(step.outputs[0]);
  return instance.places[to].kind == Place::Kind::state;
}

}  // namespace

double moved_bytes(const Instance& instance, const Step& step) {
  auto bytes = [&](std::int32_t v) {
    const Type& t = instance.types[static_cast<std::size_t>(v)];
    return static_cast<double>(t.shape.elements()) *
           static_cast<double>(size_of(t.dtype));
  };
  if (takes_rows(step)) {
    return bytes(step.op_inputs[1]) + 2 * bytes(step.op_outputs[0]);
  }
  if (puts_rows_in_place(instance, step)) {
    return bytes(step.op_inputs[1]) + 2 * bytes(step.op_inputs[2]);
  }
  double all = 0;
  for (std::int32_t v : step.inputs) all += bytes(v);
  for (std::int32_t v : step.outputs) all += bytes(v);
  return all;
}

}  // namespace weft::runtime
