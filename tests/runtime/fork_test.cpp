// Teams of std::thread are for ThreadSanitizer, which allows no thread after
// fork().
#ifndef WEFT_STD_THREADS

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;

namespace {

Tensor product(Executor& run, const Program& p, State& state) {
  return run(p, state, {}).front();
}

/// What a child does; its exit code. 99 if it hangs.
template <class F>
int in_child(F work) {
  std::cout.flush();
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    int code = 98;
    try {
      code = work();
    } catch (const std::exception& e) {
      std::cerr << e.what() << "\n";
    }
    ::_exit(code);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

}  // namespace

TEST_CASE("an executor that has threads says so in the child of a fork") {
  Graph g;
  const Value a = g.parameter(
      "a", {300, 300}, initializers::he_normal()({300, 300}, DType::f32));
  State state = initialize(g, {1});
  const Program p = compile(
      g, {.outputs = {matmul(matmul(a, a), matmul(a, a))}, .parallel_from = 0});
  Executor run({.threads = 3});
  const Tensor expected = product(run, p, state);
  CHECK(in_child([&] {
          try {
            product(run, p, state);
          } catch (const GraphError& e) {
            return std::string(e.what()).find("before fork()") !=
                           std::string::npos
                       ? 0
                       : 1;
          }
          return 2;
        }) == 0);
  // One that is made there works, and ends.
  CHECK(in_child([&] {
          Executor own({.threads = 3});
          return product(own, p, state).bits_equal(expected) ? 0 : 1;
        }) == 0);
  // The parent goes on.
  CHECK(product(run, p, state).bits_equal(expected));
}

#endif
