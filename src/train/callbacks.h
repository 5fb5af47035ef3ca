#pragma once

#include <memory>
#include <vector>

#include "weft/train.h"

namespace weft {

/// Tells the callbacks that have begun of the end, however it comes.
class Callbacks {
 public:
  Callbacks(Trainer& trainer,
            const std::vector<std::shared_ptr<Callback>>& callbacks)
      : trainer_(trainer), callbacks_(callbacks) {}
  ~Callbacks() {
    while (begun_ > 0) {
      try {
        callbacks_[--begun_]->on_end(trainer_, true);
      } catch (...) {  // what was thrown first counts
      }
    }
  }
  Callbacks(const Callbacks&) = delete;
  Callbacks& operator=(const Callbacks&) = delete;

  void begin(const data::Dataset& data, const FitOptions& options) {
    for (const auto& c : callbacks_) {
      c->on_begin(trainer_, data, options);
      ++begun_;
    }
  }
  void end() {
    while (begun_ > 0) callbacks_[--begun_]->on_end(trainer_, false);
  }

 private:
  Trainer& trainer_;
  const std::vector<std::shared_ptr<Callback>>& callbacks_;
  std::size_t begun_ = 0;
};

}  // namespace weft
