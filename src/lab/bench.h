#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "weft/lab.h"
#include "weft/nn.h"
#include "weft/program.h"

namespace weft::lab {

/// A network in training: inputs, class numbers, and what is made of them.
struct Net {
  Value x, y;
  Value z;       ///< weighted inputs of the last layer
  Value output;  ///< activations of the last layer
  Value loss;
};

/// One of the trainings that are compared: plain stochastic gradient descent,
/// as in the essay.
struct Plan {
  std::string name;
  std::function<Net(Graph&, const Bench&)> build;
  double rate = 0.1;
  std::int64_t batch = 10;
  double epochs = 6;
  /// Changes the first parameters.
  std::function<void(State&, std::uint64_t seed)> prepare = {};
  /// Looks at every step at first, rarer later.
  bool looks_early = false;
};

/// What is seen of a training on held-out examples.
struct Trace {
  std::vector<double> step, epoch, cost, accuracy;
  State first, last;
  double mean_accuracy() const;  ///< over all looks but the first
  double final_accuracy() const { return accuracy.back(); }
};

/// Where experiments are made: the examples, the seeds, the threads.
class Bench {
 public:
  Bench(const Examples& examples, const Settings& settings);

  bool quick() const { return settings_.quick; }
  std::size_t seeds() const {
    return static_cast<std::size_t>(settings_.seeds);
  }
  std::int64_t inputs() const { return inputs_; }
  std::int64_t classes() const { return classes_; }
  /// The rows to learn from of the seed of that index; each seed has others if
  /// there are enough.
  data::Dataset train_set(std::size_t seed, std::int64_t rows = 0) const;
  /// Held-out examples, the same for all.
  const Tensor& test_x() const { return test_x_; }
  const Tensor& test_y() const { return test_y_; }
  std::int64_t train_rows() const { return train_rows_; }
  std::uint64_t seed_value(std::size_t index) const {
    return settings_.first_seed + index;
  }

  /// Calls job(0 … count − 1) on all threads; they must not depend on each
  /// other. Rethrows the first error. Throws if the user stops.
  void each(std::size_t count,
            const std::function<void(std::size_t)>& job) const;
  /// traces[plan][seed]
  std::vector<std::vector<Trace>> train(const std::vector<Plan>& plans) const;
  /// A number for each seed.
  std::vector<double> per_seed(
      const std::function<double(std::size_t)>& measure) const;

 private:
  Trace train_one(const Plan& plan, std::size_t seed) const;

  const Examples& examples_;
  Settings settings_;
  std::int64_t inputs_ = 0, classes_ = 0, train_rows_ = 0;
  Tensor test_x_, test_y_;
};

// ---- networks

/// How a network of one hidden layer is made.
struct NetOptions {
  std::int64_t hidden = 30;
  int layers = 1;  ///< hidden ones
  std::function<Value(Value z, int layer)> hidden_activation = {};  // sigmoid
  Initializer weight = initializers::lecun_normal();
  Initializer bias = initializers::zeros();
  double input_scale = 1;
  DType dtype = DType::f32;
};
enum class Pair {
  sigmoid_quadratic,
  sigmoid_cross_entropy,
  linear_quadratic,
  softmax_log_likelihood
};
Net make_net(Graph& g, const Bench& bench, Pair pair,
             const NetOptions& options = {});

// ---- numbers

/// f(trace) for each.
std::vector<double> each_of(const std::vector<Trace>& traces,
                            const std::function<double(const Trace&)>& f);
std::vector<double> minus(const std::vector<double>& a,
                          const std::vector<double>& b);
std::vector<double> over(const std::vector<double>& a,
                         const std::vector<double>& b);
/// Mean and spread over traces, looked at the same steps.
Curve mean_curve(const std::string& name, const std::vector<Trace>& traces,
                 std::vector<double> Trace::*y);
Picture accuracy_picture(const std::string& id, const std::string& title,
                         const std::string& note,
                         const std::vector<Plan>& plans,
                         const std::vector<std::vector<Trace>>& traces);
/// A curve of f from low to high.
Curve curve_of(const std::string& name, double low, double high,
               const std::function<Value(Value)>& f, int points = 161);
/// The elements of a tensor.
std::vector<double> numbers(const Tensor& t);
/// The shares of values in bins from low to high, as a density.
Curve density(const std::string& name, const std::vector<double>& values,
              double low, double high, int bins);

// ---- experiments, in files by what they are about

namespace claims {
void saturation(const Bench&, Result&);
void low_input(const Bench&, Result&);
void cross_entropy(const Bench&, Result&);
void linear_output(const Bench&, Result&);
void tanh_sigmoid(const Bench&, Result&);
void softmax_outputs(const Bench&, Result&);
void log_likelihood(const Bench&, Result&);
void relu(const Bench&, Result&);
void leaky_relu(const Bench&, Result&);
void prelu(const Bench&, Result&);
void weights(const Bench&, Result&);
void biases(const Bench&, Result&);
void minimisers(const Bench&, Result&);
}  // namespace claims

}  // namespace weft::lab
