#include "weft/source.h"

#include "tests/catch.h"

using weft::Source;

namespace {

Source place(Source at = Source::current()) { return at; }

struct Converted {
  Converted(int, Source s = Source::current()) : at(s) {}  // NOLINT
  Source at;
};
Source place_of(Converted c) { return c.at; }

}  // namespace

TEST_CASE("a source is the line of the user's call") {
  const std::uint32_t line = __LINE__;
  CHECK(Source::current().line == line + 1);
  CHECK(place().line == line + 2);
  CHECK(place_of(3).line == line + 3);  // through an implicit conversion
  CHECK(to_string(place()) == "source_test.cpp:" + std::to_string(line + 4));
  CHECK(to_string(Source{}).empty());
}

TEST_CASE("a source prints without its folders") {
  CHECK(to_string(Source{"/home/me/train.cpp", 41}) == "train.cpp:41");
  CHECK(to_string(Source{"train.cpp", 7}) == "train.cpp:7");
  CHECK(to_string(Source{nullptr, 3}).empty());
}
