#include "table.h"
#include "weft/indexing.h"
#include "weft/ops.h"
#include "weft/sequence.h"

namespace reference {

void add_sequences(Table& t) {
  t["sdpa"] = [](const Arguments& a) -> Results {
    return {weft::attention(a[0], a[1], a[2],
                            {.mask = a[3],
                             .causal = a.flag("causal", false),
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
  t["rnn_relu_seq"] = [](const Arguments& a) -> Results {
    std::vector<Value> outputs;
    Value h = a[1];
    for (std::int64_t i = 0; i < a[0].shape().dim(0); ++i) {
      const Value x = weft::select(a[0], 0, i);
      Value y = weft::matmul(x, a[3], false, true) +
                weft::matmul(h, a[4], false, true);
      if (a[5]) y = y + a[5];
      if (a[6]) y = y + a[6];
      outputs.push_back(h = weft::relu(y));
    }
    return {weft::stack(outputs, 0), h};
  };
  for (const char* name : {"gru_seq", "gru_seq_rzn"}) {
    t[name] = [](const Arguments& a) -> Results {
      const auto r = weft::gru(a[0], a[1], {a[3], a[4], a[5], a[6]});
      return {r.outputs, r.state};
    };
  }
}

}  // namespace reference
