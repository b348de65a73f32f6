#include "run/worker.h"

#include <algorithm>
#include <cstdint>

#include "core/angles.h"
#include "io/bytes.h"
#include "pyjetsim/error.h"
#include "run/terminal.h"

namespace pyjetsim {

void GenJets::clear() {
  events.clear();
  jets.clear();
  momenta.clear();
  pid.clear();
  offsets.assign(1, 0);
}

void GenJets::append(const Particles& particles, const ClusteredJets& clustered) {
  events.push_back({particles.event, clustered.jets.size(), particles.borrowed_units, particles.weights});
  for (const ClusteredJet& found : clustered.jets) {
    jets.push_back(found);
    jets.back().first += pid.size();
  }
  append_pids(particles.pid, clustered, pid);
  append_constituents(particles.view(), clustered, momenta, offsets);
}

namespace {

void append_jet(Span<const float> momenta, Span<const std::int32_t> pids, float pt, float eta, float phi, float mass,
                std::size_t room, JetTable& table) {
  const std::size_t count = momenta.size() / 3, stored = std::min(count, room);
  table.constituents.insert(table.constituents.end(), momenta.begin(), momenta.begin() + 3 * stored);
  table.constituents.resize(table.constituents.size() + 3 * (room - stored));
  table.pid.insert(table.pid.end(), pids.begin(), pids.begin() + stored);
  table.pid.resize(table.pid.size() + (room - stored));
  table.n_constituents.push_back(static_cast<std::int32_t>(count));
  table.jet.insert(table.jet.end(), {pt, eta, phi, mass});
}

}  // namespace

void reserve(std::size_t rows, std::size_t room, PairTable& pairs) {
  for (JetTable* jets : {&pairs.gen, &pairs.reco}) {
    jets->constituents.reserve(3 * rows * room);
    jets->pid.reserve(rows * room);
    jets->n_constituents.reserve(rows);
    jets->jet.reserve(4 * rows);
  }
  pairs.event.reserve(rows);
  pairs.delta_r.reserve(rows);
  pairs.n_vertices.reserve(rows);
  pairs.copy.reserve(rows);
  pairs.weight.reserve(rows * pairs.n_weights);
}

void append_pair(const GenJets& gen, std::size_t jet, std::int64_t event, const SimulatedJets& reco, std::size_t room,
                 PairTable& pairs) {
  const ClusteredJet& clustered = gen.jets[jet];
  const std::size_t first = clustered.first;
  const float eta = static_cast<float>(clustered.eta), phi = static_cast<float>(clustered.phi);
  append_jet({gen.momenta.data() + 3 * first, 3 * clustered.count}, {gen.pid.data() + first, clustered.count},
             static_cast<float>(clustered.pt), eta, phi, static_cast<float>(clustered.mass), room, pairs.gen);

  const SimulatedJet& answer = reco[jet];
  append_jet(reco.constituents(jet), reco.pids(jet), answer.pt, answer.eta, answer.phi, answer.mass, room, pairs.reco);

  pairs.event.push_back(event);
  pairs.delta_r.push_back(
      static_cast<float>(delta_r(double{eta}, double{phi}, double{answer.eta}, double{answer.phi})));
  pairs.n_vertices.push_back(1);
}

std::size_t stored_constituents(const JetSimulator& simulator) {
  return std::max({kStoredConstituents, simulator.max_constituents(), simulator.max_reco_constituents()});
}

EventWorker::EventWorker(const JetSimulator& simulator, const RunOptions& options)
    : simulator_(simulator),
      options_(options),
      definition_{simulator.jet_radius(), options.gen_pt_min, options.gen_eta_max},
      parser_(kParticleEtaMax, options.number_events),
      reco_(static_cast<std::size_t>(options.oversample)) {}

void EventWorker::cluster(const Batch& batch, Answer& answer) {
  gen_.clear();
  answer.broken = batch.broken;
  answer.error = batch.error;
  Stopwatch watch;
  try {
    for (const EventText& text : batch.texts) cluster_event(text, watch, answer);
  } catch (const BrokenError& error) {
    answer.broken = error;
    answer.error = nullptr;
  }
  answer.counts.events = gen_.events.size();
  for (const GenJets::Event& event : gen_.events) answer.events.push_back({event.number, event.borrowed_units});
  if (gen_.events.empty()) return;
  // As the first says; of a damaged one, nothing counts.
  answer.pairs.n_weights = batch.texts.front().n_weights;
  if (batch.texts.front().weight_names) answer.pairs.weight_names = *batch.texts.front().weight_names;
}

void EventWorker::cluster_event(const EventText& text, Stopwatch& watch, Answer& answer) {
  parser_.parse(text, particles_);
  answer.times.reading += watch.lap();
  try {
    pyjetsim::cluster(particles_.view(), definition_, clustered_);
  } catch (const Error& error) {
    throw Error(source_name(options_.source) + ": event " + std::to_string(particles_.event) + ": " + error.wrong(),
                error.why(), error.todo());
  }
  has_jets_ = has_jets_ || !clustered_.jets.empty();
  if (!has_jets_) find_hardest(answer.hardest);
  if (particles_.event < 0 && !clustered_.jets.empty()) throw negative_number(options_.source, particles_.event);
  gen_.append(particles_, clustered_);
  answer.times.clustering += watch.lap();
}

// Only until there is a jet: it takes a second clustering.
void EventWorker::find_hardest(HardestJets& hardest) {
  ClusteredJets all;
  pyjetsim::cluster(particles_.view(), {definition_.radius}, all);
  for (const ClusteredJet& jet : all.jets) hardest.add(jet.pt, jet.eta, definition_.eta_max);
}

void EventWorker::number(JetsOfEvents& known) {
  first_place_.clear();
  for (const GenJets::Event& event : gen_.events) {
    first_place_.push_back(0);
    if (event.jets == 0) continue;
    std::uint64_t& before = known[event.number];
    first_place_.back() = before;
    before += event.jets;
  }
}

void EventWorker::simulate(Answer& answer) {
  Stopwatch watch;
  for (std::size_t copy = 0; copy < reco_.size(); ++copy) {
    // A batch of one copy is done at once.
    if (copy > 0 && interrupted()) {
      answer.interrupted = true;
      return;
    }
    simulate_copy(copy);
  }
  answer.times.inference += watch.lap();

  const std::size_t room = stored_constituents(simulator_);
  reserve(gen_.jets.size() * reco_.size(), room, answer.pairs);
  std::size_t jet = 0;
  for (const GenJets::Event& event : gen_.events) {
    for (const std::size_t end = jet + event.jets; jet < end; ++jet) {
      for (std::size_t copy = 0; copy < reco_.size(); ++copy) {
        append_pair(gen_, jet, event.number, reco_[copy], room, answer.pairs);
        answer.pairs.weight.insert(answer.pairs.weight.end(), event.weights.begin(), event.weights.end());
        if (reco_.size() > 1) answer.pairs.copy.push_back(static_cast<std::int32_t>(copy));
        answer.counts.empty += reco_[copy].constituents(jet).empty();
      }
      answer.counts.truncated += reco_.front()[jet].truncated;
      answer.counts.outside_domain += reco_.front()[jet].outside_domain;
    }
  }
  answer.counts.jets = answer.pairs.size();
  answer.times.writing += watch.lap();
}

void EventWorker::simulate_copy(std::size_t copy) {
  ids_.clear();
  for (std::size_t i = 0; i < gen_.events.size(); ++i) {
    const std::uint64_t event = static_cast<std::uint64_t>(gen_.events[i].number);
    for (std::size_t jet = 0; jet < gen_.events[i].jets; ++jet) {
      ids_.push_back({0, 0, event, first_place_[i] + jet, copy});
    }
  }
  try {
    simulator_.simulate(ids_, gen_.view(), reco_[copy]);
  } catch (const Error& error) {
    const std::string first = std::to_string(gen_.events.front().number);
    const std::string last = std::to_string(gen_.events.back().number);
    throw Error(source_name(options_.source) + ": jets of events " + first + " to " + last + ": " + error.wrong(),
                error.why(), error.todo());
  }
}

}  // namespace pyjetsim
