#include <algorithm>

#include "ops/kernels/axes.h"
#include "src/core/check_size.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// The number of elements as multiple·symbol^power, or nothing for a dimension
/// with an offset.
struct Count {
  std::int64_t number = 1;
  std::vector<int> symbols;
  std::vector<Dim> offsets;  // dimensions with an offset, kept whole

  explicit Count(const Shape& shape) {
    for (Dim d : shape) {
      if (!d.is_symbolic()) {
        number *= d.size();
      } else if (d.offset() != 0) {
        offsets.push_back(d);
      } else {
        number *= d.multiple();
        symbols.push_back(d.symbol_id());
      }
    }
    std::sort(symbols.begin(), symbols.end());
    std::sort(offsets.begin(), offsets.end(),
              [](Dim a, Dim b) { return a.bits() < b.bits(); });
  }
  friend bool operator==(const Count&, const Count&) = default;
};

struct Reshape {
  static constexpr std::string_view name = "reshape";
  static constexpr bool alias = true;
  static constexpr bool throws = false;
  using dtypes = AnyType;
  Shape shape;
  static constexpr auto fields() {
    return std::tuple{field("shape", &Reshape::shape)};
  }
  Type infer(const Type& x) const {
    check_size(shape, name);
    const Count from(x.shape), to(shape);
    const bool empty = from.number == 0 && to.number == 0;
    if (!empty && !(from == to)) {
      throw ShapeError("[reshape] " + to_string(x.shape) + " and " +
                       to_string(shape) +
                       " have different numbers of elements");
    }
    return {x.dtype, shape};
  }
  template <class T>
  void forward(View<const T> x, View<T> y) const {
    std::copy(x.begin(), x.end(), y.begin());
  }
  Value vjp(Value x, Value, Value dy) const { return reshape(dy, x.shape()); }
  Value vmap(const Batched& in) const {
    return reshape(in[0], in.shape(shape));
  }
  static Samples samples() {
    return {sample(Reshape{{3, 2}}, {Shape{2, 3}}),
            sample(Reshape{{0, 5}}, {Shape{0, 3}}),
            sample(Reshape{{}}, {Shape{1, 1}})};
  }
};

/// What one -1 in `shape` stands for.
Shape infer_rest(const Shape& from, Shape shape, const Source& at) {
  int rest = -1;
  Dim known = 1, all = 1;
  auto fail = [&](const std::string& why) {
    throw ShapeError("[reshape] " + to_string(from) + " to " +
                     to_string(shape) + ": " + why + at_line(at));
  };
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] != kInfer) continue;
    if (rest >= 0) fail("only one dimension can be -1");
    rest = i;
  }
  if (rest < 0) return shape;
  // Equal symbolic dimensions cancel; what is left must be affine.
  std::vector<Dim> symbolic;
  for (Dim d : from) {
    if (d.is_symbolic()) {
      symbolic.push_back(d);
    } else {
      all = all * d;
    }
  }
  for (Dim d : shape) {
    if (d == kInfer) continue;
    const auto found = std::find(symbolic.begin(), symbolic.end(), d);
    if (found != symbolic.end()) {
      symbolic.erase(found);
    } else {
      known = known * d;
    }
  }
  for (Dim d : symbolic) all = all * d;
  const bool divisible = !known.is_symbolic() && known.size() > 0 &&
                         all.multiple() % known.size() == 0 &&
                         all.offset() % known.size() == 0;
  if (!divisible) fail("the -1 has no whole value");
  shape[rest] = all.is_symbolic() ? Dim::affine(all.symbol_id(),
                                                all.multiple() / known.size(),
                                                all.offset() / known.size())
                                  : Dim(all.size() / known.size());
  return shape;
}

}  // namespace

Value reshape(Operand x, const Shape& shape) {
  return apply(Reshape{infer_rest(x.value.shape(), shape, x.at)}, x);
}

Value flatten(Operand x, std::int64_t begin) {
  const Shape from = x.value.shape();
  Shape out;
  Dim rest = 1;
  const std::int64_t first = begin < 0 ? begin + from.rank() : begin;
  for (int i = 0; i < from.rank(); ++i) {
    if (i < first) {
      out.push_back(from[i]);
    } else {
      rest = rest * from[i];
    }
  }
  out.push_back(rest);
  return apply(Reshape{out}, x);
}

Value squeeze(Operand x, std::vector<std::int64_t> axes) {
  const Shape from = x.value.shape();
  const bool all = axes.empty();
  const auto named = normalize_axes(axes, from.rank(), "squeeze");
  Shape out;
  for (int i = 0; i < from.rank(); ++i) {
    const bool asked = std::find(named.begin(), named.end(), i) != named.end();
    if (asked && from[i] == Dim(1)) continue;
    if (asked && !all) {
      throw ShapeError("[squeeze] axis " + std::to_string(i) + " of " +
                       to_string(from) + " is not 1" + at_line(x.at));
    }
    out.push_back(from[i]);
  }
  return apply(Reshape{out}, x);
}

Value unsqueeze(Operand x, std::int64_t axis) {
  const Shape from = x.value.shape();
  const int at = normalize_axis(axis, from.rank() + 1, "unsqueeze");
  Shape out;
  for (int i = 0; i <= from.rank(); ++i) {
    if (i == at) out.push_back(1);
    if (i < from.rank()) out.push_back(from[i]);
  }
  return apply(Reshape{out}, x);
}

namespace ops {
void register_reshape(Registry& r) { r.add<Reshape>(); }
}  // namespace ops
}  // namespace weft
