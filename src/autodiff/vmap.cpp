#include "weft/vmap.h"

#include "src/autodiff/mapping.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/ops.h"

namespace weft {

namespace {

/// The axis of each of xs that is mapped, not negative; -1 if it has none.
std::vector<int> mapped_axes(const std::vector<Value>& xs,
                             const VmapOptions& options, const Source& at) {
  const auto& given = options.axes;
  if (!given.empty() && given.size() != xs.size()) {
    throw GraphError("[vmap] " + std::to_string(given.size()) + " axes for " +
                     std::to_string(xs.size()) + " values" + at_line(at));
  }
  std::vector<int> axes;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const auto axis = given.empty() ? std::optional<std::int64_t>(0) : given[i];
    axes.push_back(-1);
    if (!axis) continue;
    const std::int64_t rank = xs[i].rank();
    const std::int64_t a = *axis < 0 ? *axis + rank : *axis;
    if (a < 0 || a >= rank) {
      throw ShapeError("[vmap] value " + std::to_string(i) + " is " +
                       to_string(xs[i].type()) + ", which has no axis " +
                       std::to_string(*axis) + at_line(at));
    }
    axes.back() = static_cast<int>(a);
  }
  std::size_t known = xs.size();
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (axes[i] < 0) continue;
    if (known == xs.size()) known = i;
    const Dim a = xs[known].shape()[axes[known]], b = xs[i].shape()[axes[i]];
    if (a == b) continue;
    throw ShapeError("[vmap] value " + std::to_string(known) + " has " +
                     to_string(a) + " examples, value " + std::to_string(i) +
                     " has " + to_string(b) + ": " +
                     to_string(xs[known].shape()) + " and " +
                     to_string(xs[i].shape()) + at_line(at));
  }
  return axes;
}

Type without_axis(const Type& t, int axis) {
  Type one{t.dtype, {}};
  for (int i = 0; i < t.shape.rank(); ++i) {
    if (i != axis) one.shape.push_back(t.shape[i]);
  }
  return one;
}

Value axis_first(Value x, int axis) {
  if (axis == 0) return x;
  std::vector<std::int64_t> order{axis};
  for (int i = 0; i < x.rank(); ++i) {
    if (i != axis) order.push_back(i);
  }
  return transpose(x, order);
}

}  // namespace

std::vector<Value> vmap(const Function& f, const std::vector<Value>& xs,
                        const VmapOptions& options, Source at) {
  const std::vector<int> axes = mapped_axes(xs, options, at);
  std::optional<Dim> count;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (axes[i] >= 0) count = xs[i].shape()[axes[i]];
  }
  if (!count) {
    throw GraphError("[vmap] needs a value with an axis of examples" +
                     at_line(at));
  }
  Graph& graph = xs.front().graph();
  BodyBuilder builder(graph, "vmap");
  std::vector<Value> one;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    one.push_back(axes[i] < 0
                      ? builder.input(xs[i].type())
                      : builder.input(without_axis(xs[i].type(), axes[i])));
  }
  const Body body = builder.finish(f(one), BodyBuilder::Constants::captured);
  std::vector<Lane> arguments;
  {
    const CallScope call(graph, at);
    for (std::size_t i = 0; i < xs.size(); ++i) {
      const bool mapped = axes[i] >= 0;
      arguments.push_back(
          {mapped ? axis_first(xs[i], axes[i]) : xs[i], mapped});
    }
  }
  for (const Value& v : builder.captured()) arguments.push_back({v, false});
  std::vector<Value> results;
  const auto found = add_mapped(graph, body, arguments, *count);
  const CallScope call(graph, at);
  for (const Lane& lane : found) {
    results.push_back(lane.mapped
                          ? lane.value
                          : Batched(graph, *count, {}, {}).repeat(lane.value));
  }
  return results;
}

Value vmap(const std::function<Value(Value)>& f, Value x, Source at) {
  return vmap(
             [&](const std::vector<Value>& xs) {
               return std::vector{f(xs.front())};
             },
             {x}, {}, at)
      .front();
}

}  // namespace weft
