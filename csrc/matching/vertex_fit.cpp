#include <algorithm>
#include <cmath>
#include <vector>

#include "core/angles.h"
#include "matching/matching.h"

namespace pyjetsim::matching {
namespace {

// How a kind of neutral particle votes.
struct Vote {
  double pt_spread;  // width of log(reco pt / gen pt); 0: pt says nothing, other hadrons share the cell
  double weight;
};

constexpr Vote photon_vote{0.6, 1.0};
constexpr Vote hadron_vote{0.0, 0.5};
constexpr double sharpness = 3.0;
constexpr double prior = 0.15;  // times sharpness: a little wider than the density, half of z²/spread²
constexpr double beyond = 2.0;  // windows; exp(-beyond⁴ / 2) is nothing

double fourth(double x) {
  const double square = x * x;
  return square * square;
}

double eta_at_calorimeter(double slope, double z, const Cylinder& cylinder) {
  const double at_barrel = z + cylinder.radius * slope;
  if (std::abs(at_barrel) <= cylinder.half_length) return std::asinh(at_barrel / cylinder.radius);
  const double end = std::copysign(cylinder.half_length, slope);
  return std::asinh(end * slope / (end - z));
}

// The best score of one gen particle at each vertex.
void score(const ParticleTable& reco, std::size_t jet, Kind kind, const Vote& vote, const Voters& voters, double pt,
           double eta, double phi, const Cylinder& cylinder, Span<const double> z, std::vector<double>& best) {
  std::fill(best.begin(), best.end(), 0.0);
  const double slope = std::sinh(eta);
  for (std::size_t b = reco.row(jet), end = b + reco.size(jet); b < end; ++b) {
    if (reco.kind[b] != kind) continue;
    const double d_phi = delta_phi(reco.phi[b], phi) / voters.phi_window;
    if (std::abs(d_phi) > beyond) continue;
    double penalty = fourth(d_phi);
    if (vote.pt_spread > 0) {
      const double pull = std::log(reco.pt[b] / pt) / vote.pt_spread;
      if (pull * pull > 12) continue;
      penalty += pull * pull;
    }
    for (std::size_t i = 0; i < z.size(); ++i) {
      const double d_eta = (eta_at_calorimeter(slope, z[i], cylinder) - reco.eta[b]) / voters.eta_window;
      if (std::abs(d_eta) < beyond) best[i] = std::max(best[i], std::exp(-0.5 * (fourth(d_eta) + penalty)));
    }
  }
}

}  // namespace

Vertex fit_vertex(const ParticleTable& gen, const ParticleTable& reco, std::size_t first, std::size_t last,
                  const Cylinder& cylinder, const VertexGrid& grid, const Voters& photons, const Voters& neutrals) {
  std::vector<double> total(grid.z.size()), best(grid.z.size());
  for (std::size_t i = 0; i < total.size(); ++i) {
    const double pull = grid.z[i] / grid.spread;
    total[i] = -prior * pull * pull;
  }
  for (std::size_t jet = first; jet < last; ++jet) {
    for (std::size_t a = gen.row(jet), end = a + gen.size(jet); a < end; ++a) {
      const auto kind = static_cast<Kind>(gen.kind[a]);
      if (kind != photon && kind != neutral_hadron) continue;
      const Vote& vote = kind == photon ? photon_vote : hadron_vote;
      const Voters& voters = kind == photon ? photons : neutrals;
      if (!(gen.pt[a] > voters.pt_min)) continue;
      score(reco, jet, kind, vote, voters, gen.pt[a], gen.eta[a], gen.phi[a], cylinder, grid.z, best);
      for (std::size_t i = 0; i < total.size(); ++i) total[i] += vote.weight * best[i];
    }
  }
  const double highest = *std::max_element(total.begin(), total.end());
  double sum = 0, mean = 0, variance = 0;
  for (std::size_t i = 0; i < total.size(); ++i) {
    total[i] = std::exp(sharpness * (total[i] - highest));
    sum += total[i];
    mean += total[i] * grid.z[i];
  }
  mean /= sum;
  for (std::size_t i = 0; i < total.size(); ++i) variance += total[i] * (grid.z[i] - mean) * (grid.z[i] - mean);
  return {mean, std::sqrt(variance / sum)};
}

}  // namespace pyjetsim::matching
