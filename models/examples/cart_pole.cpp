// Deep Q-learning balances a pole on a cart (Barto, Sutton and Anderson 1983).
//   cart_pole [--quick] [--seed N]
#include <weft/models/dqn.h>
#include <weft/weft.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <string>

namespace {

/// A cart on a track, which is pushed to the left or right, and a pole on it.
/// The episode ends when the pole leans by 12 degrees or the cart is 2.4 m off.
class CartPole {
 public:
  using State = std::array<float, 4>;  ///< place, speed, angle, its speed

  CartPole(weft::Seed seed, std::uint64_t stream)
      : draws_(weft::Philox(seed, stream, 1)) {}

  State reset() {
    for (double& v : at_) v = 0.1 * draws_.uniform() - 0.05;
    return state();
  }
  State state() const {
    return {float(at_[0]), float(at_[1]), float(at_[2]), float(at_[3])};
  }
  bool fallen() const {
    return std::abs(at_[0]) > 2.4 || std::abs(at_[2]) > 12 * M_PI / 180;
  }
  /// One push of 0.02 s, by Euler's method.
  State push(bool right) {
    constexpr double kGravity = 9.8, kPole = 0.1, kMass = 1.0 + kPole;
    constexpr double kHalf = 0.5, kForce = 10, kSeconds = 0.02;
    auto& [x, speed, angle, turning] = at_;
    const double sine = std::sin(angle), cosine = std::cos(angle);
    const double pull = ((right ? kForce : -kForce) +
                         kPole * kHalf * turning * turning * sine) /
                        kMass;
    const double bend = (kGravity * sine - cosine * pull) /
                        (kHalf * (4.0 / 3 - kPole * cosine * cosine / kMass));
    const double push = pull - kPole * kHalf * bend * cosine / kMass;
    x += kSeconds * speed;
    speed += kSeconds * push;
    angle += kSeconds * turning;
    turning += kSeconds * bend;
    return state();
  }

 private:
  std::array<double, 4> at_{};
  weft::RandomSequence draws_;
};

/// The last transitions that were seen, in a ring.
class Replay {
 public:
  weft::Tensor state, next, action, reward, ended;  ///< rows that were drawn

  Replay(std::int64_t capacity, std::int64_t batch)
      : state(weft::DType::f32, {batch, 4}),
        next(weft::DType::f32, {batch, 4}),
        action(weft::DType::i32, {batch}),
        reward(weft::DType::f32, {batch}),
        ended(weft::DType::f32, {batch}),
        capacity_(capacity) {}

  void add(const CartPole::State& s, bool a, const CartPole::State& n, bool e) {
    const Seen one{s, n, a ? 1 : 0, e ? 1.0F : 0.0F};
    if (std::ssize(all_) < capacity_) {
      all_.push_back(one);
    } else {
      all_[static_cast<std::size_t>(count_ % capacity_)] = one;
    }
    ++count_;
  }
  void draw(weft::RandomSequence& draws) {
    for (std::int64_t i = 0; i < action.size(); ++i) {
      const Seen& one = all_[draws.below(all_.size())];
      std::copy(one.state.begin(), one.state.end(),
                state.data<float>() + 4 * i);
      std::copy(one.next.begin(), one.next.end(), next.data<float>() + 4 * i);
      action.data<std::int32_t>()[i] = one.action;
      reward.data<float>()[i] = 1;
      ended.data<float>()[i] = one.ended;
    }
  }

 private:
  struct Seen {
    CartPole::State state, next;
    std::int32_t action;
    float ended;
  };
  std::int64_t capacity_, count_ = 0;
  std::vector<Seen> all_;
};

struct Settings {
  std::int64_t most = 200'000;  ///< pushes
  int longest = 500;            ///< pushes of an episode
  double enough = 475;          ///< mean return of the world that is solved
  std::int64_t batch = 64;
  std::int64_t first = 1000;   ///< pushes before learning begins
  std::int64_t fading = 8000;  ///< pushes over which random ones become rare
  double chance = 0.04;        ///< of a random push from then on
  std::int64_t copy_every = 200;
  double learning_rate = 1e-3;
};

class Agent {
 public:
  Agent(const Settings& s, weft::Seed seed)
      : draws_(weft::Philox(seed, 3, 1)),
        replay_(50'000, s.batch),
        run_({.threads = 1}) {
    const weft::models::Transitions seen = {
        g_.input("state", {weft::kBatch, 4}),
        g_.input("action", {weft::kBatch}, weft::DType::i32),
        g_.input("reward", {weft::kBatch}), g_.input("next", {weft::kBatch, 4}),
        g_.input("ended", {weft::kBatch})};
    const auto q = weft::models::dqn(seen, {.hidden = {128, 128}});
    const auto step =
        weft::minimize(q.loss, weft::Adam{.learning_rate = s.learning_rate},
                       {.clip_norm = 10});
    act_ = weft::compile(g_, {.outputs = {weft::argmax(q.q)}});
    learn_ = weft::compile(g_, {.outputs = {q.loss}, .updates = step.updates});
    copy_ = weft::compile(g_, {.updates = q.copies});
    state_ = weft::initialize(g_, seed);
    now_ = {{seen.state, weft::Tensor(weft::DType::f32, {1, 4})}};
    rows_ = {{seen.state, replay_.state},
             {seen.action, replay_.action},
             {seen.reward, replay_.reward},
             {seen.next, replay_.next},
             {seen.ended, replay_.ended}};
    copy();
  }

  bool best(const CartPole::State& s) {
    std::copy(s.begin(), s.end(), now_[0].second.data<float>());
    run_.run(act_, state_, now_, choice_);
    return choice_[0].data<std::int32_t>()[0] == 1;
  }
  bool choose(const CartPole::State& s, double chance) {
    return draws_.uniform() < chance ? draws_.below(2) == 1 : best(s);
  }
  void remember(const CartPole::State& s, bool action,
                const CartPole::State& next, bool ended) {
    replay_.add(s, action, next, ended);
  }
  void learn() {
    replay_.draw(draws_);
    run_.run(learn_, state_, rows_, loss_);
  }
  void copy() { run_.run(copy_, state_, {}, {}); }

 private:
  weft::RandomSequence draws_;
  Replay replay_;
  weft::Executor run_;
  weft::Graph g_;
  weft::State state_;
  weft::Program act_, learn_, copy_;
  std::vector<weft::Feed> now_, rows_;
  std::array<weft::Tensor, 1> choice_, loss_;
};

/// The mean return of episodes without exploring.
double mean_return(Agent& agent, CartPole& world, int episodes, int longest) {
  double sum = 0;
  for (int i = 0; i < episodes; ++i) {
    CartPole::State at = world.reset();
    for (int n = 0; n < longest && !world.fallen(); ++n) {
      at = world.push(agent.best(at));
      ++sum;
    }
  }
  return sum / episodes;
}

/// Trains until a hundred episodes have the mean return that is enough, or for
/// the most pushes; returns their number.
std::int64_t learn(Agent& agent, CartPole& world, CartPole& trial,
                   const Settings& s) {
  CartPole::State at = world.reset();
  std::int64_t episodes = 0, began = 0;
  for (std::int64_t step = 1; step <= s.most; ++step) {
    const double faded = double(step) / double(s.fading);
    const bool right = agent.choose(at, std::max(s.chance, 1 - faded));
    const CartPole::State next = world.push(right);
    agent.remember(at, right, next, world.fallen());
    at = next;
    if (world.fallen() || step - began == s.longest) {
      at = world.reset();
      began = step;
      ++episodes;
    }
    if (step < s.first) continue;
    if (step % s.copy_every == 0) agent.copy();
    agent.learn();
    if (step % 2500 != 0) continue;
    const double found = mean_return(agent, trial, 100, s.longest);
    std::printf("%6lld pushes, %4lld episodes: return %.1f\n",
                static_cast<long long>(step), static_cast<long long>(episodes),
                found);
    if (found >= s.enough) return step;
  }
  return s.most;
}

}  // namespace

int main(int argc, char** argv) try {
  Settings s;
  weft::Seed seed{1};
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--quick") {
      s.longest = 200;
      s.enough = 195;
    } else if (argument == "--seed" && i + 1 < argc) {
      seed.value = std::stoull(argv[++i]);
    } else {
      std::puts("usage: cart_pole [--quick] [--seed N]");
      return 2;
    }
  }
  Agent agent(s, seed);
  CartPole world(seed, 1), trial(seed, 2);
  const auto begin = std::chrono::steady_clock::now();
  const std::int64_t pushes = learn(agent, world, trial, s);
  const std::chrono::duration<double> time =
      std::chrono::steady_clock::now() - begin;
  const double found = mean_return(agent, trial, 100, s.longest);
  std::printf(
      "mean return of 100 episodes: %.1f of %d, after %lld pushes and %.1f s\n",
      found, s.longest, static_cast<long long>(pushes), time.count());
  return found >= s.enough ? 0 : 1;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
