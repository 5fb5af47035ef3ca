#pragma once

// Elementwise ops: `template <class T> R operator()(T...) const`, where a
// condition may come first as bool. Where only rare arguments keep the loop
// from becoming vectors, `bool usual(T...) const` tells the others, and
// `usually` has the same values for them.

#include <array>
#include <cstdint>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#include "weft/dtype.h"

namespace weft::detail {

template <class Op, class T, class... A>
concept ElementCall = requires(const Op& op, A... a) {
  op.template operator()<T>(a...);
};

/// How an elementwise op is called: by 1 to 3 elements of type T, by a bool and
/// two (4), or by four of type T (5); 0 if it is not elementwise.
template <class Op, class T>
constexpr int element_form() {
  if constexpr (ElementCall<Op, T, T, T, T, T>) {
    return 5;
  } else if constexpr (ElementCall<Op, T, bool, T, T> &&
                       !ElementCall<Op, T, T> &&
                       requires { requires Op::condition_first; }) {
    return 4;
  } else if constexpr (ElementCall<Op, T, T, T, T>) {
    return 3;
  } else if constexpr (ElementCall<Op, T, T, T>) {
    return 2;
  } else if constexpr (ElementCall<Op, T, T>) {
    return 1;
  } else {
    return 0;
  }
}

template <class Op, class T, int Form>
struct ElementTypes;
template <class Op, class T>
struct ElementTypes<Op, T, 0> {
  using operands = Types<>;
};
template <class Op, class T>
struct ElementTypes<Op, T, 1> {
  using operands = Types<T>;
};
template <class Op, class T>
struct ElementTypes<Op, T, 2> {
  using operands = Types<T, T>;
};
template <class Op, class T>
struct ElementTypes<Op, T, 3> {
  using operands = Types<T, T, T>;
};
template <class Op, class T>
struct ElementTypes<Op, T, 4> {
  using operands = Types<bool, T, T>;
};
template <class Op, class T>
struct ElementTypes<Op, T, 5> {
  using operands = Types<T, T, T, T>;
};

// clang tells of every loop below that it can't vectorise.
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpass-failed"
#define WEFT_INDEPENDENT_ITERATIONS \
  _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define WEFT_INDEPENDENT_ITERATIONS _Pragma("GCC ivdep")
#else
#define WEFT_INDEPENDENT_ITERATIONS
#endif

/// The loop of an elementwise op over contiguous elements of type T.
template <class Op, class T,
          class A =
              typename ElementTypes<Op, T, element_form<Op, T>()>::operands>
struct ElementLoop;

template <class Op, class T, class... A>
struct ElementLoop<Op, T, Types<A...>> {
  using Result =
      decltype(std::declval<const Op&>().template operator()<T>(A()...));
  static constexpr std::size_t arity = sizeof...(A);

  static constexpr std::array<DType, sizeof...(A)> operand_dtypes() {
    return {dtype_of<A>...};
  }
  static constexpr DType result_dtype() { return dtype_of<Result>; }
  static bool accepts(std::span<const DType> in, DType out) {
    constexpr auto expected = operand_dtypes();
    if (in.size() != expected.size() || out != result_dtype()) return false;
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (in[i] != expected[i]) return false;
    }
    return true;
  }

  static void run(const void* op, const void* const* inputs, void* output,
                  std::int64_t n, unsigned scalars) {
    dispatch(*static_cast<const Op*>(op), inputs, static_cast<Result*>(output),
             n, scalars, std::make_integer_sequence<unsigned, 1U << arity>{});
  }

 private:
  template <unsigned... Mask>
  static void dispatch(const Op& op, const void* const* inputs, Result* output,
                       std::int64_t n, unsigned scalars,
                       std::integer_sequence<unsigned, Mask...>) {
    // One loop for each choice of constant operands, so that each vectorises.
    ((scalars == Mask
          ? loop<Mask>(op, inputs, output, n, std::index_sequence_for<A...>{})
          : void()),
     ...);
  }
  template <unsigned Mask, std::size_t... I>
  static void loop(const Op& op, const void* const* inputs, Result* output,
                   std::int64_t n, std::index_sequence<I...>) {
    const Op self = op;  // a local copy: its fields can't alias the output
    const std::tuple<const A*...> in{static_cast<const A*>(inputs[I])...};
    const std::tuple<A...> first{n > 0 ? *static_cast<const A*>(inputs[I])
                                       : A()...};
    if constexpr (requires { self.usual(A()...); }) {
      // Rare arguments need code that has no vectors: look for them first.
      // Counted in an integer, for a loop that joins booleans has no vectors.
      std::int32_t rare = 0;
      for (std::int64_t i = 0; i < n; ++i) {
        const bool usual = self.usual(
            ((Mask >> I) & 1U ? std::get<I>(first) : std::get<I>(in)[i])...);
        rare |= usual ? 0 : 1;
      }
      if (rare == 0) {
        WEFT_INDEPENDENT_ITERATIONS
        for (std::int64_t i = 0; i < n; ++i) {
          output[i] = self.usually(
              ((Mask >> I) & 1U ? std::get<I>(first) : std::get<I>(in)[i])...);
        }
        return;
      }
    }
    // The output may be one of the inputs, never part of one.
    WEFT_INDEPENDENT_ITERATIONS
    for (std::int64_t i = 0; i < n; ++i) {
      output[i] = self.template operator()<T>(
          ((Mask >> I) & 1U ? std::get<I>(first) : std::get<I>(in)[i])...);
    }
  }
};

#undef WEFT_INDEPENDENT_ITERATIONS
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

}  // namespace weft::detail
