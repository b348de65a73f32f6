// The small model without any runtime, as a backend: "by_hand".
#pragma once

#include <algorithm>
#include <atomic>

#include "backends/backend.h"
#include "bundle/manifest.h"
#include "simulator/small_bundle.h"

class ByHand final : public pyjetsim::Backend {
 public:
  static inline std::atomic<int> runs{0};
  static inline std::atomic<std::size_t> largest{0};

  explicit ByHand(bool with_pids = false) : with_pids_(with_pids) {}

  void run(std::size_t rows, pyjetsim::Span<const pyjetsim::InputTensor> inputs,
           pyjetsim::Span<const pyjetsim::OutputTensor> outputs) const override {
    ++runs;
    if (rows > largest) largest = rows;
    const auto* constituents = static_cast<const float*>(inputs[0].data);
    const auto* noise = static_cast<const float*>(inputs[1].data);
    auto* reco = static_cast<float*>(outputs[0].data);
    if (with_pids_) {
      small_model_with_pids(constituents, noise, static_cast<const std::int32_t*>(inputs[2].data), rows, reco,
                            static_cast<std::int32_t*>(outputs[1].data));
    } else {
      small_model(constituents, noise, rows, reco);
    }
  }
  std::string description() const override { return "by hand"; }

  static void enable() {
    pyjetsim::register_backend("by_hand", "model.onnx",
                               [](const auto&, const auto&, const pyjetsim::Manifest& manifest, const auto&) {
                                 return std::unique_ptr<const Backend>(std::make_unique<ByHand>(manifest.takes_pids()));
                               });
  }

 private:
  bool with_pids_;
};
