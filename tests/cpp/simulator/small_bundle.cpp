#include "simulator/small_bundle.h"

#include "simulator/onnx_model.h"
#include "simulator/scratch_folder.h"
#include "simulator/sha256.h"

namespace {

using nlohmann::json;

std::string golden() {
  constexpr std::size_t kJets = 3;
  std::vector<float> gen(kJets * kSmallP * 3, 0), noise, reco(gen.size());
  for (std::size_t i = 0; i < 2 * kSmallP * 3; ++i) gen[i] = static_cast<float>(i) * 0.75f - 7;
  for (std::size_t i = 0; i < kJets * kSmallZ; ++i) noise.push_back(0.5f - static_cast<float>(i) * 0.25f);
  small_model(gen.data(), noise.data(), kJets, reco.data());
  const auto rows = [](const std::vector<float>& numbers, std::size_t per_row) {
    json all = json::array();
    for (std::size_t i = 0; i < numbers.size(); i += per_row) {
      all.push_back(std::vector<float>(numbers.begin() + static_cast<std::ptrdiff_t>(i),
                                       numbers.begin() + static_cast<std::ptrdiff_t>(i + per_row)));
    }
    return all;
  };
  const auto jets = [&](const std::vector<float>& numbers) {
    const json constituents = rows(numbers, 3);
    json all = json::array();
    for (std::size_t i = 0; i < constituents.size(); ++i) all[i / kSmallP].push_back(constituents[i]);
    return all;
  };
  return json{{"constituents", jets(gen)}, {"noise", rows(noise, kSmallZ)}, {"output", jets(reco)}}.dump();
}

}  // namespace

SmallBundle::SmallBundle() : files{{"model.onnx", half_and_noise_model(kSmallP)}, {"golden.json", golden()}} {
  manifest = json::parse(R"({
    "format": "pyjetsim.bundle", "version": 1, "model": "small", "opset": 13,
    "inputs": [{"name": "constituents", "shape": ["batch", 8, 3], "unit": "GeV"},
               {"name": "noise", "shape": ["batch", 3], "unit": "standard normal"}],
    "output": {"name": "reco_constituents", "shape": ["batch", 8, 3], "unit": "GeV"},
    "jet_definition": {"algorithm": "anti-kt", "radius": 0.5},
    "cuts": {"constituent_pt_min": 1.0, "constituent_eta_max": 3.0, "max_constituents": 6},
    "domain": {"pt": [20, 500], "eta": [-2.5, 2.5], "n_constituents": [2, 10]},
    "tolerance": {"absolute": 0.001, "relative": 0.0001},
    "provenance": {}})");
}

void SmallBundle::write(const std::string& folder) const {
  json whole = manifest;
  if (!whole.contains("files")) {
    for (const auto& [name, content] : files) whole["files"][name] = pyjetsim::sha256(content);
  }
  for (const auto& [name, content] : files) write_whole(folder + "/" + name, content);
  write_whole(folder + "/manifest.json", whole.dump());
}
