#include "inference.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

#include "files.h"

namespace benches {

using pyjetsim::JetSimulator;
using pyjetsim::JetsView;
using pyjetsim::SimulatedJets;

JetSample read_jets(const std::string& folder) {
  return {read_numbers<float>(folder + "/momenta.f32"), read_numbers<float>(folder + "/inputs.f32"),
          read_numbers<std::size_t>(folder + "/offsets.u64")};
}

Inference::Inference(const JetSimulator& simulator, const BareSession& bare, const Shapes& shapes,
                     const JetSample& sample, std::vector<float> noise, std::size_t jets)
    : simulator_(simulator),
      bare_(bare),
      sample_(sample),
      noise_(std::move(noise)),
      output_(3 * static_cast<std::size_t>(shapes.constituents) * jets),
      jets_(jets),
      events_(sample.size() / jets) {
  const std::size_t row = 3 * static_cast<std::size_t>(shapes.constituents);
  for (std::size_t event = 0; event < events_; ++event) {
    const std::size_t first = event * jets;
    for (std::size_t j = 0; j <= jets; ++j) offsets_.push_back(sample_.offsets[first + j] - sample_.offsets[first]);
    // One output for all, so that it stays in the cache, as the simulator's does.
    calls_.push_back(bare.prepare(sample_.inputs.data() + first * row,
                                  noise_.data() + first * static_cast<std::size_t>(shapes.noise), output_.data(),
                                  jets));
  }
}

double Inference::simulate() {
  return seconds([this] { simulate_all(simulated_); }) / static_cast<double>(events_);
}

double Inference::simulate_in_threads(int threads, int passes) const {
  std::atomic<int> waiting{threads};
  std::vector<double> taken(static_cast<std::size_t>(threads));
  std::vector<std::thread> crew;
  for (double& each : taken) {
    crew.emplace_back([&each, &waiting, this, passes] {
      SimulatedJets output;
      simulate_all(output);  // its memory has grown before the clock starts
      --waiting;
      while (waiting > 0) std::this_thread::yield();
      each = seconds([&] {
        for (int pass = 0; pass < passes; ++pass) simulate_all(output);
      });
    });
  }
  for (std::thread& thread : crew) thread.join();
  // As long as the slowest takes.
  return *std::max_element(taken.begin(), taken.end()) / (static_cast<double>(events_) * passes * threads);
}

double Inference::run_bare() {
  const auto all = [this] {
    for (const BareSession::Call& call : calls_) bare_.run(call);
  };
  return seconds(all) / static_cast<double>(events_);
}

void Inference::write_answers(const std::string& prefix) {
  const std::size_t rows = sample_.inputs.size() / sample_.size();
  std::vector<float> bare, simulated;
  std::vector<std::int64_t> counts;
  for (std::size_t number = 0; number < events_; ++number) {
    bare_.run(calls_[number]);
    bare.insert(bare.end(), output_.begin(), output_.end());
    simulator_.simulate({0, 0, number}, event(number), simulated_);
    for (std::size_t jet = 0; jet < jets_; ++jet) {
      const auto found = simulated_.constituents(jet);
      simulated.insert(simulated.end(), found.begin(), found.end());
      simulated.resize(simulated.size() + rows - found.size());
      counts.push_back(static_cast<std::int64_t>(found.size() / 3));
    }
  }
  write_numbers(prefix + "bare.f32", bare);
  write_numbers(prefix + "simulated.f32", simulated);
  write_numbers(prefix + "counts.i64", counts);
}

void Inference::simulate_all(SimulatedJets& output) const {
  for (std::size_t number = 0; number < events_; ++number) {
    simulator_.simulate({0, 0, number}, event(number), output);
  }
}

JetsView Inference::event(std::size_t number) const {
  const std::size_t* offsets = offsets_.data() + number * (jets_ + 1);
  const std::size_t first = sample_.offsets[number * jets_];
  return {{sample_.momenta.data() + 3 * first, 3 * offsets[jets_]}, {offsets, jets_ + 1}};
}

Sample batched(const JetSimulator& simulator, const JetSample& sample) {
  std::vector<pyjetsim::JetId> ids;
  for (std::size_t event = 0; event < sample.size(); ++event) ids.push_back({0, 0, event, 0});
  auto output = std::make_shared<SimulatedJets>();
  return [&simulator, &sample, ids, output] {
    const JetsView jets = {sample.momenta, sample.offsets};
    return seconds([&] { simulator.simulate(ids, jets, *output); }) / static_cast<double>(ids.size());
  };
}

}  // namespace benches
