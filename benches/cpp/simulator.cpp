// The simulator and ONNX Runtime alone, in one process:
//   simulator BUNDLE LIBRARY FOLDER THREADS GEN_PT_MIN GEN_ETA_MAX MATCH_DELTA_R
#include "pyjetsim/simulator.h"

#include <cstdlib>
#include <stdexcept>
#include <string>

#include "files.h"
#include "inference.h"
#include "server.h"
#include "stages.h"

namespace {

using namespace benches;

int work(int count, char** arguments) {
  if (count != 8) throw std::runtime_error("wrong number of arguments");
  const std::string bundle = arguments[1], folder = arguments[3];
  pyjetsim::SimulatorOptions options;
  options.library = arguments[2];
  options.threads = std::atoi(arguments[4]);
  const auto simulator = pyjetsim::JetSimulator::load(bundle, options);

  JetSample jets = read_jets(folder);
  std::vector<float> noise_b1 = read_numbers<float>(folder + "/noise_b1.f32");
  const std::vector<float> noise_b4 = read_numbers<float>(folder + "/noise_b4.f32");
  const Shapes shapes = {static_cast<std::int64_t>(simulator.max_constituents()),
                         static_cast<std::int64_t>(noise_b1.size() / jets.size())};
  const BareSession bare(options.library, bundle + "/model.onnx", shapes, options.threads);

  Inference one(simulator, bare, shapes, jets, noise_b1, 1), four(simulator, bare, shapes, jets, noise_b4, 4);
  const pyjetsim::JetDefinition definition = {simulator.jet_radius(), std::atof(arguments[5]), std::atof(arguments[6])};
  Stages stages(simulator, bare, folder, definition, std::atof(arguments[7]), jets, noise_b1);

  constexpr int kPasses = 8;  // so that the start of a thread is a small part
  std::map<std::string, Sample> samples = {
      {"simulator_b1", [&] { return one.simulate(); }},
      {"bare_b1", [&] { return one.run_bare(); }},
      {"simulator_b4", [&] { return four.simulate(); }},
      {"bare_b4", [&] { return four.run_bare(); }},
      {"one_thread", [&] { return four.simulate_in_threads(1, kPasses); }},
      {"two_threads", [&] { return four.simulate_in_threads(2, kPasses); }},
      {"batched", batched(simulator, jets)},
      {"jets_an_event", [&] { return stages.jets_an_event(); }},
      {"answers",
       [&] {
         one.write_answers(folder + "/b1_");
         four.write_answers(folder + "/b4_");
         return 0.0;
       }},
  };
  samples.merge(stages.samples());
  return serve(samples);
}

}  // namespace

int main(int count, char** arguments) {
  return benches::guarded([&] { return work(count, arguments); });
}
