// A language model of characters by an LSTM, on the licences that every Debian
// has: perplexity of a licence that it has not seen, and a text of its own.
//   char_lstm [--quick]
#include <weft/models/char_lstm.h>

#include <exception>

#include "text.h"

int main(int argc, char** argv) try {
  const bool quick = argc > 1 && argv[1] == std::string("--quick");
  const text::Corpus corpus = text::licences();
  weft::models::CharLstmOptions o{
      .symbols = corpus.alphabet.size(), .width = 320, .dropout = 0.4};
  text::Settings s{.steps = 64, .epochs = 30};
  if (quick) {
    o.width = 64;
    o.dropout = 0;
    s = {.steps = 32, .epochs = 3, .learning_rate = 5e-3, .rival = 2};
  }
  auto model = [o](weft::Value text, weft::Mode mode) {
    return weft::models::char_lstm(text, o, mode);
  };
  return text::learn(corpus, model, s);
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
