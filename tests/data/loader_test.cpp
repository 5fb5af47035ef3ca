#include <algorithm>
#include <set>

#include "catch.h"
#include "data/files.h"

using namespace weft;

namespace {

/// The bytes of the epoch's remaining batches, one string each.
std::vector<std::string> rest_of(data::Loader& loader) {
  std::vector<std::string> all;
  Tensor x, y;
  while (loader.next(x, y)) {
    std::string s(static_cast<const char*>(x.raw()), x.bytes());
    s.append(static_cast<const char*>(y.raw()), y.bytes());
    all.push_back(s);
  }
  return all;
}

std::vector<double> labels_of(data::Loader& loader) {
  std::vector<double> all;
  Tensor x, y;
  while (loader.next(x, y)) {
    for (std::int64_t i = 0; i < y.size(); ++i) {
      CHECK(x.at(i) == y.at(i));
      all.push_back(y.at(i));
    }
  }
  return all;
}

}  // namespace

TEST_CASE("an epoch is a permutation, the same with and without prefetch") {
  const data::Dataset d = numbers(23);
  data::Loader ahead(d, {.batch_size = 5, .prefetch = true, .seed = {1}});
  data::Loader plain(d, {.batch_size = 5, .prefetch = false, .seed = {1}});
  CHECK(ahead.batches() == 5);
  std::set<std::vector<double>> orders;
  for (std::uint64_t epoch = 0; epoch < 20; ++epoch) {
    ahead.seek(epoch);
    plain.seek(epoch);
    const auto a = labels_of(ahead);
    CHECK(a == labels_of(plain));
    auto sorted = a;
    std::sort(sorted.begin(), sorted.end());
    CHECK(sorted == targets_of(d));
    orders.insert(a);
  }
  CHECK(orders.size() == 20);
  data::Loader other(d, {.batch_size = 5, .seed = {2}});
  CHECK(orders.count(labels_of(other)) == 0);
  data::Loader sorted(d, {.batch_size = 5, .shuffle = false});
  CHECK(labels_of(sorted) == targets_of(d));
}

TEST_CASE("every example comes to every place about equally often") {
  const data::Dataset d = numbers(6);
  data::Loader loader(d, {.batch_size = 6, .prefetch = false, .seed = {3}});
  constexpr int kEpochs = 6000;
  std::vector<std::vector<int>> count(6, std::vector<int>(6));
  for (std::uint64_t epoch = 0; epoch < kEpochs; ++epoch) {
    loader.seek(epoch);
    Tensor x, y;
    loader.next(x, y);
    for (std::size_t i = 0; i < 6; ++i) {
      ++count[i][static_cast<std::size_t>(y.data<std::int32_t>()[i])];
    }
  }
  // 1000 each, with a standard deviation of 29.
  for (const auto& row : count) {
    for (int n : row) CHECK(std::abs(n - kEpochs / 6) < 5 * 29);
  }
}

TEST_CASE("a resumed place gives the batches that would have come") {
  const data::Dataset d = numbers(23);
  for (bool prefetch : {false, true}) {
    data::Loader whole(d, {.batch_size = 4, .prefetch = prefetch});
    whole.seek(7);
    const auto all = rest_of(whole);
    CHECK(whole.position() == 6);
    for (std::int64_t place = 0; place <= 6; ++place) {
      data::Loader first(d, {.batch_size = 4, .prefetch = prefetch});
      first.seek(7);
      Tensor x, y;
      for (std::int64_t i = 0; i < place; ++i) first.next(x, y);
      data::Loader second(d, {.batch_size = 4, .prefetch = !prefetch});
      second.seek(first.epoch(), first.position());
      const auto rest = rest_of(second);
      CHECK(
          std::equal(rest.begin(), rest.end(), all.begin() + place, all.end()));
    }
  }
  data::Loader loader(d, {.batch_size = 4});
  CHECK(data_error([&] { loader.seek(0, 7); }) ==
        "[loader] there is no batch 7 of 6; 23 examples in batches of 4 are "
        "other data or other batches than the place is of");
  CHECK_THROWS_AS(loader.seek(0, -1), DataError);
  CHECK(labels_of(loader).size() == 23);
}

TEST_CASE("last batches are short or dropped") {
  const data::Dataset d = numbers(23);
  for (bool prefetch : {false, true}) {
    data::Loader all(d, {.batch_size = 5, .prefetch = prefetch});
    data::Loader whole(
        d, {.batch_size = 5, .drop_last = true, .prefetch = prefetch});
    std::vector<std::int64_t> sizes;
    Tensor x, y;
    while (all.next(x, y)) {
      sizes.push_back(x.dim(0));
      CHECK(y.shape() == Shape{x.dim(0)});
    }
    CHECK(sizes == std::vector<std::int64_t>{5, 5, 5, 5, 3});
    CHECK(labels_of(whole).size() == 20);
    CHECK_FALSE(whole.next(x, y));
    data::Loader one(d, {.batch_size = 100, .prefetch = prefetch});
    CHECK(labels_of(one).size() == 23);
  }
}

TEST_CASE("loaders that can't give a batch are refused") {
  const data::Dataset d = numbers(3);
  CHECK(data_error([&] { data::Loader(d, {.batch_size = 0}); }) ==
        "[loader] the batch size must be at least 1, not 0");
  CHECK(data_error(
            [&] { data::Loader(d, {.batch_size = 4, .drop_last = true}); }) ==
        "[loader] 3 examples make no whole batch of 4; use smaller batches, or "
        "keep the last one");
  const auto none = data::make_dataset(Tensor(DType::f32, {0, 1}));
  CHECK(data_error([&] { data::Loader(none, {}); }) ==
        "[loader] there are no examples; give a set with some");
}

TEST_CASE("bytes, parts and sets without targets are loaded alike") {
  data::Dataset d;
  d.row = {3};
  d.byte_scale = 0.5F;
  d.bytes = std::make_shared<std::vector<std::uint8_t>>(
      std::vector<std::uint8_t>{0, 1, 2, 10, 11, 12, 20, 21, 22});
  const auto part = d.subset({2, 0});
  for (bool prefetch : {false, true}) {
    data::Loader loader(
        part, {.batch_size = 1, .shuffle = false, .prefetch = prefetch});
    Tensor x, y;
    REQUIRE(loader.next(x, y));
    CHECK(x.bits_equal(Tensor::from<float>({10, 10.5, 11}, {1, 3})));
    CHECK(y.size() == 0);
    REQUIRE(loader.next(x, y));
    CHECK(x.bits_equal(Tensor::from<float>({0, 0.5, 1}, {1, 3})));
    CHECK_FALSE(loader.next(x, y));
  }
}

TEST_CASE("a loader outlives the set that it was made from") {
  data::Loader loader(numbers(9), {.batch_size = 2});
  CHECK(labels_of(loader).size() == 9);
}

TEST_CASE("a transform changes batches, on either thread alike") {
  const data::Dataset d = numbers(23);
  auto change = [](Tensor& x, Tensor&, std::uint64_t epoch,
                   std::int64_t batch) {
    for (float& v : x.values<float>()) {
      v += 100 * static_cast<float>(epoch) + 1000 * static_cast<float>(batch);
    }
  };
  data::LoaderOptions options{.batch_size = 4, .transform = change};
  data::Loader ahead(d, options);
  options.prefetch = false;
  data::Loader plain(d, options);
  for (std::uint64_t epoch : {0U, 3U}) {
    ahead.seek(epoch, 1);
    plain.seek(epoch, 1);
    CHECK(rest_of(ahead) == rest_of(plain));
    plain.seek(epoch, 2);
    Tensor x, y;
    plain.next(x, y);
    CHECK(x.at(0) == y.at(0) + 100 * static_cast<double>(epoch) + 2000);
  }
}

TEST_CASE("what is thrown on the other thread reaches the caller") {
  const data::Dataset d = numbers(10);
  auto transform = [](Tensor&, Tensor&, std::uint64_t epoch,
                      std::int64_t batch) {
    if (epoch == 0 && batch == 2) throw DataError("bad batch 2");
  };
  for (bool prefetch : {false, true}) {
    data::Loader loader(
        d, {.batch_size = 2, .prefetch = prefetch, .transform = transform});
    Tensor x, y;
    CHECK(loader.next(x, y));
    CHECK(loader.next(x, y));
    CHECK(data_error([&] { loader.next(x, y); }) == "bad batch 2");
    CHECK(loader.position() == 2);
    CHECK(data_error([&] { loader.next(x, y); }) == "bad batch 2");
    // A new start forgets it, whether it was rethrown or not.
    loader.seek(1);
    CHECK(labels_of(loader).size() == 10);
    loader.seek(0, 2);
    loader.seek(1);
    CHECK(labels_of(loader).size() == 10);
  }
}

TEST_CASE("loaders stop at any time, many at once") {
  const data::Dataset d = numbers(1000);
  std::vector<std::unique_ptr<data::Loader>> loaders;
  for (int i = 0; i < 50; ++i) {
    loaders.push_back(std::make_unique<data::Loader>(
        d, data::LoaderOptions{.batch_size = 100}));
    Tensor x, y;
    for (int j = 0; j < i % 12; ++j) loaders.back()->next(x, y);
    if (i % 3 == 0) loaders.back()->seek(static_cast<std::uint64_t>(i), i % 11);
    if (i % 2 == 0) loaders.back().reset();
  }
  CHECK(loaders.size() == 50);
}
