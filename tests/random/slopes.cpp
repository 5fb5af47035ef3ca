#include <algorithm>
#include <cmath>
#include <map>

#include "recipe.h"

namespace random_graphs {

namespace {

/// Whether an op has samples whose derivative differences show. Of a custom
/// derivative that holds for its samples alone.
bool is_smooth(const Op& op) {
  static std::map<std::string, bool> known;
  const std::string name(op.name());
  const auto [at, added] = known.emplace(name, false);
  if (added && name != "custom_vjp") {
    for (const Sample& s : op.samples()) at->second = at->second || s.smooth;
  }
  return at->second;
}

/// Whether the gradient is that of the values: nothing is kept from it on
/// purpose, and nothing rounds coarsely.
bool is_faithful(const Graph& g) {
  for (std::size_t i = 0; i < g.size(); ++i) {
    const Node& n = g.node(static_cast<std::int32_t>(i));
    for (const Type& t : n.outputs) {
      if (t.dtype == DType::f32) return false;
    }
    if (n.op != nullptr && !is_smooth(*n.op)) return false;
  }
  return true;
}

/// Whether the graph takes a matrix apart, whose derivative may be 0·∞ where
/// the matrix is singular.
bool has_decomposition(const Graph& g) {
  for (std::size_t i = 0; i < g.size(); ++i) {
    const Node& n = g.node(static_cast<std::int32_t>(i));
    if (n.op == nullptr) continue;
    for (const char* name : {"cholesky", "det", "eigh", "qr", "solve",
                             "solve_triangular", "svd"}) {
      if (n.op->name() == name) return true;
    }
  }
  return false;
}

/// Whether an R of a qr has nothing left on its diagonal: the columns depend on
/// each other, and Q may be any of many.
bool is_singular(const Tensor& r) {
  const std::int64_t rows = r.shape().dim(r.rank() - 2);
  const std::int64_t columns = r.shape().dim(r.rank() - 1);
  double greatest = 0;
  for (std::int64_t i = 0; i < r.size(); ++i) {
    greatest = std::max(greatest, std::abs(r.at(i)));
  }
  for (std::int64_t first = 0; first < r.size(); first += rows * columns) {
    for (std::int64_t k = 0; k < std::min(rows, columns); ++k) {
      const double left = std::abs(r.at(first + k * columns + k));
      if (left < 1e-6 * (1 + greatest)) return true;
    }
  }
  return false;
}

/// Whether values of an svd or eigh coincide or vanish: their vectors may be
/// any of a plane, and have no derivative. Nor has the Q of dependent columns.
bool has_equal_values(const Built& b) {
  std::vector<Value> found, triangles;
  for (std::size_t i = 0; i < b.graph->size(); ++i) {
    const auto index = static_cast<std::int32_t>(i);
    const Node& n = b.graph->node(index);
    if (n.op == nullptr) continue;
    if (n.op->name() == "svd") found.emplace_back(b.graph.get(), index, 1);
    if (n.op->name() == "eigh") found.emplace_back(b.graph.get(), index, 0);
    if (n.op->name() == "qr") triangles.emplace_back(b.graph.get(), index, 1);
  }
  const std::size_t count = found.size();
  found.insert(found.end(), triangles.begin(), triangles.end());
  const std::size_t all = found.size();
  if (all == 0) return false;
  for (const Feed& f : b.feeds) found.push_back(f.first);
  State state = b.state.clone();
  Executor run({.threads = 1});
  const auto values =
      run(compile(*b.graph, {.outputs = found}), state, b.feeds);
  for (std::size_t k = count; k < all; ++k) {
    if (is_singular(values[k])) return true;
  }
  for (std::size_t k = 0; k < count; ++k) {
    const Tensor& v = values[k];
    const std::int64_t n = v.shape().dim(v.rank() - 1);
    for (std::int64_t i = 0; i < v.size(); ++i) {
      const double least = 1e-6 * (1 + std::abs(v.at(i)));
      if (std::abs(v.at(i)) < least) return true;
      for (std::int64_t j = i / n * n; j < i; ++j) {
        if (std::abs(v.at(i) - v.at(j)) < least) return true;
      }
    }
  }
  return false;
}

/// A scalar along a line through the parameters.
class Line {
 public:
  Line(const Built& b, Value y)
      : built_(b),
        y_(y),
        program_(compile(*b.graph, {.outputs = with_inputs({y})})),
        state_(b.state.clone()) {
    RandomSequence draws(Philox({b.state.seed}, 77, 0));
    for (const Value& p : b.graph->parameters()) {
      Tensor d(DType::f64, state_.at(p.path()).shape());
      for (double& v : d.values<double>()) v = draws.normal();
      directions_.push_back(d);
    }
  }

  double value(double step) {
    std::size_t i = 0;
    for (const Value& p : built_.graph->parameters()) {
      const Tensor& from = built_.state.at(p.path());
      Tensor& to = state_.at(p.path());
      for (std::int64_t k = 0; k < from.size(); ++k) {
        to.data<double>()[k] = from.at(k) + step * directions_[i].at(k);
      }
      ++i;
    }
    return run_(program_, state_, built_.feeds).front().item();
  }

  /// By the gradient.
  double slope() {
    const std::vector<Value> xs = built_.graph->parameters();
    const std::vector<Value> found = gradients(y_, xs);
    const Program p = compile(*built_.graph, {.outputs = with_inputs(found)});
    value(0);
    const std::vector<Tensor> g = run_(p, state_, built_.feeds);
    double sum = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      for (std::int64_t k = 0; k < g[i].size(); ++k) {
        sum += g[i].at(k) * directions_[i].at(k);
      }
    }
    return sum;
  }

 private:
  /// The inputs as well, from which sizes are known that only they tell.
  std::vector<Value> with_inputs(std::vector<Value> outputs) const {
    for (const Feed& f : built_.feeds) outputs.push_back(f.first);
    return outputs;
  }

  const Built& built_;
  Value y_;
  Program program_;
  State state_;
  std::vector<Tensor> directions_;
  Executor run_{{.threads = 1}};
};

}  // namespace

std::string slope_differs(const Built& b, Value y, std::int64_t* undetermined) {
  if (!y || b.graph->parameters().empty() || !is_faithful(*b.graph)) {
    return {};
  }
  Line line(b, y);
  auto central = [&](double h) {
    return (line.value(h) - line.value(-h)) / (2 * h);
  };
  constexpr double kStep = 1e-3;
  const double a = central(kStep), c = central(kStep / 2),
               e = central(kStep / 4);
  const double coarse = (4 * c - a) / 3, fine = (4 * e - c) / 3;
  double slope = 0;
  try {
    slope = line.slope();
  } catch (const GraphError&) {
    return {};  // an op without a derivative
  }
  // Kinks and jumps nearby show in differences that don't converge.
  const double spread = std::abs(coarse - fine) + std::abs(c - e);
  if (!(spread < 1e-3 * (1 + std::abs(fine)))) {
    if (undetermined != nullptr) ++*undetermined;
    return {};
  }
  if (std::isnan(slope) && has_decomposition(*b.graph)) {
    if (undetermined != nullptr) ++*undetermined;
    return {};
  }
  if (std::abs(slope - fine) <= 10 * spread + 1e-7 * (1 + std::abs(fine))) {
    return {};
  }
  if (has_equal_values(b)) {
    if (undetermined != nullptr) ++*undetermined;
    return {};
  }
  return "the slope is " + std::to_string(slope) + ", by differences " +
         std::to_string(fine);
}

}  // namespace random_graphs
