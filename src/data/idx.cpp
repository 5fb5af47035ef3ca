#include <zlib.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "weft/data.h"
#include "weft/error.h"

namespace weft::data {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& path, const std::string& why) {
  throw DataError(path + ": " + why);
}

std::uint32_t big_endian(const std::uint8_t* p) {
  return static_cast<std::uint32_t>(p[0]) << 24 |
         static_cast<std::uint32_t>(p[1]) << 16 |
         static_cast<std::uint32_t>(p[2]) << 8 | p[3];
}

/// Bytes of an element of IDX type `code`, 0 if there is none.
std::size_t element_size(std::uint8_t code) {
  switch (code) {
    case 0x08:
    case 0x09: return 1;
    case 0x0B: return 2;
    case 0x0C:
    case 0x0D: return 4;
    case 0x0E: return 8;
    default: return 0;
  }
}

float element(const std::uint8_t* p, std::uint8_t code) {
  switch (code) {
    case 0x08: return p[0];
    case 0x09: return static_cast<std::int8_t>(p[0]);
    case 0x0B: {
      return static_cast<std::int16_t>(
          static_cast<std::uint16_t>(p[0] << 8 | p[1]));
    }
    case 0x0C:
      return static_cast<float>(static_cast<std::int32_t>(big_endian(p)));
    case 0x0D: {
      const std::uint32_t bits = big_endian(p);
      float v;
      std::memcpy(&v, &bits, 4);
      return v;
    }
    default: {
      const std::uint64_t bits =
          static_cast<std::uint64_t>(big_endian(p)) << 32 | big_endian(p + 4);
      double v;
      std::memcpy(&v, &bits, 8);
      return static_cast<float>(v);
    }
  }
}

struct Header {
  std::uint8_t code;
  Shape shape;
  std::size_t bytes;
};

Header read_header(const std::string& path,
                   const std::vector<std::uint8_t>& b) {
  if (b.size() < 4 || b[0] != 0 || b[1] != 0 || element_size(b[2]) == 0) {
    fail(path,
         "is no IDX file: byte 0 must begin the magic number 00 00 "
         "TYPE RANK");
  }
  const std::size_t rank = b[3];
  if (rank < 1 || rank > 8) {
    fail(path, "byte 3: the rank must be 1 to 8, not " + std::to_string(rank));
  }
  Header h{b[2], {}, 4 + 4 * rank};
  if (b.size() < h.bytes) {
    fail(path, "ends within its header, at byte " + std::to_string(b.size()));
  }
  std::size_t expected = element_size(b[2]);
  for (std::size_t i = 0; i < rank; ++i) {
    const std::uint32_t n = big_endian(b.data() + 4 + 4 * i);
    h.shape.push_back(Dim(static_cast<std::int64_t>(n)));
    if (__builtin_mul_overflow(expected, std::size_t{n}, &expected)) {
      fail(path, "the sizes in its header are too large");
    }
  }
  if (b.size() - h.bytes != expected) {
    fail(path, "its header " + to_string(h.shape) + " promises " +
                   std::to_string(expected) + " bytes of data, there are " +
                   std::to_string(b.size() - h.bytes));
  }
  return h;
}

}  // namespace

std::vector<std::uint8_t> read_bytes(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) fail(path, "is a directory");
  // zlib reads plain files as they are.
  const gzFile file = gzopen(path.c_str(), "rb");
  if (!file) fail(path, std::string("can't be opened: ") + strerror(errno));
  std::vector<std::uint8_t> bytes;
  constexpr std::size_t kChunk = 1 << 20;
  int got = 0;
  do {
    const std::size_t size = bytes.size();
    bytes.resize(size + kChunk);
    got = gzread(file, bytes.data() + size, kChunk);
    bytes.resize(size + static_cast<std::size_t>(std::max(got, 0)));
  } while (got > 0);
  int code = 0;
  const std::string why = gzerror(file, &code);
  const bool truncated = gzclose_r(file) == Z_BUF_ERROR;
  if (got < 0 || truncated) {
    fail(path, "is damaged or ends early" + (why.empty() ? "" : ": " + why));
  }
  if (bytes.empty()) fail(path, "is empty");
  return bytes;
}

Tensor read_idx(const std::string& path, std::vector<std::uint8_t>* keep) {
  std::vector<std::uint8_t> b = read_bytes(path);
  const Header h = read_header(path, b);
  if (keep && h.code == 0x08) {
    b.erase(b.begin(), b.begin() + static_cast<std::ptrdiff_t>(h.bytes));
    *keep = std::move(b);
    Shape none = h.shape;
    none[0] = 0;
    return Tensor(DType::f32, none);
  }
  Tensor t(DType::f32, h.shape);
  const std::size_t size = element_size(h.code);
  for (std::int64_t i = 0; i < t.size(); ++i) {
    t.data<float>()[i] = element(
        b.data() + h.bytes + static_cast<std::size_t>(i) * size, h.code);
  }
  return t;
}

Dataset read_idx_images(const std::string& images, const std::string& labels) {
  auto bytes = std::make_shared<std::vector<std::uint8_t>>();
  const Tensor shape = read_idx(images, bytes.get());
  const Tensor y = read_idx(labels);
  if (shape.rank() < 2 || bytes->empty()) {
    fail(images,
         "must hold bytes of rank 2 or more, not " + to_string(shape.shape()));
  }
  if (y.rank() != 1) fail(labels, "must have rank 1");
  Dataset d;
  std::int64_t pixels = 1;
  for (int i = 1; i < shape.rank(); ++i) pixels *= shape.dim(i);
  d.row = Shape{Dim(pixels)};
  const auto count = static_cast<std::int64_t>(bytes->size()) /
                     std::max<std::int64_t>(pixels, 1);
  if (count != y.size()) {
    fail(images, "has " + std::to_string(count) + " images, but " + labels +
                     " has " + std::to_string(y.size()) + " labels");
  }
  d.bytes = bytes;
  d.targets = Tensor(DType::i32, {Dim(y.size())});
  float most = 0;
  for (std::int64_t i = 0; i < y.size(); ++i) {
    const float v = y.data<float>()[i];
    if (!(v >= 0 && v < 1e6F)) {
      fail(labels, "label " + std::to_string(i) + " is negative or too large");
    }
    d.targets.data<std::int32_t>()[i] = static_cast<std::int32_t>(v);
    most = std::max(most, v);
  }
  for (int c = 0; c <= static_cast<int>(most); ++c) {
    d.class_names.push_back(std::to_string(c));
  }
  return d;
}

Split fashion_mnist(const std::string& folder) {
  std::vector<std::string> folders;
  if (!folder.empty()) {
    folders.push_back(folder);
  } else {
    if (const char* set = std::getenv("WEFT_DATA_DIR")) {
      folders.emplace_back(set);
      folders.push_back(std::string(set) + "/fashion-mnist");
    }
    folders.emplace_back("/usr/share/datasets/fashion-mnist");
  }
  for (const std::string& f : folders) {
    for (const char* end : {".gz", ""}) {
      auto file = [&](const char* name) {
        return (fs::path(f) / (std::string(name) + end)).string();
      };
      if (!fs::exists(file("train-images-idx3-ubyte"))) continue;
      Split s{read_idx_images(file("train-images-idx3-ubyte"),
                              file("train-labels-idx1-ubyte")),
              read_idx_images(file("t10k-images-idx3-ubyte"),
                              file("t10k-labels-idx1-ubyte"))};
      s.train.class_names = {"T-shirt", "Trouser", "Pullover", "Dress", "Coat",
                             "Sandal",  "Shirt",   "Sneaker",  "Bag",   "Boot"};
      s.test.class_names = s.train.class_names;
      return s;
    }
  }
  throw DataError(
      "Fashion-MNIST was not found in " + folders.back() +
      "; install Debian's package dataset-fashion-mnist, or name a folder "
      "with the four IDX files in WEFT_DATA_DIR");
}

}  // namespace weft::data
