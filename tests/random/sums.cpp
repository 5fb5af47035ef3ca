#include <algorithm>
#include <cmath>
#include <map>

#include "rules.h"

namespace random_graphs {

namespace {

using weft::DType;
using weft::Shape;

/// Adds v to an element, and its size to the magnitude.
void accumulate(Array& out, const Index& i, Number v, Number size) {
  const std::size_t k = place(i, out.type.shape);
  out.magnitude.resize(out.values.size());
  out.values[k] += v;
  out.magnitude[k] += std::abs(size);
}

void scatter_add(const Attributes&, const Arrays& in, Arrays& out) {
  const int rank = in[1].type.shape.rank();
  out[0].magnitude.resize(out[0].values.size());
  each_place(in[0].type.shape, [&](const Index& i) {
    Index to{integer(at(in[1], Index(i.begin(), i.begin() + rank)))};
    to.insert(to.end(), i.begin() + rank, i.end());
    accumulate(out[0], to, at(in[0], i), at(in[0], i));
  });
}

void add_along(const Attributes& a, const Arrays& in, Arrays& out) {
  const std::size_t axis = a.axis(in[0].type.shape.rank());
  each_place(in[0].type.shape, [&](const Index& i) {
    accumulate(out[0], i, at(in[0], i), at(in[0], i));
  });
  each_place(in[1].type.shape, [&](Index i) {
    const Number v = at(in[2], i);
    i[axis] = integer(at(in[1], i));
    accumulate(out[0], i, v, v);
  });
}

/// The place of a reduction's result.
Index without(const Index& i, const Axes& axes, bool keep_dims) {
  Index out;
  for (std::size_t k = 0; k < i.size(); ++k) {
    const bool gone = std::find(axes.begin(), axes.end(),
                                static_cast<std::int64_t>(k)) != axes.end();
    if (!gone) out.push_back(i[k]);
    if (gone && keep_dims) out.push_back(0);
  }
  return out;
}

void sum(const Attributes& a, const Arrays& in, Arrays& out) {
  const Axes axes = a.get<Axes>("axes");
  each_place(in[0].type.shape, [&](const Index& i) {
    accumulate(out[0], without(i, axes, a.get<bool>("keep_dims")), at(in[0], i),
               at(in[0], i));
  });
}

template <bool kGreatest>
void extreme(const Attributes& a, const Arrays& in, Arrays& out) {
  const Axes axes = a.get<Axes>("axes");
  Number none = kGreatest ? -HUGE_VALL : HUGE_VALL;
  if (out[0].type.dtype == DType::i32) none = kGreatest ? INT32_MIN : INT32_MAX;
  if (out[0].type.dtype == DType::i64) none = kGreatest ? INT64_MIN : INT64_MAX;
  std::fill(out[0].values.begin(), out[0].values.end(), none);
  each_place(in[0].type.shape, [&](const Index& i) {
    Number& y = at(out[0], without(i, axes, a.get<bool>("keep_dims")));
    const Number x = at(in[0], i);
    if ((kGreatest ? x > y : x < y) || std::isnan(x)) y = x;
  });
}

void cumsum(const Attributes& a, const Arrays& in, Arrays& out) {
  const Shape& shape = in[0].type.shape;
  out[0].magnitude.resize(out[0].values.size());
  each_line(shape, a.axis(shape.rank()), [&](std::vector<std::size_t> line) {
    if (a.get<bool>("reverse")) std::reverse(line.begin(), line.end());
    Number total = 0, size = 0;
    for (const std::size_t k : line) {
      const Number x = in[0].values[k];
      out[0].values[k] = a.get<bool>("exclusive") ? total : total + x;
      total += x;
      size += std::abs(x);
      out[0].magnitude[k] = size;
    }
  });
}

/// The places of a line in order, a NaN above everything; ties stay in order.
std::vector<std::size_t> sorted(const Array& x, std::vector<std::size_t> line,
                                bool descending) {
  std::stable_sort(line.begin(), line.end(), [&](std::size_t i, std::size_t j) {
    if (descending) std::swap(i, j);
    const Number a = x.values[i], b = x.values[j];
    return a < b || (!std::isnan(a) && std::isnan(b));
  });
  return line;
}

template <bool kGreatest>
void arg_extreme(const Attributes& a, const Arrays& in, Arrays& out) {
  const Shape& shape = in[0].type.shape;
  std::size_t next = 0;
  each_line(shape, a.axis(shape.rank()),
            [&](const std::vector<std::size_t>& line) {
              std::size_t best = 0;
              for (std::size_t k = 1; k < line.size(); ++k) {
                const Number x = in[0].values[line[k]];
                const Number y = in[0].values[line[best]];
                const bool beats = kGreatest ? x > y : x < y;
                if (!std::isnan(y) && (beats || std::isnan(x))) best = k;
              }
              out[0].values[next++] = static_cast<Number>(best);
            });
}

void argsort(const Attributes& a, const Arrays& in, Arrays& out) {
  const Shape& shape = in[0].type.shape;
  const auto axis = static_cast<std::size_t>(shape.rank() - 1);
  each_line(shape, axis, [&](const std::vector<std::size_t>& line) {
    const auto order = sorted(in[0], line, a.get<bool>("descending"));
    for (std::size_t k = 0; k < line.size(); ++k) {
      out[0].values[line[k]] = static_cast<Number>(order[k] - line[0]);
    }
  });
}

void argsort_part(const Attributes& a, const Arrays& in, Arrays& out) {
  const Shape& shape = in[0].type.shape;
  const auto first = static_cast<std::size_t>(a.get<std::int64_t>("first"));
  const auto count = static_cast<std::size_t>(a.get<std::int64_t>("count"));
  std::size_t next = 0;
  each_line(shape, static_cast<std::size_t>(shape.rank() - 1),
            [&](const std::vector<std::size_t>& line) {
              const auto order = sorted(in[0], line, a.get<bool>("descending"));
              for (std::size_t k = first; k < first + count; ++k) {
                out[0].values[next++] = static_cast<Number>(order[k] - line[0]);
              }
            });
}

template <bool kLog>
void softmax(const Attributes& a, const Arrays& in, Arrays& out) {
  const Shape& shape = in[0].type.shape;
  const std::vector<Number>& x = in[0].values;
  out[0].magnitude.resize(x.size());
  each_line(shape, a.axis(shape.rank()),
            [&](const std::vector<std::size_t>& line) {
              Number top = -HUGE_VALL, total = 0;
              for (const std::size_t k : line) top = std::max(top, x[k]);
              if (std::isinf(top)) top = 0;
              for (const std::size_t k : line) total += std::exp(x[k] - top);
              for (const std::size_t k : line) {
                out[0].values[k] = kLog ? x[k] - top - std::log(total)
                                        : std::exp(x[k] - top) / total;
                out[0].magnitude[k] =
                    kLog ? std::abs(x[k] - top) + 1
                         : out[0].values[k] * (1 + std::abs(x[k] - top));
              }
            });
}

/// y = a·b for the last two axes; those in front of them broadcast.
void matmul(const Attributes& op, const Arrays& in, Arrays& out) {
  const Array &a = in[0], &b = in[1];
  const bool ta = op.get<bool>("transpose_a"), tb = op.get<bool>("transpose_b");
  const int rank = a.type.shape.rank();
  const std::int64_t inner = a.type.shape.dim(rank - (ta ? 2 : 1));
  out[0].magnitude.resize(out[0].values.size());
  each_place(out[0].type.shape, [&](const Index& i) {
    auto index = [&](const Array& x, std::int64_t row, std::int64_t column) {
      Index at(i.begin() + static_cast<std::ptrdiff_t>(i.size()) -
                   x.type.shape.rank(),
               i.end() - 2);
      at.push_back(row);
      at.push_back(column);
      return at;
    };
    const std::int64_t row = i[i.size() - 2], column = i[i.size() - 1];
    for (std::int64_t k = 0; k < inner; ++k) {
      const Number x = at(a, ta ? index(a, k, row) : index(a, row, k));
      const Number y = at(b, tb ? index(b, column, k) : index(b, k, column));
      accumulate(out[0], i, x * y, x * y);
    }
  });
}

}  // namespace

Rule rule_of_sums(std::string_view op) {
  static const std::map<std::string_view, Rule> rules = {
      {"scatter_add", scatter_add},
      {"add_along", add_along},
      {"sum", sum},
      {"max", extreme<true>},
      {"min", extreme<false>},
      {"cumsum", cumsum},
      {"argmax", arg_extreme<true>},
      {"argmin", arg_extreme<false>},
      {"argsort", argsort},
      {"argsort_part", argsort_part},
      {"softmax", softmax<false>},
      {"log_softmax", softmax<true>},
      {"matmul", matmul}};
  const auto found = rules.find(op);
  return found == rules.end() ? nullptr : found->second;
}

}  // namespace random_graphs
