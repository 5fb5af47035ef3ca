// Cases that are made of many operations.

#include <stdexcept>

#include "table.h"
#include "weft/autodiff.h"
#include "weft/ops.h"

namespace reference {

namespace {

/// An operation of the table: of earlier values, or of one along an axis.
Value other(const nlohmann::json& code, const std::vector<Value>& values) {
  const std::string name = code.at(0);
  const Build build = find(name);
  if (!build || code.size() < 2) {
    throw std::runtime_error("a program has the unknown operation " + name);
  }
  Case c;
  std::vector<Value> inputs{values.at(code.at(1).get<std::size_t>())};
  static const std::set<std::string> along{"softmax", "log_softmax", "cumsum",
                                           "cumprod", "flip",        "softmin"};
  if (code.size() == 4 || along.contains(name)) {
    c.attributes["dim"] = code.at(2);
    if (code.size() == 4) c.attributes["keepdim"] = code.at(3);
  } else if (code.size() == 3) {
    inputs.push_back(values.at(code.at(2).get<std::size_t>()));
  }
  return build(Arguments(values.at(0).graph(), c, inputs)).at(0);
}

/// One line of a program: a name, then numbers of earlier values, and of an
/// axis and whether to keep it.
Value line(const nlohmann::json& code, const std::vector<Value>& values) {
  auto operand = [&](std::size_t i) {
    return values.at(code.at(i).get<std::size_t>());
  };
  const std::string name = code.at(0);
  const Value x = operand(1);
  if (name == "add") return x + operand(2);
  if (name == "sub") return x - operand(2);
  if (name == "mul") return x * operand(2);
  if (name == "div") return x / operand(2);
  if (name == "matmul") return weft::matmul(x, operand(2));
  if (name == "maximum") return weft::maximum(x, operand(2));
  if (name == "minimum") return weft::minimum(x, operand(2));
  if (name == "neg") return -x;
  if (name == "exp") return weft::exp(x);
  if (name == "sin") return weft::sin(x);
  if (name == "cos") return weft::cos(x);
  if (name == "tanh") return weft::tanh(x);
  if (name == "relu") return weft::relu(x);
  if (name == "sigmoid") return weft::sigmoid(x);
  if (name == "softplus") return weft::softplus(x);
  if (name == "square") return weft::square(x);
  if (name == "reshape_flat") return weft::reshape(x, {weft::kInfer});
  if (name == "transpose_last2") return swap_last(x);
  if (name == "sum" || name == "mean") {
    const bool keep = code.at(3).get<int>() != 0;
    const std::int64_t axis = code.at(2);
    return name == "sum" ? weft::sum(x, {axis}, keep)
                         : weft::mean(x, {axis}, keep);
  }
  return other(code, values);
}

/// Σ mean(tanh(v)) over the last four values.
Results program(const Arguments& a) {
  std::vector<Value> values = a.inputs();
  for (const auto& code : a.json("code")) values.push_back(line(code, values));
  Value total;
  const std::size_t first = values.size() < 4 ? 0 : values.size() - 4;
  for (std::size_t i = first; i < values.size(); ++i) {
    const Value term = weft::mean(weft::tanh(values[i]));
    total = total ? total + term : term;
  }
  return {total};
}

}  // namespace

void add_programs(Table& t) {
  t["program"] = program;
  t["deep_chain_sin1.01_plus_.001x"] = [](const Arguments& a) -> Results {
    Value y = a[0];
    for (std::int64_t i = a.integer("n"); i > 0; --i) {
      y = 1.01 * weft::sin(y) + 0.001 * y;
    }
    return {y};
  };
  t["fan_out_sum_k_x"] = [](const Arguments& a) -> Results {
    Value y = 0 * a[0];
    const std::int64_t n = a.integer("n");
    for (std::int64_t k = 0; k < n; ++k) {
      y = y + (1 + 0.005 * static_cast<double>(k)) * a[0];
    }
    return {y};
  };
  t["nth_derivative_sin_exp"] = [](const Arguments& a) -> Results {
    Value y = weft::sin(a[0]) * weft::exp(0.5 * a[0]);
    for (std::int64_t i = a.integer("n"); i > 0; --i) {
      y = weft::gradient(weft::sum(y), a[0]);
    }
    return {y};
  };
}

}  // namespace reference
