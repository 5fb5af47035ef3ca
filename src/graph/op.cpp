#include "weft/op.h"

#include <cstdlib>
#include <functional>
#include <sstream>

#include "src/core/printable.h"
#include "weft/error.h"

namespace weft {

namespace {

struct PrintAttribute {
  std::string operator()(bool v) const { return v ? "true" : "false"; }
  std::string operator()(std::int64_t v) const { return std::to_string(v); }
  std::string operator()(double v) const {
    std::ostringstream out;
    out.precision(17);
    for (int digits : {6, 17}) {
      out.str("");
      out.precision(digits);
      out << v;
      // Not stod: it throws for numbers below 2.2e-308.
      if (std::strtod(out.str().c_str(), nullptr) == v) break;
    }
    return out.str();
  }
  std::string operator()(const std::string& v) const { return "'" + v + "'"; }
  std::string operator()(DType v) const { return std::string(to_string(v)); }
  std::string operator()(const Shape& v) const { return to_string(v); }
  std::string operator()(const Body& v) const { return to_string(v); }
  template <class T>
  std::string operator()(const std::vector<T>& v) const {
    std::string text = "[";
    for (std::size_t i = 0; i < v.size(); ++i) {
      text += (i ? ", " : "") + (*this)(v[i]);
    }
    return text + "]";
  }
};

}  // namespace

std::string to_string(const AttributeValue& value) {
  return std::visit(PrintAttribute{}, value);
}

bool operator==(const Op& a, const Op& b) {
  return &a == &b || (a.name() == b.name() && a.attributes() == b.attributes());
}

std::size_t hash_value(const Op& op) {
  std::size_t h = std::hash<std::string_view>{}(op.name());
  for (const Attribute& a : op.attributes()) {
    h = h * 31 + std::hash<std::string>{}(a.name + to_string(a.value));
  }
  return h;
}

std::string to_string(const Op& op) {
  std::string text(op.name());
  const auto attributes = op.attributes();
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    text += (i ? ", " : "(") + attributes[i].name + "=" +
            to_string(attributes[i].value);
  }
  return attributes.empty() ? text : text + ")";
}

namespace detail {

void throw_attribute_type(std::string_view op, std::string_view attribute,
                          const AttributeValue& found) {
  throw FormatError("[" + std::string(op) + "] the attribute '" +
                    std::string(attribute) + "' can't be " +
                    printable(to_string(found)));
}

std::string list_dtypes(std::span<const DType> dtypes) {
  std::string text;
  for (DType t : dtypes) {
    text += (text.empty() ? "" : ", ") + std::string(to_string(t));
  }
  return text;
}

Type infer_elementwise(std::string_view op, std::span<const Type> inputs,
                       std::span<const DType>, DType result) {
  Shape shape = inputs[0].shape;
  for (const Type& t : inputs.subspan(1)) {
    shape = broadcast(shape, t.shape, op);
  }
  return {result, shape};
}

void throw_arity(std::string_view op, std::size_t expected, std::size_t found) {
  throw GraphError("[" + std::string(op) + "] takes " +
                   std::to_string(expected) + " inputs, got " +
                   std::to_string(found));
}

void throw_dtypes(std::string_view op, std::span<const Type> inputs,
                  std::string_view accepted) {
  std::string found;
  for (const Type& t : inputs) {
    found += (found.empty() ? "" : ", ") + to_string(t);
  }
  throw TypeError("[" + std::string(op) + "] takes " + std::string(accepted) +
                  ", got " + found + "; did you mean cast?");
}

void throw_no_vjp(std::string_view op) {
  throw GraphError("[" + std::string(op) +
                   "] has no derivative; give its struct a vjp, or stop the "
                   "gradient before it with stop_gradient");
}

}  // namespace detail
}  // namespace weft
