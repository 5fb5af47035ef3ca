#include "src/runtime/body_run.h"

#include <algorithm>
#include <cstring>

#include "src/core/annotate.h"
#include "src/runtime/schedule.h"

namespace weft::runtime {

namespace {

using Kind = passes::BodyOp::Source::Kind;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
std::int64_t aligned(std::int64_t bytes) { return (bytes + 63) / 64 * 64; }
std::int64_t bytes_of(const Type& t) {
  return t.shape.elements() * static_cast<std::int64_t>(size_of(t.dtype));
}
char* offset(const Buffer& b, std::int64_t bytes) {
  return static_cast<char*>(b.data) + bytes;
}
void copy(void* to, const void* from, std::int64_t bytes) {
  if (bytes > 0) std::memcpy(to, from, at(bytes));
}

/// The random numbers of a step are those of no other step of any loop or
/// training (the finaliser of SplitMix64, Steele, Lea and Flood, 2014).
std::uint64_t step_of(std::uint64_t outside, std::int64_t row) {
  std::uint64_t x =
      outside + 0x9e3779b97f4a7c15U * (static_cast<std::uint64_t>(row) + 1);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

/// Throws what a body's step threw, with its place.
[[noreturn]] void run_failed(const passes::Ir& ir, const StepFailure& failure,
                             const std::string& where) {
  const std::string place =
      failure.source < 0 ? "" : "; in " + ir.places[at(failure.source)];
  try {
    std::rethrow_exception(failure.error);
  } catch (const std::exception&) {
    detail::rethrow_with(place + where);
  }
}

}  // namespace

BodyRun::BodyRun(const passes::BodyOp& op, const SymbolSizes& sizes,
                 const PlanOptions& options)
    : op_(op) {
  PlanOptions own = options;
  own.parallel_from = 1e300;
  own.is_body = true;
  std::int64_t arena = 0;
  for (const auto& part : op.parts) {
    parts_.push_back(make_instance(*part.ir, sizes, own));
    arena = std::max(arena, parts_.back()->arena_bytes);
  }
  if (op.is_loop) {
    steps_ = op.length.resolve(sizes).dim(0);
    const auto& part = op.parts.front();
    const Instance& body = *parts_.front();
    auto type = [&](std::int32_t v) -> const Type& {
      return body.types[at(v)];
    };
    for (const auto& c : op.carries) {
      Carry made;
      made.bytes = bytes_of(type(part.ir->outputs[at(c.result)]));
      made.scratch = memory_;
      memory_ += 2 * aligned(made.bytes);
      carries_.push_back(made);
    }
    for (std::size_t i = 0; i < part.sources.size(); ++i) {
      const auto& s = part.sources[i];
      input_bytes_.push_back(bytes_of(type(part.ir->inputs[i].value)));
      if (s.kind == Kind::carry) {
        carries_[at(s.index)].input = static_cast<std::int32_t>(i);
      }
    }
    for (const auto& r : part.results) {
      result_bytes_.push_back(bytes_of(type(part.ir->outputs[at(r.from)])));
    }
  }
  scratch_bytes_ = memory_ + arena;
}

double BodyRun::cost() const {
  double most = 0;
  for (const auto& p : parts_) most = std::max(most, p->total_cost);
  return most * static_cast<double>(steps_);
}

double BodyRun::flops() const {
  double most = 0;
  for (const auto& p : parts_) most = std::max(most, p->total_flops);
  return most * static_cast<double>(steps_);
}

void BodyRun::run(const Buffer* in, const Buffer* out, char* scratch,
                  const Context& context) const {
  for (const auto& p : parts_) p->set_memory(scratch + memory_);
  if (op_.is_loop) {
    loop(in, out, scratch, context);
  } else {
    branch(in, out, scratch, context);
  }
}

void BodyRun::branch(const Buffer* in, const Buffer* out, char*,
                     const Context& outside) const {
  const std::size_t chosen = *static_cast<const bool*>(in[0].data) ? 0 : 1;
  const passes::BodyOp::Part& part = op_.parts[chosen];
  Instance& body = *parts_[chosen];
  for (std::size_t i = 0; i < part.sources.size(); ++i) {
    body.point_input(i, in[part.sources[i].index].data);
  }
  for (const auto& r : part.results) {
    body.point_output(at(r.from), out[r.to].data);
  }
  Context context = outside;
  context.symbols_ = &body.sizes;
  try {
    run_serial(body, context);
  } catch (const StepFailure& failure) {
    run_failed(*part.ir, failure, "");
  }
}

void BodyRun::place_carry(std::size_t c, std::int64_t k, const Buffer* in,
                          const Buffer* out, char* scratch) const {
  const passes::BodyOp::Carry& carry = op_.carries[c];
  const Carry& own = carries_[c];
  Instance& body = *parts_.front();
  char* const places = scratch + own.scratch;
  // Before step k it is in its row of the history, or in the place that step
  // k − 1 wrote; the two take turns. The last step writes the result itself.
  auto before = [&](std::int64_t step) -> char* {
    if (carry.history >= 0) {
      return offset(out[carry.history], row(step) * own.bytes);
    }
    if (step == 0) return offset(in[carry.first], 0);
    return places + (step % 2) * aligned(own.bytes);
  };
  if (own.input >= 0) body.point_input(at(own.input), before(k));
  char* after = places + ((k + 1) % 2) * aligned(own.bytes);
  if (k + 1 < steps_) {
    after = before(k + 1);
  } else if (carry.last >= 0) {
    after = offset(out[carry.last], 0);
  }
  body.point_output(at(carry.result), after);
}

void BodyRun::loop(const Buffer* in, const Buffer* out, char* scratch,
                   Context context) const {
  const passes::BodyOp::Part& part = op_.parts.front();
  Instance& body = *parts_.front();
  for (std::size_t c = 0; c < carries_.size(); ++c) {
    const passes::BodyOp::Carry& carry = op_.carries[c];
    const void* first = in[carry.first].data;
    if (steps_ == 0 && carry.last >= 0) {
      copy(out[carry.last].data, first, carries_[c].bytes);
    } else if (steps_ > 0 && carry.history >= 0) {
      copy(offset(out[carry.history], row(0) * carries_[c].bytes), first,
           carries_[c].bytes);
    }
  }
  const std::uint64_t step = context.step_;
  context.symbols_ = &body.sizes;
  for (std::int64_t k = 0; k < steps_; ++k) {
    const std::int64_t r = row(k);
    for (std::size_t c = 0; c < carries_.size(); ++c) {
      place_carry(c, k, in, out, scratch);
    }
    for (std::size_t i = 0; i < part.sources.size(); ++i) {
      const auto& s = part.sources[i];
      if (s.kind == Kind::carry) continue;
      body.point_input(
          i,
          offset(in[s.index], s.kind == Kind::row ? r * input_bytes_[i] : 0));
    }
    for (std::size_t i = 0; i < part.results.size(); ++i) {
      const auto& result = part.results[i];
      body.point_output(at(result.from),
                        offset(out[result.to], r * result_bytes_[i]));
    }
    context.step_ = step_of(step, r);
    try {
      run_serial(body, context);
    } catch (const StepFailure& failure) {
      run_failed(*part.ir, failure, " in step " + std::to_string(r));
    }
  }
}

}  // namespace weft::runtime
