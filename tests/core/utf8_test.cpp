#include "src/core/utf8.h"

#include "catch.h"

using weft::is_utf8;

TEST_CASE("what is UTF-8 and what is not") {
  for (const char* text : {"", "abc", "\xC2\x80", "gr\xC3\xBC\xC3\x9F",
                           "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    CAPTURE(text);
    CHECK(is_utf8(text));
  }
  // Latin-1, cut characters, overlong forms, surrogates, beyond U+10FFFF.
  for (const char* text :
       {"gr\xFC\xDF", "\x80", "\xC3", "\xE2\x82", "\xE2\x82g", "\xC0\xAF",
        "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\xED\xA0\x80",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
    CAPTURE(text);
    CHECK(!is_utf8(text));
  }
}
