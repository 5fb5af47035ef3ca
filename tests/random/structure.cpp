#include "structure.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "rules.h"

namespace random_graphs {

namespace {

using weft::DType;
using weft::Shape;
using weft::Tensor;
using weft::Type;

/// out[i] = in[from(i)].
template <class F>
void move(const Array& in, Array& out, F from) {
  each_place(out.type.shape, [&](Index i) { at(out, i) = at(in, from(i)); });
}

void transpose(const Attributes& a, const Arrays& in, Arrays& out) {
  const Axes axes = a.get<Axes>("axes");
  move(in[0], out[0], [&](const Index& i) {
    Index from(i.size());
    for (std::size_t k = 0; k < i.size(); ++k) {
      from[static_cast<std::size_t>(axes[k])] = i[k];
    }
    return from;
  });
}

void expand(const Attributes&, const Arrays& in, Arrays& out) {
  move(in[0], out[0], [](const Index& i) { return i; });
}

void flip(const Attributes& a, const Arrays& in, Arrays& out) {
  const Shape& shape = in[0].type.shape;
  const std::size_t axis = a.axis(shape.rank());
  move(in[0], out[0], [&](Index i) {
    i[axis] = shape.dim(static_cast<int>(axis)) - 1 - i[axis];
    return i;
  });
}

void concat(const Attributes& a, const Arrays& in, Arrays& out) {
  const std::size_t axis = a.axis(out[0].type.shape.rank());
  std::int64_t begin = 0;
  for (const Array& x : in) {
    each_place(x.type.shape, [&](Index i) {
      const Number v = at(x, i);
      i[axis] += begin;
      at(out[0], i) = v;
    });
    begin += x.type.shape.dim(static_cast<int>(axis));
  }
}

void split(const Attributes& a, const Arrays& in, Arrays& out) {
  const std::size_t axis = a.axis(in[0].type.shape.rank());
  std::int64_t begin = 0;
  for (Array& y : out) {
    move(in[0], y, [&](Index i) {
      i[axis] += begin;
      return i;
    });
    begin += y.type.shape.dim(static_cast<int>(axis));
  }
}

void slice(const Attributes& a, const Arrays& in, Arrays& out) {
  const std::size_t axis = a.axis(in[0].type.shape.rank());
  move(in[0], out[0], [&](Index i) {
    i[axis] =
        a.get<std::int64_t>("begin") + i[axis] * a.get<std::int64_t>("step");
    return i;
  });
}

void unslice(const Attributes& a, const Arrays& in, Arrays& out) {
  const std::size_t axis = a.axis(in[0].type.shape.rank());
  each_place(in[0].type.shape, [&](Index i) {
    const Number v = at(in[0], i);
    i[axis] =
        a.get<std::int64_t>("begin") + i[axis] * a.get<std::int64_t>("step");
    at(out[0], i) = v;
  });
}

void pad(const Attributes& a, const Arrays& in, Arrays& out) {
  const Axes before = a.get<Axes>("before");
  Number value = a.get<double>("value");
  if (out[0].type.dtype == DType::boolean) value = value != 0;
  if (!is_floating(out[0].type.dtype)) value = std::trunc(value);
  std::fill(out[0].values.begin(), out[0].values.end(), value);
  each_place(in[0].type.shape, [&](Index i) {
    const Number v = at(in[0], i);
    for (std::size_t k = 0; k < i.size(); ++k) i[k] += before[k];
    at(out[0], i) = v;
  });
}

void gather(const Attributes& a, const Arrays& in, Arrays& out) {
  const std::size_t axis = a.axis(in[0].type.shape.rank());
  const auto rank = static_cast<std::size_t>(in[1].type.shape.rank());
  move(in[0], out[0], [&](const Index& i) {
    const auto first = i.begin() + static_cast<std::ptrdiff_t>(axis);
    const auto last = first + static_cast<std::ptrdiff_t>(rank);
    Index from(i.begin(), first);
    from.push_back(integer(at(in[1], Index(first, last))));
    from.insert(from.end(), last, i.end());
    return from;
  });
}

void take_along(const Attributes& a, const Arrays& in, Arrays& out) {
  const std::size_t axis = a.axis(in[0].type.shape.rank());
  move(in[0], out[0], [&](Index i) {
    i[axis] = integer(at(in[1], i));
    return i;
  });
}

void put_along(const Attributes& a, const Arrays& in, Arrays& out) {
  const std::size_t axis = a.axis(in[0].type.shape.rank());
  out[0].values = in[0].values;
  each_place(in[1].type.shape, [&](Index i) {
    const Number v = at(in[2], i);
    i[axis] = integer(at(in[1], i));
    at(out[0], i) = v;
  });
}

void one_hot(const Attributes&, const Arrays& in, Arrays& out) {
  each_place(in[0].type.shape, [&](Index i) {
    i.push_back(integer(at(in[0], Index(i))));
    at(out[0], i) = 1;
  });
}

void fill(const Attributes& a, const Arrays&, Arrays& out) {
  std::fill(out[0].values.begin(), out[0].values.end(),
            Number(a.get<double>("value")));
}

Rule rule_of_moves(std::string_view op) {
  static const std::map<std::string_view, Rule> rules = {
      {"transpose", transpose},
      {"expand", expand},
      {"flip", flip},
      {"concat", concat},
      {"split", split},
      {"slice", slice},
      {"unslice", unslice},
      {"pad", pad},
      {"gather", gather},
      {"take_along", take_along},
      {"put_along", put_along},
      {"one_hot", one_hot},
      {"fill", fill}};
  const auto found = rules.find(op);
  return found == rules.end() ? nullptr : found->second;
}

}  // namespace

std::optional<Array> array_of(const Tensor& tensor) {
  Array a{tensor.type(), {}};
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    const double v = tensor.at(i);
    const bool exact = is_floating(tensor.dtype()) || std::abs(v) < 0x1p53;
    if (!exact) return std::nullopt;
    a.values.push_back(v);
  }
  return a;
}

std::optional<Tensor> tensor_of(const Array& array) {
  Tensor out(DType::f64, array.type.shape);
  const DType dtype = array.type.dtype;
  const Number limit = dtype == DType::i32 ? 0x1p31L : 0x1p53L;
  for (std::size_t i = 0; i < array.values.size(); ++i) {
    const Number v = array.values[i];
    if (!is_floating(dtype) && !(std::abs(v) < limit)) return std::nullopt;
    out.data<double>()[i] = static_cast<double>(v);
  }
  return out.to(dtype);
}

std::optional<Arrays> structural(const weft::Op& op, const Arrays& in,
                                 const std::vector<Type>& out) {
  Rule rule = rule_of_moves(op.name());
  if (!rule) rule = rule_of_sums(op.name());
  if (!rule) rule = rule_of_running(op.name());
  if (!rule) return std::nullopt;
  Arrays results;
  for (const Type& t : out) {
    results.push_back(
        {t, std::vector<Number>(static_cast<std::size_t>(t.shape.elements()))});
  }
  rule(Attributes(op), in, results);
  return results;
}

}  // namespace random_graphs
