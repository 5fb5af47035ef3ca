#include "catch.h"
#include "count_allocations.h"
#include "data/files.h"

using namespace weft;

TEST_CASE("a loader takes no memory after its first epoch") {
  const data::Dataset d = numbers(103);
  for (bool prefetch : {false, true}) {
    data::Loader loader(d, {.batch_size = 10, .prefetch = prefetch});
    Tensor x, y;
    auto epoch = [&](std::uint64_t number) {
      loader.seek(number);
      while (loader.next(x, y)) continue;
    };
    epoch(0);
    allocations = 0;
    counting = true;
    for (std::uint64_t i = 1; i < 20; ++i) epoch(i);
    counting = false;
    CHECK(allocations == 0);
    counting = true;
    const Tensor seen(DType::f32, {64});  // the counter does count
    counting = false;
    CHECK(allocations > 0);
  }
}
