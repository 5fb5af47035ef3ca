#pragma once

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "core/error_text.h"
#include "weft/weft.h"

/// A file that vanishes with the test.
class File {
 public:
  File(std::string name, const std::string& bytes) : name_(std::move(name)) {
    std::ofstream(name_, std::ios::binary) << bytes;
  }
  ~File() { std::remove(name_.c_str()); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

/// The bytes packed as gzip does.
std::string gzip(const std::string& bytes);

/// An IDX file of element type `code`.
inline std::string idx(const std::vector<std::uint32_t>& sizes,
                       const std::string& bytes, char code = 8) {
  std::string s{0, 0, code, static_cast<char>(sizes.size())};
  for (std::uint32_t n : sizes) {
    s += {static_cast<char>(n >> 24), static_cast<char>(n >> 16),
          static_cast<char>(n >> 8), static_cast<char>(n)};
  }
  return s + bytes;
}

template <class F>
std::string data_error(F f) {
  return error_text<weft::DataError>(f);
}

/// n examples of one column, with their number as input and class.
inline weft::data::Dataset numbers(std::int64_t n) {
  weft::data::Dataset d;
  d.row = {1};
  d.inputs = weft::Tensor(weft::DType::f32, {weft::Dim(n), 1});
  d.targets = weft::Tensor(weft::DType::i32, {weft::Dim(n)});
  for (std::int64_t i = 0; i < n; ++i) {
    d.inputs.data<float>()[i] = static_cast<float>(i);
    d.targets.data<std::int32_t>()[i] = static_cast<std::int32_t>(i);
  }
  return d;
}

/// The targets of a set, in order.
inline std::vector<double> targets_of(const weft::data::Dataset& d) {
  const auto [x, y] = d.batch(0, d.size());
  std::vector<double> all;
  for (std::int64_t i = 0; i < y.size(); ++i) all.push_back(y.at(i));
  return all;
}
