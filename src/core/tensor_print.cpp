#include <locale>
#include <sstream>
#include <type_traits>

#include "weft/tensor.h"

namespace weft {

namespace {

constexpr std::int64_t kShown = 200;
constexpr std::int64_t kFirst = 8;

/// Prints through T and not through `at`, so that 64-bit integers are exact.
template <class T>
class Printer {
 public:
  Printer(const Tensor& tensor, std::ostringstream& out)
      : x_(tensor.as<T>()), out_(out) {}

  void nested(int axis = 0) {
    if (axis == x_.rank()) {
      out_ << x_[next_++];
      return;
    }
    out_ << "[";
    for (std::int64_t i = 0; i < x_.dim(axis); ++i) {
      if (i > 0) out_ << ", ";
      nested(axis + 1);
    }
    out_ << "]";
  }

  void shortened() {
    out_ << "[";
    for (std::int64_t i = 0; i < kFirst; ++i) out_ << x_[i] << ", ";
    out_ << "…, " << x_[x_.size() - 1] << "]";
  }

 private:
  View<const T> x_;
  std::ostringstream& out_;
  std::int64_t next_ = 0;
};

}  // namespace

std::string to_string(const Tensor& tensor) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out << to_string(tensor.type()) << " ";
  // The outer axes of an empty tensor can be of any length.
  if (tensor.size() == 0) return out.str() + "[]";
  visit_dtype(tensor.dtype(), nullptr, [&](auto* p) {
    Printer<std::remove_pointer_t<decltype(p)>> printer(tensor, out);
    tensor.size() <= kShown ? printer.nested() : printer.shortened();
  });
  return out.str();
}

}  // namespace weft
