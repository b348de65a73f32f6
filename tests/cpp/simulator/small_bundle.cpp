#include "simulator/small_bundle.h"

#include "bundle/files.h"
#include "simulator/onnx_model.h"
#include "simulator/scratch_folder.h"

namespace {

using nlohmann::json;

std::string golden(bool with_pids) {
  constexpr std::size_t kJets = 3;
  const std::size_t reco_p = with_pids ? kSmallOutputP : kSmallP;
  std::vector<float> gen(kJets * kSmallP * 3, 0), noise, reco(kJets * reco_p * 3);
  for (std::size_t i = 0; i < 2 * kSmallP * 3; ++i) gen[i] = static_cast<float>(i) * 0.75f - 7;
  for (std::size_t i = 0; i < kJets * kSmallZ; ++i) noise.push_back(0.5f - static_cast<float>(i) * 0.25f);
  const auto rows = [](const auto& numbers, std::size_t per_row) {
    json all = json::array();
    for (std::size_t i = 0; i < numbers.size(); ++i) all[i / per_row].push_back(numbers[i]);
    return all;
  };
  const auto jets = [&](const std::vector<float>& numbers, std::size_t p) { return rows(rows(numbers, 3), p); };
  json all = {{"constituents", jets(gen, kSmallP)}, {"noise", rows(noise, kSmallZ)}};
  if (with_pids) {
    std::vector<std::int32_t> pids(kJets * kSmallP, 0), reco_pids(kJets * kSmallOutputP);
    for (std::size_t i = 0; i < kSmallP; ++i) pids[i] = 211 - 19 * static_cast<std::int32_t>(i);
    small_model_with_pids(gen.data(), noise.data(), pids.data(), kJets, reco.data(), reco_pids.data());
    all["pid"] = rows(pids, kSmallP);
    all["output_pid"] = rows(reco_pids, kSmallOutputP);
  } else {
    small_model(gen.data(), noise.data(), kJets, reco.data());
  }
  all["output"] = jets(reco, reco_p);
  return all.dump();
}

}  // namespace

SmallBundle::SmallBundle(bool with_pids)
    : files{{"model.onnx", with_pids ? model_with_pids() : half_and_noise_model(kSmallP)},
            {"golden.json", golden(with_pids)}} {
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
  if (!with_pids) return;
  manifest["version"] = 2;
  manifest["inputs"].push_back(json::parse(R"({"name": "pid", "shape": ["batch", 8], "unit": "PDG id"})"));
  manifest["output"]["shape"][1] = kSmallOutputP;
  manifest["output_pid"] = json::parse(R"({"name": "reco_pid", "shape": ["batch", 5], "unit": "PDG id"})");
}

void SmallBundle::write(const std::string& folder) const {
  json whole = manifest;
  if (!whole.contains("files")) {
    for (const auto& [name, content] : files) whole["files"][name] = pyjetsim::sha256(content);
  }
  for (const auto& [name, content] : files) write_whole(folder + "/" + name, content);
  write_whole(folder + "/manifest.json", whole.dump());
}

SmallBundle SmallBundle::third_version() const {
  SmallBundle third = *this;
  json& m = third.manifest;
  m["version"] = 3;
  m["task"] = "constituents";
  m["outputs"] = json::array({m["output"]});
  if (m.contains("output_pid")) m["outputs"].push_back(m["output_pid"]);
  for (const char* kind : {"inputs", "outputs"}) {
    for (json& tensor : m[kind]) tensor["dtype"] = tensor["unit"] == "PDG id" ? "int32" : "float32";
  }
  for (json& tensor : m["inputs"]) tensor["role"] = tensor["unit"] == "standard normal" ? "noise" : "condition";
  m["settings"] = {{"jet_definition", m["jet_definition"]}, {"cuts", m["cuts"]}};
  for (const char* name : {"output", "output_pid", "jet_definition", "cuts"}) m.erase(name);
  const json before = json::parse(files.at("golden.json"));
  json golden = {{"inputs", {{"constituents", before["constituents"]}, {"noise", before["noise"]}}},
                 {"outputs", {{"reco_constituents", before["output"]}}}};
  if (before.contains("pid")) {
    golden["inputs"]["pid"] = before["pid"];
    golden["outputs"]["reco_pid"] = before["output_pid"];
  }
  third.files["golden.json"] = golden.dump();
  return third;
}

SmallBundle SmallBundle::of_another_task() {
  SmallBundle bundle;
  bundle.manifest = json::parse(R"({
    "format": "pyjetsim.bundle", "version": 3, "task": "lines", "model": "small", "opset": 13,
    "inputs": [{"name": "point", "dtype": "float32", "shape": ["batch", 2, 2], "unit": "GeV", "role": "condition"},
               {"name": "z", "dtype": "float32", "shape": ["batch", 2], "unit": "standard normal", "role": "noise"},
               {"name": "count", "dtype": "int64", "shape": ["batch", 1], "unit": "number", "role": "condition"}],
    "outputs": [{"name": "answer", "dtype": "float32", "shape": ["batch", 2, 2], "unit": "GeV"},
                {"name": "next", "dtype": "int64", "shape": ["batch", 1], "unit": "number"}],
    "settings": {"any": [1, null]}, "domain": {"point": [0, 100]},
    "tolerance": {"absolute": 0.001, "relative": 0.0001},
    "provenance": {}})");
  json golden = {
      {"inputs",
       {{"point", {{{1, 2}, {3, 4}}, {{0, 0}, {-8, 100}}}},
        {"z", {{0.5, 1}, {-1, 2}}},
        {"count", {{7}, {9007199254740993}}}}},
      {"outputs", {{"answer", {{{1, 1.5}, {2.5, 3}}, {{-1, -1}, {-2, 52}}}}, {"next", {{8}, {9007199254740994}}}}}};
  bundle.files = {{"model.onnx", another_model()}, {"golden.json", golden.dump()}};
  return bundle;
}
