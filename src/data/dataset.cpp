#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "src/data/convert.h"
#include "src/data/gather.h"
#include "weft/error.h"

namespace weft::data {

namespace {

/// Examples that the elements hold, of which `rows` may choose some.
std::int64_t stored(const Dataset& d) {
  if (!d.bytes) return d.inputs.rank() > 0 ? d.inputs.dim(0) : 0;
  const std::int64_t n = d.row.elements();
  return n == 0 ? 0 : static_cast<std::int64_t>(d.bytes->size()) / n;
}

[[noreturn]] void fail(const std::string& why) {
  throw DataError("[dataset] " + why);
}

/// What can be checked without looking at every example.
void check_members(const Dataset& d) {
  if (!d.row.is_concrete()) {
    fail("the row is " + to_string(d.row) + "; its sizes must be numbers");
  }
  const std::int64_t width = d.row.elements(), n = stored(d);
  if (d.bytes) {
    if (width == 0 || static_cast<std::int64_t>(d.bytes->size()) % width != 0) {
      fail(std::to_string(d.bytes->size()) +
           " bytes are no whole number of rows " + to_string(d.row));
    }
  } else if (d.inputs.dtype() != DType::f32 || d.inputs.size() != n * width) {
    fail("the inputs are " + to_string(d.inputs.type()) + ", with rows of " +
         to_string(d.row) + " they must be " +
         to_string(Type{DType::f32, batch_shape(n, d.row)}) +
         "; make_dataset() sets both");
  }
  if (!d.scaler.empty() &&
      (d.scaler.offset.size() != static_cast<std::size_t>(width) ||
       d.scaler.scale.size() != d.scaler.offset.size())) {
    fail("the scaler has " + std::to_string(d.scaler.offset.size()) +
         " columns, a row has " + std::to_string(width));
  }
  const Tensor& t = d.targets;
  if (t.size() == 0 && (t.rank() == 0 || t.dim(0) == 0)) return;
  const bool type = t.dtype() == DType::i32 || t.dtype() == DType::f32;
  if (!type || t.rank() == 0) {
    fail("the targets are " + to_string(t.type()) +
         "; they must be i32 classes (n) or f32 numbers (n, ...)");
  }
  if (t.dim(0) != n) {
    fail("there are " + std::to_string(n) + " inputs, but " +
         std::to_string(t.dim(0)) + " targets");
  }
}

[[noreturn]] void fail_index(std::int64_t i, std::int64_t n) {
  throw DataError("[dataset] there is no example " + std::to_string(i) +
                  " of " + std::to_string(n) + ", counted from 0");
}

/// Bytes of one example's elements.
std::size_t row_bytes(const Dataset& d) {
  return static_cast<std::size_t>(d.row.elements()) *
         (d.bytes ? 1 : sizeof(float));
}

/// The place of example i of the set among those stored.
std::int64_t stored_row(const Dataset& d, std::int64_t i) {
  return d.rows.empty() ? i : d.rows[static_cast<std::size_t>(i)];
}

const char* row_memory(const Dataset& d, std::int64_t row, std::size_t bytes) {
  const void* first = d.bytes ? static_cast<const void*>(d.bytes->data())
                              : static_cast<const void*>(d.inputs.raw());
  return static_cast<const char*>(first) +
         static_cast<std::size_t>(row) * bytes;
}

}  // namespace

Shape batch_shape(std::int64_t n, const Shape& row) {
  Shape shape{Dim(n)};
  for (Dim d : row) shape.push_back(d);
  return shape;
}

Shape target_shape(std::int64_t n, const Dataset& data) {
  if (data.targets.size() == 0) return Shape{0};
  Shape shape = data.targets.shape();
  shape[0] = Dim(n);
  return shape;
}

void gather(const Dataset& data, std::span<const std::int64_t> indices,
            Tensor& x, Tensor& y, std::span<const std::int64_t> next) {
  const auto n = static_cast<std::size_t>(data.row.elements());
  const std::int64_t size = data.size(), available = stored(data);
  const std::size_t bytes = row_bytes(data);
  const std::size_t width =
      data.targets.size() == 0
          ? 0
          : data.targets.bytes() / static_cast<std::size_t>(available);
  float* out = x.data<float>();
  auto* target = static_cast<std::uint8_t*>(y.raw());
  std::size_t done = 0;
  for (std::int64_t i : indices) {
    if (i < 0 || i >= size) fail_index(i, size);
    const std::int64_t r = stored_row(data, i);
    if (r < 0 || r >= available) fail_index(r, available);
    // `next` has been checked where it came from, or is checked in its turn.
    if (done < next.size()) {
      fetch_early(row_memory(data, stored_row(data, next[done]), bytes), bytes);
    }
    ++done;
    const char* in = row_memory(data, r, bytes);
    if (data.bytes) {
      bytes_to_floats(reinterpret_cast<const std::uint8_t*>(in), n,
                      data.byte_scale, out);
    } else if (n > 0) {
      std::memcpy(out, in, bytes);
    }
    if (!data.scaler.empty()) scale_row(data.scaler, out);
    if (width > 0) {
      std::memcpy(target,
                  static_cast<const std::uint8_t*>(data.targets.raw()) +
                      static_cast<std::size_t>(r) * width,
                  width);
    }
    out += n;
    target += width;
  }
}

double gather_cost(const Dataset& data, std::int64_t rows) {
  const auto n = static_cast<double>(data.row.elements());
  const double element = data.bytes ? 0.1 : 0.3;
  return static_cast<double>(rows) *
         (50 + n * (element + (data.scaler.empty() ? 0 : 0.4)));
}

std::int64_t Dataset::size() const {
  return rows.empty() ? stored(*this) : static_cast<std::int64_t>(rows.size());
}

void Dataset::check() const {
  check_members(*this);
  const std::int64_t n = stored(*this);
  for (std::int64_t r : rows) {
    if (r < 0 || r >= n) fail_index(r, n);
  }
  if (class_names.empty() || targets.dtype() != DType::i32) return;
  for (std::int32_t label : targets.values<std::int32_t>()) {
    if (label < 0 || label >= classes()) {
      fail("a target is class " + std::to_string(label) + ", there are " +
           std::to_string(classes()) + " class names, counted from 0");
    }
  }
}

Dataset Dataset::subset(const std::vector<std::int64_t>& indices) const {
  check_members(*this);
  if (indices.empty()) {
    throw DataError("[subset] no indices are given; a set needs an example");
  }
  Dataset part = *this;
  part.rows.clear();
  part.rows.reserve(indices.size());
  for (std::int64_t i : indices) {
    if (i < 0 || i >= size()) fail_index(i, size());
    part.rows.push_back(rows.empty() ? i : rows[static_cast<std::size_t>(i)]);
  }
  return part;
}

std::pair<Tensor, Tensor> Dataset::batch(std::int64_t begin,
                                         std::int64_t end) const {
  check_members(*this);
  if (begin < 0 || end < begin || end > size()) {
    throw DataError("[batch] there are no examples " + std::to_string(begin) +
                    " up to " + std::to_string(end) + " of " +
                    std::to_string(size()));
  }
  std::vector<std::int64_t> indices(static_cast<std::size_t>(end - begin));
  std::iota(indices.begin(), indices.end(), begin);
  Tensor x(DType::f32, batch_shape(end - begin, row));
  Tensor y(targets.dtype(), target_shape(end - begin, *this));
  gather(*this, indices, x, y);
  return {x, y};
}

Dataset make_dataset(const Tensor& inputs, const Tensor& targets,
                     std::vector<std::string> class_names) {
  if (inputs.rank() < 1) {
    throw DataError("[make_dataset] the inputs are " +
                    to_string(inputs.type()) +
                    "; they must be (n, ...), a row an example");
  }
  Dataset d;
  d.inputs = inputs.to(DType::f32);
  d.row = Shape(std::span(inputs.shape().begin() + 1, inputs.shape().end()));
  d.class_names = std::move(class_names);
  if (targets.size() > 0 && is_floating(targets.dtype())) {
    d.targets = targets.to(DType::f32);
    if (targets.rank() == 1) {
      d.targets = d.targets.reshape({Dim(targets.size()), 1});
    }
  } else if (targets.size() > 0) {
    if (targets.rank() != 1) {
      throw DataError("[make_dataset] the targets are " +
                      to_string(targets.type()) +
                      "; classes must be (n), numbers to predict f32");
    }
    d.targets = Tensor(DType::i32, targets.shape());
    constexpr double kMost = 1'000'000;
    double most = 0;
    for (std::int64_t i = 0; i < targets.size(); ++i) {
      const double label = targets.at(i);
      if (!(label >= 0 && label < kMost)) {
        throw DataError("[make_dataset] the class of example " +
                        std::to_string(i) + " is " +
                        std::to_string(static_cast<std::int64_t>(label)) +
                        "; classes are counted from 0 to at most 999999");
      }
      d.targets.data<std::int32_t>()[i] = static_cast<std::int32_t>(label);
      most = std::max(most, label);
    }
    const bool named = !d.class_names.empty();
    for (int c = 0; !named && c <= static_cast<int>(most); ++c) {
      d.class_names.push_back(std::to_string(c));
    }
  }
  d.check();
  return d;
}

}  // namespace weft::data
