#include "src/report/json.h"
#include "src/report/page.h"
#include "weft/lab.h"
#include "weft/version.h"

namespace weft::lab {

namespace {

using report::JsonWriter;

void add(JsonWriter& j, std::string_view name, const std::vector<double>& v) {
  j.list(name, v, [&](double x) { j.number(x); });
}

void add(JsonWriter& j, std::string_view name,
         const std::vector<std::string>& v) {
  j.list(name, v, [&](const std::string& x) { j.text(x); });
}

void add(JsonWriter& j, const Curve& c) {
  j.begin_object().member("name", c.name);
  add(j, "x", c.x);
  add(j, "y", c.y);
  add(j, "low", c.low);
  add(j, "high", c.high);
  j.key("dashed").integer(c.dashed ? 1 : 0);
  j.end_object();
}

void add(JsonWriter& j, const Picture& p) {
  j.begin_object()
      .member("id", p.id)
      .member("number", std::int64_t{p.number})
      .member("title", p.title)
      .member("note", p.note)
      .member("x_name", p.x_name)
      .member("y_name", p.y_name)
      .member("kind", p.kind == Picture::Kind::bars ? "bars" : "lines")
      .member("log_x", std::int64_t{p.log_x})
      .member("log_y", std::int64_t{p.log_y});
  add(j, "categories", p.categories);
  j.list("curves", p.curves, [&](const Curve& c) { add(j, c); });
  j.end_object();
}

void add(JsonWriter& j, const Comparison& c) {
  j.begin_object().member("name", c.name);
  add(j, "values", c.values);
  j.member("least", c.least)
      .member("most", c.most)
      .member("factor", std::int64_t{c.factor})
      .member("mean", c.mean)
      .member("low", c.low)
      .member("high", c.high)
      .member("verdict", to_string(c.verdict))
      .end_object();
}

void add(JsonWriter& j, const Result& r) {
  j.begin_object()
      .member("name", r.name)
      .member("title", r.title)
      .member("claim", r.claim)
      .member("method", r.method)
      .member("criterion", r.criterion)
      .member("verdict", to_string(r.verdict))
      .member("remark", r.remark)
      .member("seconds", r.seconds);
  j.list("measured", r.measured, [&](const Quantity& q) {
    j.begin_object()
        .member("name", q.name)
        .member("mean", q.mean())
        .member("deviation", q.deviation());
    add(j, "values", q.values);
    j.end_object();
  });
  j.list("comparisons", r.comparisons, [&](const Comparison& c) { add(j, c); });
  j.list("pictures", r.pictures, [&](const Picture& p) { add(j, p); });
  j.list("see", r.see, [&](int n) { j.integer(n); });
  j.end_object();
}

}  // namespace

std::string to_json(const Report& report) {
  JsonWriter j;
  j.begin_object()
      .member("kind", "lab")
      .member("weft_version", WEFT_VERSION)
      .member("data", report.data)
      .member("rows", report.rows)
      .member("columns", report.columns)
      .member("classes", report.classes)
      .member("seeds", std::int64_t{report.settings.seeds})
      .member("first_seed",
              static_cast<std::int64_t>(report.settings.first_seed))
      .member("quick", std::int64_t{report.settings.quick});
  j.list("experiments", report.results, [&](const Result& r) { add(j, r); });
  j.end_object();
  return j.str();
}

void write_page(const Report& report, const std::string& path) {
  weft::report::write_page(to_json(report), path);
}

}  // namespace weft::lab
