// The ops with bodies for a batch of examples: the same op with bodies for a
// batch. What differs between examples in one step of a loop does in all.

#include <algorithm>

#include "ops/bodies.h"
#include "src/autodiff/mapping.h"
#include "weft/batched.h"

namespace weft {

namespace {

using Marks = std::vector<bool>;

Marks marks_of(const Batched& in, std::size_t begin, std::size_t end) {
  Marks marks;
  for (std::size_t i = begin; i < end; ++i) marks.push_back(in.mapped(i));
  return marks;
}

/// The results of an op, of which only those that are marked are mapped, as
/// mapped ones.
std::vector<Value> repeated(const Batched& in, std::vector<Value> results,
                            const Marks& mapped) {
  for (std::size_t k = 0; k < results.size(); ++k) {
    if (!mapped[k]) results[k] = in.repeat(results[k]);
  }
  return results;
}

/// (a, b, …) as (b, a, …).
Value swap_first(Value x) {
  std::vector<std::int64_t> order{1, 0};
  for (int i = 2; i < x.rank(); ++i) order.push_back(i);
  return transpose(x, order);
}

}  // namespace

std::vector<Value> Checkpoint::vmap(const Batched& in) const {
  const Marks inputs = marks_of(in, 0, in.size());
  const Marks outputs = mapped_outputs(body, inputs);
  std::vector<Value> values;
  for (std::size_t i = 0; i < in.size(); ++i) values.push_back(in.shared(i));
  const Checkpoint op{mapped_body(body, inputs, outputs, in.count(), "vmap"),
                      waits};
  return repeated(in, in.graph().add(make_op(op), values, Source{}), outputs);
}

/// What differs between examples because of what it was derived from, such as
/// gradients of what they share, is kept apart for each.
std::vector<Value> CustomVjp::vmap(const Batched& in) const {
  const std::size_t own = body->inputs.size(), results = body->outputs.size();
  Marks inputs = marks_of(in, 0, in.size());
  const auto n = static_cast<std::ptrdiff_t>(arguments);
  std::fill_n(inputs.begin(), n, true);
  const Marks forward(inputs.begin(),
                      inputs.begin() + static_cast<std::ptrdiff_t>(own));
  Marks back(static_cast<std::size_t>(arguments) + 2 * results, true);
  back.insert(back.end(), inputs.begin() + static_cast<std::ptrdiff_t>(own),
              inputs.end());
  CustomVjp op = *this;
  op.body =
      mapped_body(body, forward, Marks(results, true), in.count(), "vmap");
  op.backward = mapped_body(backward, back,
                            Marks(static_cast<std::size_t>(arguments), true),
                            in.count(), "vmap");
  std::vector<Value> values;
  for (std::size_t i = 0; i < in.size(); ++i) {
    values.push_back(inputs[i] ? in[i] : in.shared(i));
  }
  return in.graph().add(make_op(op), values, Source{});
}

/// A condition of each example is left to the loop over them.
std::vector<Value> Cond::vmap(const Batched& in) const {
  if (in.mapped(0)) return {};
  const Marks inputs = marks_of(in, 1, in.size());
  Marks outputs = mapped_outputs(then, inputs);
  const Marks others = mapped_outputs(otherwise, inputs);
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    outputs[k] = outputs[k] || others[k];
  }
  const Cond op{mapped_body(then, inputs, outputs, in.count(), "vmap"),
                mapped_body(otherwise, inputs, outputs, in.count(), "vmap")};
  std::vector<Value> values;
  for (std::size_t i = 0; i < in.size(); ++i) values.push_back(in.shared(i));
  return repeated(in, in.graph().add(make_op(op), values, Source{}), outputs);
}

std::vector<Value> Scan::vmap(const Batched& in) const {
  const auto c = static_cast<std::size_t>(carries);
  const auto s = static_cast<std::size_t>(sequences);
  Marks inputs = marks_of(in, 0, in.size());
  Marks outputs = mapped_outputs(body, inputs);
  for (bool grew = true; grew;) {
    grew = false;
    for (std::size_t i = 0; i < c; ++i) {
      if (!outputs[i] || inputs[i]) continue;
      inputs[i] = grew = true;
    }
    outputs = mapped_outputs(body, inputs);
  }
  for (std::size_t i = 0; i < c; ++i) outputs[i] = inputs[i];
  std::vector<Value> values;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const bool sequence = i >= c && i < c + s;
    values.push_back(!inputs[i] ? in.shared(i)
                                : (sequence ? swap_first(in[i]) : in[i]));
  }
  Scan op = *this;
  op.body = mapped_body(body, inputs, outputs, in.count(), "vmap");
  std::vector<Value> results = in.graph().add(make_op(op), values, Source{});
  for (std::size_t k = c; k < results.size(); ++k) {
    if (outputs[k]) results[k] = swap_first(results[k]);
  }
  return repeated(in, std::move(results), outputs);
}

}  // namespace weft
