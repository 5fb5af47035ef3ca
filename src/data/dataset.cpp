#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "weft/data.h"
#include "weft/error.h"

namespace weft::data {

namespace {

std::int64_t row_elements(const Tensor& t) {
  return t.dim(0) == 0 ? 0 : t.size() / t.dim(0);
}

std::vector<std::int64_t> shuffled(std::int64_t n, Seed seed,
                                   std::uint64_t epoch) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  RandomSequence draws(Philox(seed, stable_hash("weft shuffle"), epoch));
  for (std::size_t i = order.size(); i > 1; --i) {  // Fisher and Yates
    std::swap(order[i - 1], order[draws.below(i)]);
  }
  return order;
}

}  // namespace

std::int64_t Dataset::size() const {
  if (!rows.empty()) return static_cast<std::int64_t>(rows.size());
  if (targets.rank() > 0 && targets.dim(0) > 0) return targets.dim(0);
  return inputs.rank() > 0 ? inputs.dim(0) : 0;
}

Dataset Dataset::subset(const std::vector<std::int64_t>& indices) const {
  if (indices.empty()) throw DataError("[subset] has no examples");
  Dataset part = *this;
  part.rows.clear();
  for (std::int64_t i : indices) {
    if (i < 0 || i >= size()) {
      throw DataError("[subset] example " + std::to_string(i) + " of " +
                      std::to_string(size()));
    }
    part.rows.push_back(rows.empty() ? i : rows[static_cast<std::size_t>(i)]);
  }
  return part;
}

void Dataset::copy_row(std::int64_t index, Tensor& x, Tensor& y,
                       std::int64_t to) const {
  const std::int64_t r =
      rows.empty() ? index : rows[static_cast<std::size_t>(index)];
  const std::int64_t n = row.elements();
  float* out = x.data<float>() + to * n;
  if (bytes) {
    const std::uint8_t* in = bytes->data() + r * n;
    for (std::int64_t i = 0; i < n; ++i) {
      out[i] = static_cast<float>(in[i]) * byte_scale;
    }
  } else {
    std::memcpy(out, inputs.data<float>() + r * n,
                static_cast<std::size_t>(n) * sizeof(float));
  }
  if (targets.size() == 0) return;
  const std::size_t width = static_cast<std::size_t>(row_elements(targets)) * 4;
  std::memcpy(
      static_cast<char*>(y.raw()) + static_cast<std::size_t>(to) * width,
      static_cast<const char*>(targets.raw()) +
          static_cast<std::size_t>(r) * width,
      width);
}

namespace {

Shape batch_shape(std::int64_t n, const Shape& row) {
  Shape shape{Dim(n)};
  for (Dim d : row) shape.push_back(d);
  return shape;
}

Shape target_shape(std::int64_t n, const Tensor& targets) {
  Shape shape = targets.shape();
  shape[0] = Dim(targets.size() == 0 ? 0 : n);
  return shape;
}

}  // namespace

std::pair<Tensor, Tensor> Dataset::batch(std::int64_t begin,
                                         std::int64_t end) const {
  if (begin < 0 || end < begin || end > size()) {
    throw DataError("[batch] " + std::to_string(begin) + " to " +
                    std::to_string(end) + " of " + std::to_string(size()) +
                    " examples");
  }
  Tensor x(DType::f32, batch_shape(end - begin, row));
  Tensor y(targets.dtype(), target_shape(end - begin, targets));
  for (std::int64_t i = begin; i < end; ++i) copy_row(i, x, y, i - begin);
  return {x, y};
}

Split split(const Dataset& data, double fraction, Seed seed) {
  const std::int64_t n = data.size();
  const auto test = static_cast<std::int64_t>(
      std::llround(static_cast<double>(n) * fraction));
  if (!(fraction > 0 && fraction < 1) || test < 1 || test >= n) {
    throw DataError("[split] can't take the fraction " +
                    std::to_string(fraction) + " of " + std::to_string(n) +
                    " examples");
  }
  const auto order = shuffled(n, seed, 0);
  const auto middle = order.begin() + (n - test);
  return {data.subset({order.begin(), middle}),
          data.subset({middle, order.end()})};
}

std::vector<Split> k_fold(const Dataset& data, int k, Seed seed) {
  const std::int64_t n = data.size();
  if (k < 2 || k > n) {
    throw DataError("[k_fold] can't make " + std::to_string(k) + " parts of " +
                    std::to_string(n) + " examples");
  }
  const auto order = shuffled(n, seed, 0);
  std::vector<Split> folds;
  for (int f = 0; f < k; ++f) {
    const auto begin = order.begin() + n * f / k;
    const auto end = order.begin() + n * (f + 1) / k;
    std::vector<std::int64_t> rest(order.begin(), begin);
    rest.insert(rest.end(), end, order.end());
    folds.push_back({data.subset(rest), data.subset({begin, end})});
  }
  return folds;
}

Scaler standardize(const Dataset& data) {
  const std::int64_t n = data.size(), columns = data.row.elements();
  if (n == 0) throw DataError("[standardize] there are no examples");
  std::vector<double> mean(static_cast<std::size_t>(columns));
  std::vector<double> square(mean.size());
  for (std::int64_t i = 0; i < n; ++i) {  // Welford 1962
    const auto [x, y] = data.batch(i, i + 1);
    for (std::size_t j = 0; j < mean.size(); ++j) {
      const double v = x.at(static_cast<std::int64_t>(j)), d = v - mean[j];
      mean[j] += d / static_cast<double>(i + 1);
      square[j] += d * (v - mean[j]);
    }
  }
  Scaler scaler;
  for (std::size_t j = 0; j < mean.size(); ++j) {
    const double deviation = std::sqrt(square[j] / static_cast<double>(n));
    const bool constant = !(deviation > 1e-12 * (std::abs(mean[j]) + 1e-300));
    scaler.offset.push_back(mean[j]);
    scaler.scale.push_back(constant ? 1 : 1 / deviation);
  }
  return scaler;
}

Dataset apply(const Scaler& scaler, const Dataset& data) {
  const auto columns = static_cast<std::size_t>(data.row.elements());
  if (scaler.offset.size() != columns || scaler.scale.size() != columns) {
    throw DataError("[scaler] was made for " +
                    std::to_string(scaler.offset.size()) +
                    " columns, the data have " + std::to_string(columns));
  }
  Dataset scaled = data;
  auto [x, y] = data.batch(0, data.size());
  float* v = x.data<float>();
  for (std::int64_t i = 0; i < data.size(); ++i) {
    for (std::size_t j = 0; j < columns; ++j, ++v) {
      *v = static_cast<float>((static_cast<double>(*v) - scaler.offset[j]) *
                              scaler.scale[j]);
    }
  }
  scaled.inputs = x;
  scaled.targets = y;
  scaled.bytes = nullptr;
  scaled.rows.clear();
  return scaled;
}

Loader::Loader(const Dataset& data, const LoaderOptions& options)
    : data_(data), options_(options) {
  if (options.batch_size < 1) {
    throw DataError("[loader] the batch size must be at least 1, not " +
                    std::to_string(options.batch_size));
  }
  if (data.size() == 0) throw DataError("[loader] there are no examples");
  if (batches() == 0) {
    throw DataError("[loader] " + std::to_string(data.size()) +
                    " examples make no whole batch of " +
                    std::to_string(options.batch_size));
  }
  seek(0);
  if (options_.prefetch) thread_ = std::thread([this] { work(); });
}

Loader::~Loader() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::int64_t Loader::batches() const {
  const std::int64_t n = data_.size(), b = options_.batch_size;
  return options_.drop_last ? n / b : (n + b - 1) / b;
}

void Loader::seek(std::uint64_t epoch, std::int64_t batch) {
  std::unique_lock lock(mutex_);
  // The thread may be filling a slot: its batch is let finish, then dropped.
  changed_.wait(lock, [&] { return wanted_ < 0 || error_; });
  if (options_.shuffle) {
    order_ = shuffled(data_.size(), options_.seed, epoch);
  } else {
    order_.resize(static_cast<std::size_t>(data_.size()));
    std::iota(order_.begin(), order_.end(), 0);
  }
  for (Slot& s : slots_) s.ready = false;
  next_ = batch;
  if (thread_.joinable() && next_ < batches()) {
    wanted_ = next_;
    changed_.notify_all();
  }
}

void Loader::fill(Slot& slot, std::int64_t batch) {
  const std::int64_t begin = batch * options_.batch_size;
  const std::int64_t end = std::min(begin + options_.batch_size, data_.size());
  const Shape shape = batch_shape(end - begin, data_.row);
  if (slot.x.shape() != shape || slot.x.dtype() != DType::f32) {
    slot.x = Tensor(DType::f32, shape);
    slot.y =
        Tensor(data_.targets.dtype(), target_shape(end - begin, data_.targets));
  }
  for (std::int64_t i = begin; i < end; ++i) {
    data_.copy_row(order_[static_cast<std::size_t>(i)], slot.x, slot.y,
                   i - begin);
  }
  slot.batch = batch;
}

void Loader::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stop_ || wanted_ >= 0; });
    if (stop_) return;
    const std::int64_t batch = wanted_;
    Slot& slot = slots_[batch % 2];
    slot.ready = false;  // next() must not look into it while it is filled
    lock.unlock();
    std::exception_ptr error;
    try {
      fill(slot, batch);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    slot.ready = !error;
    error_ = error;
    wanted_ = -1;
    changed_.notify_all();
  }
}

bool Loader::next(Tensor& x, Tensor& y) {
  if (next_ >= batches()) return false;
  Slot& slot = slots_[next_ % 2];
  if (!thread_.joinable()) {
    fill(slot, next_);
  } else {
    std::unique_lock lock(mutex_);
    if (!(slot.ready && slot.batch == next_) && wanted_ < 0) {
      wanted_ = next_;
      changed_.notify_all();
    }
    changed_.wait(
        lock, [&] { return error_ || (slot.ready && slot.batch == next_); });
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
    if (next_ + 1 < batches()) {
      wanted_ = next_ + 1;
      changed_.notify_all();
    }
  }
  x = slot.x;
  y = slot.y;
  ++next_;
  return true;
}

}  // namespace weft::data
