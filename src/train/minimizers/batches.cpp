#include <algorithm>
#include <numeric>

#include "src/data/gather.h"
#include "weft/error.h"
#include "weft/minimizers.h"

namespace weft {

namespace {

/// What a set's batches take at most to be kept instead of made anew.
constexpr std::int64_t kKeep = std::int64_t{1} << 28;

/// The batches of one set; those that were made are kept if all are small.
class SetBatches {
 public:
  SetBatches(const data::Dataset& data, std::int64_t size)
      : data_(data), size_(std::min(size, data.size())) {
    std::int64_t row = 4;
    for (Dim d : data.row) row *= d.size();
    if (data.size() * row <= kKeep) {
      kept_.resize(static_cast<std::size_t>(count()));
    }
  }

  std::int64_t count() const { return (data_.size() + size_ - 1) / size_; }

  void get(std::int64_t index, Tensor& x, Tensor& y) {
    if (kept_.empty()) {
      make(index, x, y);
      return;
    }
    auto& [kept_x, kept_y] = kept_[static_cast<std::size_t>(index)];
    if (kept_x.size() == 0) make(index, kept_x, kept_y);
    x = kept_x;
    y = kept_y;
  }

 private:
  void make(std::int64_t index, Tensor& x, Tensor& y) {
    const std::int64_t begin = index * size_;
    const std::int64_t rows = std::min(size_, data_.size() - begin);
    order_.resize(static_cast<std::size_t>(rows));
    std::iota(order_.begin(), order_.end(), begin);
    const Shape shape = data::batch_shape(rows, data_.row);
    if (x.dtype() != DType::f32 || x.shape() != shape) {
      x = Tensor(DType::f32, shape);
    }
    const Shape targets = data::target_shape(rows, data_);
    if (y.dtype() != data_.targets.dtype() || y.shape() != targets) {
      y = Tensor(data_.targets.dtype(), targets);
    }
    data::gather(data_, order_, x, y);
  }

  const data::Dataset& data_;
  const std::int64_t size_;
  std::vector<std::int64_t> order_;
  std::vector<std::pair<Tensor, Tensor>> kept_;
};

}  // namespace

Batches batches_of(const data::Dataset& data, std::int64_t batch_size) {
  data.check();
  if (batch_size < 1 || data.size() < 1) {
    throw DataError("[batches_of] " + std::to_string(data.size()) +
                    " rows in batches of " + std::to_string(batch_size) +
                    "; both must be at least 1");
  }
  auto set = std::make_shared<SetBatches>(data, batch_size);
  return {set->count(),
          [set](std::int64_t i, Tensor& x, Tensor& y) { set->get(i, x, y); }};
}

}  // namespace weft
