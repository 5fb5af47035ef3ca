#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "weft/random.h"
#include "weft/tensor.h"

namespace weft::data {

/// value ← (value − offset[j])·scale[j] for column j. A constant column has
/// scale 1: it becomes 0 and nothing is divided by zero.
struct Scaler {
  std::vector<double> offset;
  std::vector<double> scale;
  bool empty() const { return offset.empty(); }
};

/// Examples: one row of `inputs` and of `targets` each. Targets are i32 class
/// numbers (n) or numbers to predict (n, …). Images may be kept as bytes: then
/// a batch's inputs are bytes·byte_scale.
struct Dataset {
  Tensor inputs;   ///< f32 (n, …); empty when `bytes` is used
  Tensor targets;  ///< i32 (n), or f32 (n, …)
  std::shared_ptr<const std::vector<std::uint8_t>> bytes;
  float byte_scale = 1.0F / 255;
  Shape row;  ///< shape of one example's input
  std::vector<std::string> class_names;
  std::vector<std::string> column_names;
  /// Rows that this set has of `inputs`, `targets` and `bytes`; empty: all.
  std::vector<std::int64_t> rows;

  std::int64_t size() const;
  std::int64_t classes() const {
    return static_cast<std::int64_t>(class_names.size());
  }
  /// The examples of these indices, sharing the elements.
  Dataset subset(const std::vector<std::int64_t>& indices) const;
  /// Inputs and targets of the examples [begin, end), copied.
  std::pair<Tensor, Tensor> batch(std::int64_t begin, std::int64_t end) const;
  /// Copies example `index` into row `to` of the tensors.
  void copy_row(std::int64_t index, Tensor& x, Tensor& y,
                std::int64_t to) const;
};

struct Split {
  Dataset train;
  Dataset test;
};

/// Shuffles and cuts: `fraction` of the examples, rounded, become `test`.
/// Throws DataError unless 0 < fraction < 1 and both parts have an example.
Split split(const Dataset& data, double fraction, Seed seed = {});
/// k pairs; every example is in exactly one test part.
std::vector<Split> k_fold(const Dataset& data, int k, Seed seed = {});

/// Columns with mean 0 and standard deviation 1.
Scaler standardize(const Dataset& data);
/// The data with the scaler applied. Throws DataError if the columns differ.
Dataset apply(const Scaler& scaler, const Dataset& data);

// ---- readers. What they can't read is a DataError with file and place.

/// An IDX file, plain or gzip, any element type, as f32 or, for bytes with
/// `keep` set, into *keep.
Tensor read_idx(const std::string& path,
                std::vector<std::uint8_t>* keep = nullptr);
/// Images and labels in the two files, as bytes.
Dataset read_idx_images(const std::string& images, const std::string& labels);
/// Fashion-MNIST: 60,000 and 10,000 images of 28×28 of clothes (Xiao et al.
/// 2017), from `folder`, $WEFT_DATA_DIR or where Debian's package
/// dataset-fashion-mnist puts them.
Split fashion_mnist(const std::string& folder = "");

struct CsvOptions {
  /// Column of the target: a name, or a number (negative from the end); empty:
  /// there is none.
  std::string target = "-1";
  /// The target is a class (text or number), not a number to predict.
  bool classes = true;
  char separator = 0;  ///< 0: found out from the first line
  enum class Header { automatic, yes, no } header = Header::automatic;
};
/// A table of numbers.
Dataset read_csv(const std::string& path, const CsvOptions& options = {});

/// NumPy's format, versions 1 to 3; f4 f8 i4 i8 u1 b1, either byte order.
Tensor read_npy(const std::string& path);
void write_npy(const std::string& path, const Tensor& tensor);

/// A file's bytes, unpacked if it is gzip.
std::vector<std::uint8_t> read_bytes(const std::string& path);

// ---- batches

struct LoaderOptions {
  std::int64_t batch_size = 32;
  bool shuffle = true;
  bool drop_last = false;
  bool prefetch = true;  ///< the next batch is prepared by another thread
  Seed seed = {};
};

/// Goes through a set in batches. The order of an epoch is a function of seed
/// and epoch, and its place can be set, so a stopped run can go on.
class Loader {
 public:
  Loader(const Dataset& data, const LoaderOptions& options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  std::int64_t batches() const;
  /// Goes to batch `batch` of epoch `epoch`.
  void seek(std::uint64_t epoch, std::int64_t batch = 0);
  /// The next batch of the epoch, valid until the next call; false at its end.
  bool next(Tensor& x, Tensor& y);

 private:
  struct Slot {
    Tensor x, y;
    std::int64_t batch = -1;
    bool ready = false;
  };
  void fill(Slot& slot, std::int64_t batch);
  void work();

  const Dataset& data_;
  LoaderOptions options_;
  std::vector<std::int64_t> order_;
  std::int64_t next_ = 0;
  Slot slots_[2];
  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t wanted_ = -1;  ///< batch that the thread should prepare
  bool stop_ = false;
  std::exception_ptr error_;
  std::thread thread_;
};

}  // namespace weft::data
