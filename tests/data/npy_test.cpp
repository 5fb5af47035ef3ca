#include "catch.h"
#include "data/files.h"

using namespace weft;

namespace {

std::string npy(const std::string& dictionary, const std::string& bytes,
                int version = 1) {
  std::string s = "\x93NUMPY";
  s += {static_cast<char>(version), 0, static_cast<char>(dictionary.size()), 0};
  if (version > 1) s += {0, 0};
  return s + dictionary + bytes;
}

std::string dictionary(const std::string& descr, const std::string& shape,
                       const char* fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran +
         ", 'shape': " + shape + ", }\n";
}

Tensor read(const std::string& bytes) {
  const File f("npy-t.npy", bytes);
  return data::read_npy(f.name());
}

std::string read_error(const std::string& bytes) {
  return data_error([&] { read(bytes); });
}

}  // namespace

TEST_CASE("NPY there and back, of every type and rank") {
  const Tensor t = Tensor::from<double>({1, 2, 0, 4, 5, -6}, {2, 3});
  for (DType dtype : kAllDTypes) {
    for (const Shape& shape : {Shape{2, 3}, Shape{6}, Shape{1, 2, 1, 3}}) {
      const Tensor u = t.to(dtype).reshape(shape);
      data::write_npy("npy-t.npy", u);
      CHECK(data::read_npy("npy-t.npy").bits_equal(u));
    }
    for (const Tensor& u : {Tensor(dtype, {0, 3}), Tensor(dtype, {})}) {
      data::write_npy("npy-t.npy", u);
      CHECK(data::read_npy("npy-t.npy").bits_equal(u));
    }
  }
  std::remove("npy-t.npy");
}

TEST_CASE("NPY is written as NumPy writes it") {
  data::write_npy("npy-t.npy", Tensor::from<std::int32_t>({1, 2}, {2}));
  std::ifstream in("npy-t.npy", std::ios::binary);
  const std::string found{std::istreambuf_iterator<char>(in), {}};
  std::remove("npy-t.npy");
  REQUIRE(found.size() == 136);
  CHECK(found.substr(0, 10) == std::string("\x93NUMPY\x01\0\x76\0", 10));
  CHECK(found.substr(10, 59) ==
        "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }  ");
  CHECK(found[127] == '\n');
  CHECK(found.substr(128) == std::string("\1\0\0\0\2\0\0\0", 8));
}

TEST_CASE("NPY of other versions, orders and types") {
  const std::string big{0, 0, 0, 1, 0, 0, 1, 0};
  const Tensor expected = Tensor::from<std::int32_t>({1, 256}, {2});
  for (int version : {1, 2, 3}) {
    CHECK(read(npy(dictionary(">i4", "(2,)"), big, version))
              .bits_equal(expected));
  }
  CHECK(read(npy(dictionary("|u1", "(2, 1)"), {1, '\xff'}))
            .bits_equal(Tensor::from<std::int32_t>({1, 255}, {2, 1})));
  CHECK(read(npy(dictionary("=u1", "()"), "\7")).item() == 7);
  // Column by column: 1 4, 2 5, 3 6.
  CHECK(
      read(npy(dictionary("|u1", "(2, 3)", "True"), {1, 4, 2, 5, 3, 6}))
          .bits_equal(Tensor::from<std::int32_t>({1, 2, 3, 4, 5, 6}, {2, 3})));
  CHECK(read(npy(dictionary("|u1", "(1, 2, 2)", "True"), {1, 3, 2, 4}))
            .bits_equal(Tensor::from<std::int32_t>({1, 2, 3, 4}, {1, 2, 2})));
  CHECK(read(gzip(npy(dictionary("|b1", "(2,)"), {1, 0}))).at(0) == 1);
  CHECK(read(npy("{\"shape\":(1 , ) ,\"descr\":\"|u1\",\"fortran_order\":"
                 "True}  \n",
                 "\5"))
            .item() == 5);
}

TEST_CASE("NPY errors say where and what") {
  const std::string again = "; write the file again with numpy.save";
  CHECK(read_error("\x93NUMPX\1\0") ==
        "npy-t.npy: is no NPY file: byte 0: expected the magic number 93 "
        "'NUMPY' and a version");
  CHECK(read_error(npy("{}", "", 4)) ==
        "npy-t.npy: byte 6: the format version is 4; known are 1 to 3");
  CHECK(read_error(npy(dictionary("<f4", "(1,)"), "").substr(0, 30)) ==
        "npy-t.npy: ends within its header, at byte 30; copy or download it "
        "again");
  CHECK(read_error(npy(dictionary("<c8", "(1,)"), "12345678")) ==
        "npy-t.npy: its elements are '<c8'; known are f4, f8, i4, i8, u1 and "
        "b1, with the byte order < or >: convert with astype before saving");
  CHECK(read_error(npy(dictionary("", "(1,)"), "1")).find("elements are ''") !=
        std::string::npos);
  CHECK(read_error(npy(dictionary("|f4", "(1,)"), "1234")).find("'|f4'") !=
        std::string::npos);
  CHECK(read_error(npy(dictionary("<f8", "(2,)"), "12345678")) ==
        "npy-t.npy: its header (2) promises 16 bytes of data from byte 68 on, "
        "there are 8; the file is cut, or its header is wrong");
  CHECK(read_error(npy(dictionary("|b1", "(2,)"), {1, 2})) ==
        "npy-t.npy: element 1 is 2, a bool must be 0 or 1; the file is "
        "damaged");
  CHECK(read_error(npy(dictionary("<f8", "(x)"), "")) ==
        "npy-t.npy: byte 61: expected a size, a whole number from 0 on" +
            again);
  CHECK(read_error(npy(dictionary("<f8", "(2,)", "Maybe"), "")) ==
        "npy-t.npy: byte 44: expected True or False" + again);
  CHECK(read_error(npy("{'descr': '<f8', 'shape': (2,)}", "")) ==
        "npy-t.npy: byte 41: the header has no 'fortran_order'" + again);
  CHECK(read_error(npy("{'descr': [('a', '<f8')]}", "")) ==
        "npy-t.npy: byte 20: the elements are structures; only plain numbers "
        "can be read" +
            again);
  CHECK(read_error(npy("{'descr': '<f8', 'descr': '<f8'}", "")) ==
        "npy-t.npy: byte 27: the key 'descr' is unknown or there twice" +
            again);
  CHECK(read_error(npy("nothing", "")) ==
        "npy-t.npy: byte 10: expected '{' in the header, found 'n'" + again);
}

TEST_CASE("NPY sizes of terabytes take no memory") {
  CHECK(read_error(npy(dictionary("<f8", "(1099511627776,)"), "12345678")) ==
        "npy-t.npy: its header (1099511627776) promises 8796093022208 bytes "
        "of data from byte 80 on, there are 8; the file is cut, or its header "
        "is wrong");
  for (const char* shape :
       {"(99999999999999999999,)", "(18446744073709551617,)",
        "(9999999999,9999999999,9999999999)"}) {
    const std::string text =
        read_error(npy(dictionary("<f8", shape), "12345678"));
    CHECK(text.find("too large") != std::string::npos);
  }
  CHECK(read_error(npy(dictionary("<f8", "(1,1,1,1,1,1,1,1,1)"), "1"))
            .find("the rank is above 8") != std::string::npos);
}

TEST_CASE("NPY that can't be written says why, and leaves devices alone") {
  CHECK(data_error([] { data::write_npy("no/such/folder", Tensor()); }) ==
        "no/such/folder: can't be written: No such file or directory");
  CHECK(data_error([] { data::write_npy("/dev/full", Tensor()); }) ==
        "/dev/full: can't be written: No space left on device");
  CHECK(std::ifstream("/dev/full").good());
}
