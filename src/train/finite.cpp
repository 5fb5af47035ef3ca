#include "src/train/finite.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace weft {

namespace {

/// In blocks without a branch, which compilers turn into vector instructions:
/// an element is not finite if all bits of its exponent are set.
template <class Element, class Bits, Bits kExponent>
bool all_finite(const Tensor& t) {
  constexpr std::int64_t kBlock = 1024;
  const Element* values = t.data<Element>();
  for (std::int64_t begin = 0; begin < t.size(); begin += kBlock) {
    const std::int64_t end = std::min(t.size(), begin + kBlock);
    Bits bad = 0;
    for (std::int64_t i = begin; i < end; ++i) {
      Bits bits;
      std::memcpy(&bits, values + i, sizeof bits);
      bad |= static_cast<Bits>((bits & kExponent) == kExponent);
    }
    if (bad != 0) return false;
  }
  return true;
}

bool all_finite(const Tensor& t) {
  if (t.dtype() == DType::f32) {
    return all_finite<float, std::uint32_t, 0x7f800000U>(t);
  }
  if (t.dtype() == DType::f64) {
    return all_finite<double, std::uint64_t, 0x7ff0000000000000U>(t);
  }
  return true;
}

}  // namespace

const std::string* find_not_finite(const State& state) {
  for (const State::Entry& e : state.entries()) {
    if (!all_finite(e.tensor)) return &e.path;
  }
  return nullptr;
}

}  // namespace weft
