// Joins a product and the sum that alone reads it: one instruction instead of
// two, with one rounding instead of two.

#include "src/compile/ir.h"
#include "weft/registry.h"

namespace weft::passes {

void contract(Ir& ir) {
  const std::vector<int> uses = count_uses(ir);
  auto product = [&](std::int32_t v, const Type& type) -> const IrNode* {
    const IrValue& value = ir.value(v);
    if (value.origin != Origin::node || value.type != type ||
        uses[static_cast<std::size_t>(v)] != 1) {
      return nullptr;
    }
    const IrNode& n = ir.nodes[static_cast<std::size_t>(value.producer)];
    return n.op->name() == "multiply" ? &n : nullptr;
  };
  const OpPtr add = registry().prototype("multiply_add");
  const OpPtr subtract = registry().prototype("subtract_product");
  for (IrNode& node : ir.nodes) {
    const std::string_view op = node.op->name();
    if (op != "add" && op != "subtract") continue;
    const Type& type = ir.value(node.outputs[0]).type;
    if (!is_floating(type.dtype)) continue;
    const IrNode* right = product(node.inputs[1], type);
    const IrNode* left = op == "add" ? product(node.inputs[0], type) : nullptr;
    if (!right && !left) continue;
    const IrNode& factors = right ? *right : *left;
    node.inputs = {factors.inputs[0], factors.inputs[1],
                   node.inputs[right ? 0 : 1]};
    node.op = op == "add" ? add : subtract;
  }
  drop_unused(ir);
}

}  // namespace weft::passes
