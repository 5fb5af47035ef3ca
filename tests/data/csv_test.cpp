#include "catch.h"
#include "data/files.h"

using namespace weft;
using data::CsvOptions;
using Header = CsvOptions::Header;
using Names = std::vector<std::string>;

namespace {

data::Dataset csv(const std::string& text, const CsvOptions& options = {}) {
  const File f("csv-t.csv", text);
  return data::read_csv(f.name(), options);
}

std::string csv_error(const std::string& text, const CsvOptions& options = {}) {
  return data_error([&] { csv(text, options); });
}

std::vector<double> inputs(const data::Dataset& d) {
  std::vector<double> all;
  for (std::int64_t i = 0; i < d.inputs.size(); ++i) {
    all.push_back(d.inputs.at(i));
  }
  return all;
}

}  // namespace

TEST_CASE("CSV with header, text classes, quotes, CRLF and BOM") {
  const auto d =
      csv("\xEF\xBB\xBFkind;a;b\r\n\"x;\"\"y\";1;2.5\r\n\r\n"
          "cat;-3e1;+4\r\n",
          {.target = "kind"});
  CHECK(d.size() == 2);
  CHECK(d.column_names == Names{"kind", "a", "b"});
  CHECK(d.class_names == Names{"cat", "x;\"y"});
  CHECK(inputs(d) == std::vector<double>{1, 2.5, -30, 4});
  CHECK(targets_of(d) == std::vector<double>{1, 0});
}

TEST_CASE("CSV without header, numeric classes in numeric order") {
  const std::string text = "1,10\n2,9\n3,10\n";
  CHECK(csv(text).class_names == Names{"9", "10"});
  const auto r = csv(text, {.target = "0", .classes = false});
  CHECK(r.targets.shape() == Shape{3, 1});
  CHECK(r.targets.dtype() == DType::f32);
  CHECK(targets_of(r) == std::vector<double>{1, 2, 3});
  CHECK(csv(text, {.target = ""}).row == Shape{2});
  CHECK(csv(text, {.target = "-2"}).class_names == Names{"1", "2", "3"});
  CHECK(csv(text, {.header = Header::yes}).size() == 2);
  CHECK(csv("1,nan\n2,inf\n3,7\n").class_names == Names{"7", "inf", "nan"});
}

TEST_CASE("CSV line ends, blanks and the last line") {
  for (const char* text : {"1,2\n3,4\n", "1,2\r\n3,4", "1,2\r3,4\r",
                           "\n\n1,2\n\n\r\n3,4\n\n", " 1 ,2\n3, 4 \n"}) {
    INFO(text);
    CHECK(inputs(csv(text, {.target = ""})) == std::vector<double>{1, 2, 3, 4});
  }
  // A lone CR ends a line: it must not join two numbers.
  CHECK(csv_error("1\r2,3\n4,5\n", {.target = ""}) ==
        "csv-t.csv:2:2: the row has 2 fields, line 1 has 1; put quotes around "
        "a field with a separator ','");
}

TEST_CASE("CSV separators are found in the first line with text") {
  const std::vector<double> all{1, 2, 3, 4};
  CHECK(inputs(csv("\n1;2\n3;4\n", {.target = ""})) == all);
  CHECK(inputs(csv("1\t2\n3\t4\n", {.target = ""})) == all);
  CHECK(inputs(csv("1 2\n3 4\n", {.target = ""})) == all);
  CHECK(inputs(csv("1|2\n3|4\n", {.target = "", .separator = '|'})) == all);
  const auto d = csv("a long name,\"b;c;d\"\n1,2\n3,4\n", {.target = ""});
  CHECK(d.column_names == Names{"a long name", "b;c;d"});
  CHECK(inputs(d) == all);
}

TEST_CASE("CSV quotes hold separators, line ends and quotes") {
  const auto d = csv("1,\"a\nb\"\n2,\"\"\"\"\n\"3\" ,c\n");
  CHECK(d.class_names == Names{"\"", "a\nb", "c"});
  CHECK(inputs(d) == std::vector<double>{1, 2, 3});
  // Lines are counted through the quotes.
  CHECK(csv_error("1,\"a\nb\"\nx,c\n") ==
        "csv-t.csv:3:1: 'x' is not a number; only the target may be text");
}

TEST_CASE("CSV numbers must be finite and whole fields") {
  CHECK(inputs(csv("1e-400,-1E-400\n", {.target = ""})) ==
        std::vector<double>{0, 0});
  for (const char* bad : {"nan", "inf", "-inf", "1e39", "1e400"}) {
    INFO(bad);
    CHECK(csv_error("1,a\n" + std::string(bad) + ",b\n") ==
          "csv-t.csv:2:1: '" + std::string(bad) +
              "' is not a finite number of f32 (at most 3.4e38); put another "
              "or remove the row");
  }
  for (const char* bad : {"1x", "0x10", "1 2", "+-3", "1.2.3", "1_000", "-"}) {
    INFO(bad);
    CHECK(csv_error("1,a\n" + std::string(bad) + ",b\n") ==
          "csv-t.csv:2:1: '" + std::string(bad) +
              "' is not a number; only the target may be text");
  }
}

TEST_CASE("CSV errors name file, line and column") {
  CHECK(csv_error("p,q,kind\n1,2,a\n3,x,b\n") ==
        "csv-t.csv:3:2: column 'q': 'x' is not a number; only the target may "
        "be text");
  CHECK(csv_error("1,2,a\n3,,b\n") ==
        "csv-t.csv:2:2: the field is empty; put a number or remove the row");
  CHECK(csv_error("1,2,a\n3,4,\n") ==
        "csv-t.csv:2:3: the class is empty; put one or remove the row");
  CHECK(csv_error("1,2,a\n3,b\n") ==
        "csv-t.csv:2:2: the row has 2 fields, line 1 has 3; put quotes around "
        "a field with a separator ','");
  CHECK(csv_error("1,2\n3,4,5\n") ==
        "csv-t.csv:2:3: the row has 3 fields, line 1 has 2; put quotes around "
        "a field with a separator ','");
  CHECK(csv_error("1,\"2\n") ==
        "csv-t.csv:1:2: the quote that begins here is never closed; inside a "
        "quoted field, write a quote as \"\"");
  CHECK(csv_error("1,\"2\"3\n") ==
        "csv-t.csv:1:2: '3' follows a closing quote, not a separator ',' or "
        "line end; inside a quoted field, write a quote as \"\"");
  CHECK(csv_error(std::string("1,2\n3\0,4\n", 9)) ==
        "csv-t.csv:2:1: a zero byte in the text; CSV must be text, in UTF-8 "
        "and not UTF-16");
  CHECK(csv_error("1,a\n2,gr\xFC\xDF\n") ==
        "csv-t.csv:2:2: the class is not in UTF-8; convert the file to it");
  CHECK(csv_error(std::string(1 << 21, '7')) ==
        "csv-t.csv:1:1: the field is longer than 1048576 bytes; is a quote or "
        "a line end missing?");
  CHECK(csv_error(std::string(1 << 21, ',')) ==
        "csv-t.csv:1:1048576: the row has more than 1048576 fields; is ',' "
        "the separator?");
}

TEST_CASE("CSV errors of the whole table") {
  CHECK(csv_error("\n\n") == "csv-t.csv:1:1: there are no rows");
  CHECK(csv_error("a,b\n") ==
        "csv-t.csv:1:1: there are no rows below the header; if it is none, "
        "set the option header to no");
  CHECK(csv_error("1,2\n", {.target = "7"}) ==
        "csv-t.csv:1:1: there is no target column '7' among 2; give a number "
        "from -2 to 1");
  CHECK(csv_error("a,b\n1,2\n", {.target = "c"}) ==
        "csv-t.csv:1:1: there is no target column 'c' among 2; give a number "
        "from -2 to 1, or a name of the header: a, b");
  CHECK(csv_error("1\n2\n") ==
        "csv-t.csv:1:1: there is no column besides the target; set the "
        "separator or the target");
  CHECK(csv_error("0,1,label\n5,6,7\n") ==
        "csv-t.csv:1:3: 'label' is not a number, but line 2 has one in its "
        "place: '7'; if the first row is a header, set the option header to "
        "yes, else correct the field or set it to no");
  CHECK(csv("0,1,label\n5,6,7\n", {.header = Header::yes}).size() == 1);
}

TEST_CASE("files that can't be read say why") {
  CHECK(csv_error("") == "csv-t.csv: is empty");
  CHECK(data_error([] { data::read_csv("none.csv"); }) ==
        "none.csv: can't be opened: No such file or directory");
  CHECK(data_error([] { data::read_csv("."); }) ==
        ".: is a directory; name a file in it");
  CHECK(data_error([] { data::read_idx("."); }) ==
        ".: is a directory; name a file in it");
  CHECK(data_error([] { data::read_npy("none.npy"); }) ==
        "none.npy: can't be opened: No such file or directory");
}

TEST_CASE("CSV longer than the reader's buffer, plain and gzip") {
  std::string text;
  double sum = 0;
  for (int i = 0; i < 30000; ++i) {
    text += std::to_string(i) + ",\"" + std::to_string(i % 7) + "\"\r\n";
    sum += i;
  }
  for (const std::string& bytes : {text, gzip(text)}) {
    const auto d = csv(bytes);
    REQUIRE(d.size() == 30000);
    CHECK(d.classes() == 7);
    double found = 0;
    for (double v : inputs(d)) found += v;
    CHECK(found == sum);
  }
}

TEST_CASE("the digits are bytes from 0 to 1") {
  const auto d = data::digits(WEFT_SOURCE_DIR "/tests/data/digits.csv");
  CHECK(d.size() == 1797);
  CHECK(d.row == Shape{64});
  CHECK(d.classes() == 10);
  const auto table = data::read_csv(WEFT_SOURCE_DIR "/tests/data/digits.csv");
  const auto [x, y] = d.batch(0, d.size());
  bool same = true;
  for (std::int64_t i = 0; i < x.size(); ++i) {
    same = same && x.at(i) * 16 == table.inputs.at(i);
  }
  CHECK(same);
  CHECK(y.bits_equal(table.targets));
  const File f("csv-d.csv", "1,2,0\n3,4,1\n");
  CHECK(data_error([] { data::digits("csv-d.csv"); }) ==
        "csv-d.csv: has 2 pixels and 2 classes; the digits have 64 and 10, "
        "and the class last");
}
