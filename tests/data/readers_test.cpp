#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;

namespace {

/// A file that vanishes with the test.
class File {
 public:
  File(std::string name, const std::string& bytes) : name_(std::move(name)) {
    std::ofstream(name_, std::ios::binary) << bytes;
  }
  ~File() { std::remove(name_.c_str()); }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

template <class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const DataError& e) {
    return e.what();
  }
  return "";
}

std::string csv_error(const std::string& text,
                      const data::CsvOptions& options = {}) {
  const File f("t.csv", text);
  return error_of([&] { data::read_csv("t.csv", options); });
}

std::string idx(std::vector<int> sizes, const std::string& bytes) {
  std::string s{0, 0, 8, static_cast<char>(sizes.size())};
  for (int n : sizes) {
    s += {static_cast<char>(n >> 24), static_cast<char>(n >> 16),
          static_cast<char>(n >> 8), static_cast<char>(n)};
  }
  return s + bytes;
}

}  // namespace

TEST_CASE("CSV with header, text classes, quotes, CRLF and BOM") {
  const File f("t.csv",
               "\xEF\xBB\xBFkind;a;b\r\n\"x;\"\"y\";1;2.5\r\n\r\n"
               "cat;-3e1;+4\r\n");
  const data::Dataset d = data::read_csv("t.csv", {.target = "kind"});
  CHECK(d.size() == 2);
  CHECK(d.class_names == std::vector<std::string>{"cat", "x;\"y"});
  CHECK(d.inputs.at(1) == 2.5);
  CHECK(d.inputs.at(2) == -30);
  CHECK(d.targets.at(0) == 1);
}

TEST_CASE("CSV without header, numeric classes in numeric order") {
  const File f("t.csv", "1,10\n2,9\n3,10\n");
  const data::Dataset d = data::read_csv("t.csv");
  CHECK(d.class_names == std::vector<std::string>{"9", "10"});
  const data::Dataset r =
      data::read_csv("t.csv", {.target = "0", .classes = false});
  CHECK(r.targets.shape() == Shape{3, 1});
  CHECK(data::read_csv("t.csv", {.target = ""}).row == Shape{2});
}

TEST_CASE("CSV errors name file, line and column") {
  CHECK(csv_error("1,2,a\n3,x,b\n") == "t.csv:2:2: 'x' is no number");
  CHECK(csv_error("1,2,a\n3,b\n") == "t.csv:2:2: the row has 2 fields, not 3");
  CHECK(csv_error("\n\n") == "t.csv:1:1: there are no rows");
  CHECK(csv_error("1,2\n", {.target = "7"}) ==
        "t.csv:1:1: there is no target column '7' among 2");
  CHECK(csv_error("1,\"2\n") == "t.csv:1:2: a quote is never closed");
  CHECK(csv_error("") == "t.csv: is empty");
  CHECK(error_of([] { data::read_csv("none.csv"); }) ==
        "none.csv: can't be opened: No such file or directory");
  CHECK(error_of([] { data::read_csv("."); }) == ".: is a directory");
}

TEST_CASE("IDX, plain and gzip") {
  const File images("i-ubyte", idx({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}));
  const std::string labels = idx({2}, {0, 1});
  const gzFile gz = gzopen("l-ubyte.gz", "wb");
  gzwrite(gz, labels.data(), static_cast<unsigned>(labels.size()));
  gzclose(gz);
  const data::Dataset d = data::read_idx_images("i-ubyte", "l-ubyte.gz");
  std::remove("l-ubyte.gz");
  CHECK(d.size() == 2);
  CHECK(d.row == Shape{4});
  CHECK(d.batch(1, 2).first.at(3) == Approx(8 / 255.0));
  CHECK(data::read_idx("i-ubyte").shape() == Shape{2, 2, 2});
}

TEST_CASE("an IDX header that lies is found out") {
  const std::string good = idx({2, 2}, {1, 2, 3, 4});
  for (std::size_t i = 0; i < 12; ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] + 1);
    const File f("t-ubyte", bad);
    if (i == 2) continue;  // 9 is a type too: signed bytes
    INFO(i);
    CHECK_THROWS_AS(data::read_idx("t-ubyte"), DataError);
  }
  const File f("t-ubyte", idx({1 << 30, 1 << 30, 1 << 30}, "x"));
  CHECK_THROWS_AS(data::read_idx("t-ubyte"), DataError);
}

TEST_CASE("NPY there and back, and damage found") {
  const Tensor t = Tensor::from<double>({1, 2, 3, 4, 5, 6}, {2, 3});
  data::write_npy("t.npy", t);
  CHECK(data::read_npy("t.npy").bits_equal(t));
  for (DType dtype : kAllDTypes) {
    data::write_npy("t.npy", t.to(dtype));
    CHECK(data::read_npy("t.npy").bits_equal(t.to(dtype)));
  }
  std::remove("t.npy");
  const std::string head =
      std::string("\x93NUMPY\x01\x00", 8) + std::string("\x46\x00", 2);
  auto file = [&](std::string dictionary, const std::string& bytes) {
    dictionary.resize(70, ' ');
    return head + dictionary + bytes;
  };
  {
    const File f("t.npy", file("{'descr': '>i4', 'fortran_order': True, "
                               "'shape': (1, 2)}",
                               {0, 0, 0, 1, 0, 0, 1, 0}));
    CHECK(data::read_npy("t.npy").at(1) == 256);
  }
  for (const char* bad :
       {"{'descr': '<c8', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999999,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (x)}",
        "{'descr': '<f8', 'shape': (2,)}", "nothing"}) {
    const File f("t.npy", file(bad, "12345678"));
    INFO(bad);
    CHECK_THROWS_AS(data::read_npy("t.npy"), DataError);
  }
}

namespace {

data::Dataset numbers(std::int64_t n) {
  data::Dataset d;
  d.row = {1};
  d.inputs = Tensor(DType::f32, {Dim(n), 1});
  d.targets = Tensor(DType::i32, {Dim(n)});
  for (std::int64_t i = 0; i < n; ++i) {
    d.inputs.data<float>()[i] = static_cast<float>(i);
    d.targets.data<std::int32_t>()[i] = static_cast<std::int32_t>(i);
  }
  return d;
}

std::vector<double> pass(data::Loader& loader) {
  std::vector<double> all;
  Tensor x, y;
  while (loader.next(x, y)) {
    for (std::int64_t i = 0; i < y.size(); ++i) all.push_back(y.at(i));
  }
  return all;
}

}  // namespace

TEST_CASE("an epoch is a permutation, the same with and without prefetch") {
  const data::Dataset d = numbers(23);
  data::Loader ahead(d, {.batch_size = 5, .prefetch = true, .seed = {1}});
  data::Loader plain(d, {.batch_size = 5, .prefetch = false, .seed = {1}});
  std::vector<double> last;
  for (std::uint64_t epoch = 0; epoch < 5; ++epoch) {
    ahead.seek(epoch);
    plain.seek(epoch);
    const auto a = pass(ahead), b = pass(plain);
    CHECK(a == b);
    CHECK(a != last);
    last = a;
    auto sorted = a;
    std::sort(sorted.begin(), sorted.end());
    for (int i = 0; i < 23; ++i) {
      CHECK(sorted[static_cast<std::size_t>(i)] == i);
    }
    ahead.seek(epoch, 3);
    const auto rest = pass(ahead);
    CHECK(std::equal(rest.begin(), rest.end(), a.begin() + 15));
  }
  data::Loader whole(d, {.batch_size = 5, .drop_last = true});
  CHECK(pass(whole).size() == 20);
}

TEST_CASE("splits and folds have every example once") {
  const data::Dataset d = numbers(10);
  const data::Split s = data::split(d, 0.3, {1});
  CHECK(s.train.size() == 7);
  CHECK(s.test.size() == 3);
  std::vector<int> seen(10);
  for (const data::Split& f : data::k_fold(d, 3, {1})) {
    CHECK(f.train.size() + f.test.size() == 10);
    const auto [x, y] = f.test.batch(0, f.test.size());
    for (std::int64_t i = 0; i < y.size(); ++i) {
      ++seen[static_cast<std::size_t>(y.at(i))];
    }
  }
  CHECK(seen == std::vector<int>(10, 1));
  CHECK_THROWS_AS(data::split(d, 0), DataError);
  CHECK_THROWS_AS(data::k_fold(d, 11), DataError);
}

TEST_CASE("standardising leaves constant columns finite") {
  const File f("t.csv", "1,7,0\n2,7,0\n3,7,1\n");
  const data::Dataset d = data::read_csv("t.csv");
  const data::Scaler s = data::standardize(d);
  const data::Dataset z = data::apply(s, d);
  CHECK(z.inputs.at(0) == Approx(-std::sqrt(1.5)));
  CHECK(z.inputs.at(1) == 0);
  CHECK_THROWS_AS(data::apply({{1}, {1}}, d), DataError);
}
