#pragma once

#include <initializer_list>
#include <string>

#include "catch.h"
#include "weft/weft.h"

// What the programs of the reference share: each TEST_CASE is the example of
// the function, or struct, that it is named after; the reference shows its
// body. `show` compares a result with what the page says of it.

namespace snippets {

using namespace weft;  // the examples read as in a program that does so

class Example {
 protected:
  Example() = default;
  ~Example();

  /// Constants of f64 and i32.
  Value numbers(std::initializer_list<double> elements, Shape shape = {-1});
  Value integers(std::initializer_list<std::int32_t> elements,
                 Shape shape = {-1});
  /// 1/n, 2/n, … of f64: the elements of an array of any shape.
  Value range(const Shape& shape);

  /// The op by which a weight (2, 3) gets its first values.
  void show_draw(const Initializer& initializer, const std::string& text);

  Graph g;
};

/// The example of a function or struct of that name.
#define EXAMPLE(name) TEST_CASE_METHOD(Example, #name)

void show(Value value, const std::string& text);
void show(const Tensor& tensor, const std::string& text);
void show(const Shape& shape, const std::string& text);
void show(const std::string& result, const std::string& text);
/// The weight w, at first 1, after each of three steps that minimise w².
void show_steps(const Optimizer& optimizer, const std::string& text);

}  // namespace snippets
