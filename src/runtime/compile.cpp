#include <algorithm>
#include <cstdio>

#include "src/compile/body_op.h"
#include "src/runtime/evaluate.h"
#include "src/runtime/program_impl.h"
#include "weft/error.h"
#include "weft/program.h"
#include "weft/registry.h"

namespace weft {

namespace {

constexpr std::string_view kPasses[] = {"fold",     "merge",       "algebra",
                                        "fuse",     "reductions",  "epilogues",
                                        "contract", "reuse_memory"};

void check_passes(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (std::find(std::begin(kPasses), std::end(kPasses), name) ==
        std::end(kPasses)) {
      std::string list;
      for (const std::string_view pass : kPasses) {
        list += list.empty()                    ? ""
                : pass == std::end(kPasses)[-1] ? " and "
                                                : ", ";
        list += pass;
      }
      throw GraphError("[compile] there is no pass '" + name +
                       "'; passes are " + list);
    }
  }
}

/// Outputs and new state values that are themselves inputs or states get a node
/// of their own, so that writing a state can't change them.
void separate_results(passes::Ir& ir) {
  const OpPtr copy = registry().prototype("copy");
  auto separate = [&](std::int32_t& v) {
    std::int32_t root = v;
    while (ir.value(root).origin == passes::Origin::node) {
      const auto& n =
          ir.nodes[static_cast<std::size_t>(ir.value(root).producer)];
      if (!n.op->traits().alias) return;
      root = n.inputs[0];
    }
    if (ir.value(root).origin != passes::Origin::state) return;
    passes::IrValue copied;
    copied.type = ir.value(v).type;
    copied.producer = static_cast<std::int32_t>(ir.nodes.size());
    ir.values.push_back(copied);
    const auto id = static_cast<std::int32_t>(ir.values.size() - 1);
    ir.nodes.push_back({copy, {v}, {id}, -1});
    v = id;
  };
  if (ir.assigns.empty()) return;
  for (std::int32_t& v : ir.outputs) separate(v);
  for (passes::IrAssign& a : ir.assigns) separate(a.value);
}

void check(const std::shared_ptr<runtime::ProgramImpl>& impl,
           const char* function) {
  if (impl) return;
  throw GraphError("[" + std::string(function) +
                   "] the program is empty; compile one");
}

/// Computes values again until the plan takes no more than the budget.
void meet_budget(passes::Ir& ir, const passes::FuseOptions& fusion,
                 const runtime::PlanOptions& plan,
                 const CompileOptions& options) {
  constexpr int kMostInVain = 300;  // tries without a smaller plan
  std::int64_t least = -1;
  for (int in_vain = 0; in_vain < kMostInVain; ++in_vain) {
    passes::Ir fused = ir;
    passes::fuse(fused, fusion);
    const auto bytes =
        runtime::make_instance(fused, options.budget_sizes, plan)->arena_bytes;
    if (bytes <= options.memory_budget) return;
    if (least < 0 || bytes < least) in_vain = 0;
    least = least < 0 ? bytes : std::min(least, bytes);
    if (!passes::recompute_one(ir, options.budget_sizes)) break;
  }
  throw GraphError(
      "[compile] the plan can't be made to fit the memory budget of " +
      std::to_string(options.memory_budget) + " bytes; it takes at least " +
      std::to_string(least) + ", try smaller batches");
}

}  // namespace

std::vector<std::string> pass_names() {
  return {std::begin(kPasses), std::end(kPasses)};
}

Program compile(const Graph& graph, const CompileOptions& options) {
  check_passes(options.disabled_passes);
  if (options.outputs.empty() && options.updates.empty()) {
    throw GraphError("[compile] neither outputs nor updates were given");
  }
  auto enabled = [&](std::string_view pass) {
    return std::find(options.disabled_passes.begin(),
                     options.disabled_passes.end(),
                     pass) == options.disabled_passes.end();
  };
  passes::FuseOptions fusion;
  fusion.fuse = enabled("fuse");
  fusion.reductions = fusion.fuse && enabled("reductions");
  fusion.epilogues = fusion.fuse && enabled("epilogues");
  const passes::Pass optimise = [&](passes::Ir& ir) {
    passes::inline_bodies(ir);
    if (fusion.reductions) passes::lower(ir);
    if (enabled("algebra")) passes::simplify_algebra(ir);
    if (enabled("fold")) passes::fold_constants(ir, &runtime::evaluate);
    if (enabled("algebra")) passes::simplify_algebra(ir);
    if (enabled("merge")) passes::merge_common(ir);
    if (enabled("merge")) passes::merge_scans(ir);
    passes::bind_bodies(ir, optimise,
                        [&](passes::Ir& body) { passes::fuse(body, fusion); });
    if (!fusion.fuse || !enabled("contract")) return;
    passes::contract(ir);
    passes::join_choices(ir);
  };
  passes::Ir ir = passes::prune(graph, options);
  optimise(ir);
  separate_results(ir);
  const runtime::PlanOptions plan{enabled("reuse_memory"),
                                  options.parallel_from};
  if (options.memory_budget > 0) meet_budget(ir, fusion, plan, options);
  passes::fuse(ir, fusion);
  return Program(std::make_shared<runtime::ProgramImpl>(std::move(ir), plan));
}

std::int64_t Program::planned_bytes(const SymbolSizes& sizes) const {
  check(impl_, "planned_bytes");
  return runtime::Loan(*impl_, sizes)->arena_bytes;
}

std::int64_t Program::least_bytes(const SymbolSizes& sizes) const {
  check(impl_, "least_bytes");
  return runtime::Loan(*impl_, sizes)->least_bytes;
}

std::int64_t Program::kernel_count(const SymbolSizes& sizes) const {
  check(impl_, "kernel_count");
  const runtime::Loan instance(*impl_, sizes);
  return static_cast<std::int64_t>(instance->steps.size());
}

namespace {

SymbolSizes sizes_from(
    const std::vector<std::pair<std::string, std::int64_t>>& named) {
  SymbolSizes sizes;
  for (const auto& [name, size] : named) {
    bool found = false;
    for (int id = 0; id < 255 && !found; ++id) {
      if (to_string(Dim::symbol(id)) == name) {
        sizes.sizes[static_cast<std::size_t>(id)] = size;
        found = true;
      }
    }
    if (!found) {
      throw GraphError("[summary] there is no symbol '" + name +
                       "'; did you mean batch?");
    }
  }
  return sizes;
}

}  // namespace

std::string Program::summary(
    const std::vector<std::pair<std::string, std::int64_t>>& named) const {
  check(impl_, "summary");
  const runtime::Loan instance(*impl_, sizes_from(named));
  char text[400];
  std::snprintf(text, sizeof text,
                "nodes          %zu\nkernels        %zu\n"
                "flops          %.4g\nplanned memory %lld bytes (least %lld)\n"
                "estimated work %.1f us\ncritical path  %.1f us\n"
                "schedule       %s\n",
                impl_->ir().places.size(), instance->steps.size(),
                instance->total_flops,
                static_cast<long long>(instance->arena_bytes),
                static_cast<long long>(instance->least_bytes),
                instance->total_cost / 1000, instance->critical_path / 1000,
                instance->parallel ? "parallel" : "one thread");
  return text;
}

}  // namespace weft
