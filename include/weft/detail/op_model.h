#pragma once

// The erasure of a plain struct into weft::Op. What a struct may have:
//
//   static constexpr std::string_view name
//   static constexpr auto fields()              attributes; none if absent
//   using dtypes = Types<...>                   what T ranges over; Floats
// and either, for an elementwise op,
//   template <class T> R operator()(T...) const  one element from one each
// or
//   infer(const Type&...) -> Type | std::vector<Type>   (or a span of types)
//   template <class T> void forward([const Context&,] View<const A>...,
//                                   View<B>...) const
// where A and B are T or fixed; any number of inputs is Views<const T>, of
// outputs Views<T>. Optional: vjp, finish (as forward, once after
// the last tile), tiles(Work), scratch(Work), flops(Work), block(Work, tile),
// lower(Value...) (the same by other ops), generate(const Context&, T*, begin,
// n) (some of the elements, of an op without inputs), check() (throws for
// attributes out of range, when a node is built or loaded), samples(), and the
// constants alias, random, in_place, has_body, and throws (true unless it says
// false: what may throw runs before any state is written).

#include <algorithm>
#include <array>
#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

#include "weft/detail/element.h"
#include "weft/detail/signature.h"

namespace weft::detail {

Type infer_elementwise(std::string_view op, std::span<const Type> inputs,
                       std::span<const DType> operands, DType result);
[[noreturn]] void throw_arity(std::string_view op, std::size_t expected,
                              std::size_t found);
[[noreturn]] void throw_dtypes(std::string_view op,
                               std::span<const Type> inputs,
                               std::string_view accepted);
[[noreturn]] void throw_no_vjp(std::string_view op);

template <class T>
struct DTypesOf {
  using type = Floats;
};
template <class T>
requires requires { typename T::dtypes; }
struct DTypesOf<T> {
  using type = typename T::dtypes;
};

/// Calls f.operator()<T>() for the listed types until one returns non-null.
template <class F, class... T>
auto first_of(Types<T...>, F f) {
  decltype(f.template operator()<float>()) found = nullptr;
  (void)((found = f.template operator()<T>(), found != nullptr) || ...);
  return found;
}

template <class T>
std::vector<Value> to_values(T&& grads) {
  if constexpr (std::is_same_v<std::decay_t<T>, Value>) {
    return {grads};
  } else {
    return std::vector<Value>(grads.begin(), grads.end());
  }
}

template <class T>
class OpModel final : public Op {
 public:
  explicit OpModel(T op) : op_(std::move(op)) {}

  std::string_view name() const override { return T::name; }
  std::vector<Attribute> attributes() const override {
    return attributes_of(op_);
  }
  const void* object() const override { return &op_; }

  OpTraits traits() const override {
    OpTraits t;
    t.elementwise = kElementwise;
    if constexpr (requires { T::alias; }) t.alias = T::alias;
    if constexpr (requires { T::random; }) t.random = T::random;
    if constexpr (requires { T::in_place; }) t.in_place = T::in_place;
    if constexpr (requires { T::has_body; }) t.has_body = T::has_body;
    t.blocks = requires(const T& op, const Work& work) {
      op.block(work, std::int64_t{});
    };
    t.lowers = requires(const T& op, Value x) { op.lower(x); };
    t.generates = Generates<First>;
    t.throws = !kElementwise;
    if constexpr (requires { T::throws; }) t.throws = T::throws;
    if constexpr (kElementwise) {
      t.inputs = static_cast<int>(kInputs);
    } else {
      using S = ForwardParams<T, First>;
      t.variadic = S::variadic_inputs;
      t.inputs = static_cast<int>(S::inputs);
    }
    return t;
  }

  std::vector<Type> infer(std::span<const Type> in) const override {
    if constexpr (requires { op_.check(); }) op_.check();
    const OpTraits t = traits();
    if (!t.variadic && in.size() != static_cast<std::size_t>(t.inputs)) {
      throw_arity(T::name, static_cast<std::size_t>(t.inputs), in.size());
    }
    if constexpr (kElementwise) {
      return {infer_element(in)};
    } else {
      std::vector<Type> out = infer_forward(in);
      check_kernel(in, out);
      return out;
    }
  }

  bool differentiable() const override {
    return requires { &T::vjp; };
  }

  std::vector<Value> vjp(std::span<const Value> in, std::span<const Value> out,
                         std::span<const Value> grads) const override {
    if constexpr (requires { op_.vjp(in, out, grads); }) {
      return to_values(op_.vjp(in, out, grads));
    } else if constexpr (requires { op_.vjp(in, out[0], grads[0]); }) {
      return to_values(op_.vjp(in, out[0], grads[0]));
    } else if constexpr (requires { &T::vjp; }) {
      return call_vjp(in, out, grads, std::make_index_sequence<kInputs>{});
    } else {
      throw_no_vjp(T::name);
    }
  }

  KernelFn kernel(std::span<const DType> in,
                  std::span<const DType> out) const override {
    if constexpr (kElementwise) {
      return nullptr;
    } else {
      return first_of(DTypes{}, [&]<class E>() -> KernelFn {
        return ForwardParams<T, E>::accepts(in, out) ? &call_forward<T, E>
                                                     : nullptr;
      });
    }
  }

  KernelFn finish(std::span<const DType> in,
                  std::span<const DType> out) const override {
    if constexpr (requires { &T::template finish<First>; }) {
      return first_of(DTypes{}, [&]<class E>() -> KernelFn {
        return ForwardParams<T, E>::accepts(in, out) ? &call_finish<T, E>
                                                     : nullptr;
      });
    } else {
      return nullptr;
    }
  }

  TileFn tile(std::span<const DType> in, DType out) const override {
    if constexpr (kElementwise) {
      return first_of(DTypes{}, [&]<class E>() -> TileFn {
        return ElementLoop<T, E>::accepts(in, out) ? &ElementLoop<T, E>::run
                                                   : nullptr;
      });
    } else {
      return nullptr;
    }
  }

  GenerateFn generator(DType out) const override {
    if constexpr (Generates<First>) {
      return first_of(DTypes{}, [&]<class E>() -> GenerateFn {
        return dtype_of<E> == out ? &call_generate<E> : nullptr;
      });
    } else {
      return nullptr;
    }
  }

  std::int64_t tiles(const Work& work) const override {
    if constexpr (requires { op_.tiles(work); }) {
      return std::max<std::int64_t>(1, op_.tiles(work));
    } else {
      return 1;
    }
  }
  std::int64_t scratch(const Work& work) const override {
    if constexpr (requires { op_.scratch(work); }) {
      return op_.scratch(work);
    } else {
      return 0;
    }
  }
  Block block(const Work& work, std::int64_t tile) const override {
    if constexpr (requires { op_.block(work, tile); }) {
      return op_.block(work, tile);
    } else {
      return {};
    }
  }
  Value lower(std::span<const Value> in) const override {
    if constexpr (requires { op_.lower(in[0]); }) {
      return op_.lower(in[0]);
    } else {
      return {};
    }
  }
  double flops(const Work& work) const override {
    if constexpr (requires { op_.flops(work); }) {
      return op_.flops(work);
    } else {
      double n = 0;
      for (const Type& t : work.outputs) {
        n += static_cast<double>(t.shape.elements());
      }
      return n;
    }
  }
  std::vector<Sample> samples() const override {
    if constexpr (requires { T::samples(); }) {
      return T::samples();
    } else {
      return {};
    }
  }

 private:
  using DTypes = typename DTypesOf<T>::type;
  using First = typename FirstType<DTypes>::type;
  template <class E>
  static constexpr bool Generates = requires(const T& op, const Context& c,
                                             E* y) {
    op.generate(c, y, std::int64_t{}, std::int64_t{});
  };
  template <class E>
  static void call_generate(const void* op, const Context& c, void* y,
                            std::int64_t begin, std::int64_t n) {
    static_cast<const T*>(op)->generate(c, static_cast<E*>(y), begin, n);
  }
  static constexpr bool kElementwise = element_form<T, First>() > 0;
  static constexpr std::size_t kInputs = [] {
    if constexpr (kElementwise) {
      return ElementLoop<T, First>::arity;
    } else {
      return ForwardParams<T, First>::inputs;
    }
  }();

  Type infer_element(std::span<const Type> in) const {
    std::optional<Type> found;
    auto attempt = [&]<class E>() -> const void* {
      constexpr auto operands = ElementLoop<T, E>::operand_dtypes();
      for (std::size_t i = 0; i < operands.size(); ++i) {
        if (in[i].dtype != operands[i]) return nullptr;
      }
      found = infer_elementwise(T::name, in, operands,
                                ElementLoop<T, E>::result_dtype());
      return &op_;
    };
    first_of(DTypes{}, attempt);
    if (!found) throw_dtypes(T::name, in, accepted());
    return *found;
  }

  std::vector<Type> infer_forward(std::span<const Type> in) const {
    if constexpr (requires { op_.infer(in); }) {
      return as_types(op_.infer(in));
    } else {
      return infer_unpacked(in, std::make_index_sequence<kInputs>{});
    }
  }
  template <std::size_t... I>
  std::vector<Type> infer_unpacked([[maybe_unused]] std::span<const Type> in,
                                   std::index_sequence<I...>) const {
    return as_types(op_.infer(in[I]...));
  }
  template <class R>
  static std::vector<Type> as_types(R&& result) {
    if constexpr (std::is_same_v<std::decay_t<R>, Type>) {
      return {result};
    } else {
      return std::vector<Type>(result.begin(), result.end());
    }
  }

  void check_kernel(std::span<const Type> in, std::span<const Type> out) const {
    std::vector<DType> ins, outs;
    for (const Type& t : in) ins.push_back(t.dtype);
    for (const Type& t : out) outs.push_back(t.dtype);
    if (!kernel(ins, outs)) throw_dtypes(T::name, in, accepted());
  }

  static std::string accepted() {
    std::string text;
    auto add = [&]<class E>() -> const void* {
      if (!text.empty()) text += "; ";
      if constexpr (kElementwise) {
        text += list_dtypes(ElementLoop<T, E>::operand_dtypes());
      } else {
        text += ForwardParams<T, E>::describe();
      }
      return nullptr;
    };
    first_of(DTypes{}, add);
    return text;
  }

  /// vjp(inputs..., outputs..., gradients...): the number of outputs follows
  /// from what the function accepts.
  template <std::size_t... I>
  std::vector<Value> call_vjp([[maybe_unused]] std::span<const Value> in,
                              std::span<const Value> out,
                              std::span<const Value> grads,
                              std::index_sequence<I...>) const {
    if constexpr (requires { op_.vjp(in[I]..., out[0], grads[0]); }) {
      return to_values(op_.vjp(in[I]..., out[0], grads[0]));
    } else {
      static_assert(
          requires { op_.vjp(in[I]..., out[0], out[1], grads[0], grads[1]); },
          "vjp must take the inputs, the outputs and the outputs' gradients");
      return to_values(op_.vjp(in[I]..., out[0], out[1], grads[0], grads[1]));
    }
  }

  T op_;
};

}  // namespace weft::detail
