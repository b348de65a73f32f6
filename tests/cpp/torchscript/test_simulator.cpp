// JetSimulator with libtorch makes of gen jets what the Python simulator makes of them with ONNX Runtime.
#include <cmath>

#include "fixture.h"
#include "pyjetsim/simulator.h"

namespace {

using pyjetsim::JetSimulator;

JetSimulator loaded() {
  pyjetsim::enable_torchscript();
  pyjetsim::SimulatorOptions options;
  options.backend = "torchscript";
  options.seed = 5;
  return JetSimulator::load(folder() + "/bundle", options);
}

double pt(const float* constituent) { return std::hypot(constituent[0], constituent[1]); }

void expect_near(double found, double expected) { EXPECT_NEAR(found, expected, 1e-3 + 1e-4 * std::abs(expected)); }

TEST(Simulator, GivesTheJetsOfPython) {
  const JetSimulator simulator = loaded();
  EXPECT_EQ(simulator.backend().rfind("libtorch 2.", 0), 0u);
  const Jets& gen = jets();
  std::vector<std::size_t> offsets;
  std::vector<pyjetsim::JetId> ids;
  for (std::size_t jet = 0; jet <= gen.size; ++jet) offsets.push_back(jet * gen.p);
  for (std::size_t jet = 0; jet < gen.size; ++jet) ids.push_back({0, 0, jet, 0});
  pyjetsim::SimulatedJets found;
  simulator.simulate(ids, {gen.constituents, offsets}, found);

  ASSERT_EQ(found.size(), gen.size);
  std::size_t differing = 0;
  for (std::size_t jet = 0; jet < gen.size; ++jet) {
    SCOPED_TRACE(jet);
    const auto constituents = found.constituents(jet);
    const std::size_t kept = constituents.size() / 3, expected = gen.n_reco[jet];
    if (kept != expected) {
      // Only for a constituent at the very cut.
      ++differing;
      continue;
    }
    for (std::size_t i = 0; i < kept; ++i) {
      // Of pt alone: two of equal pt may change places.
      expect_near(pt(constituents.data() + 3 * i), pt(gen.reco.data() + 3 * (jet * gen.p + i)));
    }
    const float* kinematics = gen.kinematics.data() + 4 * jet;
    expect_near(found[jet].pt, kinematics[0]);
    expect_near(found[jet].mass, kinematics[3]);
  }
  EXPECT_LE(differing, 1u);
}

}  // namespace
