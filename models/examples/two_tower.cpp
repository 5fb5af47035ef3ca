// Learns from 64,000 choices that are made here which of 400 items 800 users
// choose. An item's probability grows with its popularity and with the product
// of hidden tastes of user and item. Of later choices, some share is among the
// ten items that are best by these very probabilities: more than that no
// ranking reaches.
//   two_tower
#include <weft/models/two_tower.h>
#include <weft/weft.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <numeric>

namespace {

using namespace weft;

constexpr std::int64_t kUsers = 800, kItems = 400, kTastes = 4;
constexpr std::int64_t kChoices = 80, kLater = 20;  // of each user

/// A table (users, items).
using Scores = std::vector<double>;

/// Probabilities with which users choose.
Scores probabilities() {
  RandomSequence draws(Philox({1}, 1, 0));
  std::vector<double> user(kUsers * kTastes), item(kItems * kTastes);
  for (auto* v : {&user, &item}) {
    for (double& x : *v) x = draws.normal();
  }
  Scores p(kUsers * kItems);
  for (std::size_t u = 0; u < kUsers; ++u) {
    double total = 0;
    for (std::size_t i = 0; i < kItems; ++i) {
      double score = -0.5 * std::log(1.0 + double(i));
      for (std::size_t t = 0; t < kTastes; ++t) {
        score += user[u * kTastes + t] * item[i * kTastes + t];
      }
      total += p[u * kItems + i] = std::exp(score);
    }
    for (std::size_t i = 0; i < kItems; ++i) p[u * kItems + i] /= total;
  }
  return p;
}

/// `each` choices of every user: rows of user and item.
Tensor choices(const Scores& p, std::int64_t each, std::uint64_t key) {
  RandomSequence draws(Philox({2}, key, 0));
  Tensor pairs(DType::f32, {kUsers * each, 2});
  float* to = pairs.data<float>();
  for (std::int64_t u = 0; u < kUsers; ++u) {
    for (std::int64_t k = 0; k < each; ++k) {
      double left = draws.uniform();
      std::int64_t i = 0;
      while (i + 1 < kItems) {
        left -= p[static_cast<std::size_t>(u * kItems + i)];
        if (left < 0) break;
        ++i;
      }
      *to++ = static_cast<float>(u);
      *to++ = static_cast<float>(i);
    }
  }
  return pairs;
}

std::vector<double> shares(const Tensor& pairs) {
  std::vector<double> n(kItems, 1);
  for (std::int64_t k = 0; k < pairs.dim(0); ++k) {
    ++n[static_cast<std::size_t>(pairs.at(2 * k + 1))];
  }
  const double all = std::accumulate(n.begin(), n.end(), 0.0);
  for (double& x : n) x /= all;
  return n;
}

/// The share of choices that are among the user's ten best items.
double recall_at_10(const Scores& scores, const Tensor& pairs) {
  std::vector<bool> best(scores.size());
  std::vector<std::size_t> order(kItems);
  for (std::size_t u = 0; u < kUsers; ++u) {
    const double* row = scores.data() + u * kItems;
    std::iota(order.begin(), order.end(), 0U);
    std::partial_sort(
        order.begin(), order.begin() + 10, order.end(),
        [&](std::size_t a, std::size_t b) { return row[a] > row[b]; });
    for (std::size_t k = 0; k < 10; ++k) best[u * kItems + order[k]] = true;
  }
  double hits = 0;
  for (std::int64_t k = 0; k < pairs.dim(0); ++k) {
    const double at = pairs.at(2 * k) * kItems + pairs.at(2 * k + 1);
    hits += best[static_cast<std::size_t>(at)];
  }
  return hits / static_cast<double>(pairs.dim(0));
}

struct Towers {
  Value users, items;
};
Towers towers(Value users, Value items) {
  models::TowerOptions o{.embedding = 16, .hidden = {32}, .width = 16};
  o.count = kUsers;
  const Value u = models::tower(users, "user", o);
  o.count = kItems;
  return {u, models::tower(items, "item", o)};
}

Scores learn(const Tensor& pairs) {
  Tensor log_shares(DType::f32, {kItems, 1});
  const auto share = shares(pairs);
  for (std::size_t i = 0; i < share.size(); ++i) {
    log_shares.data<float>()[i] = static_cast<float>(std::log(share[i]));
  }
  auto network = [&](Graph& g, Mode) {
    Network n;
    n.input = g.input("pair", {kBatch, 2});
    const Value pair = cast(n.input, DType::i32);
    const Value item = select(pair, 1, 1);
    const auto [u, i] = towers(select(pair, 1, 0), item);
    const Value shares = gather(g.constant(log_shares), item, 0);
    n.output = sum(u * i, {1});
    n.loss = models::in_batch_softmax(u, i, squeeze(shares, {1}));
    return n;
  };
  Trainer trainer(network, Adam{.learning_rate = 1e-2}, {.threads = 1});
  constexpr int kEpochs = 20;
  trainer.fit(
      data::make_dataset(pairs),
      {.epochs = kEpochs,
       .batch_size = 256,
       .schedule = schedules::cosine(kEpochs * double(pairs.dim(0)) / 256)});

  // All users beside all items, with the state of the trainer.
  Graph g;
  Tensor numbers(DType::i32, {std::max(kUsers, kItems)});
  auto each = numbers.values<std::int32_t>();
  std::iota(each.begin(), each.end(), 0);
  const Value all = g.constant(numbers);
  const auto [u, i] =
      towers(slice(all, 0, 0, kUsers), slice(all, 0, 0, kItems));
  const Tensor scores = eval(matmul(u, i, false, true), trainer.state());
  Scores found(static_cast<std::size_t>(scores.size()));
  for (std::size_t k = 0; k < found.size(); ++k) {
    found[k] = scores.at(static_cast<std::int64_t>(k));
  }
  return found;
}

}  // namespace

int main() try {
  const Scores p = probabilities();
  const Tensor seen = choices(p, kChoices, 1), later = choices(p, kLater, 2);
  Scores popular;
  const auto share = shares(seen);
  for (std::int64_t u = 0; u < kUsers; ++u) {
    popular.insert(popular.end(), share.begin(), share.end());
  }
  const double most = recall_at_10(p, later);
  const double base = recall_at_10(popular, later);
  const double found = recall_at_10(learn(seen), later);
  std::printf(
      "share of later choices among the ten best items: %.4f\n"
      "by popularity: %.4f; by the probabilities themselves: %.4f\n",
      found, base, most);
  return found > 0.95 * most && found > 1.9 * base ? 0 : 1;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
