#pragma once

// What the parameters of an op's `forward` say about its inputs and outputs.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "weft/context.h"
#include "weft/dtype.h"
#include "weft/view.h"

namespace weft::detail {

std::string list_dtypes(std::span<const DType> dtypes);

template <class T>
struct FirstType;
template <class A, class... B>
struct FirstType<Types<A, B...>> {
  using type = A;
};

/// One parameter of a kernel: a view or views, read or written.
template <class P>
struct Param;
template <class T>
struct Param<View<T>> {
  using Element = std::remove_const_t<T>;
  static constexpr bool input = std::is_const_v<T>;
  static constexpr bool many = false;
};
template <class T>
struct Param<Views<T>> {
  using Element = std::remove_const_t<T>;
  static constexpr bool input = std::is_const_v<T>;
  static constexpr bool many = true;
};

template <>
struct Param<AnyView> {
  using Element = void;
  static constexpr bool input = false;
  static constexpr bool many = false;
};

template <>
struct Param<AnyInputs> {
  using Element = void;
  static constexpr bool input = true;
  static constexpr bool many = true;
};
template <>
struct Param<AnyOutputs> {
  using Element = void;
  static constexpr bool input = false;
  static constexpr bool many = true;
};

/// Hands the buffers of a call to parameters, in order.
struct BufferCursor {
  const Buffer* inputs;
  std::size_t input_count;
  const Buffer* outputs;
  std::size_t output_count;

  template <class P>
  P take() {
    const Buffer*& next = Param<P>::input ? inputs : outputs;
    if constexpr (Param<P>::many) {
      return P{next, Param<P>::input ? input_count : output_count};
    } else {
      using Element = typename Param<P>::Element;
      const Buffer& b = *next++;
      return P(static_cast<Element*>(b.data), b.shape);
    }
  }
};

template <bool HasContext, class... P>
struct Params {
  static constexpr bool variadic_inputs =
      (... || (Param<P>::input && Param<P>::many));
  static constexpr std::size_t inputs = (0 + ... + (Param<P>::input ? 1 : 0));

  static bool accepts(std::span<const DType> in, std::span<const DType> out) {
    bool ok = true;
    auto check = [&]<class Q>(std::type_identity<Q>) {
      using Element = typename Param<Q>::Element;
      std::span<const DType>& rest = Param<Q>::input ? in : out;
      const std::size_t count = Param<Q>::many ? rest.size() : 1;
      if (rest.size() < count) {
        ok = false;
        return;
      }
      if constexpr (!std::is_void_v<Element>) {
        for (DType found : rest.first(count)) {
          ok = ok && found == dtype_of<Element>;
        }
      }
      rest = rest.subspan(count);
    };
    (check(std::type_identity<P>{}), ...);
    return ok && in.empty() && out.empty();
  }

  static std::string describe() {
    std::array<DType, sizeof...(P)> found{};
    std::size_t n = 0;
    auto add = [&]<class Q>(std::type_identity<Q>) {
      if constexpr (Param<Q>::input &&
                    !std::is_void_v<typename Param<Q>::Element>) {
        found[n++] = dtype_of<typename Param<Q>::Element>;
      }
    };
    (add(std::type_identity<P>{}), ...);
    return list_dtypes(std::span<const DType>(found.data(), n));
  }

  template <class F>
  static void invoke(const F& f, const Context& context, BufferCursor cursor) {
    // Braces evaluate from left to right.
    const std::tuple<P...> params{cursor.template take<P>()...};
    std::apply(
        [&](const auto&... p) {
          if constexpr (HasContext) {
            f(context, p...);
          } else {
            f(p...);
          }
        },
        params);
  }
};

template <class F>
struct ParseParams;
template <class Op, class... P>
struct ParseParams<void (Op::*)(P...) const> {
  using type = Params<false, P...>;
};
template <class Op, class... P>
struct ParseParams<void (Op::*)(const Context&, P...) const> {
  using type = Params<true, P...>;
};

/// The parameters of Op::forward<T>.
template <class Op, class T>
using ForwardParams =
    typename ParseParams<decltype(&Op::template forward<T>)>::type;

template <class Op, class T>
void call_forward(const void* op, const Context& context, const Buffer* inputs,
                  std::size_t input_count, const Buffer* outputs,
                  std::size_t output_count) {
  const Op& self = *static_cast<const Op*>(op);
  ForwardParams<Op, T>::invoke(
      [&](const auto&... p) { self.template forward<T>(p...); }, context,
      {inputs, input_count, outputs, output_count});
}

template <class Op, class T>
void call_finish(const void* op, const Context& context, const Buffer* inputs,
                 std::size_t input_count, const Buffer* outputs,
                 std::size_t output_count) {
  const Op& self = *static_cast<const Op*>(op);
  ParseParams<decltype(&Op::template finish<T>)>::type::invoke(
      [&](const auto&... p) { self.template finish<T>(p...); }, context,
      {inputs, input_count, outputs, output_count});
}

}  // namespace weft::detail
