#include <algorithm>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "src/core/printable.h"
#include "src/io/safetensors/elements.h"
#include "weft/error.h"
#include "weft/safetensors.h"

namespace weft {

namespace {

using Json = nlohmann::json;
constexpr std::uint64_t kMostHeader = 100'000'000;  // as the format says
constexpr std::size_t kMostDepth = 3;

struct Entry {
  std::string name;
  const io::StoredType* type = nullptr;
  Shape shape;
  std::uint64_t begin = 0, end = 0;
};

[[noreturn]] void fail(const std::string& why) {
  throw FormatError(detail::printable(why));
}

/// Refuses names that are there twice, and depth. Json::parse with a callback
/// could do that, but looks through all of an object after each of its members.
class HeaderCheck : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(std::int64_t) override { return true; }
  bool number_unsigned(std::uint64_t) override { return true; }
  bool number_float(double, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(Json::binary_t&) override { return true; }
  bool start_object(std::size_t) override { return deeper(); }
  bool start_array(std::size_t) override { return deeper(); }
  bool end_object() override { return higher(); }
  bool end_array() override { return higher(); }
  bool key(std::string& name) override {
    if (!keys_.back().insert(name).second) {
      fail("'" + name + "' is in its header twice");
    }
    return true;
  }
  bool parse_error(std::size_t, const std::string&,
                   const Json::exception& e) override {
    fail(std::string("its header is no JSON: ") + e.what());
  }

 private:
  bool deeper() {
    if (keys_.size() == kMostDepth) fail("its header is nested too deeply");
    keys_.emplace_back();
    return true;
  }
  bool higher() {
    keys_.pop_back();
    return true;
  }

  std::vector<std::set<std::string>> keys_;
};

Json parse_header(const std::string& text) {
  HeaderCheck check;
  Json::sax_parse(text, &check);
  Json header = Json::parse(text);
  if (!header.is_object()) fail("its header is no JSON object");
  return header;
}

std::uint64_t number(const Json& j, const std::string& what) {
  if (!j.is_number_unsigned()) fail(what + " is no whole number from 0 on");
  return j.get<std::uint64_t>();
}

Entry parse_entry(const std::string& name, const Json& j) {
  Entry e;
  e.name = name;
  const std::string of = "'" + name + "': ";
  if (!j.is_object() || j.size() != 3 || !j.contains("dtype") ||
      !j.contains("shape") || !j.contains("data_offsets") ||
      !j["dtype"].is_string() || !j["shape"].is_array() ||
      !j["data_offsets"].is_array() || j["data_offsets"].size() != 2) {
    fail(of + "must have dtype, shape and data_offsets, and nothing else");
  }
  const auto& dtype = j["dtype"].get_ref<const std::string&>();
  e.type = io::find_stored_type(dtype);
  if (!e.type) {
    fail(of + "the dtype " + dtype +
         " is not known; known are F64 F32 F16 BF16 I64 I32 I16 I8 U32 U16 U8 "
         "BOOL");
  }
  if (j["shape"].size() > Shape::kMaxRank) {
    fail(of + "the rank " + std::to_string(j["shape"].size()) + " is above 8");
  }
  for (const Json& d : j["shape"]) {
    const std::uint64_t size = number(d, of + "a size");
    if (size > std::uint64_t{1} << 58) fail(of + "a size is too large");
    e.shape.push_back(Dim(static_cast<std::int64_t>(size)));
  }
  e.begin = number(j["data_offsets"][0], of + "an offset");
  e.end = number(j["data_offsets"][1], of + "an offset");
  const auto elements = static_cast<std::uint64_t>(e.shape.elements());
  if (e.end < e.begin || e.end - e.begin != elements * e.type->bytes) {
    fail(of + dtype + to_string(e.shape) + " has " +
         std::to_string(elements * e.type->bytes) + " bytes, its offsets are " +
         std::to_string(e.begin) + " and " + std::to_string(e.end));
  }
  return e;
}

/// In the order of their bytes, which must follow each other to the end.
std::vector<Entry> parse_entries(const Json& header, std::uint64_t bytes) {
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name != "__metadata__") entries.push_back(parse_entry(name, value));
  }
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  std::uint64_t end = 0;
  for (const Entry& e : entries) {
    if (e.begin != end) {
      fail("'" + e.name + "' begins at byte " + std::to_string(e.begin) +
           " of the data, the tensor before it ends at " + std::to_string(end));
    }
    end = e.end;
  }
  if (end != bytes) {
    fail("the tensors end at byte " + std::to_string(end) +
         " of the data, which are " + std::to_string(bytes) +
         " bytes; the file is cut or has something appended");
  }
  return entries;
}

void parse_metadata(const Json& header,
                    std::map<std::string, std::string>* metadata) {
  const auto at = header.find("__metadata__");
  if (at == header.end()) return;
  if (!at->is_object()) fail("__metadata__ is no object");
  for (const auto& [key, value] : at->items()) {
    if (!value.is_string()) fail("__metadata__ '" + key + "' is no text");
    if (metadata) (*metadata)[key] = value.get<std::string>();
  }
}

NamedTensors read_all(std::ifstream& in, std::uint64_t size,
                      std::map<std::string, std::string>* metadata) {
  std::uint64_t length = 0;
  if (size < 8 || !in.read(reinterpret_cast<char*>(&length), 8)) {
    fail("is no safetensors file: it is too short");
  }
  if (length > size - 8 || length > kMostHeader) {
    fail("its header should have " + std::to_string(length) +
         " bytes, the file has " + std::to_string(size));
  }
  std::string text(static_cast<std::size_t>(length), '\0');
  in.read(text.data(), static_cast<std::streamsize>(length));
  if (!in) fail("its header can't be read");
  if (text.empty() || text[0] != '{') fail("its header does not begin with {");
  const Json header = parse_header(text);
  parse_metadata(header, metadata);
  NamedTensors tensors;
  std::string bytes;
  for (const Entry& e : parse_entries(header, size - 8 - length)) {
    Tensor t(e.type->dtype, e.shape);
    bytes.resize(static_cast<std::size_t>(e.end - e.begin));
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!in) fail("'" + e.name + "' can't be read");
    io::convert_elements(*e.type, bytes.data(), t.size(), t);
    tensors.emplace_back(e.name, std::move(t));
  }
  return tensors;
}

}  // namespace

NamedTensors read_safetensors(const std::string& path,
                              std::map<std::string, std::string>* metadata) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = in ? static_cast<std::streamoff>(in.tellg()) : -1;
  // A folder can be opened, and has no size.
  if (size < 0 || size > (std::streamoff{1} << 60)) {
    throw DataError(path + ": can't be opened as a file of weights");
  }
  in.seekg(0);
  try {
    return read_all(in, static_cast<std::uint64_t>(size), metadata);
  } catch (const Error& e) {
    throw DataError(path + ": " + e.what());
  }
}

}  // namespace weft
