// What tests/python/bundle/test_libtorch.py wrote into the folder $PYJETSIM_TEST_FOLDER: a bundle, jets.json with gen
// jets and what Python made of them through ONNX Runtime, and models that are no good.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pyjetsim/error.h"
#include "pyjetsim/torchscript.h"
#include "simulator/backend.h"
#include "simulator/bundle_files.h"

inline std::string folder() {
  const char* name = std::getenv("PYJETSIM_TEST_FOLDER");
  return name == nullptr ? "." : name;
}

inline std::string content(const std::string& name) {
  std::ifstream stream(folder() + "/" + name, std::ios::binary);
  EXPECT_TRUE(stream) << name;
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

inline const pyjetsim::Bundle& bundle() {
  static const pyjetsim::Bundle whole = pyjetsim::read_bundle(folder() + "/bundle");
  return whole;
}

// A backend of the bundle, with another model.pt in it.
inline std::unique_ptr<const pyjetsim::Backend> backend(const std::string& model,
                                                        const pyjetsim::Backend::Config& config = {}) {
  pyjetsim::enable_torchscript();
  pyjetsim::Bundle changed = bundle();
  changed.files["model.pt"] = model;
  return pyjetsim::make_backend("torchscript", changed, config);
}

inline const std::string& good() { return bundle().files.at("model.pt"); }

struct Jets {
  std::size_t size, p, z;
  std::vector<float> constituents, noise, output;  // of the model: (size, P, 3), (size, Z), (size, P, 3)
  std::vector<float> reco, kinematics;             // of the simulator, at seed 5: (size, P, 3), (size, 4)
  std::vector<std::size_t> n_reco;                 // (size,)

  Jets() : p(bundle().manifest.max_constituents), z(bundle().manifest.noise_size) {
    const auto values = nlohmann::json::parse(content("jets.json"));
    constituents = values["constituents"].get<std::vector<float>>();
    noise = values["noise"].get<std::vector<float>>();
    output = values["output"].get<std::vector<float>>();
    reco = values["reco"].get<std::vector<float>>();
    kinematics = values["kinematics"].get<std::vector<float>>();
    n_reco = values["n_reco"].get<std::vector<std::size_t>>();
    size = n_reco.size();
  }
};

inline const Jets& jets() {
  static const Jets all;
  return all;
}
