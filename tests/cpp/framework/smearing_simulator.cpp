// In place of a bundle: a JetSimulator that scales every component of a constituent by 1 + noise / 10, and loses the
// soft ones; what is left it calls antiparticles. Its noise is that of the library, so that a jet's answer depends on
// nothing but (seed; event, jet).
#include <algorithm>
#include <cmath>

#include "pyjetsim/error.h"
#include "pyjetsim/simulator.h"

namespace pyjetsim {
namespace {

constexpr double kPtMin = 2;
constexpr std::size_t kMaxConstituents = 20;

}  // namespace

struct SimulatedJets::Workspace {};
SimulatedJets::SimulatedJets() noexcept = default;
SimulatedJets::~SimulatedJets() = default;

struct JetSimulator::Model {
  std::uint64_t seed;
};
JetSimulator::JetSimulator(std::unique_ptr<const Model> model) : model_(std::move(model)) {}
JetSimulator::JetSimulator(JetSimulator&&) noexcept = default;
JetSimulator::~JetSimulator() = default;

JetSimulator JetSimulator::load(const std::string& bundle, const SimulatorOptions& options) {
  if (bundle != "smearing") throw Error(bundle + " is not there", "it names a bundle", "give \"smearing\"");
  return JetSimulator(std::make_unique<const Model>(Model{options.seed}));
}

double JetSimulator::jet_radius() const { return 0.5; }

void JetSimulator::simulate(const EventId& event, const JetsView& gen, SimulatedJets& output) const {
  output.jets_.clear();
  output.momenta_.clear();
  output.pids_.clear();
  output.offsets_.assign(1, 0);
  for (std::size_t j = 0; j + 1 < gen.offsets.size(); ++j) {
    const Span<const float> in = gen.momenta.subspan(3 * gen.offsets[j], 3 * (gen.offsets[j + 1] - gen.offsets[j]));
    std::vector<float> noise(in.size());
    jet_noise(model_->seed, {event.run, event.luminosity_block, event.event, j}, noise.size(), noise.data());
    double energy = 0, px = 0, py = 0, pz = 0;
    for (std::size_t i = 0; i < in.size(); i += 3) {
      float out[3];
      for (std::size_t k = 0; k < 3; ++k) out[k] = in[i + k] * (1 + noise[i + k] / 10);
      if (std::hypot(out[0], out[1]) < kPtMin) continue;
      output.momenta_.insert(output.momenta_.end(), out, out + 3);
      output.pids_.push_back(-gen.pids[gen.offsets[j] + i / 3]);
      energy += std::hypot(out[0], out[1], out[2]), px += out[0], py += out[1], pz += out[2];
    }
    const double pt = std::hypot(px, py);
    const double mass = std::sqrt(std::max(0.0, energy * energy - pt * pt - pz * pz));
    output.jets_.push_back({static_cast<float>(pt), static_cast<float>(pt > 0 ? std::asinh(pz / pt) : 0),
                            static_cast<float>(std::atan2(py, px)), static_cast<float>(mass),
                            /*outside_domain=*/pt > 200,
                            /*truncated=*/in.size() / 3 > kMaxConstituents});
    output.offsets_.push_back(output.momenta_.size() / 3);
  }
}

}  // namespace pyjetsim
