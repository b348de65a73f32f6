#include "apps/event_worker.h"

#include <algorithm>

#include "apps/pair_rows.h"
#include "io/broken.h"
#include "pyjetsim/error.h"

namespace pyjetsim {

namespace {

// What is stored of a gen jet; the model may see fewer.
constexpr std::size_t kGenConstituents = 80;

}  // namespace

std::size_t stored_constituents(const JetSimulator& simulator) {
  return std::max({kGenConstituents, simulator.max_constituents(), simulator.max_reco_constituents()});
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
    for (const EventText& text : batch.texts) cluster_event(text, watch, answer.times);
  } catch (const BrokenError& error) {
    answer.broken = error;
    answer.error = nullptr;
  }
  answer.counts.events = gen_.events.size();
  if (!gen_.events.empty()) answer.last_event = gen_.events.back().number;
}

void EventWorker::cluster_event(const EventText& text, Stopwatch& watch, Times& times) {
  parser_.parse(text, particles_);
  times.reading += watch.lap();
  try {
    pyjetsim::cluster(particles_.view(), definition_, clustered_);
  } catch (const Error& error) {
    throw Error(spoken(options_.source) + ": event " + std::to_string(particles_.event) + ": " + error.wrong(),
                error.why(), error.todo());
  }
  if (particles_.event < 0 && !clustered_.jets.empty()) throw negative_number(options_.source, particles_.event);
  gen_.append(particles_, clustered_);
  times.clustering += watch.lap();
}

void EventWorker::number(JetsOfEvents& known) {
  first_place_.clear();
  for (const GenJets::Event& event : gen_.events) {
    known.numbers.add(event.number);
    known.units.add(event.number, event.borrowed_units);
    first_place_.push_back(0);
    if (event.jets == 0) continue;
    std::uint64_t& before = known.jets[event.number];
    first_place_.back() = before;
    before += event.jets;
  }
}

void EventWorker::simulate(Answer& answer) {
  Stopwatch watch;
  for (std::size_t copy = 0; copy < reco_.size(); ++copy) simulate_copy(copy);
  answer.times.inference += watch.lap();

  const std::size_t room = stored_constituents(simulator_);
  reserve(gen_.jets.size() * reco_.size(), room, answer.pairs);
  std::size_t jet = 0;
  for (const GenJets::Event& event : gen_.events) {
    for (const std::size_t end = jet + event.jets; jet < end; ++jet) {
      for (const SimulatedJets& reco : reco_) {
        append_pair(gen_, jet, event.number, reco, room, answer.pairs);
        answer.counts.empty += reco.constituents(jet).empty();
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
    throw Error(spoken(options_.source) + ": jets of events " + first + " to " + last + ": " + error.wrong(),
                error.why(), error.todo());
  }
}

}  // namespace pyjetsim
