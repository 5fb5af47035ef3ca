#include <cstdlib>
#include <filesystem>

#include "src/data/input_file.h"
#include "weft/data.h"
#include "weft/error.h"

namespace weft::data {

namespace {

namespace fs = std::filesystem;

constexpr const char* kFashion = "fashion-mnist";

const char* environment(const char* name) {
  const char* value = std::getenv(name);
  return value && *value ? value : nullptr;
}

std::vector<fs::path> folders_of(const std::string& set) {
  std::vector<fs::path> folders;
  if (const char* folder = environment("WEFT_DATA_DIR")) {
    folders.emplace_back(folder);
    folders.push_back(fs::path(folder) / set);
  }
  if (const char* home = environment("HOME")) {
    folders.push_back(fs::path(home) / ".local/share/datasets" / set);
  }
  folders.push_back(fs::path("/usr/local/share/datasets") / set);
  folders.push_back(fs::path("/usr/share/datasets") / set);
  return folders;
}

}  // namespace

Split fashion_mnist(const std::string& folder) {
  const auto folders =
      folder.empty() ? folders_of(kFashion) : std::vector<fs::path>{folder};
  const std::vector<std::string> names = {
      "T-shirt", "Trouser", "Pullover", "Dress", "Coat",
      "Sandal",  "Shirt",   "Sneaker",  "Bag",   "Boot"};
  std::string tried;
  for (const fs::path& f : folders) {
    tried += (tried.empty() ? "" : ", ") + f.string();
    for (const char* end : {".gz", ""}) {
      auto file = [&](const char* name) {
        return (f / (std::string(name) + end)).string();
      };
      std::error_code none;
      if (!fs::exists(file("train-images-idx3-ubyte"), none)) continue;
      return {read_idx_images(file("train-images-idx3-ubyte"),
                              file("train-labels-idx1-ubyte"), names),
              read_idx_images(file("t10k-images-idx3-ubyte"),
                              file("t10k-labels-idx1-ubyte"), names)};
    }
  }
  throw DataError(
      "Fashion-MNIST was not found in " + tried +
      "; install Debian's package dataset-fashion-mnist (apt-get install "
      "dataset-fashion-mnist), or put its four files, "
      "train-images-idx3-ubyte.gz and so on, into the folder that "
      "WEFT_DATA_DIR names");
}

Dataset digits(const std::string& path) {
  constexpr std::int64_t kPixels = 64;
  const Dataset table = read_csv(path);
  if (table.row.dim(0) != kPixels || table.classes() != 10) {
    fail(path, "has " + std::to_string(table.row.dim(0)) + " pixels and " +
                   std::to_string(table.classes()) +
                   " classes; the digits have 64 and 10, and the class last");
  }
  auto bytes = std::make_shared<std::vector<std::uint8_t>>();
  bytes->reserve(static_cast<std::size_t>(table.inputs.size()));
  for (float v : table.inputs.values<float>()) {
    const auto byte = static_cast<std::uint8_t>(v >= 0 && v <= 16 ? v : 255);
    if (static_cast<float>(byte) != v || byte > 16) {
      const auto at = static_cast<std::int64_t>(bytes->size());
      fail(path, "row " + std::to_string(at / kPixels + 1) + ", column " +
                     std::to_string(at % kPixels + 1) +
                     ": a pixel must be a whole number from 0 to 16");
    }
    bytes->push_back(byte);
  }
  Dataset d = table;
  d.inputs = Tensor();
  d.bytes = std::move(bytes);
  d.byte_scale = 1.0F / 16;
  return d;
}

}  // namespace weft::data
