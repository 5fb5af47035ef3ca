// Small files with every byte changed in every bit, and cut at every length:
// each is read or is a DataError, never another exception, never a crash.
#include <functional>

#include "catch.h"
#include "data/files.h"

using namespace weft;

namespace {

using Reader = std::function<void(const std::string& path)>;

/// Damaged versions of the file that were refused; -1 if one did worse.
int refused(const std::string& good, const Reader& reader) {
  int count = 0;
  auto attempt = [&](const std::string& bytes) {
    const File f("damage-t", bytes);
    try {
      reader(f.name());
      return true;
    } catch (const DataError& e) {
      ++count;
      return std::string(e.what()).find("damage-t") == 0;
    } catch (const std::exception& e) {
      UNSCOPED_INFO(e.what());
      return false;
    }
  };
  if (!attempt(good) || count > 0) return -1;
  for (std::size_t i = 0; i < good.size(); ++i) {
    if (!attempt(good.substr(0, i))) return -1;
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
      if (!attempt(bad)) return -1;
    }
    std::string more = good;
    more.insert(i, 1, '\xff');
    if (!attempt(more)) return -1;
  }
  return count;
}

const std::string kNpy =
    std::string("\x93NUMPY\1\0\x3c\0", 10) +
    "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 1), }\n\n" +
    "12345678";

}  // namespace

TEST_CASE("damaged IDX is read or refused") {
  const Reader reader = [](const std::string& path) { data::read_idx(path); };
  const std::string good = idx({2, 1}, "12345678", 0x0D);
  // All lengths, insertions and bits of the header but type's to i32 (0C).
  CHECK(refused(good, reader) >= 12 * 8 - 1 + 20 + 20);
  CHECK(refused(gzip(good), reader) > 200);
}

TEST_CASE("damaged images and labels are read or refused") {
  const File labels("damage-y", idx({2}, {0, 1}));
  CHECK(refused(idx({2, 2}, "1234"), [](const std::string& path) {
          data::read_idx_images(path, "damage-y");
        }) > 100);
  const File images("damage-x", idx({2, 2}, "1234"));
  CHECK(refused(idx({2}, {0, 1}), [](const std::string& path) {
          // The images' name may come first: they are the ones in the wrong
          // company.
          try {
            data::read_idx_images("damage-x", path);
          } catch (const DataError& e) {
            throw DataError("damage-t" + std::string(e.what()));
          }
        }) > 60);
}

TEST_CASE("damaged NPY is read or refused") {
  const Reader reader = [](const std::string& path) { data::read_npy(path); };
  CHECK(refused(kNpy, reader) > 400);
  CHECK(refused(gzip(kNpy), reader) > 400);
}

TEST_CASE("damaged CSV is read or refused") {
  for (bool classes : {false, true}) {
    const Reader reader = [&](const std::string& path) {
      data::read_csv(path, {.target = "b", .classes = classes});
    };
    CHECK(refused("a;b\r\n1.5;\"2\"\n-3e2;4\n", reader) > 60);
  }
}
