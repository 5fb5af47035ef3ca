// Joins a comparison and the choices that alone read it: one instruction over
// numbers instead of two with booleans between them.

#include <algorithm>
#include <array>

#include "src/compile/ir.h"
#include "weft/registry.h"

namespace weft::passes {

namespace {

/// A comparison as a choice: with its operands, or what is chosen, swapped.
struct Form {
  std::string_view comparison;
  const char* choice;
  bool swap_operands = false;
  bool swap_chosen = false;
};

constexpr std::array<Form, 6> kForms{{
    {"less", "choose_less"},
    {"less_equal", "choose_less_equal"},
    {"greater", "choose_less", true},
    {"greater_equal", "choose_less_equal", true},
    {"equal", "choose_equal"},
    {"not_equal", "choose_equal", false, true},
}};

const Form* form_of(const Op& op) {
  const auto at =
      std::find_if(kForms.begin(), kForms.end(),
                   [&](const Form& f) { return f.comparison == op.name(); });
  return at == kForms.end() ? nullptr : &*at;
}

bool is_drawn(const Ir& ir, std::int32_t v) {
  const IrValue& value = ir.value(v);
  return value.origin == Origin::node &&
         ir.nodes[static_cast<std::size_t>(value.producer)].op->traits().random;
}

}  // namespace

void join_choices(Ir& ir) {
  const std::vector<int> uses = count_uses(ir);
  /// The comparison that decides a choice of the same dtype and shape.
  auto decided_by = [&](const IrNode& node) -> const IrNode* {
    if (node.op->name() != "where") return nullptr;
    const Type& type = ir.value(node.outputs[0]).type;
    const IrValue& condition = ir.value(node.inputs[0]);
    if (!is_floating(type.dtype) || condition.origin != Origin::node ||
        condition.type.shape != type.shape) {
      return nullptr;
    }
    const IrNode& n = ir.nodes[static_cast<std::size_t>(condition.producer)];
    if (!form_of(*n.op) || ir.value(n.inputs[0]).type.dtype != type.dtype) {
      return nullptr;
    }
    // Random numbers are not kept for the backward pass where a mask will do.
    const bool drawn = is_drawn(ir, n.inputs[0]) || is_drawn(ir, n.inputs[1]);
    return drawn ? nullptr : &n;
  };
  std::vector<int> choices(ir.values.size());
  for (const IrNode& node : ir.nodes) {
    if (decided_by(node)) ++choices[static_cast<std::size_t>(node.inputs[0])];
  }
  for (IrNode& node : ir.nodes) {
    const IrNode* comparison = decided_by(node);
    if (!comparison) continue;
    const auto condition = static_cast<std::size_t>(node.inputs[0]);
    if (choices[condition] != uses[condition]) continue;
    const Form& form = *form_of(*comparison->op);
    std::int32_t a = comparison->inputs[0], b = comparison->inputs[1];
    std::int32_t x = node.inputs[1], y = node.inputs[2];
    if (form.swap_operands) std::swap(a, b);
    if (form.swap_chosen) std::swap(x, y);
    node.inputs = {a, b, x, y};
    node.op = registry().prototype(form.choice);
  }
  drop_unused(ir);
}

}  // namespace weft::passes
