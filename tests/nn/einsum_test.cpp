#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "catch.h"
#include "src/nn/contraction_order.h"
#include "weft/weft.h"

using namespace weft;

namespace {

const std::map<char, std::int64_t> kSizes{{'a', 2}, {'b', 3}, {'c', 4},
                                          {'d', 2}, {'e', 3}, {'f', 1}};

Tensor numbers(const std::string& letters, int seed) {
  Shape shape;
  for (const char c : letters) shape.push_back(kSizes.at(c));
  Tensor t(DType::f64, shape);
  for (double& x : t.values<double>()) x = std::sin(1.1 * ++seed);
  return t;
}

/// The definition: a sum over all indices of the products of elements.
Tensor defined(const std::vector<std::string>& terms, const std::string& out,
               const std::vector<Tensor>& xs) {
  std::map<char, std::int64_t> at;
  for (const std::string& t : terms) {
    for (const char c : t) at[c] = 0;
  }
  auto place = [&](const std::string& letters) {
    std::int64_t p = 0;
    for (const char c : letters) p = p * kSizes.at(c) + at.at(c);
    return p;
  };
  Tensor y = numbers(out, 0);
  for (double& v : y.values<double>()) v = 0;
  while (true) {
    double product = 1;
    for (std::size_t i = 0; i < xs.size(); ++i) {
      product *= xs[i].at(place(terms[i]));
    }
    y.data<double>()[place(out)] += product;
    auto letter = at.begin();
    while (letter != at.end() && ++letter->second == kSizes.at(letter->first)) {
      (letter++)->second = 0;
    }
    if (letter == at.end()) return y;
  }
}

std::vector<std::string> split_terms(const std::string& text) {
  std::vector<std::string> terms{""};
  for (const char c : text) {
    if (c == ',') {
      terms.emplace_back();
    } else {
      terms.back() += c;
    }
  }
  return terms;
}

}  // namespace

TEST_CASE("einsum is its definition for any equation") {
  const std::vector<std::string> equations{"ab->ab",
                                           "ab->ba",
                                           "abc->b",
                                           "abc->",
                                           "aa->a",
                                           "aa->",
                                           "aba->b",
                                           "aad,d->a",
                                           "a,b->ab",
                                           "a,a->a",
                                           "a,a->",
                                           "ab,bc->ac",
                                           "ab,bc->ca",
                                           "ba,bc->ac",
                                           "abc,abd->acd",
                                           "abc,acd->abd",
                                           "abc,cd->abd",
                                           "abc,bd->acd",
                                           "abc,d->",
                                           "ab,ab->a",
                                           "ab,ab->",
                                           "ab,cd->abcd",
                                           "abcd,cdef->abef",
                                           "a,ab,b->",
                                           "a,ab,b->a",
                                           "ab,bc,cd->ad",
                                           "ab,bc,cd->da",
                                           "ab,bc,ca->",
                                           "ab,ab,ab->ab",
                                           "a,a,a->a",
                                           "a,b,c->abc",
                                           "a,b,c->",
                                           "abc,ad,be->cde",
                                           "abc,ad,be,cf->def",
                                           "ab,cd,bc,de->ae",
                                           "ab,bc,cd,de,ef->af",
                                           "a,ab,bc,cd,de,ef->",
                                           "aab,bcc->ac",
                                           "dcb,abc,ad->bd",
                                           "ab,b,b,b,b->a",
                                           ",ab->ab",
                                           ",,a->a"};
  for (const std::string& equation : equations) {
    INFO(equation);
    const std::size_t arrow = equation.find("->");
    const auto terms = split_terms(equation.substr(0, arrow));
    const std::string out = equation.substr(arrow + 2);
    Graph g;
    std::vector<Tensor> xs;
    std::vector<Value> values;
    for (std::size_t i = 0; i < terms.size(); ++i) {
      xs.push_back(numbers(terms[i], static_cast<int>(20 * i)));
      values.push_back(g.constant(xs.back()));
    }
    const Tensor expected = defined(terms, out, xs);
    const Tensor found = eval(einsum(equation, values));
    REQUIRE(found.shape() == expected.shape());
    for (std::int64_t i = 0; i < found.size(); ++i) {
      CHECK(found.at(i) == Approx(expected.at(i)).margin(1e-13));
    }
  }
}

TEST_CASE("products are made in the cheapest order") {
  const std::map<char, double> sizes{
      {'i', 1000}, {'j', 10}, {'k', 1000}, {'l', 2}};
  using Joins = std::vector<Join>;
  // (ij)(jk) first would cost 10⁷, and then 2·10⁶.
  CHECK(contraction_order({"ij", "jk", "kl"}, "il", sizes) ==
        Joins{{1, 2}, {0, 3}});
  CHECK(contraction_order({"lk", "kj", "ji"}, "li", sizes) ==
        Joins{{0, 1}, {3, 2}});
  // Of equals, from left to right.
  const std::map<char, double> same{{'a', 5}, {'b', 5}, {'c', 5}, {'d', 5}};
  CHECK(contraction_order({"ab", "bc", "cd"}, "ad", same) ==
        Joins{{0, 1}, {3, 2}});
  CHECK(contraction_order({"a", "a", "a", "a"}, "a", same) ==
        Joins{{0, 1}, {4, 2}, {5, 3}});
  // Vectors meet matrices before these meet each other.
  CHECK(contraction_order({"ab", "bc", "c"}, "a", same) ==
        Joins{{1, 2}, {0, 3}});
  CHECK(
      contraction_order(std::vector<std::string>(12, "a"), "a", same).size() ==
      11);
  CHECK(contraction_order({"a"}, "a", same).empty());
}
