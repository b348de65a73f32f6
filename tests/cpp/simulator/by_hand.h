// The small model without any runtime, as a backend: "by_hand".
#pragma once

#include <algorithm>
#include <atomic>

#include "simulator/backend.h"
#include "simulator/small_bundle.h"

class ByHand final : public pyjetsim::Backend {
 public:
  static inline std::atomic<int> runs{0};
  static inline std::atomic<std::size_t> largest{0};

  void run(const float* constituents, const float* noise, std::size_t jets, float* output) const override {
    ++runs;
    if (jets > largest) largest = jets;
    small_model(constituents, noise, jets, output);
  }
  std::string description() const override { return "by hand"; }

  static void enable() {
    pyjetsim::register_backend("by_hand", "model.onnx", [](const auto&, const auto&, const auto&, const auto&) {
      return std::unique_ptr<const Backend>(std::make_unique<ByHand>());
    });
  }
};
