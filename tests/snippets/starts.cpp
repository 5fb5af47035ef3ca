#include "example.h"

// Initialisers and schedules: initializers.h, train.h, manifest.h.

namespace snippets {

EXAMPLE(zeros) {
  show_draw(initializers::zeros(), "fill(shape=(2, 3), value=0, dtype=f32)");
}

EXAMPLE(ones) {
  show_draw(initializers::ones(), "fill(shape=(2, 3), value=1, dtype=f32)");
}

EXAMPLE(constant) {
  show_draw(initializers::constant(0.25),
            "fill(shape=(2, 3), value=0.25, dtype=f32)");
  CHECK(schedules::constant().rate(0.1, 1000) == 0.1);
}

EXAMPLE(uniform) {
  show_draw(
      initializers::uniform(-1, 1),
      "random_uniform(shape=(2, 3), low=-1, high=1, dtype=f32, stream=0)");
}

EXAMPLE(normal) {
  show_draw(
      initializers::normal(0, 0.1),
      "random_normal(shape=(2, 3), mean=0, stddev=0.1, dtype=f32, stream=0)");
}

EXAMPLE(truncated_normal) {
  show_draw(initializers::truncated_normal(0, 0.1),
            "truncated_normal(shape=(2, 3), mean=0, stddev=0.1, dtype=f32)");
}

EXAMPLE(glorot_uniform) {
  show_draw(initializers::glorot_uniform(),
            "random_uniform(shape=(2, 3), low=-1.0954451150103321, high=1."
            "0954451150103321, dtype=f32, stream=0)");
}

EXAMPLE(glorot_normal) {
  show_draw(initializers::glorot_normal(),
            "random_normal(shape=(2, 3), mean=0, stddev=0.63245553203367588, "
            "dtype=f32, stream=0)");
}

EXAMPLE(he_normal) {
  show_draw(
      initializers::he_normal(),
      "random_normal(shape=(2, 3), mean=0, stddev=1, dtype=f32, stream=0)");
}

EXAMPLE(he_uniform) {
  show_draw(initializers::he_uniform(),
            "random_uniform(shape=(2, 3), low=-1.7320508075688772, high=1."
            "7320508075688772, dtype=f32, stream=0)");
}

EXAMPLE(lecun_normal) {
  show_draw(initializers::lecun_normal(),
            "random_normal(shape=(2, 3), mean=0, stddev=0.70710678118654757, "
            "dtype=f32, stream=0)");
}

EXAMPLE(orthogonal) {
  show_draw(initializers::orthogonal(2),
            "orthogonal(shape=(2, 3), gain=2, dtype=f32)");
}

EXAMPLE(named) {
  show_draw(
      initializers::named("normal(0,0.5)"),
      "random_normal(shape=(2, 3), mean=0, stddev=0.5, dtype=f32, stream=0)");
}

EXAMPLE(step) {
  Schedule s = schedules::step(100, 0.5);
  CHECK(s.rate(0.1, 250) == 0.025);
}

EXAMPLE(exponential) {
  Schedule s = schedules::exponential(100, 0.25);
  CHECK(s.rate(0.1, 50) == 0.05);
}

EXAMPLE(cosine) {
  Schedule s = schedules::cosine(1000);
  CHECK(s.rate(0.1, 500) == Approx(0.05));
}

EXAMPLE(multistep) {
  Schedule s = schedules::multistep({100, 150}, 0.5);
  CHECK(s.rate(0.1, 120) == 0.05);
}

EXAMPLE(polynomial) {
  Schedule s = schedules::polynomial(1000, 2);
  CHECK(s.rate(0.1, 500) == Approx(0.025));
}

EXAMPLE(warm_restarts) {
  Schedule s = schedules::warm_restarts(10, 2);
  CHECK(s.rate(0.1, 30) == Approx(0.1));  // the third cycle begins
}

EXAMPLE(one_cycle) {
  Schedule s = schedules::one_cycle(1000);
  CHECK(s.rate(0.1, 299) == Approx(0.1));
}

EXAMPLE(plateau) {
  Schedule s = schedules::plateau(5, 0.5);
  CHECK(s.patience == 5);
}

EXAMPLE(with_warmup) {
  Schedule s = schedules::with_warmup(schedules::constant(), 10);
  CHECK(s.rate(0.1, 4) < 0.1);
}

EXAMPLE(make_schedule) {
  Manifest m = parse_manifest(
      "training: {optimize: {method: sgd,"
      " schedule: {kind: step, period: 100, factor: 0.5}}}");
  CHECK(make_schedule(m).rate(0.1, 250) == 0.025);
}

}  // namespace snippets
