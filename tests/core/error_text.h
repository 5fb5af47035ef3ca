#pragma once

#include <string>
#include <typeinfo>

/// The text of the E that `f` throws; anything else that it does is told.
template <class E, class F>
std::string error_text(F f) {
  try {
    f();
  } catch (const E& e) {
    return typeid(e) == typeid(E) ? e.what() : "threw a kind of that error";
  } catch (const std::exception& e) {
    return std::string("threw another error: ") + e.what();
  }
  return "threw nothing";
}
