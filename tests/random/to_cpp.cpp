#include <sstream>

#include "recipe.h"

namespace random_graphs {

namespace {

std::string text_of(const Shape& shape) {
  std::string out = "Shape{";
  for (int i = 0; i < shape.rank(); ++i) {
    out += i > 0 ? ", " : "";
    out += shape[i].is_symbolic() ? "kBatch" : std::to_string(shape[i].size());
  }
  return out + "}";
}

std::string text_of(DType dtype) {
  return dtype == DType::boolean ? "DType::boolean"
                                 : "DType::" + std::string(to_string(dtype));
}

template <class T>
std::string list_of(const char* type, const std::vector<T>& items) {
  std::ostringstream out;
  out.precision(17);
  out << type << "{";
  for (std::size_t i = 0; i < items.size(); ++i) {
    out << (i > 0 ? ", " : "") << items[i];
  }
  return out.str() + "}";
}

std::string text_of(const AttributeValue& value) {
  std::ostringstream out;
  out.precision(17);
  if (const auto* b = std::get_if<bool>(&value)) out << (*b ? "true" : "false");
  if (const auto* i = std::get_if<std::int64_t>(&value)) {
    out << "std::int64_t{" << *i << "}";
  }
  if (const auto* d = std::get_if<double>(&value)) {
    out << "double{" << *d << "}";
  }
  if (const auto* s = std::get_if<std::string>(&value)) {
    out << "std::string(\"" << *s << "\")";
  }
  if (const auto* t = std::get_if<DType>(&value)) out << text_of(*t);
  if (const auto* s = std::get_if<Shape>(&value)) out << text_of(*s);
  if (const auto* v = std::get_if<std::vector<std::int64_t>>(&value)) {
    out << list_of("std::vector<std::int64_t>", *v);
  }
  if (const auto* v = std::get_if<std::vector<double>>(&value)) {
    out << list_of("std::vector<double>", *v);
  }
  return out.str().empty() ? to_string(value) : out.str();
}

std::string leaf(const Step& s, std::size_t i) {
  const Type& t = s.outputs.front();
  const std::string typed = text_of(t.shape) + ", ";
  const std::string name = "\"x" + std::to_string(i) + "\", ";
  const std::string zeros = "initializers::zeros()(" + text_of(t.shape) + ", " +
                            text_of(t.dtype) + "), ";
  switch (s.kind) {
    case Node::Kind::input:
      return "g.input(" + name + typed + text_of(t.dtype) + ")";
    case Node::Kind::parameter:
      return "g.parameter(" + name + typed + zeros + text_of(t.dtype) + ")";
    case Node::Kind::buffer:
      return "g.buffer(" + name + typed + zeros + text_of(t.dtype) + ")";
    default:
      if (s.fixed && s.fixed->size() == 1) {
        return "g.constant(Tensor::scalar(" +
               text_of(AttributeValue(s.fixed->item())) + ", " +
               text_of(t.dtype) + "))";
      }
      return "g.constant(Tensor(" + text_of(t.dtype) + ", " + text_of(t.shape) +
             "))";
  }
}

std::string value_of(const Port& p) {
  return "x" + std::to_string(p.node) + "[" + std::to_string(p.output) + "]";
}

std::string op(const Step& s) {
  std::string out = "g.add(registry().make_op_by_name(\"" +
                    std::string(s.op->name()) + "\", std::vector<Attribute>{";
  const char* comma = "";
  for (const Attribute& a : s.op->attributes()) {
    out += comma + ("{\"" + a.name + "\", " + text_of(a.value) + "}");
    comma = ", ";
  }
  out += "}), std::vector<Value>{";
  comma = "";
  for (const Port& p : s.inputs) {
    out += comma + value_of(p);
    comma = ", ";
  }
  return out + "}, Source{})";
}

}  // namespace

std::string to_cpp(const Recipe& recipe) {
  std::ostringstream out;
  out << "Graph g;  // seed " << recipe.seed << ", batch " << recipe.batch
      << "\n";
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
    const Step& s = recipe.steps[i];
    out << "std::vector<Value> x" << i << " = ";
    if (s.kind == Node::Kind::op) {
      out << op(s) << ";\n";
    } else {
      out << "{" << leaf(s, i) << "};  // in [" << s.low << ", " << s.high
          << ")\n";
    }
  }
  out << "std::vector<Value> outputs = {";
  for (std::size_t i = 0; i < recipe.outputs.size(); ++i) {
    out << (i > 0 ? ", " : "") << value_of(recipe.outputs[i]);
  }
  out << "};  // " << recipe.derivatives << " orders of gradients";
  if (recipe.optimizer >= 0) {
    out << ", minimised by "
        << optimizers()[static_cast<std::size_t>(recipe.optimizer)].first;
  }
  return out.str() + "\n";
}

}  // namespace random_graphs
