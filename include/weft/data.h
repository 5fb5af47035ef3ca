#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
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
/// numbers (n) or f32 numbers to predict (n, …), or there are none. Images may
/// be kept as bytes: then a batch's inputs are bytes·byte_scale, to which
/// `scaler` is applied if it is not empty.
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
  Scaler scaler;

  std::int64_t size() const;
  std::int64_t classes() const {
    return static_cast<std::int64_t>(class_names.size());
  }
  /// Throws DataError unless the members fit together: types, sizes, rows and,
  /// if there are class names, the class numbers. Everything below that takes
  /// a set checks it.
  void check() const;
  /// The examples of these indices, sharing the elements.
  Dataset subset(const std::vector<std::int64_t>& indices) const;
  /// Inputs and targets of the examples [begin, end), copied.
  std::pair<Tensor, Tensor> batch(std::int64_t begin, std::int64_t end) const;
};

/// A set of tensors in memory. Inputs (n, …) of any type become f32; integers
/// of shape (n) become classes, named by their number if no names are given;
/// floating-point targets become f32, (n) becomes (n, 1).
Dataset make_dataset(const Tensor& inputs, const Tensor& targets = {},
                     std::vector<std::string> class_names = {});

struct Split {
  Dataset train;
  Dataset test;
};

/// Whether each part of a split has its share of every class, to one example.
enum class Stratify : bool { no, yes };

/// Shuffles and cuts: `fraction` of the examples, rounded, become `test`.
/// Throws DataError unless 0 < fraction < 1 and both parts have an example.
Split split(const Dataset& data, double fraction, Seed seed = {},
            Stratify stratify = Stratify::no);
/// k pairs; every example is in exactly one test part. Throws DataError unless
/// 2 ≤ k ≤ n.
std::vector<Split> k_fold(const Dataset& data, int k, Seed seed = {},
                          Stratify stratify = Stratify::no);

/// Columns with mean 0 and standard deviation 1.
Scaler standardize(const Dataset& data);
/// Columns from 0 to 1.
Scaler min_max(const Dataset& data);
/// The data with the scaler applied; bytes stay bytes, and are scaled as their
/// batches are made. Throws DataError if the columns differ.
Dataset apply(const Scaler& scaler, const Dataset& data);

// ---- readers. What they can't read is a DataError that names the file, the
// line and column (of a table: field) or byte, what was found, and a remedy.
// Sizes that a header claims are checked before memory is taken for them. Every
// reader unpacks gzip, and offsets are those of the unpacked bytes.

/// An IDX file of any element type and rank 1 to 8: integers as i32, float and
/// double as f32 and f64.
Tensor read_idx(const std::string& path);
/// Images, flattened, and labels of two IDX files; images of bytes stay bytes.
/// Classes are named by their number if no names are given.
Dataset read_idx_images(const std::string& images, const std::string& labels,
                        std::vector<std::string> class_names = {});
/// Fashion-MNIST: 60,000 and 10,000 images of 28×28 of clothes (Xiao et al.
/// 2017), from `folder`, $WEFT_DATA_DIR or where Debian's package
/// dataset-fashion-mnist puts them.
Split fashion_mnist(const std::string& folder = "");
/// The UCI digits: 1,797 images of 8×8 pixels from 0 to 1 (Alpaydin and Kaynak
/// 1998), from the file digits.csv: 64 numbers of 0 to 16 and the digit a row.
Dataset digits(const std::string& path);

struct CsvOptions {
  /// Column of the target: a name, or a number (negative from the end); empty:
  /// there is none.
  std::string target = "-1";
  /// The target is a class (text or number), not a number to predict.
  bool classes = true;
  char separator = 0;  ///< 0: found out from the first line
  /// automatic: the first row is a header if it has no number.
  enum class Header { automatic, yes, no } header = Header::automatic;
};
/// A table of numbers: finite, and in the range of f32. Quoted fields may hold
/// separators, line ends and doubled quotes; empty lines are skipped.
Dataset read_csv(const std::string& path, const CsvOptions& options = {});

/// Writes examples with one target each as such a table: a header, the inputs,
/// last the class's name or the number. Numbers read back as the same bits.
/// Throws DataError, and leaves no file, if it can't be written.
void write_csv(const std::string& path, const Dataset& data);

/// NumPy's format, versions 1 to 3; f4 f8 i4 i8 u1 b1, either byte order, C or
/// Fortran order. u1 becomes i32.
Tensor read_npy(const std::string& path);
void write_npy(const std::string& path, const Tensor& tensor);

/// Square images, flattened, of `side` × `side` pixels: linear interpolation
/// where they grow, and where they shrink the mean weighted by a triangle as
/// wide as two of the new pixels. Throws DataError unless examples are squares.
Dataset resize_images(const Dataset& data, std::int64_t side);

// ---- batches

struct LoaderOptions {
  std::int64_t batch_size = 32;
  bool shuffle = true;
  bool drop_last = false;  ///< of a last batch that is not whole
  /// The next batch is prepared by another thread; pays from two cores on.
  bool prefetch = true;
  Seed seed = {};
  /// Changes the elements of batch `batch` of epoch `epoch` in place, for
  /// augmentation. Runs on the other thread if there is one.
  std::function<void(Tensor& x, Tensor& y, std::uint64_t epoch,
                     std::int64_t batch)>
      transform = {};
};

/// Goes through a set in batches. The order of an epoch is a function of seed
/// and epoch, and its place can be set, so a stopped run can go on. After its
/// first epoch it takes no memory. For one thread at a time.
class Loader {
 public:
  /// Shares the elements of `data`. Throws DataError if there is no batch.
  Loader(const Dataset& data, const LoaderOptions& options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// Batches of an epoch.
  std::int64_t batches() const;
  /// Goes to batch `batch` of epoch `epoch`; `batches()` is its end. Throws
  /// DataError if there is no such batch.
  void seek(std::uint64_t epoch, std::int64_t batch = 0);
  /// Where it is: what `seek` takes to go on with the batch that `next` would
  /// give.
  std::uint64_t epoch() const;
  std::int64_t position() const;
  /// The next batch of the epoch, valid until the next call of `next` or
  /// `seek`; false at its end. Rethrows what was thrown on the other thread.
  bool next(Tensor& x, Tensor& y);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weft::data
