// The cases in dlib, as its examples write them, without the thread of its
// trainer. It has no slices, so B9 is missing. See rig.h for arguments and
// output.

#include <dlib/dnn.h>

#include <cstring>

#include "cases.h"
#include "rig.h"

namespace {

using Image = dlib::matrix<float>;
using Input = dlib::input<Image>;

template <long width, class Before>
using Sigmoid = dlib::sig<dlib::fc<width, Before>>;
template <long width, class Before>
using Relu = dlib::relu<dlib::fc<width, Before>>;

using B1 = dlib::loss_mean_squared_multioutput<
    dlib::sig<dlib::fc<10, Sigmoid<30, Input>>>>;
using B2 = dlib::loss_multiclass_log<dlib::fc<10, Relu<100, Relu<300, Input>>>>;
using B3 =
    dlib::loss_multiclass_log<dlib::fc<10, Relu<1024, Relu<1024, Input>>>>;
using B10 = dlib::loss_multiclass_log<dlib::fc<10, Sigmoid<25, Input>>>;

// Labels as the cost takes them: numbers, or one-hot vectors.
void set(unsigned long& label, int y) { label = static_cast<unsigned long>(y); }
void set(Image& label, int y) {
  label = dlib::zeros_matrix<float>(10, 1);
  label(y) = 1;
}

template <class Net, class Solver>
void run(const bench::Arguments& a, const bench::MlpCase& c, Solver solver) {
  const bench::Data data = bench::load(bench::examples(a.name));
  bench::Batches batches{data.n, c.batch};
  Net net;
  dlib::resizable_tensor x;
  const std::vector<Image> first(static_cast<std::size_t>(c.batch),
                                 dlib::zeros_matrix<float>(28, 28));
  net.to_tensor(first.begin(), first.end(), x);
  std::vector<typename Net::training_label_type> labels(first.size());
  std::vector<Solver> solvers(Net::num_computational_layers, solver);
  const auto next = [&] {
    const auto row = static_cast<std::size_t>(batches.next());
    std::memcpy(x.host_write_only(), &data.x[row * 784],
                x.size() * sizeof(float));
    return row;
  };
  if (c.rule == bench::Rule::forward_only) {
    return bench::measure(a, [&] {
      next();
      net.subnet().forward(x);
      volatile float value = *net.subnet().get_output().host();
      static_cast<void>(value);
    });
  }
  const auto step = [&] {
    const std::size_t row = next();
    for (std::size_t i = 0; i < labels.size(); ++i) {
      set(labels[i], data.y[row + i]);
    }
    volatile double loss = net.compute_parameter_gradients(x, labels.begin());
    static_cast<void>(loss);
    if (c.rule == bench::Rule::none) return;
    net.update_parameters(solvers, static_cast<double>(c.rate));
  };
  if (a.name == "start") return bench::measure_start(step);
  bench::measure(a, step);
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Arguments a = bench::parse(argc, argv);
  const bench::MlpCase* c = bench::find_mlp(a.name);
  if (c == nullptr) return bench::no_such_case(a);
  const dlib::sgd plain(0, 0), momentum(0, bench::kMomentum);
  const dlib::adam adam(0, bench::kBeta1, bench::kBeta2);
  if (a.name == "B1") {
    run<B1>(a, *c, plain);
  } else if (a.name == "B2-momentum" || a.name == "B8") {
    run<B2>(a, *c, momentum);
  } else if (a.name == "B2-adam" || a.name == "start") {
    run<B2>(a, *c, adam);
  } else if (a.name == "B3") {
    run<B3>(a, *c, adam);
  } else {
    run<B10>(a, *c, plain);
  }
}
