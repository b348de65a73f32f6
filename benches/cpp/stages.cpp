#include "stages.h"

#include <algorithm>

#include "files.h"

namespace benches {

using pyjetsim::ClusteredJet;

Stages::Stages(const pyjetsim::JetSimulator& simulator, const BareSession& bare, const std::string& folder,
               const pyjetsim::JetDefinition& definition, double max_delta_r, JetSample& filling,
               std::vector<float>& noise)
    : simulator_(simulator),
      bare_(bare),
      definition_(definition),
      max_delta_r_(max_delta_r),
      particles_(read_numbers<double>(folder + "/particles.f64")),
      masses_(read_numbers<double>(folder + "/masses.f64")),
      offsets_(read_numbers<std::size_t>(folder + "/particle_offsets.u64")),
      events_(offsets_.size() - 1),
      gen_(events_),
      directions_(events_) {
  std::size_t most = 0;
  for (std::size_t event = 0; event < events_; ++event) {
    cluster(event);
    copy_jets(event, gen_[event]);
    simulator_.simulate({0, 0, event}, {gen_[event].momenta, gen_[event].offsets}, simulated_);
    directions(directions_[event]);
    most = std::max(most, clustered_.jets.size());
  }
  if (most > filling.size()) throw std::runtime_error("the sample has too few jets");
  output_.resize(most * 3 * simulator.max_constituents());
  calls_.emplace_back();
  for (std::size_t jets = 1; jets <= most; ++jets) {
    calls_.push_back(bare.prepare(filling.inputs.data(), noise.data(), output_.data(), jets));
  }
}

std::map<std::string, Sample> Stages::samples() {
  return {
      {"clustering", over_events([this](std::size_t event) { cluster(event); })},
      {"simulating", over_events([this](std::size_t event) {
         simulator_.simulate({0, 0, event}, {gen_[event].momenta, gen_[event].offsets}, simulated_);
       })},
      {"matching", over_events([this](std::size_t event) { match(directions_[event]); })},
      {"bare", over_events([this](std::size_t event) {
         if (const std::size_t jets = gen_[event].offsets.size() - 1; jets > 0) bare_.run(calls_[jets]);
       })},
      {"whole", over_events([this](std::size_t event) {
         cluster(event);
         copy_jets(event, now_);
         simulator_.simulate({0, 0, event}, {now_.momenta, now_.offsets}, simulated_);
         directions(directions_now_);
         match(directions_now_);
       })},
  };
}

double Stages::jets_an_event() const {
  std::size_t jets = 0;
  for (const GenJets& each : gen_) jets += each.offsets.size() - 1;
  return static_cast<double>(jets) / static_cast<double>(events_);
}

void Stages::cluster(std::size_t event) {
  const std::size_t first = offsets_[event], count = offsets_[event + 1] - first;
  pyjetsim::cluster({{particles_.data() + 3 * first, 3 * count}, {masses_.data() + first, count}}, definition_,
                    clustered_);
}

void Stages::copy_jets(std::size_t event, GenJets& jets) const {
  jets.momenta.clear();
  jets.offsets.assign(1, 0);
  for (const ClusteredJet& jet : clustered_.jets) {
    for (std::size_t i = jet.first; i < jet.first + jet.count; ++i) {
      const double* p = particles_.data() + 3 * (offsets_[event] + clustered_.constituents[i]);
      for (int axis = 0; axis < 3; ++axis) jets.momenta.push_back(static_cast<float>(p[axis]));
    }
    jets.offsets.push_back(jets.momenta.size() / 3);
  }
}

void Stages::directions(Directions& of) const {
  for (std::vector<double>* each : {&of.gen_eta, &of.gen_phi, &of.reco_eta, &of.reco_phi}) each->clear();
  for (std::size_t jet = 0; jet < clustered_.jets.size(); ++jet) {
    of.gen_eta.push_back(clustered_.jets[jet].eta);
    of.gen_phi.push_back(clustered_.jets[jet].phi);
    of.reco_eta.push_back(double{simulated_[jet].eta});
    of.reco_phi.push_back(double{simulated_[jet].phi});
  }
}

void Stages::match(const Directions& of) {
  nearest_.resize(of.gen_eta.size());
  pyjetsim::match_nearest({of.gen_eta, of.gen_phi}, {of.reco_eta, of.reco_phi}, max_delta_r_, nearest_);
}

template <typename Work>
Sample Stages::over_events(Work work) {
  return [this, work] {
    const auto all = [&] {
      for (std::size_t event = 0; event < events_; ++event) work(event);
    };
    return seconds(all) / static_cast<double>(events_);
  };
}

}  // namespace benches
