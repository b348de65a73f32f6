// A file that is there whole or not at all.
#pragma once

#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "framework/event.h"
#include "framework/module.h"
#include "framework/modules/histograms.h"
#include "framework/modules/products.h"
#include "framework/parameters.h"
#include "pyjetsim/jets.h"

namespace pyjetsim::framework {

class ResultFile {
 public:
  // Opens a file of a temporary name beside `path`, so that one learns at once that it cannot be written. Throws Error.
  explicit ResultFile(std::string path);
  // Removes what was not finished.
  ~ResultFile();
  ResultFile(const ResultFile&) = delete;
  ResultFile& operator=(const ResultFile&) = delete;

  // Writes the text and gives the file its name, in place of one that was there. Throws Error.
  void finish(const std::string& text);

 private:
  const std::string path_, temporary_;
  std::ofstream stream_;
};

// --- Simulated against reference jets: the nearest within a distance are compared, and counted in histograms.
//
// Gets simulated Jets `jets` and the reference: RecoParticles `reference_particles`, clustered here with anti-kt, or
// Jets `reference_jets`. Writes the JSON file `output` at the end of the job.

// What the streams add their histograms to when they end.
struct JobResponses {
  explicit JobResponses(const ParameterSet& parameters);

  mutable std::mutex mutex;
  mutable ResponseHistograms histograms;
  mutable ResultFile file;
};

class JetMatchAnalyzer : public stream::EDAnalyzer<GlobalCache<JobResponses>> {
 public:
  JetMatchAnalyzer(const ParameterSet& parameters, const JobResponses* job);

  static std::unique_ptr<JobResponses> initializeGlobalCache(const ParameterSet& parameters);
  static void fillDescriptions(ParameterSetDescription& description);
  static void globalEndJob(const JobResponses* job);

  void analyze(const Event& event, const EventSetup& setup) override;
  void endStream() override;

 private:
  const Jets& reference_jets(const Event& event);
  void match(const Jets& simulated, const Jets& reference);

  // Coordinates of jets, side by side.
  struct Directions {
    std::vector<double> eta, phi;
    DirectionsView of(const Jets& jets);
  };

  const InputTag jets_tag_, reference_particles_tag_, reference_jets_tag_;
  const JetDefinition definition_;
  const double max_delta_r_;
  ResponseHistograms histograms_;

  // Kept for their memory.
  std::vector<double> momenta_, masses_;
  ClusteredJets clustered_;
  Jets reference_;
  Directions simulated_directions_, reference_directions_;
  std::vector<std::int64_t> nearest_;
};

}  // namespace pyjetsim::framework
