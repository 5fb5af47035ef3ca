#include "weft/dtype.h"

#include <type_traits>

#include "tests/catch.h"
#include "tests/core/error_text.h"
#include "weft/error.h"

using weft::DType;

TEST_CASE("dtypes have sizes and names that read back") {
  for (DType t : weft::kAllDTypes) {
    CAPTURE(to_string(t));
    CHECK(weft::dtype_from_string(to_string(t)) == t);
    weft::visit_dtype(t, nullptr, [&](auto* p) {
      using T = std::remove_pointer_t<decltype(p)>;
      CHECK(weft::dtype_of<T> == t);
      CHECK(weft::size_of(t) == sizeof(T));
      CHECK(weft::is_floating(t) == std::is_floating_point_v<T>);
    });
  }
}

TEST_CASE("an unknown dtype names the known ones") {
  CHECK(error_text<weft::TypeError>([] { weft::dtype_from_string("f16"); }) ==
        "'f16' is no dtype; known are f32, f64, i32, i64 and bool");
  CHECK(error_text<weft::TypeError>([] { weft::dtype_from_string(""); }) ==
        "'' is no dtype; known are f32, f64, i32, i64 and bool");
}
