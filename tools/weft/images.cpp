#include <iostream>

#include "tools/weft/train_settings.h"

namespace weft::cli {

namespace {

struct Wanted {
  DataSource data;
  std::int64_t side = 20, count = 0;
  bool test = false;
  std::string out;
};

/// `count` of the examples, drawn with the seed.
data::Dataset some(const data::Dataset& data, std::int64_t count,
                   std::uint64_t seed) {
  if (count == 0 || count == data.size()) return data;
  if (count > data.size()) {
    throw DataError("--count " + std::to_string(count) + ": there are " +
                    std::to_string(data.size()) + " images");
  }
  const double share =
      static_cast<double>(count) / static_cast<double>(data.size());
  return data::split(data, share, {seed}).test;
}

void images(const Wanted& w, const Common& common) {
  check_writable(w.out);
  const data::Dataset all = w.data.name == "fashion-mnist" && !w.test
                                ? data::fashion_mnist().train
                                : read_all(w.data);
  const data::Dataset made =
      data::resize_images(some(all, w.count, common.seed), w.side);
  data::write_csv(w.out, made);
  if (common.json) {
    std::cout << nlohmann::json{{"images", made.size()},
                                {"side", w.side},
                                {"classes", made.class_names},
                                {"out", w.out}}
                     .dump()
              << "\n";
  } else if (!common.quiet) {
    std::cout << "wrote     " << made.size() << " images of " << w.side << " x "
              << w.side << " pixels to " << w.out << "\n";
  }
}

}  // namespace

void add_images(CLI::App& app, Common& common) {
  auto* command = app.add_subcommand(
      "images", "Write images in another size as a table of pixels and class");
  auto w = std::make_shared<Wanted>();
  add_data_options(*command, w->data);
  command->add_option("--side", w->side, "Pixels a side")
      ->check(CLI::Range(1, 1024));
  command
      ->add_option("--count", w->count,
                   "So many, drawn with --seed; all if not given")
      ->check(CLI::PositiveNumber);
  command->add_flag("--test", w->test,
                    "Of fashion-mnist's test set instead of its training set");
  command->add_option("--out", w->out, "CSV file to write")->required();
  command->callback([=, &common] { images(*w, common); });
}

}  // namespace weft::cli
