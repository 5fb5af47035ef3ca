#include "table.h"
#include "weft/ops.h"
#include "weft/sequence.h"

namespace reference {

void add_sequences(Table& t) {
  t["sdpa"] = [](const Arguments& a) -> Results {
    return {weft::attention(a[0], a[1], a[2],
                            {.mask = a[3],
                             .causal = a.get<bool>("causal", false),
                             .scale = a.number("scale", 0)})};
  };
  t["scaled_dot_product_attention"] = t["sdpa"];
  t["lstm_seq_ifgo"] = [](const Arguments& a) -> Results {
    const auto r = weft::lstm(a[0], a[1], a[2], {a[3], a[4], a[5], a[6]});
    return {r.outputs, r.state, r.cell};
  };
  t["rnn_tanh_seq"] = [](const Arguments& a) -> Results {
    const auto r = weft::rnn(a[0], a[1], {a[3], a[4], a[5], a[6]});
    return {r.outputs, r.state};
  };
  for (const char* name : {"gru_seq", "gru_seq_rzn"}) {
    t[name] = [](const Arguments& a) -> Results {
      const auto r = weft::gru(a[0], a[1], {a[3], a[4], a[5], a[6]});
      return {r.outputs, r.state};
    };
  }
}

}  // namespace reference
