// Costs by classes that Weft composes or that take their inputs otherwise.

#include <cmath>

#include "table.h"
#include "weft/costs.h"
#include "weft/ctc.h"
#include "weft/indexing.h"

namespace reference {

namespace {

Value reduced(Value each, const Arguments& a) {
  const std::string how = a.text("reduction", "mean");
  if (how == "none") return each;
  return how == "sum" ? weft::sum(each) : weft::mean(each);
}

/// CTC's mean is that of costs per label there.
Results ctc(const Arguments& a) {
  Value each = weft::ctc_cost(weft::transpose(a[0], {1, 0, 2}), a[1], a[2],
                              a[3], a.integer("blank", 0));
  if (a.flag("zero_infinity")) {
    each = weft::where(weft::equal(each, HUGE_VAL), 0, each);
  }
  if (a.text("reduction", "mean") == "mean") {
    each = each / weft::maximum(weft::cast(a[3], each.dtype()), 1);
  }
  return {reduced(each, a)};
}

}  // namespace

void add_margins(Table& t) {
  t["multi_margin_loss"] = [](const Arguments& a) -> Results {
    return {reduced(weft::multi_margin(a[0], a[1],
                                       {.margin = a.number("margin", 1),
                                        .power = a.number("p", 1),
                                        .weights = a[2]}),
                    a)};
  };
  t["multilabel_margin_loss"] = [](const Arguments& a) -> Results {
    return {reduced(weft::multilabel_margin(a[0], a[1]), a)};
  };
  t["ctc_loss"] = ctc;
}

}  // namespace reference
