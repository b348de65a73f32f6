#include "framework/modules/jet_match_analyzer.h"

#include <cstdio>
#include <random>
#include <string>
#include <utility>

#include "framework/module.h"
#include "pyjetsim/error.h"

namespace pyjetsim::framework {
namespace {

[[noreturn]] void refuse(const std::string& path) {
  throw Error(path + " cannot be written", "results go there",
              "give a file in a folder that is there, writable and not full");
}

}  // namespace

ResultFile::ResultFile(std::string path)
    : path_(std::move(path)),
      temporary_(path_ + "." + std::to_string(std::random_device()()) + ".part"),
      stream_(temporary_, std::ios::binary) {
  if (!stream_) refuse(path_);
}

ResultFile::~ResultFile() {
  stream_.close();
  std::remove(temporary_.c_str());
}

void ResultFile::finish(const std::string& text) {
  stream_ << text;
  stream_.close();
  if (!stream_ || std::rename(temporary_.c_str(), path_.c_str()) != 0) refuse(path_);
}

JobResponses::JobResponses(const ParameterSet& parameters)
    : histograms(parameters.getParameter<ParameterSet>("histograms")),
      file(parameters.getParameter<std::string>("output")) {}

void JetMatchAnalyzer::fillDescriptions(ParameterSetDescription& description) {
  description.add<std::string>("jets");
  description.add<std::string>("reference_particles", "");
  description.add<std::string>("reference_jets", "");
  description.add<double>("radius", kJetRadius);
  description.add<double>("pt_min", 0);
  description.add<double>("eta_max", JetDefinition().eta_max);
  description.add<double>("max_delta_r", kMatchDeltaR);
  description.add("histograms", ResponseHistograms::description());
  description.add<std::string>("output");
}

std::unique_ptr<JobResponses> JetMatchAnalyzer::initializeGlobalCache(const ParameterSet& parameters) {
  if (parameters.getParameter<std::string>("reference_particles").empty() ==
      parameters.getParameter<std::string>("reference_jets").empty()) {
    throw Error("there is not exactly one of 'reference_particles' and 'reference_jets'",
                "jets are compared with one reference", "give one of them");
  }
  return std::make_unique<JobResponses>(parameters);
}

JetMatchAnalyzer::JetMatchAnalyzer(const ParameterSet& parameters, const JobResponses*)
    : jets_tag_(parameters.getParameter<std::string>("jets")),
      reference_particles_tag_(parameters.getParameter<std::string>("reference_particles")),
      reference_jets_tag_(parameters.getParameter<std::string>("reference_jets")),
      definition_{parameters.getParameter<double>("radius"), parameters.getParameter<double>("pt_min"),
                  parameters.getParameter<double>("eta_max")},
      max_delta_r_(parameters.getParameter<double>("max_delta_r")),
      histograms_(parameters.getParameter<ParameterSet>("histograms")) {}

void JetMatchAnalyzer::analyze(const Event& event, const EventSetup&) {
  const auto& simulated = event.get<Jets>(jets_tag_);
  const Jets& reference = reference_jets(event);
  match(simulated, reference);
  histograms_.fill(simulated, reference, nearest_);
}

const Jets& JetMatchAnalyzer::reference_jets(const Event& event) {
  if (!reference_jets_tag_.label.empty()) return event.get<Jets>(reference_jets_tag_);
  momenta_.clear();
  masses_.clear();
  for (const RecoParticle& each : event.get<RecoParticles>(reference_particles_tag_)) {
    momenta_.insert(momenta_.end(), {each.px, each.py, each.pz});
    masses_.push_back(each.mass);
  }
  cluster({momenta_, masses_}, definition_, clustered_);
  reference_.clear();
  for (const ClusteredJet& jet : clustered_.jets) {
    reference_.push_back({static_cast<float>(jet.pt), static_cast<float>(jet.eta), static_cast<float>(jet.phi),
                          static_cast<float>(jet.mass), jet.first, jet.count});
  }
  return reference_;
}

void JetMatchAnalyzer::match(const Jets& simulated, const Jets& reference) {
  nearest_.resize(simulated.size());
  match_nearest(simulated_directions_.of(simulated), reference_directions_.of(reference), max_delta_r_, nearest_);
}

DirectionsView JetMatchAnalyzer::Directions::of(const Jets& jets) {
  eta.clear();
  phi.clear();
  for (const Jet& jet : jets) {
    eta.push_back(double{jet.eta});
    phi.push_back(double{jet.phi});
  }
  return {eta, phi};
}

void JetMatchAnalyzer::endStream() {
  const std::lock_guard<std::mutex> lock(globalCache()->mutex);
  globalCache()->histograms.add(histograms_);
}

void JetMatchAnalyzer::globalEndJob(const JobResponses* job) { job->file.finish(job->histograms.json()); }

DEFINE_FWK_MODULE(JetMatchAnalyzer);

}  // namespace pyjetsim::framework
