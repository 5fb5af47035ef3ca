#include <zlib.h>

#include <cstdint>

#include "bounds.h"
#include "src/data/npy_header.h"
#include "src/data/zip.h"
#include "target.h"
#include "weft/data.h"
#include "weft/npz.h"
#include "weft/safetensors.h"

namespace weft::fuzz {

namespace {

/// Packed by deflate, with the header and trailer that `bits` asks for.
std::string packed(const std::string& bytes, int bits) {
  z_stream z{};
  require(deflateInit2(&z, 9, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) == Z_OK,
          "zlib has no memory");
  std::string out(deflateBound(&z, bytes.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  require(deflate(&z, Z_FINISH) == Z_STREAM_END, "not packed");
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string npy(const std::string& descr, const std::string& shape,
                const std::string& elements, std::size_t spaces = 0) {
  const std::string text = "{'descr': '" + descr +
                           "', 'fortran_order': False, 'shape': " + shape +
                           "}" + std::string(spaces, ' ') + "\n";
  std::string out = "\x93NUMPY";
  out += {'\2', '\0'};
  for (int i = 0; i < 4; ++i) {
    out += static_cast<char>(text.size() >> (8 * i) & 0xff);
  }
  return out + text + elements;
}

std::string bytes_npy(std::size_t n) {
  return npy("|u1", "(" + std::to_string(n) + ",)", std::string(n, '\1'));
}

std::string zip(std::vector<data::ZipEntry> entries, const std::string& bytes,
                const std::string& content) {
  std::string file;
  for (data::ZipEntry& e : entries) {
    e.packed = bytes.size();
    e.size = content.size();
    e.checksum = static_cast<std::uint32_t>(::crc32_z(
        0, reinterpret_cast<const Bytef*>(content.data()), content.size()));
    e.header = file.size();
    file += data::zip_local_header(e) + bytes;
  }
  return file + data::zip_directory(entries, file.size());
}

std::string small_entries(std::size_t bytes) {
  const std::string array = npy("|u1", "(1,)", "x");
  std::vector<data::ZipEntry> entries(
      std::min<std::size_t>(bytes / (120 + array.size()), 60'000));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    entries[i].name = std::to_string(i);
  }
  return zip(entries, array, array);
}

/// Many entries that are the same bytes of the file.
std::string shared_entries(std::size_t bytes) {
  const std::string array = bytes_npy(bytes / 2);
  data::ZipEntry first;
  first.name = "a";
  std::string file = zip({first}, array, array);
  const std::size_t directory = 30 + 1 + array.size();
  file.resize(directory);
  std::vector<data::ZipEntry> entries(
      std::min<std::size_t>(bytes / 100, 60'000));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    entries[i].name = std::to_string(i);
    entries[i].packed = entries[i].size = array.size();
  }
  return file + data::zip_directory(entries, directory);
}

std::string deflated(std::size_t bytes) {
  const std::string array = bytes_npy(bytes * 20);
  data::ZipEntry e;
  e.name = "a";
  e.method = 8;
  return zip({e}, packed(array, -15), array);
}

std::string claimed_entry(std::size_t bytes) {
  data::ZipEntry e;
  e.name = "a";
  e.method = 8;
  e.packed = bytes;
  e.size = 0xfffffffe;
  const std::string entry = data::zip_local_header(e) + std::string(bytes, 'x');
  return entry + data::zip_directory({e}, entry.size());
}

std::string idx(const std::vector<std::uint32_t>& sizes, std::size_t bytes) {
  std::string file{0, 0, 8, static_cast<char>(sizes.size())};
  for (const std::uint32_t n : sizes) {
    for (int i = 3; i >= 0; --i) file += static_cast<char>(n >> (8 * i) & 255);
  }
  return file + std::string(bytes, '\0');
}

std::string safetensors(const std::string& header) {
  const std::uint64_t n = header.size();
  return std::string(reinterpret_cast<const char*>(&n), 8) + header;
}

std::string small_tensors(std::size_t bytes) {
  std::string header = "{";
  for (std::size_t i = 0; i < bytes / 60; ++i) {
    header += (i > 0 ? ",\"" : "\"") + std::to_string(i) +
              R"(":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
  }
  return safetensors(header + "}");
}

std::string repeated(const std::string& begin, const std::string& part,
                     const std::string& end, std::size_t bytes) {
  std::string text = begin;
  while (text.size() < bytes) text += part;
  return text + end;
}

}  // namespace

std::string gzip(const std::string& bytes) { return packed(bytes, 15 + 16); }

std::vector<Case> array_cases() {
  const auto npy_of = [](const std::string& p) { data::read_npy(p); };
  const auto npz_of = [](const std::string& p) { data::read_npz(p); };
  const auto idx_of = [](const std::string& p) { data::read_idx(p); };
  const auto tensors = [](const std::string& p) { read_safetensors(p); };
  constexpr double kArray = 8;  // bytes become i32, and are copied on the way
  constexpr double kDeflate = 1032;  // the most that it unpacks to
  return {
      {"npy_bytes", bytes_npy, npy_of, "", kArray},
      {"npy_header",
       [](std::size_t n) { return npy("<f4", "(1,)", "1234", n); }, npy_of, "",
       kArray},
      {"npy_claimed",
       [](std::size_t n) {
         return npy("<f4", "(1099511627776,)", std::string(n, 'x'));
       },
       npy_of, "promises 4398046511104 bytes", kArray},
      {"npy_claimed_gzip",
       [](std::size_t n) {
         return gzip(npy("<f4", "(1099511627776,)", std::string(64 * n, 'x')));
       },
       npy_of, "can't hold", kArray},
      {"npz_entries", small_entries, npz_of, "", kArray},
      {"npz_shared", shared_entries, npz_of, "claims more bytes than it has"},
      {"npz_deflated", deflated, npz_of, "", kArray * kDeflate},
      {"npz_claimed", claimed_entry, npz_of, "claims more bytes than it has"},
      {"npz_packed_twice", [](std::size_t n) { return gzip(deflated(64 * n)); },
       npz_of, "packed twice", kArray * kDeflate},
      {"idx_bytes",
       [](std::size_t n) { return idx({static_cast<std::uint32_t>(n)}, n); },
       idx_of, "", kArray},
      {"idx_claimed",
       [](std::size_t n) {
         return idx({0xffffffff, 0xffffffff, 0xffffffff}, n);
       },
       idx_of, "too large", kArray},
      {"idx_gzip_goes_on",
       [](std::size_t n) { return gzip(idx({16}, 60 * n)); }, idx_of,
       "there are more", kArray},
      {"safetensors_small", small_tensors, tensors},
      {"safetensors_list",
       [](std::size_t n) {
         return safetensors(repeated(R"({"a":[0)", ",0", "]}", n));
       },
       tensors, "must have dtype"},
      {"safetensors_objects",
       [](std::size_t n) {
         return safetensors(repeated(R"({"a":[{})", ",{}", "]}", n));
       },
       tensors, "must have dtype"},
      {"safetensors_deep",
       [](std::size_t n) {
         return safetensors("{\"a\":" + std::string(n, '['));
       },
       tensors, "nested too deeply"},
      {"safetensors_claimed",
       [](std::size_t n) {
         return safetensors(R"({"a":{"dtype":"F32","shape":[1099511627776],)"
                            R"("data_offsets":[0,4398046511104]}})") +
                std::string(n, 'x');
       },
       tensors, "the tensors end at byte 4398046511104"},
  };
}

}  // namespace weft::fuzz
