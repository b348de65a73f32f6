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

  void run(const pyjetsim::GenBatch& gen, const pyjetsim::RecoBatch& reco) const override {
    ++runs;
    if (gen.jets > largest) largest = gen.jets;
    if (with_pids_) {
      small_model_with_pids(gen.constituents, gen.noise, gen.pids, gen.jets, reco.constituents, reco.pids);
    } else {
      small_model(gen.constituents, gen.noise, gen.jets, reco.constituents);
    }
  }
  std::string description() const override { return "by hand"; }

  static void enable() {
    pyjetsim::register_backend("by_hand", "model.onnx",
                               [](const auto&, const auto&, const pyjetsim::Manifest& manifest, const auto&) {
                                 return std::unique_ptr<const Backend>(std::make_unique<ByHand>(manifest.uses_pids()));
                               });
  }

 private:
  bool with_pids_;
};
