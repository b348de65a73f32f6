// The simulator on batches of jets as they lie in a file: batches BUNDLE LIBRARY FOLDER ROWS THREADS BATCH...
//
// FOLDER holds momenta.f32 (N, ROWS, 3), zero rows where there is no constituent, pids.i32 (N, ROWS), event.u64 (N) and
// jet.u64 (N).
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "files.h"
#include "pyjetsim/simulator.h"
#include "server.h"

namespace {

using namespace benches;

struct Jets {
  std::size_t rows;
  std::vector<float> momenta;
  std::vector<std::int32_t> pids;
  std::vector<pyjetsim::JetId> ids;
  std::vector<std::size_t> offsets;  // of as many jets as a call has
};

// All jets, so many a call: seconds a jet.
Sample sample(const pyjetsim::JetSimulator& simulator, const Jets& jets, std::size_t batch) {
  return [&simulator, &jets, batch] {
    pyjetsim::SimulatedJets output;
    const std::size_t count = jets.ids.size();
    const auto all = [&] {
      for (std::size_t first = 0; first < count; first += batch) {
        const std::size_t n = std::min(batch, count - first), at = first * jets.rows, size = n * jets.rows;
        simulator.simulate(
            0, {jets.ids.data() + first, n},
            {{jets.momenta.data() + 3 * at, 3 * size}, {jets.offsets.data(), n + 1}, {jets.pids.data() + at, size}},
            output);
      }
    };
    return seconds(all) / static_cast<double>(count);
  };
}

double write_answers(const pyjetsim::JetSimulator& simulator, const Jets& jets, const std::string& folder) {
  pyjetsim::SimulatedJets output;
  std::vector<std::size_t> offsets(jets.ids.size() + 1);
  for (std::size_t j = 0; j < offsets.size(); ++j) offsets[j] = j * jets.rows;
  simulator.simulate(0, jets.ids, {jets.momenta, offsets, jets.pids}, output);
  const pyjetsim::JetsView view = output.view();
  write_numbers(folder + "/simulated.f32", std::vector<float>(view.momenta.begin(), view.momenta.end()));
  write_numbers(folder + "/offsets.u64", std::vector<std::size_t>(view.offsets.begin(), view.offsets.end()));
  return 0;
}

int work(int count, char** arguments) {
  if (count < 7) throw std::runtime_error("wrong number of arguments");
  const std::string folder = arguments[3];
  pyjetsim::SimulatorOptions options;
  options.library = arguments[2];
  options.threads = std::atoi(arguments[5]);
  const auto simulator = pyjetsim::JetSimulator::load(arguments[1], options);

  Jets jets{static_cast<std::size_t>(std::atoll(arguments[4])),
            read_numbers<float>(folder + "/momenta.f32"),
            read_numbers<std::int32_t>(folder + "/pids.i32"),
            {},
            {}};
  const auto event = read_numbers<std::uint64_t>(folder + "/event.u64");
  const auto jet = read_numbers<std::uint64_t>(folder + "/jet.u64");
  for (std::size_t j = 0; j < event.size(); ++j) jets.ids.push_back({0, 0, event[j], jet[j], 0});

  std::map<std::string, Sample> samples = {{"answers", [&] { return write_answers(simulator, jets, folder); }}};
  std::size_t largest = 0;
  for (int i = 6; i < count; ++i) {
    const auto batch = static_cast<std::size_t>(std::atoll(arguments[i]));
    samples[std::string("b") + arguments[i]] = sample(simulator, jets, batch);
    largest = std::max(largest, batch);
  }
  for (std::size_t j = 0; j <= largest; ++j) jets.offsets.push_back(j * jets.rows);
  return serve(samples);
}

}  // namespace

int main(int count, char** arguments) {
  return benches::guarded([&] { return work(count, arguments); });
}
