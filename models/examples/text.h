#pragma once

// What the examples of language models share: a text that ships with Debian,
// a peer, training and writing.

#include <weft/weft.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace text {

/// Symbols 1, 2, … for the characters of a text, 0 for all others.
struct Alphabet {
  std::string characters;  ///< sorted
  std::int64_t size() const {
    return static_cast<std::int64_t>(characters.size()) + 1;
  }
  std::vector<std::uint8_t> symbols(const std::string& text) const {
    std::vector<std::uint8_t> all;
    for (const char c : text) {
      const auto at = characters.find(c);
      all.push_back(
          static_cast<std::uint8_t>(at == std::string::npos ? 0 : at + 1));
    }
    return all;
  }
};

struct Corpus {
  Alphabet alphabet;  ///< of the training text
  std::string train, test;
};

/// The licences of Debian's package base-files, each once. The last one is held
/// out. Empty texts if they are not there.
inline Corpus licences() {
  const char* names[] = {"Apache-2.0", "Artistic", "BSD",      "CC0-1.0",
                         "GFDL-1.2",   "GFDL-1.3", "GPL-1",    "GPL-2",
                         "GPL-3",      "LGPL-2",   "LGPL-2.1", "LGPL-3",
                         "MPL-1.1",    "MPL-2.0"};
  Corpus c;
  for (const char* name : names) {
    std::ifstream in(std::string("/usr/share/common-licenses/") + name);
    if (!in) return {};
    c.train += c.test;
    c.test.assign(std::istreambuf_iterator<char>(in), {});
  }
  bool seen[256] = {};
  for (const char ch : c.train) seen[static_cast<unsigned char>(ch)] = true;
  for (int i = 0; i < 256; ++i) {
    if (seen[i]) c.alphabet.characters += static_cast<char>(i);
  }
  return c;
}

/// Bits for each character of `test`, by counts of up to `order` characters of
/// `train`: interpolated Kneser–Ney smoothing (Chen and Goodman 1999).
class KneserNey {
 public:
  KneserNey(const std::string& train, std::size_t order, double symbols)
      : order_(order), symbols_(symbols), grams_(order + 1) {
    for (std::size_t i = 0; i + order <= train.size(); ++i) {
      ++grams_[order].count[train.substr(i, order)];
    }
    for (std::size_t n = order; n-- > 1;) {
      for (const auto& [gram, count] : grams_[n + 1].count) {
        ++grams_[n].count[gram.substr(1)];
      }
    }
    for (Grams& g : grams_) g.sum_up();
  }

  double bits(const std::string& before, const std::string& test) const {
    const std::string all = before.substr(before.size() - order_) + test;
    double bits = 0;
    for (std::size_t i = order_; i < all.size(); ++i) {
      double p = 1 / symbols_;
      for (std::size_t n = 1; n <= order_; ++n) {
        p = grams_[n].interpolated(all.substr(i - n + 1, n), p);
      }
      bits -= std::log2(p);
    }
    return bits / static_cast<double>(test.size());
  }

 private:
  struct Context {
    double count = 0, kinds = 0;
  };
  struct Grams {
    std::map<std::string, double> count;
    std::map<std::string, Context> contexts;
    double discount = 0;

    void sum_up() {
      double once = 0, twice = 0;
      for (const auto& [gram, n] : count) {
        once += n == 1 ? 1 : 0;
        twice += n == 2 ? 1 : 0;
        Context& c = contexts[gram.substr(0, gram.size() - 1)];
        c.count += n;
        ++c.kinds;
      }
      discount = once > 0 ? once / (once + 2 * twice) : 0.5;
    }
    double interpolated(const std::string& gram, double lower) const {
      const auto c = contexts.find(gram.substr(0, gram.size() - 1));
      if (c == contexts.end()) return lower;
      const auto found = count.find(gram);
      const double n = found == count.end() ? 0 : found->second;
      return (std::max(n - discount, 0.0) +
              discount * c->second.kinds * lower) /
             c->second.count;
    }
  };

  std::size_t order_;
  double symbols_;
  std::vector<Grams> grams_;
};

/// Windows of a text: rows of steps + 1 symbols.
inline weft::data::Dataset windows(const std::vector<std::uint8_t>& symbols,
                                   std::int64_t steps, std::int64_t stride) {
  auto bytes = std::make_shared<std::vector<std::uint8_t>>();
  const auto n = static_cast<std::int64_t>(symbols.size());
  for (std::int64_t at = 0; at + steps + 1 <= n; at += stride) {
    bytes->insert(bytes->end(), symbols.begin() + at,
                  symbols.begin() + at + steps + 1);
  }
  weft::data::Dataset d;
  d.bytes = bytes;
  d.byte_scale = 1;
  d.row = {steps + 1};
  return d;
}

/// From symbols (batch, time) to logits (batch, time, symbols).
using Model = std::function<weft::Value(weft::Value text, weft::Mode mode)>;

/// Every symbol but the first of a row is to be told from those before it. In
/// evaluation only the second half counts, whose rows overlap by half, so that
/// each symbol is told from half a row at least.
inline weft::Build language_model(std::int64_t steps, Model model) {
  return [steps, model](weft::Graph& g, weft::Mode mode) {
    weft::Network n;
    n.input = g.input("text", {weft::kBatch, steps + 1});
    const weft::Value text = cast(n.input, weft::DType::i32);
    n.output = model(slice(text, 1, 0, steps), mode);
    weft::Value cost = softmax_cross_entropy(n.output, slice(text, 1, 1));
    if (mode == weft::Mode::eval) cost = slice(cost, 1, steps / 2);
    n.loss = mean(cost);
    return n;
  };
}

/// Text that the model writes after `start`, which has a row's length at least.
inline std::string written(weft::Trainer& model, const Alphabet& alphabet,
                           const std::string& start, int count,
                           double temperature) {
  const std::int64_t steps = model.graphs().eval_network.input.shape().dim(1);
  std::vector<std::uint8_t> all = alphabet.symbols(start);
  weft::RandomSequence draws(weft::Philox({1}, 1, 1));
  weft::Tensor row(weft::DType::f32, {1, steps});
  std::string text;
  for (int i = 0; i < count; ++i) {
    std::copy(all.end() - (steps - 1), all.end(), row.data<float>());
    const weft::Tensor logits = model.predict(row);
    const auto v =
        logits.values<float>().last(static_cast<std::size_t>(alphabet.size()));
    const float top = *std::max_element(v.begin(), v.end());
    std::vector<double> sums;
    double sum = 0;
    for (const float z : v)
      sums.push_back(sum += std::exp((z - top) / temperature));
    const auto at =
        std::upper_bound(sums.begin(), sums.end() - 1, draws.uniform() * sum);
    all.push_back(static_cast<std::uint8_t>(at - sums.begin()));
    text += all.back() == 0 ? '?' : alphabet.characters[all.back() - 1U];
  }
  return text;
}

struct Settings {
  std::int64_t steps = 64;
  std::int64_t shifts = 1;  ///< windows begin every steps / shifts characters
  std::int64_t batch = 32;
  int epochs = 20;
  double learning_rate = 2e-3;
  std::size_t rival = 5;  ///< characters that the counted model must know
};

/// Trains on licences, prints the perplexity of the one that is held out beside
/// those of counted n-grams, and a text. The program's result: 0 if the model
/// is better than the rival, 77 if there are no licences.
inline int learn(const Corpus& corpus, const Model& model, const Settings& s) {
  if (corpus.train.empty()) {
    std::puts("no licences in /usr/share/common-licenses: not run");
    return 77;
  }
  const Alphabet& alphabet = corpus.alphabet;
  const auto train =
      windows(alphabet.symbols(corpus.train), s.steps, s.steps / s.shifts);
  const auto test =
      windows(alphabet.symbols(corpus.test), s.steps, s.steps / 2);
  std::printf("%zu characters to learn from, %zu held out, %d kinds\n",
              corpus.train.size(), corpus.test.size(),
              static_cast<int>(alphabet.size()));

  weft::Trainer trainer(language_model(s.steps, model),
                        weft::Adam{.learning_rate = s.learning_rate},
                        {.minimize = {.clip_norm = 1}});
  const double updates =
      static_cast<double>(s.epochs * ((train.size() + s.batch - 1) / s.batch));
  trainer.fit(train, {.epochs = s.epochs,
                      .batch_size = s.batch,
                      .schedule = weft::schedules::with_warmup(
                          weft::schedules::cosine(updates, 0.02), updates / 20),
                      .callbacks = {weft::progress_bar(std::cerr)}});
  const double cost = trainer.evaluate(test).loss;
  std::printf("perplexity %.2f (%.3f bits a character)\n", std::exp(cost),
              cost / std::log(2));
  double rival = 0;
  for (std::size_t order = 2; order <= s.rival; ++order) {
    rival = KneserNey(corpus.train, order, static_cast<double>(alphabet.size()))
                .bits(corpus.train, corpus.test);
    std::printf("  counts of %zu characters: %.2f (%.3f)\n", order,
                std::exp2(rival), rival);
  }
  const std::string start = corpus.test.substr(0, 1000);
  std::printf("%s\n", written(trainer, alphabet, start, 300, 0.5).c_str());
  return cost / std::log(2) < rival ? 0 : 1;
}

}  // namespace text
