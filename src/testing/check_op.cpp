#include <algorithm>
#include <cmath>
#include <functional>

#include "src/testing/op_setup.h"
#include "weft/autodiff.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/program.h"
#include "weft/testing.h"

namespace weft::testing {

namespace {

constexpr double kTolerance = 1e-7;

/// d f / d x_i by central differences with Richardson's extrapolation, whose
/// error is of order h⁶.
double difference(double& x, const std::function<double()>& f) {
  const double at = x;
  auto central = [&](double h) {
    x = at + h;
    const double up = f();
    x = at - h;
    const double down = f();
    x = at;
    return (up - down) / (2 * h);
  };
  constexpr double kStep = 4e-3;
  const double a = central(kStep), b = central(kStep / 2),
               c = central(kStep / 4);
  const double ab = (4 * b - a) / 3, bc = (4 * c - b) / 3;
  return (16 * bc - ab) / 15;
}

class Checker {
 public:
  explicit Checker(const OpPtr& prototype) : prototype_(prototype) {
    report_.op = prototype->name();
  }

  Report run() {
    const std::vector<Sample> samples = prototype_->samples();
    expect(!samples.empty(), "has no samples()");
    guard("node written and read back", [&] { check_registry(prototype_); });
    int index = 0;
    for (const Sample& s : samples) {
      label_ = "sample " + std::to_string(index++) + ": ";
      const OpPtr op = s.op ? s.op : prototype_;
      guard("sample", [&] { check_sample(op, s); });
    }
    label_.clear();
    if (prototype_->traits().elementwise) check_sizes();
    if (!samples.empty()) check_rejection(samples.front());
    return report_;
  }

 private:
  void expect(bool ok, const std::string& what) {
    ++report_.checks;
    if (!ok) report_.failures.push_back(label_ + what);
  }
  template <class F>
  void guard(const char* what, F f) {
    try {
      f();
    } catch (const std::exception& e) {
      expect(false, std::string(what) + " threw: " + e.what());
    }
  }

  void check_registry(const OpPtr& op) {
    const OpPtr again =
        registry().make_op_by_name(op->name(), op->attributes());
    expect(*again == *op,
           "read back it is " + to_string(*again) + ", not " + to_string(*op));
  }

  /// The dtype in which an op of this sample is tested: f64 if it takes it.
  DType main_dtype(const OpPtr& op, const Sample& s) const {
    for (DType t : {DType::f64, DType::i64, DType::i32, DType::boolean}) {
      std::vector<Type> types;
      for (const SampleInput& in : s.inputs) {
        types.push_back({in.dtype.value_or(t), in.shape});
      }
      try {
        op->infer(types);
        return t;
      } catch (const Error&) {
      }
    }
    return DType::f64;
  }

  void check_sample(const OpPtr& op, const Sample& s) {
    check_registry(op);
    const DType dtype = main_dtype(op, s);
    RandomSequence draws(Philox({11}, 1, 1));
    std::vector<Tensor> tensors;
    for (const SampleInput& in : s.inputs) {
      tensors.push_back(draw_tensor(in, dtype, draws));
    }
    Setup setup;
    build(setup, op, tensors);
    const auto got = values(setup, setup.outputs);
    check_types(op, tensors, got);
    const auto parallel = values(setup, setup.outputs, 3);
    for (std::size_t i = 0; i < got.size(); ++i) {
      expect(got[i].bits_equal(parallel[i]), "differs on three threads");
    }
    if (dtype == DType::f64) check_f32(op, s.inputs, tensors, got);
    const bool differentiable = s.smooth && op->differentiable() &&
                                !op->traits().random &&
                                weighted_sum(setup.graph, setup.outputs);
    if (differentiable) check_gradients(op, tensors);
    check_transforms(op, s, dtype);
  }

  void check_transforms(const OpPtr& op, const Sample& s, DType dtype) {
    for (const std::string& f : forward_mode_failures(op, s, dtype)) {
      expect(false, f);
    }
    for (const std::string& f : mapping_failures(op, s, dtype)) {
      expect(false, f);
    }
    report_.checks += 2;
  }

  void check_types(const OpPtr& op, const std::vector<Tensor>& in,
                   const std::vector<Tensor>& out) {
    std::vector<Type> types;
    for (const Tensor& t : in) types.push_back(t.type());
    const std::vector<Type> expected = op->infer(types);
    expect(expected.size() == out.size(), "has another number of outputs");
    for (std::size_t i = 0; i < out.size(); ++i) {
      expect(out[i].type() == expected[i], "infers " + to_string(expected[i]) +
                                               " but makes " +
                                               to_string(out[i].type()));
    }
  }

  void check_f32(const OpPtr& op, const std::vector<SampleInput>& inputs,
                 const std::vector<Tensor>& tensors,
                 const std::vector<Tensor>& expected) {
    std::vector<Tensor> narrow;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const bool fixed = inputs[i].dtype.has_value();
      narrow.push_back(!fixed && tensors[i].dtype() == DType::f64
                           ? tensors[i].to(DType::f32)
                           : tensors[i]);
    }
    Setup setup;
    build(setup, op, narrow);
    if (op->traits().random) return;
    const auto got = values(setup, setup.outputs);
    for (std::size_t i = 0; i < got.size(); ++i) {
      if (!is_floating(got[i].dtype())) continue;
      double worst = 0;
      for (std::int64_t k = 0; k < got[i].size(); ++k) {
        const double e = expected[i].at(k);
        worst = std::max(worst, std::abs(got[i].at(k) - e) / (1 + std::abs(e)));
      }
      expect(worst < 1e-5, "f32 is " + std::to_string(worst) + " off f64");
    }
  }

  void check_gradients(const OpPtr& op, const std::vector<Tensor>& tensors) {
    Setup s;
    build(s, op, tensors);
    std::vector<Value> xs;
    for (const Value& x : s.inputs) {
      if (x.dtype() == DType::f64) xs.push_back(x);
    }
    if (xs.empty()) return;
    const Value y = weighted_sum(s.graph, s.outputs);
    const auto grads = gradients(y, xs);
    report_.first_order_error =
        std::max(report_.first_order_error, compare(s, y, xs, grads, "first"));
    const Value directional = weighted_sum(s.graph, grads);
    const auto second = gradients(directional, xs);
    report_.second_order_error =
        std::max(report_.second_order_error,
                 compare(s, directional, xs, second, "second"));
  }

  /// The largest error of grads, the derivatives of f, relative to 1 + |g|.
  double compare(Setup& s, Value f, const std::vector<Value>& xs,
                 const std::vector<Value>& grads, const std::string& order) {
    const auto found = values(s, grads);
    const Program p = compile(s.graph, {.outputs = {f}});
    Executor run({.threads = 1});
    auto value = [&] {
      return run(p, s.state, std::span<const Feed>{}).front().item();
    };
    double worst = 0;
    for (std::size_t i = 0; i < xs.size(); ++i) {
      expect(found[i].type() == xs[i].type(), "the gradient of input " +
                                                  std::to_string(i) + " is " +
                                                  to_string(found[i].type()));
      auto x = s.state.at(xs[i].path()).values<double>();
      for (std::size_t k = 0; k < x.size(); ++k) {
        const double expected = difference(x[k], value);
        const double g = found[i].at(static_cast<std::int64_t>(k));
        const double error = std::abs(g - expected) / (1 + std::abs(expected));
        worst = std::isnan(error) ? HUGE_VAL : std::max(worst, error);
      }
    }
    expect(worst < kTolerance, order + " derivative is " +
                                   std::to_string(worst) +
                                   " off finite differences");
    return worst;
  }

  /// Elementwise ops on shapes (0), (1) and ().
  void check_sizes() {
    const std::vector<Sample> samples = prototype_->samples();
    if (samples.empty()) return;
    for (const Shape& shape : {Shape{0}, Shape{1}, Shape{}}) {
      label_ = "shape " + to_string(shape) + ": ";
      Sample s = samples.front();
      for (SampleInput& in : s.inputs) in.shape = shape;
      const OpPtr op = s.op ? s.op : prototype_;
      guard("size", [&] { check_sample(op, s); });
    }
    label_.clear();
  }

  void check_rejection(const Sample& s) {
    const OpPtr op = s.op ? s.op : prototype_;
    std::vector<Type> types;
    const DType dtype = main_dtype(op, s);
    for (const SampleInput& in : s.inputs) {
      types.push_back({in.dtype.value_or(dtype), in.shape});
    }
    auto throws = [&](const std::vector<Type>& in) {
      try {
        op->infer(in);
        return false;
      } catch (const Error& e) {
        return std::string(e.what()).find(std::string(op->name())) !=
               std::string::npos;
      }
    };
    std::vector<Type> more = types;
    more.push_back({dtype, {}});
    if (!op->traits().variadic) {
      expect(throws(more), "takes one input too many without an Error");
    }
    if (types.size() < 2) return;
    std::vector<Type> mixed = types;
    mixed[0].dtype = mixed[0].dtype == DType::f64 ? DType::i32 : DType::f64;
    const bool tolerant = op->traits().variadic && types.size() < 2;
    if (!tolerant && types[1].dtype == types[0].dtype) {
      expect(throws(mixed), "takes mixed dtypes without an Error");
    }
  }

  OpPtr prototype_;
  Report report_;
  std::string label_;
};

}  // namespace

Report check_op(const OpPtr& prototype) { return Checker(prototype).run(); }

void require(const Report& report) {
  if (report.ok()) return;
  std::string text = "the op '" + report.op + "' fails its checks:";
  for (const std::string& f : report.failures) text += "\n  " + f;
  throw Error(text);
}

}  // namespace weft::testing
