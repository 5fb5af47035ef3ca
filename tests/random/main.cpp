// weft_random_graphs [COUNT [FIRST_SEED]]: checks random graphs; the first one
// that fails is made smaller and printed as a program. A run of enough graphs
// must have had every op in every dtype.

#include <cstdlib>
#include <iostream>

#include "coverage.h"

int main(int argc, char** argv) {
  using namespace random_graphs;
  const std::uint64_t count =
      argc > 1 ? std::strtoull(argv[1], nullptr, 10) : drawable().size();
  const std::uint64_t first =
      argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  std::int64_t undetermined = 0;
  std::size_t nodes = 0;
  Coverage coverage;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Recipe recipe = generate(seed);
    nodes += recipe.steps.size();
    coverage.add(recipe);
    const std::string wrong = failure(recipe, &undetermined);
    if (wrong.empty()) continue;
    std::cout << "seed " << seed << ", graph " << seed - first + 1 << ": "
              << wrong << "\n";
    const Recipe small = shrink(recipe);
    std::cout << "made smaller: " << failure(small) << "\n" << to_cpp(small);
    return 1;
  }
  std::cout << count << " random graphs with " << nodes
            << " nodes are equal in every way (" << undetermined
            << " results were left to rounding)\n"
            << coverage.text() << "\n";
  if (count < drawable().size()) return 0;
  for (const std::string& missing : coverage.missing()) {
    std::cout << "never drawn: " << missing << "\n";
  }
  return coverage.missing().empty() ? 0 : 1;
}
