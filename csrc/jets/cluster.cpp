#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/number_text.h"
#include "jets/anti_kt.h"
#include "pyjetsim/error.h"
#include "pyjetsim/jets.h"

namespace pyjetsim {
namespace {

struct Sum {
  FourMomentum momentum;
  std::size_t count;
};

// Kept by each thread, so that only events larger than those before allocate.
struct Workspace {
  std::vector<FourMomentum> moving;
  std::vector<std::size_t> number;  // of the moving ones among all particles
  std::vector<float> pt;            // of all particles
  std::vector<std::size_t> jet_of;  // of the moving ones
  std::vector<Sum> sums;            // of all jets
  std::vector<std::size_t> next;    // where a jet's next constituent goes, or kNoJet
};

void find_moving(const ParticlesView& particles, Workspace& work) {
  const std::size_t n = particles.momenta.size() / 3;
  work.moving.clear();
  work.number.clear();
  work.pt.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double px = particles.momenta[3 * i], py = particles.momenta[3 * i + 1], pz = particles.momenta[3 * i + 2];
    const float x = static_cast<float>(px), y = static_cast<float>(py), z = static_cast<float>(pz);
    if (x == 0 && y == 0 && z == 0) continue;
    const double mass = particles.masses.empty() ? 0 : particles.masses[i];
    // What is stored is float, and sorted as Python sorts it.
    work.pt[i] = std::hypot(x, y);
    work.number.push_back(i);
    work.moving.push_back({px, py, pz, std::sqrt(px * px + py * py + pz * pz + mass * mass)});
  }
}

void add_up(std::size_t n_jets, Workspace& work) {
  work.sums.assign(n_jets, {});
  for (std::size_t i = 0; i < work.moving.size(); ++i) {
    if (work.jet_of[i] == kNoJet) continue;
    Sum& sum = work.sums[work.jet_of[i]];
    sum.momentum.px += work.moving[i].px;
    sum.momentum.py += work.moving[i].py;
    sum.momentum.pz += work.moving[i].pz;
    sum.momentum.energy += work.moving[i].energy;
    ++sum.count;
  }
}

ClusteredJet kinematics(const FourMomentum& p) {
  const double pt = std::hypot(p.px, p.py);
  const double along = std::copysign(std::numeric_limits<double>::infinity(), p.pz);
  const double momentum = std::hypot(pt, p.pz);
  // Projected, so that light jets at TeV momenta keep their mass.
  const double mass_squared = (p.energy - momentum) * (p.energy + momentum);
  return {pt, pt > 0 ? std::asinh(p.pz / pt) : along, std::atan2(p.py, p.px), std::sqrt(std::max(mass_squared, 0.0)), 0,
          0};
}

// `first` holds a jet's number until its constituents have their place.
void keep_accepted(const JetDefinition& definition, const std::vector<Sum>& sums, std::vector<ClusteredJet>& jets) {
  jets.clear();
  for (std::size_t i = 0; i < sums.size(); ++i) {
    ClusteredJet jet = kinematics(sums[i].momentum);
    jet.first = i;
    jet.count = sums[i].count;
    if (jet.pt > definition.pt_min && std::abs(jet.eta) < definition.eta_max) jets.push_back(jet);
  }
  std::sort(jets.begin(), jets.end(), [](const ClusteredJet& a, const ClusteredJet& b) {
    return a.pt != b.pt ? a.pt > b.pt : a.first < b.first;
  });
}

void place_constituents(Workspace& work, ClusteredJets& output) {
  work.next.assign(work.sums.size(), kNoJet);
  std::size_t total = 0;
  for (auto& jet : output.jets) {
    work.next[jet.first] = total;
    jet.first = total;
    total += jet.count;
  }
  output.constituents.resize(total);
  for (std::size_t i = 0; i < work.number.size(); ++i) {
    const std::size_t jet = work.jet_of[i];
    if (jet != kNoJet && work.next[jet] != kNoJet) output.constituents[work.next[jet]++] = work.number[i];
  }
  const auto harder = [&pt = work.pt](std::size_t a, std::size_t b) { return pt[a] != pt[b] ? pt[a] > pt[b] : a < b; };
  for (const auto& jet : output.jets) {
    const auto first = output.constituents.begin() + static_cast<std::ptrdiff_t>(jet.first);
    std::sort(first, first + static_cast<std::ptrdiff_t>(jet.count), harder);
  }
}

// Jets are stored in float.
bool finite(double value) { return std::isfinite(static_cast<float>(value)); }

bool all_finite(Span<const double> values) {
  bool good = true;
  for (const double value : values) good = good & finite(value);
  return good;
}

[[noreturn]] void refuse(const char* name, std::size_t particle, double value) {
  const bool large = std::isfinite(value);
  throw Error(
      std::string(name) + " of particle " + std::to_string(particle) + " is " + short_text(value, 3) +
          (large ? " GeV" : ", no finite number"),
      large ? "jets hold numbers of 32 bits, up to 3.4e+38" : "one such particle would spoil every jet of its event",
      "drop it, or find out where it comes from");
}

[[noreturn]] void refuse_first_bad(const ParticlesView& particles) {
  for (std::size_t i = 0;; ++i) {
    for (std::size_t k = 0; k < 3; ++k) {
      static constexpr const char* names[] = {"px", "py", "pz"};
      if (!finite(particles.momenta[3 * i + k])) refuse(names[k], i, particles.momenta[3 * i + k]);
    }
    if (!particles.masses.empty() && !finite(particles.masses[i])) refuse("the mass", i, particles.masses[i]);
  }
}

void check(const ParticlesView& particles) {
  const std::size_t n = particles.momenta.size() / 3;
  if (particles.momenta.size() != 3 * n) {
    throw Error("momenta are " + std::to_string(particles.momenta.size()) + " numbers",
                "a particle has three: px, py, pz", "give three for each");
  }
  if (!particles.masses.empty() && particles.masses.size() != n) {
    throw Error(std::to_string(n) + " particles have " + std::to_string(particles.masses.size()) + " masses",
                "every particle has one", "give masses for all particles or for none");
  }
  if (!all_finite(particles.momenta) || !all_finite(particles.masses)) refuse_first_bad(particles);
}

void check(const JetDefinition& definition) {
  if (!(definition.radius > 0 && definition.radius <= kLargestRadius)) {
    throw Error("radius is " + fixed_text(definition.radius), "a jet has a size, and FastJet takes at most 1000",
                "give a radius above 0, such as 0.5");
  }
  if (std::isnan(definition.pt_min) || std::isnan(definition.eta_max)) {
    throw Error("pt_min is " + fixed_text(definition.pt_min) + " and eta_max " + fixed_text(definition.eta_max),
                "no jet would pass", "give numbers");
  }
}

}  // namespace

void cluster(const ParticlesView& particles, const JetDefinition& definition, ClusteredJets& output) {
  check(definition);
  check(particles);
  thread_local Workspace work;
  find_moving(particles, work);
  add_up(anti_kt(work.moving, definition.radius, definition.pt_min, work.jet_of), work);
  keep_accepted(definition, work.sums, output.jets);
  place_constituents(work, output);
}

void append_constituents(const ParticlesView& particles, const ClusteredJets& clustered, std::vector<float>& momenta,
                         std::vector<std::size_t>& offsets) {
  if (offsets.empty()) offsets.push_back(0);
  for (const ClusteredJet& jet : clustered.jets) {
    for (std::size_t i = jet.first; i < jet.first + jet.count; ++i) {
      const double* p = particles.momenta.data() + 3 * clustered.constituents[i];
      for (std::size_t axis = 0; axis < 3; ++axis) momenta.push_back(static_cast<float>(p[axis]));
    }
    offsets.push_back(momenta.size() / 3);
  }
}

void append_pids(Span<const std::int32_t> pids, const ClusteredJets& clustered, std::vector<std::int32_t>& output) {
  for (const ClusteredJet& jet : clustered.jets) {
    for (std::size_t i = jet.first; i < jet.first + jet.count; ++i) output.push_back(pids[clustered.constituents[i]]);
  }
}

}  // namespace pyjetsim
