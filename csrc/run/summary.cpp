#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/number_text.h"
#include "run/run.h"
#include "run/worker.h"

namespace pyjetsim {

namespace {

double ratio(double value, double of) { return of > 0 ? value / of : 0; }

}  // namespace

Counts& Counts::operator+=(const Counts& other) {
  events += other.events;
  jets += other.jets;
  truncated += other.truncated;
  outside_domain += other.outside_domain;
  empty += other.empty;
  return *this;
}

Times& Times::operator+=(const Times& other) {
  reading += other.reading;
  clustering += other.clustering;
  inference += other.inference;
  writing += other.writing;
  return *this;
}

std::string text(const Summary& summary) {
  const Counts& counts = summary.counts;
  const Times& times = summary.times;
  const double events = static_cast<double>(counts.events), jets = static_cast<double>(counts.jets);
  std::string told =
      summary.output + ": " + counted(counts.jets, "jet") + " of " + counted(counts.events, "event") +
      " simulated in " + fixed_text(summary.seconds, 1) + " s (" + fixed_text(ratio(events, summary.seconds), 0) +
      " events/s, " + fixed_text(ratio(jets, summary.seconds), 0) + " jets/s); " +
      std::to_string(counts.outside_domain) + " outside the model's domain, " + std::to_string(counts.truncated) +
      " truncated, " + std::to_string(counts.empty) + " without reco constituents\nms of processor time an event: ";
  const char* separator = "";
  for (const auto& [name, seconds] : {std::pair("reading", times.reading), std::pair("clustering", times.clustering),
                                      std::pair("inference", times.inference), std::pair("writing", times.writing)}) {
    told += separator + std::string(name) + " " + fixed_text(1e3 * ratio(seconds, events), 3);
    separator = ", ";
  }
  return told + "\nthe model was run by " + summary.backend;
}

std::string json(const Summary& summary) {
  const Counts& counts = summary.counts;
  const Times& times = summary.times;
  const double events = static_cast<double>(counts.events), jets = static_cast<double>(counts.jets);
  const nlohmann::json told = {
      {"output", summary.output},
      {"complete", summary.complete},
      {"backend", summary.backend},
      {"threads", summary.threads},
      {"oversample", summary.oversample},
      {"events", counts.events},
      {"jets", counts.jets},
      {"truncated", counts.truncated},
      {"outside_domain", counts.outside_domain},
      {"empty", counts.empty},
      {"seconds", summary.seconds},
      {"events_per_s", ratio(events, summary.seconds)},
      {"jets_per_s", ratio(jets, summary.seconds)},
      {"ms_per_event",
       {{"reading", 1e3 * ratio(times.reading, events)},
        {"clustering", 1e3 * ratio(times.clustering, events)},
        {"inference", 1e3 * ratio(times.inference, events)},
        {"writing", 1e3 * ratio(times.writing, events)}}},
  };
  return told.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

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
      {"cuts", (manifest.contains("settings") ? manifest.at("settings") : manifest).at("cuts")},  // versions before 3
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
