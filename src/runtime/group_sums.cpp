#include "src/runtime/group_sums.h"

#include <algorithm>
#include <cstring>

#include "ops/kernels/reduce.h"

namespace weft::runtime {

namespace {

// A share: `width` sums as double, then for sums over rows `width` elements
// that add up to kBlock rows before they go to the double ones.
constexpr std::int64_t kBlock = 32;

std::int64_t aligned(std::int64_t bytes) { return (bytes + 63) / 64 * 64; }

double* totals(void* share) { return static_cast<double*>(share); }

template <class T>
T* block(void* share, std::int64_t width) {
  return reinterpret_cast<T*>(static_cast<char*>(share) +
                              aligned(width * std::int64_t{sizeof(double)}));
}

template <class T>
void flush(void* share, std::int64_t width, std::int64_t first,
           std::int64_t n) {
  T* part = block<T>(share, width) + first;
  double* to = totals(share) + first;
  for (std::int64_t c = 0; c < n; ++c) to[c] += static_cast<double>(part[c]);
  std::fill(part, part + n, T(0));
}

/// Whole rows if column is 0 and n a multiple of width, else part of one row.
template <class T>
void add_rows(void* share, const T* x, std::int64_t n, std::int64_t column,
              std::int64_t row, std::int64_t width) {
  const std::int64_t length = std::min(n, width - column);
  T* part = block<T>(share, width) + column;
  for (; n > 0; n -= length, x += length) {
    for (std::int64_t c = 0; c < length; ++c) part[c] += x[c];
    if (++row % kBlock == 0) flush<T>(share, width, column, length);
  }
}

template <class F>
auto for_float(DType dtype, F f) {
  return dtype == DType::f32 ? f(float()) : f(double());
}

template <class T, class Reduce>
void reduce_rows(const void* x, void* y, std::int64_t rows,
                 std::int64_t columns) {
  weft::reduce_rows<Reduce>(static_cast<const T*>(x), static_cast<T*>(y), rows,
                            columns, columns);
}

template <class T>
void spread(const void* x, void* y, std::int64_t rows, std::int64_t columns) {
  const T* from = static_cast<const T*>(x);
  T* to = static_cast<T*>(y);
  for (std::int64_t r = 0; r < rows; ++r, to += columns) {
    std::fill(to, to + columns, from[r]);
  }
}

template <class Step>
RowReduction of_rows(DType dtype) {
  return dtype == DType::f32 ? &reduce_rows<float, Step>
                             : &reduce_rows<double, Step>;
}

}  // namespace

std::int64_t GroupSum::share_bytes() const {
  const auto sums = aligned(width() * std::int64_t{sizeof(double)});
  return columns_ >= 0
             ? sums +
                   aligned(width() * static_cast<std::int64_t>(size_of(dtype_)))
             : sums;
}

void GroupSum::start(void* share) const {
  std::memset(share, 0, static_cast<std::size_t>(share_bytes()));
}

void GroupSum::add(void* share, const void* x, std::int64_t n,
                   std::int64_t column, std::int64_t row) const {
  for_float(dtype_, [&](auto t) {
    using T = decltype(t);
    const T* from = static_cast<const T*>(x);
    if (columns_ >= 0) {
      add_rows(share, from, n, column, row, columns_);
    } else {
      SumStep::add_run(*totals(share), from, n, 1);
    }
  });
}

void GroupSum::end(void* share) const {
  if (columns_ < 0) return;
  for_float(dtype_,
            [&](auto t) { flush<decltype(t)>(share, columns_, 0, columns_); });
}

void GroupSum::join(const void* shares, std::int64_t parts,
                    std::int64_t distance, void* result) const {
  for_float(dtype_, [&](auto t) {
    using T = decltype(t);
    T* y = static_cast<T*>(result);
    for (std::int64_t c = 0; c < width(); ++c) {
      double total = 0;
      for (std::int64_t p = 0; p < parts; ++p) {
        const char* share = static_cast<const char*>(shares) + p * distance;
        total += reinterpret_cast<const double*>(share)[c];
      }
      y[c] = static_cast<T>(total);
    }
  });
}

RowReduction row_sum(DType dtype) { return of_rows<SumStep>(dtype); }
RowReduction row_max(DType dtype) { return of_rows<MaxStep>(dtype); }
RowReduction row_min(DType dtype) { return of_rows<MinStep>(dtype); }

RowReduction row_spread(std::size_t bytes) {
  switch (bytes) {
    case 1: return &spread<std::uint8_t>;
    case 4: return &spread<std::uint32_t>;
    default: return &spread<std::uint64_t>;
  }
}

}  // namespace weft::runtime
