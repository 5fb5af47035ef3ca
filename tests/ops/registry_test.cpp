#include "catch.h"
#include "weft/testing.h"
#include "weft/weft.h"

using namespace weft;

TEST_CASE("every registered op holds what ops must hold") {
  const auto names = registry().names();
  REQUIRE(names.size() > 50);
  for (const std::string& name : names) {
    const testing::Report report =
        testing::check_op(registry().prototype(name));
    std::string text = name + ":";
    for (const std::string& f : report.failures) text += "\n  " + f;
    INFO(text);
    CHECK(report.checks > 3);
    CHECK(report.ok());
  }
}
