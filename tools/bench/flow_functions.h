#pragma once

// Those of the cases of peers/op_cases.h that are segments, subgraphs and
// draws.

#include <map>
#include <string>
#include <vector>

#include "weft/weft.h"

namespace bench {

using Xs = std::vector<weft::Value>;

// (steps, 32, 64), (64, 64): h <- tanh(x[t] + h w).
inline weft::Value scanned(const Xs& x) {
  using namespace weft;
  const Value start = fill(x[0].graph(), {32, 64}, 0.0);
  return scan(
             [w = x[1]](const Xs& carry, const Xs& row) {
               const Value h = tanh(row[0] + matmul(carry[0], w));
               return Scanned{{h}, {h}};
             },
             {start}, {x[0]})
      .ys[0];
}

inline std::map<std::string, weft::Value (*)(const Xs&)> flow_functions() {
  using namespace weft;
  return {
      {"segment_sum", [](const Xs& x) { return segment_sum(x[0], x[1], 64); }},
      {"segment_max", [](const Xs& x) { return segment_max(x[0], x[1], 64); }},
      {"random_gamma", [](const Xs& x) { return random_gamma(x[0]); }},
      {"cond",
       [](const Xs& x) {
         return cond(
             less(sum(x[0]), 1e9), [](const Xs& y) { return Xs{tanh(y[0])}; },
             [](const Xs& y) { return Xs{sin(y[0])}; }, {x[0]})[0];
       }},
      {"straight_through",
       [](const Xs& x) {
         return straight_through([](Value y) { return round(y); }, x[0]);
       }},
      {"reverse_gradient", [](const Xs& x) { return reverse_gradient(x[0]); }},
      {"own_gradient",
       [](const Xs& x) {
         return custom_vjp(
             [](const Xs& y) { return Xs{relu(y[0])}; },
             [](const Xs&, const Xs&, const Xs& dy) { return Xs{2 * dy[0]}; },
             {x[0]})[0];
       }},
      {"scan", scanned},
      {"attention_long",
       [](const Xs& x) { return attention(x[0], x[1], x[2]); }},
      {"max_pool_places",
       [](const Xs& x) { return max_pool(x[0], {2}).indices; }},
  };
}

}  // namespace bench
