#include "jets/anti_kt.h"

#include <fastjet/config.h>

#include <algorithm>
#include <fastjet/ClusterSequence.hh>
#include <fastjet/ClusterSequenceArea.hh>
#include <fastjet/GhostedAreaSpec.hh>
#include <fastjet/JetDefinition.hh>
#include <mutex>

#include "pyjetsim/error.h"
#include "pyjetsim/jets.h"

namespace pyjetsim {
namespace {

// FastJet prints a page at its first clustering, which would end up in a program's output. What that page asks for, to
// cite EPJC 72 (2012) 1896, is in the documentation.
void silence_banner() {
  static std::once_flag once;
  std::call_once(once, [] { fastjet::ClusterSequence::set_fastjet_banner_stream(nullptr); });
}

#ifdef FASTJET_HAVE_LIMITED_THREAD_SAFETY
struct OneAtATime {
  OneAtATime() {}
};
#else
// Built without thread safety, FastJet counts references that all jets share without guarding them.
class OneAtATime {
 public:
  OneAtATime() : lock_(mutex()) {}

 private:
  static std::mutex& mutex() {
    static std::mutex shared;
    return shared;
  }
  std::lock_guard<std::mutex> lock_;
};
#endif

// The steps in which particles became jets are gone through backwards, so that a jet's number reaches all it was made
// of.
std::size_t number_jets(const fastjet::ClusterSequence& sequence, double pt_min, std::vector<std::size_t>& jet_of) {
  const auto& steps = sequence.history();
  const auto& objects = sequence.jets();
  const auto at = [](int i) { return static_cast<std::size_t>(i); };
  const double pt_min_squared = std::max(pt_min, 0.0) * std::max(pt_min, 0.0);
  std::size_t n_jets = 0;
  jet_of.assign(steps.size(), kNoJet);
  for (std::size_t i = steps.size(); i-- > 0;) {
    const auto& step = steps[i];
    if (step.parent1 < 0) continue;  // a particle
    if (step.parent2 == fastjet::ClusterSequence::BeamJet) {
      const auto& jet = objects[at(steps[at(step.parent1)].jetp_index)];
      if (jet.perp2() >= pt_min_squared) jet_of[at(step.parent1)] = n_jets++;
    } else {
      jet_of[at(step.parent1)] = jet_of[at(step.parent2)] = jet_of[i];
    }
  }
  jet_of.resize(sequence.n_particles());  // they are the first steps
  return n_jets;
}

}  // namespace

std::size_t anti_kt(const std::vector<FourMomentum>& particles, double radius, double pt_min,
                    std::vector<std::size_t>& jet_of) {
  jet_of.clear();
  if (particles.empty()) return 0;
  if (radius >= kLargestRadius) {
    jet_of.assign(particles.size(), 0);
    return 1;
  }
  silence_banner();
  const OneAtATime guard;
  thread_local std::vector<fastjet::PseudoJet> inputs;
  inputs.clear();
  for (const auto& p : particles) inputs.emplace_back(p.px, p.py, p.pz, p.energy);
  try {
    const fastjet::JetDefinition definition(fastjet::antikt_algorithm, radius, fastjet::E_scheme);
    return number_jets(fastjet::ClusterSequence(inputs, definition), pt_min, jet_of);
  } catch (const fastjet::Error& error) {
    throw Error("FastJet gave up: " + error.message(), "the event has no jets without it", "report the event");
  }
}

void active_areas(const std::vector<FourMomentum>& particles, double radius, double pt_min, const Ghosts& ghosts,
                  const std::vector<int>& seeds, std::vector<double>& area_of) {
  area_of.assign(particles.size(), 0);
  if (particles.empty()) return;
  silence_banner();
  const OneAtATime guard;
  std::vector<fastjet::PseudoJet> inputs;
  for (const auto& p : particles) {
    inputs.emplace_back(p.px, p.py, p.pz, p.energy);
    inputs.back().set_user_index(static_cast<int>(inputs.size()) - 1);
  }
  try {
    const fastjet::JetDefinition definition(fastjet::antikt_algorithm, radius, fastjet::E_scheme);
    const fastjet::GhostedAreaSpec spec(ghosts.rapidity_max, 1, ghosts.area);
    const fastjet::AreaDefinition area(fastjet::active_area, spec.with_fixed_seed(seeds));
    const fastjet::ClusterSequenceArea sequence(inputs, definition, area);
    for (const auto& jet : sequence.inclusive_jets(pt_min)) {
      const double value = sequence.area(jet);
      for (const auto& particle : sequence.constituents(jet)) {
        if (particle.user_index() >= 0) area_of[static_cast<std::size_t>(particle.user_index())] = value;
      }
    }
  } catch (const fastjet::Error& error) {
    throw Error("FastJet gave up: " + error.message(), "the event has no areas without it", "report the event");
  }
}

namespace {

// Releases of one series have the same classes.
std::string series(const std::string& version) { return version.substr(0, version.find('.', version.find('.') + 1)); }

}  // namespace

std::string fastjet_version() {
  // "FastJet version 3.5.2 [...]"
  const std::string text = fastjet::fastjet_version_string();
  const auto first = text.find_first_of("0123456789");
  const std::string version =
      first == std::string::npos ? text : text.substr(first, text.find_first_not_of("0123456789.", first) - first);
  const std::string built = FASTJET_VERSION;
  if (series(version) != series(built)) {
    throw Error("FastJet " + version + " is loaded, and pyjetsim was built for " + series(built),
                "their classes differ, and jets would be wrong without a word",
                "install FastJet " + series(built) + ", or build pyjetsim again");
  }
  return version;
}

}  // namespace pyjetsim
