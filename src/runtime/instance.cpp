#include "src/runtime/instance.h"

#include <algorithm>

#include "src/runtime/body_run.h"
#include "src/runtime/nothing.h"
#include "src/runtime/simulate.h"
#include "weft/error.h"

namespace weft::runtime {

namespace {

constexpr std::size_t kParallelSteps = 4096;

class Planner {
 public:
  Planner(const passes::Ir& ir, const SymbolSizes& sizes,
          const PlanOptions& options)
      : ir_(ir), options_(options), made_(std::make_unique<Instance>()) {
    made_->sizes = sizes;
  }

  std::unique_ptr<Instance> plan() {
    const PlanOptions& options = options_;
    resolve_types();
    find_places();
    add_steps();
    add_state_writes(*made_, ir_, step_of_node_);
    for (Step& s : made_->steps) bind(s);
    link_steps(*made_, ir_);
    const std::size_t n = made_->steps.size();
    made_->parallel = made_->total_cost > options.parallel_from &&
                      n <= kParallelSteps && gains(options.parallel_from);
    plan_memory(*made_, ir_, options.reuse_memory);
    bind_groups();
    fill_arguments(*made_, ir_, options_.is_body);
    if (made_->parallel) made_->run = std::make_unique<RunState>(n);
    return std::move(made_);
  }

 private:
  /// True if a second thread would save a tenth of the time; always where the
  /// caller asks for threads at any size.
  bool gains(double parallel_from) const {
    return parallel_from <= 0 || simulate(*made_, estimated_costs(*made_), 2) <
                                     0.9 * made_->total_cost;
  }

  const Type& type(std::int32_t v) const {
    return made_->types[static_cast<std::size_t>(v)];
  }
  Place& place(std::int32_t v) {
    return made_->places[static_cast<std::size_t>(
        made_->root[static_cast<std::size_t>(v)])];
  }

  void resolve_types() {
    for (const passes::IrValue& v : ir_.values) {
      const bool used = v.origin != passes::Origin::node || v.producer >= 0;
      made_->types.push_back(
          used ? Type{v.type.dtype, v.type.shape.resolve(made_->sizes)}
               : Type{});
    }
  }

  void find_places() {
    const std::size_t n = ir_.values.size();
    made_->root.resize(n);
    made_->places.resize(n);
    for (std::size_t v = 0; v < n; ++v) {
      made_->root[v] = static_cast<std::int32_t>(v);
      Place& p = made_->places[v];
      p.index = ir_.values[v].index;
      switch (ir_.values[v].origin) {
        case passes::Origin::input: p.kind = Place::Kind::input; break;
        case passes::Origin::state: p.kind = Place::Kind::state; break;
        case passes::Origin::constant: p.kind = Place::Kind::constant; break;
        case passes::Origin::node: p.kind = Place::Kind::arena; break;
      }
    }
    for (const passes::IrNode& node : ir_.nodes) {
      if (!node.op->traits().alias) continue;
      made_->root[static_cast<std::size_t>(node.outputs[0])] =
          made_->root[static_cast<std::size_t>(node.inputs[0])];
    }
    for (std::size_t i = 0; i < ir_.outputs.size(); ++i) {
      Place& p = place(ir_.outputs[i]);
      if (!options_.is_body && !is_written_in_place(ir_.outputs[i])) continue;
      p.kind = Place::Kind::output;
      p.index = static_cast<std::int32_t>(i);
    }
  }

  /// Whether a program's result is made in the caller's tensor: large ones, of
  /// which a copy would be felt.
  bool is_written_in_place(std::int32_t v) {
    constexpr std::size_t kLeastBytes = 4096;
    const Type& t = type(v);
    return place(v).kind == Place::Kind::arena &&
           static_cast<std::size_t>(t.shape.elements()) * size_of(t.dtype) >=
               kLeastBytes;
  }

  void add_steps() {
    for (std::size_t n = 0; n < ir_.nodes.size(); ++n) {
      const passes::IrNode& node = ir_.nodes[n];
      const OpTraits traits = node.op->traits();
      step_of_node_.push_back(
          traits.alias ? -1 : static_cast<std::int32_t>(made_->steps.size()));
      if (traits.alias) continue;
      if (follow_blocks(node)) {
        --step_of_node_.back();
        continue;
      }
      Step step;
      step.inputs = node.inputs;
      step.outputs = node.outputs;
      step.source = node.source;
      step.after = node.after;
      step.throws = traits.throws;
      if (auto group =
              std::dynamic_pointer_cast<const passes::Group>(node.op)) {
        step.group_op = std::move(group);
        step.group_inputs = node.inputs;
        step.group_outputs = node.outputs;
        make_group(step, {});
      } else {
        step.op = node.op;
        step.op_inputs = node.inputs;
        step.op_outputs = node.outputs;
      }
      made_->steps.push_back(std::move(step));
    }
  }

  void make_group(Step& step, std::vector<Block> blocks) {
    std::vector<Shape> shapes;
    for (std::int32_t v : step.group_inputs) shapes.push_back(type(v).shape);
    step.group = std::make_unique<GroupKernel>(
        *step.group_op, shapes, step.group_op->shape.resolve(made_->sizes),
        std::move(blocks));
  }

  /// Joins a group to the step before it, if that is its host and the blocks
  /// suit the group.
  bool follow_blocks(const passes::IrNode& node) {
    const auto group = std::dynamic_pointer_cast<const passes::Group>(node.op);
    if (!group || group->host_input < 0 || made_->steps.empty()) return false;
    const std::int32_t host =
        node.inputs[static_cast<std::size_t>(group->host_input)];
    Step& step = made_->steps.back();
    if (step.group_op || !step.op || step.op_outputs != std::vector{host}) {
      return false;
    }
    std::vector<Block> blocks = blocks_of(step);
    // Tiles of these sizes may be no blocks.
    if (std::any_of(blocks.begin(), blocks.end(),
                    [](const Block& b) { return b.rows < 0; })) {
      return false;
    }
    if (!GroupKernel::may_follow(*group, blocks, type(host).shape)) {
      return false;
    }
    step.group_op = group;
    step.group_inputs = node.inputs;
    step.group_outputs = node.outputs;
    step.outputs = node.outputs;
    if (group->host_is_local) {
      for (const Block& b : blocks) {
        step.block_bytes =
            std::max(step.block_bytes,
                     b.rows * b.columns *
                         static_cast<std::int64_t>(size_of(type(host).dtype)));
      }
    } else {
      step.outputs.push_back(host);
    }
    for (std::int32_t v : node.inputs) {
      if (v != host) step.inputs.push_back(v);
    }
    step.after.insert(step.after.end(), node.after.begin(), node.after.end());
    make_group(step, std::move(blocks));
    return true;
  }

  std::vector<Block> blocks_of(const Step& step) const {
    const auto in = types_of(step.op_inputs), out = types_of(step.op_outputs);
    const Work work{in, out, &made_->sizes};
    std::vector<Block> blocks;
    const std::int64_t tiles = step.op->tiles(work);
    for (std::int64_t t = 0; t < tiles; ++t) {
      blocks.push_back(step.op->block(work, t));
    }
    return blocks;
  }

  std::vector<Type> types_of(const std::vector<std::int32_t>& values) const {
    std::vector<Type> types;
    for (std::int32_t v : values) types.push_back(type(v));
    return types;
  }
  static std::vector<DType> dtypes_of(const std::vector<Type>& types) {
    std::vector<DType> dtypes;
    for (const Type& t : types) dtypes.push_back(t.dtype);
    return dtypes;
  }

  void bind(Step& step) {
    const double bytes = moved_bytes(*made_, step);
    double flops = 0, ns = 0;
    if (const auto* op = dynamic_cast<const passes::BodyOp*>(step.op.get())) {
      step.body = std::make_shared<BodyRun>(*op, made_->sizes, options_);
      step.scratch_bytes = step.body->scratch_bytes();
      ns += step.body->cost();
      flops += step.body->flops();
    } else if (step.op) {
      const auto in = types_of(step.op_inputs), out = types_of(step.op_outputs);
      const Work work{in, out, &made_->sizes};
      const double op_flops = step.op->flops(work);
      // A product makes the most of the processor, other kernels do not.
      ns += op_flops / (step.op->traits().blocks ? 80 : 5);
      flops += op_flops;
      const auto ins = dtypes_of(in), outs = dtypes_of(out);
      step.kernel = step.op->kernel(ins, outs);
      step.finish = step.op->finish(ins, outs);
      step.parts = step.op->tiles(work);
      step.scratch_bytes = step.op->scratch(work);
      if (!step.kernel) {
        throw GraphError("[compile] no kernel for " + to_string(*step.op));
      }
      if (makes_nothing(*step.op, out)) {
        step.kernel = &make_nothing;
        step.finish = nullptr;
        step.parts = 1;
        step.scratch_bytes = 0;
      }
    }
    if (step.group) {
      const double group_flops =
          step.group_op->flops(Work{{}, {}, &made_->sizes});
      ns += group_flops / 8;
      flops += group_flops;
      step.parts = step.group->parts();
      step.group_scratch = (step.scratch_bytes + 63) / 64 * 64;
      if (step.group->scratch_bytes() > 0) {
        step.scratch_bytes = step.group_scratch + step.group->scratch_bytes();
      }
    }
    step.has_finish = step.finish || (step.group && step.group->has_finish());
    step.cost = 20 + std::max(ns, bytes / 60);
    step.flops = flops;
    step.bytes = bytes;
    made_->total_cost += step.cost;
    made_->total_flops += flops;
  }

  /// After the memory plan: a result that shares memory with an input that a
  /// later instruction reads is written last.
  void bind_groups() {
    for (Step& step : made_->steps) {
      if (!step.group) continue;
      step.group->bind(*step.group_op, deferred_results(step, *step.group_op));
      step.group_input_count =
          static_cast<std::int32_t>(step.group_inputs.size());
      if (!step.op) step.direct = step.group->direct();
    }
  }

  bool share(std::int32_t a, std::int32_t b) {
    const Place& p = place(a);
    const Place& q = place(b);
    if (p.kind != q.kind) return false;
    if (p.kind == Place::Kind::state) return p.index == q.index;
    return p.kind == Place::Kind::arena && p.offset == q.offset &&
           type(a).shape.elements() > 0;
  }

  std::vector<bool> deferred_results(const Step& step,
                                     const passes::Group& group) {
    std::vector<bool> deferred(step.group_outputs.size());
    for (std::size_t r = 0; r < step.group_outputs.size(); ++r) {
      if (group.results[r].extent != passes::Extent::all) continue;
      const auto written =
          static_cast<std::size_t>(group.results[r].instruction);
      for (std::size_t i = written + 1; i < group.code.size(); ++i) {
        for (const passes::Operand& o : group.code[i].operands) {
          if (!o.external) continue;
          const auto in = static_cast<std::size_t>(o.index);
          if (share(step.group_inputs[in], step.group_outputs[r])) {
            deferred[r] = true;
          }
        }
      }
    }
    return deferred;
  }

  const passes::Ir& ir_;
  const PlanOptions options_;
  std::unique_ptr<Instance> made_;
  std::vector<std::int32_t> step_of_node_;
};

}  // namespace

std::unique_ptr<Instance> make_instance(const passes::Ir& ir,
                                        const SymbolSizes& sizes,
                                        const PlanOptions& options) {
  return Planner(ir, sizes, options).plan();
}

}  // namespace weft::runtime
