#pragma once

// Fixed-width fields in a Boost archive: no pointers, no tracking, and every
// count is checked against what is left of the section before it allocates.

#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <cstdint>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include "src/core/printable.h"
#include "weft/error.h"

namespace weft::io {

class RecordWriter {
 public:
  RecordWriter() : archive_(stream_, boost::archive::no_header) {}

  template <class T>
  requires std::is_arithmetic_v<T>
  void put(T value) { archive_.save_binary(&value, sizeof value); }
  void put(const std::string& text) {
    put(static_cast<std::uint64_t>(text.size()));
    archive_.save_binary(text.data(), text.size());
  }
  template <class List, class F>
  void put_list(const List& list, F each) {
    put(static_cast<std::uint64_t>(list.size()));
    for (const auto& item : list) each(item);
  }
  std::string bytes() const { return stream_.str(); }
  int nesting = 0;  ///< of graphs in graphs

 private:
  std::ostringstream stream_{std::ios::binary};
  boost::archive::binary_oarchive archive_;
};

class RecordReader {
 public:
  explicit RecordReader(const std::string& bytes)
      : left_(bytes.size()),
        stream_(bytes, std::ios::binary),
        archive_(stream_, boost::archive::no_header) {}

  template <class T>
  requires std::is_arithmetic_v<T> T get() {
    T value{};
    take(sizeof value);
    if constexpr (std::is_same_v<T, bool>) {
      std::uint8_t byte = 0;
      archive_.load_binary(&byte, 1);
      if (byte > 1) fail("a truth value is " + std::to_string(byte));
      return byte == 1;
    } else {
      archive_.load_binary(&value, sizeof value);
      return value;
    }
  }
  std::string text() {
    const auto n = get<std::uint64_t>();
    take(n);
    std::string s(static_cast<std::size_t>(n), '\0');
    archive_.load_binary(s.data(), s.size());
    return s;
  }
  /// Calls each() as often as the list is long; an item has `least` bytes.
  template <class F>
  void list(std::uint64_t least, F each) {
    for (std::uint64_t n = list_size(least); n > 0; --n) each();
  }
  /// Appends what item() reads. A vector that grows by itself takes three times
  /// the memory of its items.
  template <class T, class F>
  void list(std::uint64_t least, std::vector<T>& to, F item) {
    const std::uint64_t n = list_size(least);
    to.reserve(to.size() + static_cast<std::size_t>(n));
    for (std::uint64_t i = 0; i < n; ++i) to.push_back(item());
  }
  std::uint64_t left() const { return left_; }
  int nesting = 0;  ///< of graphs in graphs
  [[noreturn]] static void fail(const std::string& why) {
    throw FormatError(detail::printable(why));
  }

 private:
  std::uint64_t list_size(std::uint64_t least) {
    const auto n = get<std::uint64_t>();
    if (n > left_ / least) {
      fail("a list of " + std::to_string(n) + " items in " +
           std::to_string(left_) + " bytes");
    }
    return n;
  }
  void take(std::uint64_t n) {
    if (n > left_) {
      fail("a field of " + std::to_string(n) + " bytes where " +
           std::to_string(left_) + " are left");
    }
    left_ -= n;
  }

  std::uint64_t left_;
  std::istringstream stream_;
  boost::archive::binary_iarchive archive_;
};

}  // namespace weft::io
