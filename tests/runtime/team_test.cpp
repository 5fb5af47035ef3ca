#include "src/runtime/team.h"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "catch.h"
#include "src/runtime/helpers.h"

using namespace weft::runtime;

namespace {

struct Meeting {
  std::atomic<int> callers{0}, helpers{0}, inside{0};
  std::chrono::milliseconds patience{20000};
  int wanted = 0;

  /// Stays until enough helpers have come.
  static void work(void* data, bool helper) {
    auto& m = *static_cast<Meeting*>(data);
    ++m.inside;
    ++(helper ? m.helpers : m.callers);
    const auto until = std::chrono::steady_clock::now() + m.patience;
    while (m.helpers < m.wanted && std::chrono::steady_clock::now() < until) {
      std::this_thread::yield();
    }
    --m.inside;
  }
};

}  // namespace

TEST_CASE("a team's helpers come, and are gone when run returns") {
  for (int threads : {2, 5}) {
    const auto team = make_team(threads);
    for (int i = 0; i < 20; ++i) {
      Meeting m;
      m.wanted = threads - 1;
      team->run(&Meeting::work, &m);
      CHECK(m.callers == 1);
      CHECK(m.helpers == threads - 1);
      CHECK(m.inside == 0);
      // Longer than helpers stay awake, at times.
      if (i % 7 == 6) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
}

TEST_CASE("callers that find a team at work do their work alone") {
  const auto team = make_team(3);
  std::atomic<int> done{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c) {
    callers.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        Meeting m;
        team->run(&Meeting::work, &m);
        if (m.callers == 1 && m.inside == 0) ++done;
      }
    });
  }
  for (std::thread& t : callers) t.join();
  CHECK(done == 2000);
}

TEST_CASE("the machine is busy when there are as many runs as cores") {
  CHECK_FALSE(ActiveRun::machine_is_busy());
  const ActiveRun first;
  CHECK_FALSE(ActiveRun::machine_is_busy());
  const unsigned cores = std::thread::hardware_concurrency();
  std::vector<std::unique_ptr<ActiveRun>> more;
  for (unsigned i = 1; i < std::max(cores, 2U); ++i) {
    more.push_back(std::make_unique<ActiveRun>());
  }
  CHECK(ActiveRun::machine_is_busy());
  more.pop_back();
  CHECK_FALSE(ActiveRun::machine_is_busy());
}
