// A language model of characters by a transformer, on the licences that every
// Debian has: perplexity of a licence that it has not seen, and a text of its
// own.
//   char_transformer [--quick]
#include <weft/models/char_transformer.h>

#include <exception>

#include "text.h"

int main(int argc, char** argv) try {
  const bool quick = argc > 1 && argv[1] == std::string("--quick");
  const text::Corpus corpus = text::licences();
  weft::models::CharTransformerOptions o{.symbols = corpus.alphabet.size(),
                                         .dropout = 0.1};
  // Each character is learnt after several beginnings of its window.
  text::Settings s{.steps = 128,
                   .shifts = 4,
                   .batch = 16,
                   .epochs = 5,
                   .learning_rate = 3e-3};
  if (quick) {
    o.width = 64;
    o.blocks = 2;
    o.dropout = 0;
    s = {.steps = 32, .epochs = 3, .learning_rate = 5e-3, .rival = 2};
  }
  auto model = [o](weft::Value text, weft::Mode mode) {
    return weft::models::char_transformer(text, o, mode);
  };
  return text::learn(corpus, model, s);
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
