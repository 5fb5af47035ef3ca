#pragma once

// What the tests of vmap have in common.

#include <string>
#include <string_view>
#include <vector>

#include "catch.h"
#include "weft/weft.h"

using Values = std::vector<weft::Value>;

inline weft::Value constant(weft::Graph& g, std::initializer_list<double> v,
                            const weft::Shape& s) {
  return g.constant(weft::Tensor::from<double>(v, s));
}

template <class F>
std::string text_of(F f) {
  try {
    f();
  } catch (const weft::Error& e) {
    return e.what();
  }
  return "nothing";
}

inline void check_elements(const weft::Tensor& found,
                           const std::vector<double>& want) {
  REQUIRE(found.size() == static_cast<std::int64_t>(want.size()));
  for (std::size_t i = 0; i < want.size(); ++i) {
    CHECK(found.at(static_cast<std::int64_t>(i)) == Approx(want[i]));
  }
}

inline std::size_t count_of(const weft::Graph& g, std::string_view op) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < g.size(); ++i) {
    const weft::Node& node = g.node(static_cast<std::int32_t>(i));
    n += node.kind == weft::Node::Kind::op && node.op->name() == op ? 1 : 0;
  }
  return n;
}
