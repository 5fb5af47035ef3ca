#include "src/core/cpu.h"

#include <string>

#include "tests/catch.h"

using weft::detail::kKernelFeatures;
using weft::detail::missing_feature;
using weft::detail::processor_features;

TEST_CASE("this processor runs the kernels") {
  CHECK(missing_feature(kKernelFeatures, processor_features()) == nullptr);
  CHECK_NOTHROW(weft::require_cpu());
}

TEST_CASE("a processor that lacks an instruction set is told which") {
  CHECK(missing_feature(0, 0) == nullptr);
  CHECK(missing_feature(0b11000, 0b11000) == nullptr);
  CHECK(missing_feature(0b11000, ~0U) == nullptr);
  CHECK(missing_feature(0b11000, 0b01000) == std::string("FMA"));
  CHECK(missing_feature(0b11111, 0b00011) == std::string("AVX"));
  CHECK(missing_feature(~0U, ~0U) == nullptr);
}
