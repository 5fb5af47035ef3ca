// Dates as people write them into dates as machines do: "13 March 2021" and
// "Sat, Mar 13th 2021" become "2021-03-13". An encoder-decoder with attention
// learns it from pairs that are made here; days that are asked for later are in
// no pair that it learns from.
//   seq2seq [--quick]
#include <weft/models/seq2seq.h>
#include <weft/weft.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>

namespace {

constexpr std::int64_t kSource = 32;  // longest date, in characters
constexpr std::int64_t kTarget = 10;

const std::string kSourceSymbols =
    " ,.-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const std::string kTargetSymbols = "-0123456789";

const char* const kMonths[] = {"January",   "February", "March",    "April",
                               "May",       "June",     "July",     "August",
                               "September", "October",  "November", "December"};
const char* const kDays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                             "Thursday", "Friday", "Saturday"};

std::string with_ending(int day) {
  const char* end = "th";
  if (day / 10 != 1) {
    if (day % 10 == 1) end = "st";
    if (day % 10 == 2) end = "nd";
    if (day % 10 == 3) end = "rd";
  }
  return std::to_string(day) + end;
}

struct Pair {
  std::string written, expected;
};

/// A day from 1 January 1900 on, in one of twelve forms.
Pair date(int number, int form) {
  using namespace std::chrono;
  const sys_days at = sys_days{year{1900} / 1 / 1} + days{number};
  const year_month_day ymd{at};
  const int y = int(ymd.year()), d = static_cast<int>(unsigned(ymd.day()));
  const int m = static_cast<int>(unsigned(ymd.month()));
  const std::string month = kMonths[m - 1], day = std::to_string(d);
  const std::string name = kDays[weekday{at}.c_encoding()];
  const std::string in_year = std::to_string(y), brief = month.substr(0, 3);
  char iso[32], slashes[32], points[32];
  std::snprintf(iso, sizeof iso, "%04d-%02d-%02d", y, m, d);
  std::snprintf(slashes, sizeof slashes, "%02d/%02d/%d", m, d, y);
  std::snprintf(points, sizeof points, "%d.%d.%d", d, m, y);
  const std::string forms[] = {
      day + " " + month + " " + in_year,
      day + " " + brief + " " + in_year,
      month + " " + day + ", " + in_year,
      brief + " " + with_ending(d) + " " + in_year,
      with_ending(d) + " of " + month + ", " + in_year,
      "the " + with_ending(d) + " of " + month + " " + in_year,
      name + ", " + month + " " + day + ", " + in_year,
      name.substr(0, 3) + ", " + brief + " " + with_ending(d) + " " + in_year,
      name.substr(0, 3) + " " + day + " " + brief + " " + in_year,
      slashes,
      points,
      in_year + ", " + month + " " + day};
  return {forms[form].substr(0, kSource), iso};
}
constexpr int kForms = 12;

/// Symbols from 1 on; 0 fills up.
void put(float* to, std::int64_t size, const std::string& text,
         const std::string& symbols) {
  for (std::int64_t i = 0; i < size; ++i) {
    const auto k = static_cast<std::size_t>(i);
    to[i] = k < text.size() ? float(symbols.find(text[k]) + 1) : 0;
  }
}

/// Rows of source and target.
weft::Tensor rows(const std::vector<Pair>& pairs) {
  const auto n = static_cast<std::int64_t>(pairs.size());
  weft::Tensor t(weft::DType::f32, {n, kSource + kTarget});
  float* to = t.data<float>();
  for (const Pair& p : pairs) {
    put(to, kSource, p.written, kSourceSymbols);
    put(to + kSource, kTarget, p.expected, kTargetSymbols);
    to += kSource + kTarget;
  }
  return t;
}

weft::Build build(const weft::models::Seq2SeqOptions& o) {
  return [o](weft::Graph& g, weft::Mode mode) {
    weft::Network n;
    n.input = g.input("dates", {weft::kBatch, kSource + kTarget});
    const weft::Value all = cast(n.input, weft::DType::i32);
    const weft::Value source = slice(all, 1, 0, kSource);
    const weft::Value target = slice(all, 1, kSource);
    const weft::Value lengths =
        sum(cast(not_equal(source, 0), weft::DType::i32), {1});
    // Each symbol is told from those before it; 0 is before the first.
    const weft::Value before =
        slice(pad(target, {0, 1}, {0, 0}), 1, 0, kTarget);
    n.output = weft::models::seq2seq(source, lengths, before, o, mode);
    n.loss = mean(softmax_cross_entropy(n.output, target));
    return n;
  };
}

/// Writes the targets of rows symbol by symbol, the likeliest each.
std::vector<std::string> translated(weft::Trainer& model, weft::Tensor rows) {
  const std::int64_t n = rows.dim(0), width = rows.dim(1);
  std::vector<std::string> texts(static_cast<std::size_t>(n));
  const auto classes = static_cast<std::int64_t>(kTargetSymbols.size()) + 1;
  for (std::int64_t i = 0; i < n; ++i) {
    std::fill_n(rows.data<float>() + i * width + kSource, kTarget, 0.0F);
  }
  for (std::int64_t t = 0; t < kTarget; ++t) {
    const weft::Tensor logits = model.predict(rows);
    for (std::int64_t i = 0; i < n; ++i) {
      const float* z = logits.data<float>() + (i * kTarget + t) * classes;
      const auto best = std::max_element(z, z + classes) - z;
      rows.data<float>()[i * width + kSource + t] = float(best);
      texts[static_cast<std::size_t>(i)] +=
          best == 0 ? '?' : kTargetSymbols[static_cast<std::size_t>(best - 1)];
    }
  }
  return texts;
}

struct Pairs {
  std::vector<Pair> train, test;
};

/// Days of 200 years, each in one form; every fifth day is held out.
Pairs make_pairs(std::size_t train, std::size_t test) {
  weft::RandomSequence draws(weft::Philox({7}, 1, 1));
  Pairs made;
  while (made.train.size() < train || made.test.size() < test) {
    const int number = static_cast<int>(draws.uniform() * 73048);
    const int form = static_cast<int>(draws.uniform() * kForms);
    auto& to = number % 5 == 0 ? made.test : made.train;
    const std::size_t most = number % 5 == 0 ? test : train;
    if (to.size() < most) to.push_back(date(number, form));
  }
  return made;
}

}  // namespace

int main(int argc, char** argv) try {
  const bool quick = argc > 1 && argv[1] == std::string("--quick");
  const Pairs pairs = make_pairs(quick ? 4000 : 20000, 2000);
  weft::models::Seq2SeqOptions o{
      .source_symbols = static_cast<std::int64_t>(kSourceSymbols.size()) + 1,
      .target_symbols = static_cast<std::int64_t>(kTargetSymbols.size()) + 1,
      .width = quick ? 64 : 128};
  const int epochs = quick ? 5 : 10;
  const auto train = weft::data::make_dataset(rows(pairs.train));
  const double steps = static_cast<double>(epochs * ((train.size() + 63) / 64));
  weft::Trainer trainer(build(o), weft::Adam{.learning_rate = 4e-3},
                        {.minimize = {.clip_norm = 1}});
  trainer.fit(train, {.epochs = epochs,
                      .batch_size = 64,
                      .schedule = weft::schedules::cosine(steps, 0.02),
                      .callbacks = {weft::progress_bar(std::cerr)}});

  const auto found = translated(trainer, rows(pairs.test));
  std::size_t right = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    right += found[i] == pairs.test[i].expected ? 1 : 0;
    if (i < 8) {
      std::printf("%-32s %s\n", pairs.test[i].written.c_str(),
                  found[i].c_str());
    }
  }
  const double share =
      static_cast<double>(right) / static_cast<double>(found.size());
  std::printf("%.2f %% of %zu days that it has not seen\n", 100 * share,
              found.size());
  return share > (quick ? 0.95 : 0.99) ? 0 : 1;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
