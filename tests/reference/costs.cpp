#include "weft/costs.h"

#include "table.h"

namespace reference {

namespace {

Value reduced(Value each, const Arguments& a) {
  const auto how = a.get<std::string>("reduction", "mean");
  if (how == "none") return each;
  if (how == "batchmean") {
    return weft::sum(each) / static_cast<double>(a[0].shape().dim(0));
  }
  return how == "sum" ? weft::sum(each) : weft::mean(each);
}

using OfTwo = Value (*)(Operand, Operand, const Arguments&);

void add(Table& t, const char* name, OfTwo f) {
  t[name] = [f](const Arguments& a) -> Results {
    return {reduced(f(a[0], a[1], a), a)};
  };
}

/// What both are broadcast to.
weft::Shape common_shape(Value x, Value y) {
  weft::Shape shape = x.rank() < y.rank() ? y.shape() : x.shape();
  const Value other = x.rank() < y.rank() ? x : y;
  const int more = shape.rank() - other.rank();
  for (int i = 0; i < other.rank(); ++i) {
    if (other.shape().dim(i) != 1) shape[more + i] = other.shape()[i];
  }
  return shape;
}

/// The classes are axis 1 there, or the only one, and the last one here.
Value classes_last(Value x) {
  if (x.rank() == 1) return weft::unsqueeze(x, 0);
  Axes axes;
  for (int i = 0; i < x.rank(); ++i) {
    if (i != 1) axes.push_back(i);
  }
  if (x.rank() > 1) axes.push_back(1);
  return weft::transpose(x, axes);
}

/// Targets that are distributions: the mean is that of rows.
Results distributions(const Arguments& a) {
  const Value z = classes_last(a[0]);
  const double s = a.number("label_smoothing", 0);
  const auto count = static_cast<double>(z.shape().dim(z.rank() - 1));
  Value y = (1 - s) * classes_last(a[1]) + s / count;
  if (a[2]) y = y * a[2];
  return {reduced(weft::softmax_cross_entropy_with(z, y), a)};
}

Results classes(const Arguments& a, bool logits) {
  if (weft::is_floating(a[1].dtype())) return distributions(a);
  // The ignored label has a default there.
  const weft::ClassOptions options{
      .weights = a[2],
      .label_smoothing = a.number("label_smoothing", 0),
      .ignore = a.integer("ignore_index", -100)};
  const Value z = classes_last(a[0]);
  const Value log_p = logits ? weft::log_softmax(z) : z;
  const auto costs = weft::negative_log_likelihood(log_p, a[1], options);
  const auto how = a.get<std::string>("reduction", "mean");
  if (how == "none") return {costs.each};
  return {how == "sum" ? weft::sum(costs) : weft::mean(costs)};
}

}  // namespace

void add_costs(Table& t) {
  using A = const Arguments&;
  add(t, "l1_loss",
      [](Operand x, Operand y, A) { return weft::absolute_error(x, y); });
  add(t, "mse_loss",
      [](Operand x, Operand y, A) { return weft::square(x - y); });
  add(t, "smooth_l1_loss", [](Operand x, Operand y, A a) {
    return weft::smooth_l1(x, y, a.number("beta", 1));
  });
  add(t, "huber_loss", [](Operand x, Operand y, A a) {
    return weft::huber(x, y, a.number("delta", 1));
  });
  add(t, "soft_margin_loss",
      [](Operand x, Operand y, A) { return weft::soft_margin(x, y); });
  add(t, "hinge_embedding_loss", [](Operand x, Operand y, A a) {
    return weft::hinge_embedding(x, y, a.number("margin", 1));
  });
  add(t, "margin_ranking_loss", [](Operand x, Operand y, A a) {
    return weft::margin_ranking(x, y, a[2], a.number("margin", 0));
  });
  add(t, "kl_div", [](Operand x, Operand y, A a) {
    return a.flag("log_target", false) ? weft::relative_entropy_of_logs(x, y)
                                       : weft::relative_entropy(x, y);
  });
  add(t, "poisson_nll_loss", [](Operand x, Operand y, A a) {
    return weft::poisson_cost(x, y,
                              {.of_log = a.flag("log_input", true),
                               .full = a.flag("full", false),
                               .epsilon = a.number("eps", 1e-8)});
  });
  add(t, "gaussian_nll_loss", [](Operand x, Operand y, A a) {
    return weft::gaussian_cost(
        x, y, a[2],
        {.full = a.flag("full", false), .epsilon = a.number("eps", 1e-6)});
  });
  add(t, "multilabel_soft_margin_loss", [](Operand x, Operand y, A a) {
    const Value each = weft::binary_cross_entropy(x, y);
    return weft::mean(a[2] ? a[2] * each : each, {-1});
  });
  add(t, "bce", [](Operand x, Operand y, A a) {
    const Value each = weft::binary_cross_entropy_of(x, y);
    return a[2] ? a[2] * each : each;
  });
  add(t, "bce_with_logits", [](Operand x, Operand y, A a) {
    const Value each = a[3] ? weft::binary_cross_entropy(x, y, a[3])
                            : weft::binary_cross_entropy(x, y);
    return a[2] ? a[2] * each : each;
  });
  add(t, "triplet_margin_loss", [](Operand x, Operand y, A a) {
    return weft::triplet_cost(x, y, a[2],
                              {.margin = a.number("margin", 1),
                               .p = a.number("p", 2),
                               .swap = a.flag("swap", false)});
  });
  add(t, "cosine_embedding_loss", [](Operand x, Operand y, A a) {
    return weft::cosine_cost(x, y, a[2], a.number("margin", 0));
  });
  t["cosine_similarity"] = [](const Arguments& a) -> Results {
    const weft::Shape shape = common_shape(a[0], a[1]);
    return {weft::cosine_similarity(
        weft::expand(a[0], shape), weft::expand(a[1], shape),
        a.integer("dim", 1), a.number("eps", 1e-8))};
  };
  t["pairwise_distance"] = [](const Arguments& a) -> Results {
    const Value d =
        weft::distance(a[0], a[1], a.number("p", 2), a.number("eps", 1e-6));
    return {a.flag("keepdim") ? weft::unsqueeze(d, -1) : d};
  };
  t["cross_entropy"] = [](const Arguments& a) { return classes(a, true); };
  t["nll_loss_of_log_softmax"] = t["cross_entropy"];
  t["nll_loss"] = [](const Arguments& a) { return classes(a, false); };
}

}  // namespace reference
