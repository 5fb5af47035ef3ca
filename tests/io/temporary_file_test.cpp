#include "src/io/common/temporary_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "catch.h"

using namespace weft;
namespace fs = std::filesystem;

namespace {

struct Folder {
  Folder() { fs::create_directories(name); }
  ~Folder() { fs::remove_all(name); }
  std::string operator/(const char* file) const { return name + "/" + file; }
  std::string name = "temporary_file_test";
};

void put(const std::string& path, const std::string& text) {
  io::TemporaryFile file(path);
  file.write(text.data(), text.size());
  file.commit();
}

std::string get(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("a file that two threads write is one of theirs") {
  const Folder folder;
  const std::string path = folder / "both";
  const std::string texts[] = {std::string(100'000, 'a'),
                               std::string(70'000, 'b')};
  for (int i = 0; i < 20; ++i) {
    std::thread other([&] { put(path, texts[0]); });
    put(path, texts[1]);
    other.join();
    const std::string found = get(path);
    CHECK((found == texts[0] || found == texts[1]));
  }
  CHECK(std::distance(fs::directory_iterator(folder.name), {}) == 1);
}

TEST_CASE("a file in memory is written to directly") {
  const int file = ::memfd_create("temporary_file_test", MFD_CLOEXEC);
  REQUIRE(file >= 0);
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  put(path, "what is longer");
  put(path, "short");
  CHECK(get(path) == "short");
  ::close(file);
}

TEST_CASE("a file that is replaced leaves its permissions, a link stays") {
  const Folder folder;
  const std::string file = folder / "file", link = folder / "link";
  put(file, "old");
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("file", link);
  put(link, "new");
  CHECK(fs::is_symlink(link));
  CHECK(get(file) == "new");
  CHECK(fs::status(file).permissions() ==
        (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("a pipe is written to and stays one") {
  const Folder folder;
  const std::string pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  put(pipe, "text");
  char found[8] = {};
  CHECK(::read(reader, found, sizeof found) == 4);
  ::close(reader);
  CHECK(std::string(found) == "text");
  CHECK(fs::is_fifo(pipe));
}

TEST_CASE("a file that was left is not written to") {
  const Folder folder;
  const std::string path = folder / "file", precious = folder / "precious";
  put(precious, "precious");
  // As names of this process were, or will be.
  for (int i = 0; i < 400; ++i) {
    const std::string name =
        path + ".tmp" + std::to_string(::getpid()) + "-" + std::to_string(i);
    fs::create_symlink("precious", name);
  }
  put(path, "new");
  CHECK(get(precious) == "precious");
  CHECK(get(path) == "new");
}
