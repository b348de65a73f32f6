// Simulates the jets of one event: downstream BUNDLE < px py pz of each particle, in GeV. Prints what runs the model,
// and a line for each simulated jet: pt eta phi mass, the mass of its gen jet, and px py pz of its constituents.
#include <pyjetsim/error.h>
#include <pyjetsim/jets.h>
#include <pyjetsim/kinematics.h>
#include <pyjetsim/simulator.h>
#ifdef DOWNSTREAM_TORCHSCRIPT
#include <pyjetsim/torchscript.h>
#endif

#include <cstdio>
#include <iostream>
#include <vector>

namespace {

constexpr pyjetsim::EventId kEvent{1, 2, 3};

float mass(pyjetsim::Span<const float> constituents) {
  std::vector<pyjetsim::JetKinematics<float>> jet(1);
  pyjetsim::jet_kinematics<float>({1, constituents.size() / 3, 3, constituents}, jet);
  return jet[0].mass;
}

void simulate(const char* bundle, const std::vector<double>& particles) {
  pyjetsim::SimulatorOptions options;
  options.seed = 7;
#ifdef DOWNSTREAM_TORCHSCRIPT
  pyjetsim::enable_torchscript();
  options.backend = "torchscript";
#endif
  const auto simulator = pyjetsim::JetSimulator::load(bundle, options);
  std::printf("%s\n", simulator.backend().c_str());

  pyjetsim::ClusteredJets gen;
  pyjetsim::cluster({particles}, {simulator.jet_radius(), 50}, gen);
  std::vector<float> momenta;
  std::vector<std::size_t> offsets;
  pyjetsim::append_constituents({particles}, gen, momenta, offsets);
  pyjetsim::SimulatedJets jets;
  simulator.simulate(kEvent, {momenta, offsets}, jets);
  for (std::size_t j = 0; j < jets.size(); ++j) {
    const pyjetsim::Span<const float> all(momenta);
    const auto first = offsets[j], last = offsets[j + 1];
    std::printf("%.9g %.9g %.9g %.9g %.9g", jets[j].pt, jets[j].eta, jets[j].phi, jets[j].mass,
                mass(all.subspan(3 * first, 3 * (last - first))));
    for (const float component : jets.constituents(j)) std::printf(" %.9g", component);
    std::printf("\n");
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 1;
  std::vector<double> particles;
  for (double component; std::cin >> component;) particles.push_back(component);
  try {
    simulate(arguments[1], particles);
  } catch (const pyjetsim::Error& error) {
    std::fprintf(stderr, "%s|%s|%s\n", error.wrong().c_str(), error.why().c_str(), error.todo().c_str());
    return 2;
  }
}
