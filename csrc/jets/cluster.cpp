#include <algorithm>
#include <cmath>
#include <limits>

#include "jets/anti_kt.h"
#include "jets/check.h"
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

}  // namespace pyjetsim
