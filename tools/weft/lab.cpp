// weft lab: what is said of how classifiers learn, as experiments.

#include "weft/lab.h"

#include <cmath>
#include <cstdio>
#include <iostream>

#include "tools/weft/report_page.h"
#include "tools/weft/train_settings.h"

namespace weft::cli {

namespace {

struct LabOptions {
  std::vector<std::string> names;
  bool list = false, quick = false;
  int seeds = 5;
  std::string data, out;
};

void list_experiments(const Common& common) {
  nlohmann::json all = nlohmann::json::array();
  for (const lab::Experiment& e : lab::experiments()) {
    all.push_back({{"name", e.name}, {"title", e.title}, {"claim", e.claim}});
    if (!common.json) std::printf("%-16s%s\n", e.name.c_str(), e.title.c_str());
  }
  if (common.json) std::cout << all.dump() << "\n";
  std::fflush(stdout);
}

std::string wanted(const lab::Comparison& c) {
  char text[60];
  const bool least = std::isfinite(c.least), most = std::isfinite(c.most);
  if (least && most) {
    std::snprintf(text, sizeof text, "%g to %g", c.least, c.most);
  } else {
    std::snprintf(text, sizeof text, least ? "%g or more" : "%g or less",
                  least ? c.least : c.most);
  }
  return text;
}

void print(const lab::Result& r) {
  std::printf("%-14s%s (%s, %.1f s)\n",
              std::string(to_string(r.verdict)).c_str(), r.title.c_str(),
              r.name.c_str(), r.seconds);
  for (const lab::Comparison& c : r.comparisons) {
    std::printf(
        "              %s%s: %.4g, 95 %% interval %.4g to %.4g; wanted "
        "%s\n",
        c.factor ? "factor of " : "", c.name.c_str(), c.mean, c.low, c.high,
        wanted(c).c_str());
  }
  std::fflush(stdout);
}

void run_lab(const LabOptions& o, const Common& common) {
  for (const std::string& name : o.names) lab::experiment(name);
  if (!o.out.empty()) require_report_page();
  check_writable(o.out);
  stop_on_signals();
  const lab::Examples examples = lab::examples(o.data);
  if (!common.json && !common.quiet) {
    std::printf("data: %s; %d seeds from %llu on\n\n", examples.name.c_str(),
                o.seeds, static_cast<unsigned long long>(common.seed));
    std::fflush(stdout);
  }
  const lab::Report report = lab::run_all(examples,
                                          {.seeds = o.seeds,
                                           .first_seed = common.seed,
                                           .threads = common.threads,
                                           .quick = o.quick,
                                           .stop = &stop_requested()},
                                          o.names, [&](const lab::Result& r) {
                                            if (!common.json) print(r);
                                          });
  if (common.json) std::cout << to_json(report) << "\n";
  if (o.out.empty()) return;
  write_page(report, o.out);
  if (!common.json && !common.quiet) {
    std::printf("\nreport    %s\n", o.out.c_str());
    std::fflush(stdout);
  }
}

}  // namespace

void add_lab(CLI::App& app, Common& common) {
  auto* command = app.add_subcommand(
      "lab", "Claims about how classifiers learn, as experiments");
  auto o = std::make_shared<LabOptions>();
  command->add_option("name", o->names, "Experiments; all if none is named");
  command->add_flag("--list", o->list,
                    "The experiments and what they are about");
  command->add_option("--seeds", o->seeds, "Repetitions, from --seed on")
      ->check(CLI::Range(2, 1000));
  command->add_option("--data", o->data,
                      "fashion-mnist, or a CSV file with the class in its last "
                      "column; Fashion-MNIST if it is installed, else the "
                      "digits of tests/data");
  command->add_flag("--quick", o->quick,
                    "Few rows and steps: whether it works, no verdicts");
  command->add_option("-o,--out", o->out, "Page (HTML) to write");
  command->callback([=, &common] {
    if (o->list) {
      list_experiments(common);
    } else {
      run_lab(*o, common);
    }
  });
}

}  // namespace weft::cli
