#include <Eigen/QR>
#include <cmath>
#include <numbers>

#include "weft/error.h"
#include "weft/initializers.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// Normal, but never more than two standard deviations from the mean: draws
/// beyond are repeated.
struct TruncatedNormal {
  static constexpr std::string_view name = "truncated_normal";
  static constexpr bool random = true;
  static constexpr bool throws = false;
  Shape shape;
  double mean = 0;
  double stddev = 1;
  DType dtype = DType::f32;
  static constexpr auto fields() {
    return std::tuple{field("shape", &TruncatedNormal::shape),
                      field("mean", &TruncatedNormal::mean),
                      field("stddev", &TruncatedNormal::stddev),
                      field("dtype", &TruncatedNormal::dtype)};
  }
  Type infer() const { return {dtype, shape}; }
  template <class T>
  void forward(const Context& c, View<T> y) const {
    RandomSequence draws(c.random(0));
    for (T& v : y) {
      double z = draws.normal();
      while (std::abs(z) > 2) z = draws.normal();
      v = static_cast<T>(mean + stddev * z);
    }
  }
  static Samples samples() { return {sample(TruncatedNormal{{2, 3}}, {})}; }
};

/// Orthonormal rows or columns, whichever are fewer, times a gain: the Q of a
/// QR decomposition of normal numbers, signs fixed by R's diagonal.
struct Orthogonal {
  static constexpr std::string_view name = "orthogonal";
  static constexpr bool random = true;
  Shape shape;
  double gain = 1;
  DType dtype = DType::f32;
  static constexpr auto fields() {
    return std::tuple{field("shape", &Orthogonal::shape),
                      field("gain", &Orthogonal::gain),
                      field("dtype", &Orthogonal::dtype)};
  }
  Type infer() const {
    if (shape.rank() < 2) {
      throw ShapeError(
          "[orthogonal] takes the shape of a matrix or of a "
          "convolution's weight, not " +
          to_string(shape));
    }
    return {dtype, shape};
  }
  template <class T>
  void forward(const Context& c, View<T> y) const {
    const std::int64_t rows = y.dim(0);
    const std::int64_t columns = rows == 0 ? 0 : y.size() / rows;
    const std::int64_t tall = std::max(rows, columns);
    const std::int64_t thin = std::min(rows, columns);
    if (thin == 0) return;
    RandomSequence draws(c.random(0));
    Eigen::MatrixXd a(tall, thin);
    for (std::int64_t i = 0; i < a.size(); ++i) a.data()[i] = draws.normal();
    const Eigen::HouseholderQR<Eigen::MatrixXd> qr(a);
    Eigen::MatrixXd q =
        qr.householderQ() * Eigen::MatrixXd::Identity(tall, thin);
    for (std::int64_t j = 0; j < thin; ++j) {
      if (qr.matrixQR()(j, j) < 0) q.col(j) = -q.col(j);
    }
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) {
        const double v = rows >= columns ? q(i, j) : q(j, i);
        y[i * columns + j] = static_cast<T>(gain * v);
      }
    }
  }
  static Samples samples() {
    return {sample(Orthogonal{{3, 2}}, {}),
            sample(Orthogonal{{2, 3, 1, 2}}, {})};
  }
};

/// The op with that name and attributes beyond shape and dtype.
OpPtr make(std::string_view name, const Shape& shape, DType dtype,
           std::vector<Attribute> rest) {
  rest.push_back({"shape", shape});
  rest.push_back({"dtype", dtype});
  return registry().make_op_by_name(name, rest);
}

/// The product of the dimensions from `begin` on.
double product(const Shape& s, int begin) {
  double n = 1;
  for (int i = begin; i < s.rank(); ++i) n *= static_cast<double>(s.dim(i));
  return n;
}

double fan_in(const Shape& s) {
  if (s.rank() > 2) return product(s, 1);
  return s.rank() == 0 ? 1 : static_cast<double>(s.dim(0));
}
double fan_out(const Shape& s) {
  if (s.rank() > 2) return static_cast<double>(s.dim(0)) * product(s, 2);
  return s.rank() < 2 ? 1 : static_cast<double>(s.dim(1));
}

void check_normal(const char* name, double mean, double stddev) {
  if (std::isfinite(mean) && std::isfinite(stddev) && stddev >= 0) return;
  throw GraphError("[" + std::string(name) + "] a mean of " +
                   std::to_string(mean) + " with a standard deviation of " +
                   std::to_string(stddev) +
                   ": they must be finite, the latter not negative");
}

}  // namespace

namespace initializers {

Initializer constant(double value) {
  return [value](const Shape& s, DType t) {
    return make("fill", s, t, {{"value", value}});
  };
}
Initializer zeros() { return constant(0); }
Initializer ones() { return constant(1); }

Initializer uniform(double low, double high) {
  if (!(low <= high) || !std::isfinite(high - low)) {
    throw GraphError("[uniform] there are no numbers from " +
                     std::to_string(low) + " to " + std::to_string(high));
  }
  return [=](const Shape& s, DType t) {
    return make("random_uniform", s, t,
                {{"low", low}, {"high", high}, {"stream", std::int64_t{0}}});
  };
}

Initializer normal(double mean, double stddev) {
  check_normal("normal", mean, stddev);
  return [=](const Shape& s, DType t) {
    return make(
        "random_normal", s, t,
        {{"mean", mean}, {"stddev", stddev}, {"stream", std::int64_t{0}}});
  };
}

Initializer truncated_normal(double mean, double stddev) {
  check_normal("truncated_normal", mean, stddev);
  return [=](const Shape& s, DType t) {
    return make("truncated_normal", s, t, {{"mean", mean}, {"stddev", stddev}});
  };
}

Initializer glorot_uniform() {
  return [](const Shape& s, DType t) {
    const double limit = std::sqrt(6 / (fan_in(s) + fan_out(s)));
    return uniform(-limit, limit)(s, t);
  };
}
Initializer glorot_normal() {
  return [](const Shape& s, DType t) {
    return normal(0, std::sqrt(2 / (fan_in(s) + fan_out(s))))(s, t);
  };
}
Initializer he_normal(double slope) {
  return [slope](const Shape& s, DType t) {
    return normal(0, std::sqrt(2 / ((1 + slope * slope) * fan_in(s))))(s, t);
  };
}
Initializer he_uniform(double slope) {
  return [slope](const Shape& s, DType t) {
    const double limit = std::sqrt(6 / ((1 + slope * slope) * fan_in(s)));
    return uniform(-limit, limit)(s, t);
  };
}
Initializer lecun_normal() {
  return [](const Shape& s, DType t) {
    return normal(0, std::sqrt(1 / fan_in(s)))(s, t);
  };
}
Initializer orthogonal(double gain) {
  return [gain](const Shape& s, DType t) {
    return make("orthogonal", s, t, {{"gain", gain}});
  };
}

}  // namespace initializers

namespace ops {
void register_initial(Registry& r) {
  r.add<TruncatedNormal>();
  r.add<Orthogonal>();
}
}  // namespace ops
}  // namespace weft
