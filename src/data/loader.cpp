#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <numeric>
#include <span>
#include <thread>
#include <utility>

#include "src/data/gather.h"
#include "weft/error.h"

namespace weft::data {

/// Without a thread every batch is made in one slot, which stays in the cache.
/// With one, batch b is made in slot b % 2: while the caller has one slot, the
/// thread fills the other. While a batch is wanted, its slot, `order` and
/// `epoch` are the thread's, and nobody else looks at them; the mutex guards
/// the change.
struct Loader::Impl {
  struct Slot {
    Tensor x, y;  ///< memory of a whole batch
  };

  Impl(const Dataset& d, const LoaderOptions& o) : data(d), options(o) {}

  std::int64_t batches() const {
    const std::int64_t n = data.size(), b = options.batch_size;
    return options.drop_last ? n / b : n / b + (n % b != 0);
  }
  std::int64_t rows_of(std::int64_t batch) const {
    return std::min(options.batch_size,
                    data.size() - batch * options.batch_size);
  }
  Slot& slot_of(std::int64_t batch) {
    return slots[options.prefetch ? batch % 2 : 0];
  }
  /// The first n rows of a slot's memory.
  Tensor part(const Tensor& whole, std::int64_t n) const {
    return n == options.batch_size || whole.size() == 0 ? whole
                                                        : whole.rows(0, n);
  }
  void allocate();
  void fill(Slot& slot, std::int64_t batch);
  void want(std::int64_t batch);
  void work();

  const Dataset data;
  const LoaderOptions options;
  /// How far ahead in `order` examples are asked for from memory.
  std::size_t ahead = 1;
  std::vector<std::int64_t> order;
  std::uint64_t epoch = 0;
  std::int64_t next = 0;
  Slot slots[2];

  std::mutex mutex;
  std::condition_variable changed;
  std::int64_t wanted = -1;  ///< batch that the thread should make, or makes
  bool stop = false;
  std::exception_ptr error;  ///< of the batch that was made last
  std::thread thread;
};

void Loader::Impl::allocate() {
  const std::int64_t n = std::min(options.batch_size, data.size());
  constexpr std::int64_t kBytesAhead = 16 * 1024, kMostAhead = 256;
  const std::int64_t bytes = data.row.elements() * (data.bytes ? 1 : 4);
  ahead = static_cast<std::size_t>(std::clamp<std::int64_t>(
      kBytesAhead / std::max<std::int64_t>(bytes, 1), 1, kMostAhead));
  for (Slot& s : std::span(slots, options.prefetch ? 2U : 1U)) {
    s.x = Tensor(DType::f32, batch_shape(n, data.row));
    s.y = Tensor(data.targets.dtype(), target_shape(n, data));
  }
}

void Loader::Impl::fill(Slot& slot, std::int64_t batch) {
  const std::int64_t n = rows_of(batch);
  const std::span all(order);
  const auto first = static_cast<std::size_t>(batch * options.batch_size);
  const auto count = static_cast<std::size_t>(n);
  // Examples so far ahead that they come from memory while the step runs.
  const std::size_t next = first + ahead;
  const auto coming = next < all.size() ? all.subspan(next) : all.first(0);
  Tensor x = part(slot.x, n), y = part(slot.y, n);
  gather(data, all.subspan(first, count), x, y,
         coming.first(std::min(count, coming.size())));
  if (options.transform) options.transform(x, y, epoch, batch);
}

void Loader::Impl::want(std::int64_t batch) {
  wanted = batch;
  changed.notify_all();
}

void Loader::Impl::work() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [&] { return stop || wanted >= 0; });
    if (stop) return;
    const std::int64_t batch = wanted;
    Slot& slot = slot_of(batch);
    lock.unlock();
    std::exception_ptr thrown;
    try {
      fill(slot, batch);
    } catch (...) {
      thrown = std::current_exception();
    }
    lock.lock();
    error = thrown;
    wanted = -1;
    changed.notify_all();
  }
}

Loader::Loader(const Dataset& data, const LoaderOptions& options) {
  data.check();
  if (options.batch_size < 1) {
    throw DataError("[loader] the batch size must be at least 1, not " +
                    std::to_string(options.batch_size));
  }
  if (data.size() == 0) {
    throw DataError("[loader] there are no examples; give a set with some");
  }
  impl_ = std::make_unique<Impl>(data, options);
  if (batches() == 0) {
    throw DataError("[loader] " + std::to_string(data.size()) +
                    " examples make no whole batch of " +
                    std::to_string(options.batch_size) +
                    "; use smaller batches, or keep the last one");
  }
  impl_->allocate();
  seek(0);
  if (options.prefetch) {
    impl_->thread = std::thread([m = impl_.get()] { m->work(); });
  }
}

Loader::~Loader() {
  if (!impl_->thread.joinable()) return;
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stop = true;
  }
  impl_->changed.notify_all();
  impl_->thread.join();
}

std::int64_t Loader::batches() const { return impl_->batches(); }
std::uint64_t Loader::epoch() const { return impl_->epoch; }
std::int64_t Loader::position() const { return impl_->next; }

void Loader::seek(std::uint64_t epoch, std::int64_t batch) {
  Impl& m = *impl_;
  if (batch < 0 || batch > m.batches()) {
    throw DataError("[loader] there is no batch " + std::to_string(batch) +
                    " of " + std::to_string(m.batches()) + "; " +
                    std::to_string(m.data.size()) + " examples in batches of " +
                    std::to_string(m.options.batch_size) +
                    " are other data or other batches than the place is of");
  }
  std::unique_lock lock(m.mutex);
  // The thread may be filling a slot: it may end that batch, which is dropped.
  m.changed.wait(lock, [&] { return m.wanted < 0 || !m.thread.joinable(); });
  if (m.options.shuffle) {
    shuffle(m.data.size(), m.options.seed, epoch, m.order);
  } else {
    m.order.resize(static_cast<std::size_t>(m.data.size()));
    std::iota(m.order.begin(), m.order.end(), 0);
  }
  m.epoch = epoch;
  m.next = batch;
  if (m.options.prefetch && batch < m.batches()) m.want(batch);
}

bool Loader::next(Tensor& x, Tensor& y) {
  Impl& m = *impl_;
  if (m.next >= m.batches()) return false;
  Impl::Slot& slot = m.slot_of(m.next);
  if (!m.thread.joinable()) {
    m.fill(slot, m.next);
  } else {
    std::unique_lock lock(m.mutex);
    m.changed.wait(lock, [&] { return m.wanted < 0; });
    if (m.error) {
      // Asked for again, so that a caller that goes on gets it or the error.
      const std::exception_ptr thrown = std::exchange(m.error, nullptr);
      m.want(m.next);
      std::rethrow_exception(thrown);
    }
    if (m.next + 1 < m.batches()) m.want(m.next + 1);
  }
  const std::int64_t n = m.rows_of(m.next);
  x = m.part(slot.x, n);
  y = m.part(slot.y, n);
  ++m.next;
  return true;
}

}  // namespace weft::data
