// A scan and the same scan with more results, which a derivative made, are one.

#include <map>
#include <numeric>

#include "ops/bodies.h"
#include "src/compile/ir.h"

namespace weft::passes {

namespace {

const Scan* scan_of(const IrNode& n) {
  return n.op->name() == Scan::name ? static_cast<const Scan*>(n.op->object())
                                    : nullptr;
}

/// True if the first results of `more` are those of `fewer`.
bool extends(const Scan& more, const Scan& fewer) {
  const std::size_t n = fewer.body->outputs.size();
  if (more.carries != fewer.carries || more.sequences != fewer.sequences ||
      more.reverse != fewer.reverse || more.length != fewer.length ||
      more.body->outputs.size() < n) {
    return false;
  }
  std::vector<std::size_t> first(n);
  std::iota(first.begin(), first.end(), 0U);
  return with_outputs(more.body, first) == fewer.body;
}

/// Lets the earlier node do what the later one does; false if neither can do
/// the work of both.
bool join(Ir& ir, IrNode& early, IrNode& late, std::vector<std::int32_t>& now) {
  const Scan &a = *scan_of(early), &b = *scan_of(late);
  const bool grows = extends(b, a);
  if (!grows && !extends(a, b)) return false;
  const std::size_t n = std::min(early.outputs.size(), late.outputs.size());
  for (std::size_t i = 0; i < n; ++i) {
    now[static_cast<std::size_t>(late.outputs[i])] = early.outputs[i];
  }
  if (grows) {
    early.op = late.op;
    for (std::size_t i = n; i < late.outputs.size(); ++i) {
      early.outputs.push_back(late.outputs[i]);
      ir.value(late.outputs[i]).producer = ir.value(early.outputs[0]).producer;
    }
  }
  late.outputs.clear();
  late.inputs.clear();
  return true;
}

}  // namespace

void merge_scans(Ir& ir) {
  std::vector<std::int32_t> now(ir.values.size());
  std::iota(now.begin(), now.end(), 0);
  std::map<std::vector<std::int32_t>, std::vector<std::size_t>> seen;
  for (std::size_t n = 0; n < ir.nodes.size(); ++n) {
    IrNode& node = ir.nodes[n];
    for (auto* values : {&node.inputs, &node.after}) {
      for (std::int32_t& v : *values) v = now[static_cast<std::size_t>(v)];
    }
    if (!scan_of(node)) continue;
    auto& same = seen[node.inputs];
    bool joined = false;
    for (std::size_t other : same) {
      joined = joined || join(ir, ir.nodes[other], node, now);
    }
    if (!joined) same.push_back(n);
  }
  for (std::int32_t& v : ir.outputs) v = now[static_cast<std::size_t>(v)];
  for (IrAssign& a : ir.assigns)
    a.value = now[static_cast<std::size_t>(a.value)];
  drop_unused(ir);
}

}  // namespace weft::passes
