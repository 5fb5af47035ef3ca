#include "weft/weights.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>

#include "catch.h"
#include "core/error_text.h"
#include "weft/npz.h"
#include "weft/safetensors.h"
#include "weft/weft.h"

using namespace weft;

namespace {

const std::string kSafe = "weights_test.safetensors";
const std::string kNpz = "weights_test.npz";

struct Cleaner {
  ~Cleaner() {
    std::remove(kSafe.c_str());
    std::remove(kNpz.c_str());
  }
};

void write_all(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}
std::string read_all(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// By hand, after the format's page.
std::string safetensors(const std::string& header, const std::string& data) {
  std::string out(8, '\0');
  const std::uint64_t n = header.size();
  std::memcpy(out.data(), &n, 8);
  return out + header + data;
}

std::string safe_error(const std::string& header, const std::string& data) {
  write_all(kSafe, safetensors(header, data));
  return error_text<DataError>([] { read_safetensors(kSafe); });
}

NamedTensors of_every_dtype() {
  NamedTensors all;
  for (DType t :
       {DType::f32, DType::f64, DType::i32, DType::i64, DType::boolean}) {
    all.emplace_back("kept/" + std::string(to_string(t)),
                     Tensor::from<double>({1, 0, 3, 1, 0, 7}, {2, 3}).to(t));
  }
  all.emplace_back("scalar", Tensor::scalar(2.5F));
  all.emplace_back("empty ç", Tensor(DType::f32, {0, 3}));
  return all;
}

void check_equal(NamedTensors a, NamedTensors b) {
  auto by_name = [](const auto& x, const auto& y) { return x.first < y.first; };
  std::sort(a.begin(), a.end(), by_name);
  std::sort(b.begin(), b.end(), by_name);
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].first == b[i].first);
    CHECK(a[i].second.bits_equal(b[i].second));
  }
}

Network network(Graph& g, Mode mode) {
  Network n;
  n.input = g.input("x", {kBatch, 3});
  n.target = g.input("y", {kBatch}, DType::i32);
  Value h = batch_norm(relu(dense(n.input, 5, {.name = "fc1"})), mode);
  n.output = dense(h, 2, {.name = "out"});
  n.loss = mean(softmax_cross_entropy(n.output, n.target));
  return n;
}

}  // namespace

TEST_CASE("files of weights give back every dtype") {
  const Cleaner cleaner;
  const NamedTensors all = of_every_dtype();
  write_safetensors(kSafe, all, {{"made", "by hand"}});
  std::map<std::string, std::string> metadata;
  check_equal(read_safetensors(kSafe, &metadata), all);
  CHECK(metadata.at("made") == "by hand");
  data::write_npz(kNpz, all);
  check_equal(data::read_npz(kNpz), all);
  CHECK_THROWS_AS(write_weights("weights.bin", all), DataError);
  CHECK_THROWS_AS(read_safetensors("no such file"), DataError);
  CHECK_THROWS_AS(read_safetensors("."), DataError);
}

TEST_CASE("narrow dtypes of safetensors become wider ones") {
  const Cleaner cleaner;
  // 1, -2, the least and greatest half, infinity, not a number.
  const std::string half("\x00\x3c\x00\xc0\x01\x00\xff\x7b\x00\x7c\x00\x7e",
                         12);
  write_all(
      kSafe,
      safetensors(R"({"h":{"dtype":"F16","shape":[6],"data_offsets":[0,12]},)"
                  R"("b":{"dtype":"BF16","shape":[2],"data_offsets":[12,16]},)"
                  R"("i":{"dtype":"I8","shape":[1,2],"data_offsets":[16,18]},)"
                  R"("u":{"dtype":"U32","shape":[],"data_offsets":[18,22]}})",
                  half + std::string("\x80\x3f\x20\xc1", 4) + "\xff\x05" +
                      "\xff\xff\xff\xff"));
  const NamedTensors t = read_safetensors(kSafe);
  REQUIRE(t.size() == 4);
  CHECK(t[0].second.at(0) == 1);
  CHECK(t[0].second.at(1) == -2);
  CHECK(t[0].second.at(2) == std::ldexp(1.0, -24));
  CHECK(t[0].second.at(3) == 65504);
  CHECK(t[0].second.at(4) == std::numeric_limits<double>::infinity());
  CHECK(std::isnan(t[0].second.at(5)));
  CHECK(t[1].second.bits_equal(Tensor::from<float>({1, -10}, {2})));
  CHECK(t[2].second.bits_equal(Tensor::from<std::int32_t>({-1, 5}, {1, 2})));
  CHECK(t[3].second.bits_equal(Tensor::scalar<std::int64_t>(4294967295)));
}

TEST_CASE("hostile safetensors are errors") {
  const Cleaner cleaner;
  auto one = [](const std::string& dtype, const std::string& shape,
                const std::string& offsets) {
    return R"({"a":{"dtype":")" + dtype + R"(","shape":)" + shape +
           R"(,"data_offsets":)" + offsets + "}}";
  };
  const std::string four(4, '\0');
  CHECK(safe_error(one("F32", "[1]", "[0,4]"), four) == "threw nothing");
  CHECK(safe_error("{}", "") == "threw nothing");
  const std::pair<std::string, std::string> bad[] = {
      {one("F8_E4M3", "[4]", "[0,4]"), "is not known"},
      {one("F32", "[2]", "[0,4]"), "has 8 bytes"},
      {one("F32", "[1]", "[4,0]"), "has 4 bytes"},
      {one("F32", "[-1]", "[0,4]"), "no whole number"},
      {one("F32", "[1.0]", "[0,4]"), "no whole number"},
      {one("F32", "[4611686018427387904,4611686018427387904]", "[0,4]"),
       "too large"},
      {one("F32", "[288230376151711743,16]", "[0,4]"), ""},
      {one("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), "above 8"},
      {one("BOOL", "[3]", "[0,3]"), "appended"},
      {one("F32", "[0]", "[0,0]"), "appended"},
      {one("F32", "[1]", "[4,8]"), "begins at byte 4"},
      {R"({"a":1})", "must have dtype"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
       R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
       "twice"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
       R"("b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
       "begins at byte 0"},
      {R"({"__metadata__":{"a":1}})", "no text"},
      {"{\"a\":" + std::string(50000, '[') + "}", "too deeply"},
      {"[]", "does not begin"},
      {"{", "no JSON"},
  };
  for (const auto& [header, part] : bad) {
    const std::string text = safe_error(header, four);
    CAPTURE(header.substr(0, 90), text);
    CHECK(text.rfind(kSafe + ": ", 0) == 0);
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(safe_error(one("BOOL", "[4]", "[0,4]"), "\x01\x02\x01\x01") ==
        kSafe + ": element 1 of a BOOL is neither 0 nor 1");
  write_all(kSafe, std::string(8, '\xff') + "{}");
  CHECK_THROWS_AS(read_safetensors(kSafe), DataError);
  write_all(kSafe, "");
  CHECK_THROWS_AS(read_safetensors(kSafe), DataError);
}

TEST_CASE("a damaged NPZ file is an error, or gives what was saved") {
  const Cleaner cleaner;
  const NamedTensors all = of_every_dtype();
  data::write_npz(kNpz, all);
  const std::string good = read_all(kNpz);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x11);
    write_all(kNpz, bad);
    CAPTURE(i);
    try {
      // Times, names and attributes have no checksum; elements have.
      const NamedTensors read = data::read_npz(kNpz);
      REQUIRE(read.size() == all.size());
      for (std::size_t k = 0; k < all.size(); ++k) {
        CHECK(read[k].second.bits_equal(all[k].second));
      }
    } catch (const DataError& e) {
      CHECK(std::string(e.what()).rfind(kNpz, 0) == 0);
    }
  }
  for (std::size_t n = 0; n < good.size(); n += 13) {
    write_all(kNpz, good.substr(0, n));
    CHECK_THROWS_AS(data::read_npz(kNpz), DataError);
  }
}

TEST_CASE("NPZ entries that share bytes are refused") {
  const Cleaner cleaner;
  const Tensor t(DType::f32, {100});
  data::write_npz(kNpz, {{"a", t}, {"b", t}});
  std::string file = read_all(kNpz);
  // The second entry of the directory: where its bytes begin.
  file.replace(file.rfind("PK\1\2") + 42, 4, 4, '\0');
  write_all(kNpz, file);
  CHECK(error_text<DataError>([] { data::read_npz(kNpz); }) ==
        kNpz + ": the entry 'b.npy' lies within another one");
}

TEST_CASE("weights go into a model by name, all or none") {
  Trainer a(network, Adam{}, {.seed = {1}, .threads = 1});
  Trainer b(network, Adam{}, {.seed = {2}, .threads = 1});
  NamedTensors weights = named_parameters(a);
  REQUIRE(weights.size() == 8);  // of batch_norm: scale, shift, two averages
  CHECK(weights[0].first == "fc1/weight");
  CHECK(parameter_hash(a.state()) != parameter_hash(b.state()));
  CHECK(set_parameters(b, weights).ok());
  CHECK(parameter_hash(a.state()) == parameter_hash(b.state()));

  Trainer c(network, Adam{}, {.seed = {3}, .threads = 1});
  const auto before = parameter_hash(c.state());
  weights[0].second = Tensor(DType::f32, {2, 2});
  weights[1].first = "fc1/offset";
  const std::string text =
      error_text<DataError>([&] { set_parameters(c, weights); });
  CHECK(text ==
        "[set_parameters] the tensors do not fit the model; missing: fc1/bias; "
        "unexpected: fc1/offset; mismatched: fc1/weight is f32(3, 5) in the "
        "model and f32(2, 2) in the file");
  CHECK(parameter_hash(c.state()) == before);
  const WeightReport r = set_parameters(c, weights, false);
  CHECK(r.missing.size() + r.unexpected.size() + r.mismatched.size() == 3);
  CHECK(parameter_hash(c.state()) != before);
}
