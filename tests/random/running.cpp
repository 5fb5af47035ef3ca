#include <algorithm>
#include <cmath>
#include <map>

#include "rules.h"

namespace random_graphs {

namespace {

using weft::Shape;
using Line = std::vector<std::size_t>;

/// The lines of a running op, from their ends if it runs in reverse.
template <class F>
void each_run(const Attributes& a, const Shape& shape, F f) {
  each_line(shape, a.axis(shape.rank()), [&](Line line) {
    if (a.get<bool>("reverse")) std::reverse(line.begin(), line.end());
    f(line);
  });
}

void cumprod(const Attributes& a, const Arrays& in, Arrays& out) {
  each_run(a, in[0].type.shape, [&](const Line& line) {
    Number total = 1;
    for (const std::size_t k : line) {
      const Number next = total * in[0].values[k];
      out[0].values[k] = a.get<bool>("exclusive") ? total : next;
      total = next;
    }
  });
}

void prod(const Attributes& a, const Arrays& in, Arrays& out) {
  const auto axis = static_cast<std::size_t>(a.get<Axes>("axes").front());
  std::fill(out[0].values.begin(), out[0].values.end(), Number(1));
  each_place(in[0].type.shape, [&](Index i) {
    const Number x = at(in[0], i);
    i[axis] = 0;
    at(out[0], i) *= x;
  });
}

void recurrence(const Attributes& a, const Arrays& in, Arrays& out) {
  const auto form = a.get<std::int64_t>("form");
  out[0].magnitude.resize(out[0].values.size());
  each_run(a, in[0].type.shape, [&](const Line& line) {
    Number state = 0, size = 0;
    for (std::size_t n = 0; n < line.size(); ++n) {
      const std::size_t k = line[n];
      const Number g = in[0].values[k];
      const Number factor = form != 0 ? in[1].values[k]
                            : n > 0   ? in[1].values[line[n - 1]]
                                      : 0;
      const Number before = state, before_size = size;
      state = g + (n > 0 ? factor * state : 0);
      size = std::abs(g) + std::abs(factor) * size;
      out[0].values[k] = form == 2 ? before : state;
      out[0].magnitude[k] = form == 2 ? before_size : size;
    }
  });
}

void cummax(const Attributes& a, const Arrays& in, Arrays& out) {
  const bool least = a.get<bool>("least");
  each_run(a, in[0].type.shape, [&](const Line& line) {
    for (std::size_t n = 0; n < line.size(); ++n) {
      const Number x = in[0].values[line[n]];
      const Number y = n > 0 ? out[0].values[line[n - 1]] : x;
      const bool stays = std::isnan(y) || (least ? y < x : y > x);
      out[0].values[line[n]] = stays ? y : x;
    }
  });
}

/// By the definition: of each result, the elements so far that are equal to it.
void cummax_share(const Attributes& a, const Arrays& in, Arrays& out) {
  const std::vector<Number>&x = in[0].values, &y = in[1].values,
        &g = in[2].values;
  out[0].magnitude.resize(out[0].values.size());
  each_run(a, in[0].type.shape, [&](const Line& line) {
    for (std::size_t n = 0; n < line.size(); ++n) {
      std::size_t first = n;
      while (first > 0 && y[line[first - 1]] == y[line[n]]) --first;
      Line equal;
      for (std::size_t m = first; m <= n; ++m) {
        if (x[line[m]] == y[line[n]]) equal.push_back(line[m]);
      }
      for (const std::size_t k : equal) {
        const auto share = static_cast<Number>(equal.size());
        const std::size_t to = a.get<bool>("gather") ? line[n] : k;
        const std::size_t from = a.get<bool>("gather") ? k : line[n];
        out[0].values[to] += g[from] / share;
        out[0].magnitude[to] += std::abs(g[from]) / share;
      }
    }
  });
}

void cross(const Attributes& a, const Arrays& in, Arrays& out) {
  const std::vector<Number>&x = in[0].values, &y = in[1].values;
  out[0].magnitude.resize(out[0].values.size());
  each_line(in[0].type.shape, a.axis(in[0].type.shape.rank()),
            [&](const Line& line) {
              for (std::size_t k = 0; k < 3; ++k) {
                const std::size_t i = line[(k + 1) % 3], j = line[(k + 2) % 3];
                out[0].values[line[k]] = x[i] * y[j] - x[j] * y[i];
                out[0].magnitude[line[k]] =
                    std::abs(x[i] * y[j]) + std::abs(x[j] * y[i]);
              }
            });
}

void pair_distances(const Attributes&, const Arrays& in, Arrays& out) {
  const int rank = in[0].type.shape.rank();
  const std::int64_t size = in[0].type.shape.dim(rank - 1);
  out[0].magnitude.resize(out[0].values.size());
  each_place(out[0].type.shape, [&](const Index& i) {
    Index a = i, b = i;
    b[b.size() - 2] = i.back();
    Number total = 0;
    Number most = 0;
    for (std::int64_t k = 0; k < size; ++k) {
      a.back() = b.back() = k;
      const Number x = at(in[0], a), y = at(in[1], b);
      total += (x - y) * (x - y);
      most = std::max({most, std::abs(x), std::abs(y)});
    }
    at(out[0], i) = std::sqrt(total);
    out[0].magnitude[place(i, out[0].type.shape)] = most + std::sqrt(total);
  });
}

}  // namespace

Rule rule_of_running(std::string_view op) {
  static const std::map<std::string_view, Rule> rules = {
      {"cumprod", cumprod},
      {"prod", prod},
      {"recurrence", recurrence},
      {"cummax", cummax},
      {"cummax_share", cummax_share},
      {"cross", cross},
      {"pair_distances", pair_distances}};
  const auto found = rules.find(op);
  return found == rules.end() ? nullptr : found->second;
}

}  // namespace random_graphs
