#include "apps/provenance.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "apps/event_worker.h"

namespace pyjetsim {

std::string provenance(const RunOptions& options, const JetSimulator& simulator, const Summary& summary,
                       const std::string& format) {
  const nlohmann::json manifest = nlohmann::json::parse(simulator.manifest_json());
  const std::string source = std::filesystem::path(options.source).filename();
  const Counts& counts = summary.counts;
  nlohmann::json simulation = {
      {"pyjetsim", PYJETSIM_VERSION},
      {"source", source},
      {"seed", options.seed},
      {"split", "all"},
      {"model", manifest.at("model")},
      {"model_sha256", manifest.at("files").at("model.onnx")},
      {"cuts", manifest.at("cuts")},
      {"training", manifest.at("provenance")},
      {"backend", summary.backend},
      {"oversample", options.oversample},
      {"complete", summary.complete},
      {"counts",
       {{"events", counts.events},
        {"jets", counts.jets},
        {"truncated", counts.truncated},
        {"outside_domain", counts.outside_domain},
        {"empty", counts.empty}}},
  };
  const nlohmann::json made = {
      {"source",
       {{"file", source},
        {"format", format},
        {"particle_eta_max", kParticleEtaMax},
        {"event_numbers", options.number_events ? "by place" : "of the file"}}},
      {"gen_jets",
       {{"algorithm", "anti-kt"},
        {"pt_min", options.gen_pt_min},
        {"eta_max", options.gen_eta_max},
        {"radius", simulator.jet_radius()}}},
      {"simulation", std::move(simulation)},
  };
  return made.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace pyjetsim
