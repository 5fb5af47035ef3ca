#pragma once

// The laboratory: what is said of how classifiers learn, as experiments on real
// data, each with a criterion that was fixed before it runs.

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weft/data.h"

namespace weft::lab {

/// Examples to learn from, and others to measure on: rows of numbers from 0 to
/// 1 in f32, and classes.
struct Examples {
  std::string name;  ///< in words, for the report
  data::Dataset train, test;
};
/// Fashion-MNIST (`name` is "fashion-mnist", or empty and it is installed) with
/// its images halved to 14×14 by the means of 2×2 pixels; else the table (CSV)
/// of that name, or tests/data/digits.csv if that is empty, its columns scaled
/// to 0 … 1 and a quarter held out. Throws DataError if it can't be read or has
/// no classes.
Examples examples(const std::string& name = "");

struct Settings {
  int seeds = 5;  ///< repetitions: rows, first weights and order are drawn anew
  std::uint64_t first_seed = 1;
  int threads = 0;  ///< 0: all. They change no bit of any result
  /// A look at whether everything works: few rows and few steps. Verdicts mean
  /// nothing then.
  bool quick = false;
  /// Set from elsewhere to end with an Error.
  const std::atomic<bool>* stop = nullptr;
};

/// A line or a row of bars of a picture.
struct Curve {
  std::string name;
  std::vector<double> x = {}, y = {};
  /// Where there are several seeds: from y − s to y + s, s the standard
  /// deviation. Empty if there are not.
  std::vector<double> low = {}, high = {};
  bool dashed = false;
};

struct Picture {
  enum class Kind { lines, bars };  ///< bars: one for each category
  std::string id = {};              ///< "sigmoid": a word
  int number = 0;  ///< of the essay's eleven, 1 …; 0: evidence of one claim
  std::string title = {}, note = {};
  std::string x_name = {}, y_name = {};
  Kind kind = Kind::lines;
  bool log_x = false, log_y = false;
  std::vector<Curve> curves = {};
  std::vector<std::string> categories = {};  ///< of bars
};

/// What was measured, once for each seed.
struct Quantity {
  std::string name;
  std::vector<double> values;
  double mean() const;
  /// Standard deviation (n − 1); 0 of one value.
  double deviation() const;
};

enum class Verdict { holds, does_not_hold, undecided };
/// "holds", "does not hold", "undecided".
std::string_view to_string(Verdict verdict);

/// A paired comparison: a number for each seed, the 95 % interval of its mean
/// by Student's t, and the range in which the claim wants it. The claim holds
/// if all of the interval lies in that range, does not if all of it lies
/// outside, and is undecided otherwise.
struct Comparison {
  std::string name;
  std::vector<double> values;
  double least = -std::numeric_limits<double>::infinity();  ///< wanted
  double most = std::numeric_limits<double>::infinity();
  /// Values are factors: mean and interval are those of their logarithms.
  bool factor = false;
  double mean = 0, low = 0, high = 0;  ///< set by `compare`
  Verdict verdict = Verdict::undecided;
};
/// Computes mean, interval and verdict. Values that are not finite leave it
/// undecided.
Comparison compare(Comparison c);

struct Result {
  std::string name;  ///< "saturation"
  std::string title = {};
  std::string claim = {};      ///< what the essay says
  std::string method = {};     ///< what was done
  std::string criterion = {};  ///< when it counts as true
  std::vector<Quantity> measured = {};
  std::vector<Comparison> comparisons = {};
  /// Holds if all comparisons do, does not if one does not.
  Verdict verdict = Verdict::undecided;
  std::string remark = {};  ///< what to know besides
  std::vector<Picture> pictures = {};
  /// Numbers of the essay's pictures that show it.
  std::vector<int> see = {};
  double seconds = 0;
};

class Bench;
struct Experiment {
  std::string name, title, claim;
  std::function<void(const Bench&, Result&)> run;
};
/// The essay's thirteen claims, in its order.
const std::vector<Experiment>& experiments();
/// The experiment of that name. Throws GraphError, with the names there are.
const Experiment& experiment(std::string_view name);

/// Runs one. Equal seeds give equal numbers for any number of threads. Throws
/// DataError if there are too few examples or seeds.
Result run(const Experiment& experiment, const Examples& examples,
           const Settings& settings = {});

struct Report {
  std::string data;  ///< name of the examples
  std::int64_t rows = 0, columns = 0, classes = 0;
  Settings settings;
  std::vector<Result> results = {};
};
/// Runs all of them, or those of these names; `on_result` is told of each.
Report run_all(const Examples& examples, const Settings& settings = {},
               std::span<const std::string> names = {},
               const std::function<void(const Result&)>& on_result = {});

/// The report as JSON (RFC 8259); what is not finite is null.
std::string to_json(const Report& report);
/// One HTML page with it, which needs no network. Throws as `write_report`.
void write_page(const Report& report, const std::string& path);

}  // namespace weft::lab
