#include "matching/matching.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "core/angles.h"

namespace pyjetsim::matching {

void match_greedily(std::vector<Candidate>& candidates, std::vector<std::int32_t>& gen_match,
                    std::vector<std::int32_t>& reco_match) {
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return std::tie(a.cost, a.gen, a.reco) < std::tie(b.cost, b.gen, b.reco);
  });
  for (const Candidate& candidate : candidates) {
    auto& gen = gen_match[static_cast<std::size_t>(candidate.gen)];
    auto& reco = reco_match[static_cast<std::size_t>(candidate.reco)];
    if (gen >= 0 || reco >= 0) continue;
    gen = candidate.reco;
    reco = candidate.gen;
  }
  candidates.clear();
}

namespace {

constexpr double track_angle = 2e-3, displaced_angle = 0.1, displaced_log_pt = 0.7;
constexpr double angle_unit = 0.03, log_pt_unit = 0.2;
// Of log energy, with 1 GeV added on both sides for what pileup does to soft photons.
constexpr double mismatch_unit = 0.5, mismatch_max = 1.2;
constexpr double other_cell = 0.5;
constexpr double displaced_cost = 3, displaced_mismatch = 0.25;
constexpr double no_match = 1e9;

bool is_charged(std::int8_t kind) { return kind == charged_hadron || kind == electron || kind == muon; }
bool enters_ecal(std::int8_t kind) { return kind == photon || kind == electron; }
bool enters_hcal(std::int8_t kind) { return kind == charged_hadron || kind == neutral_hadron; }

Candidate candidate(double cost, std::size_t gen, std::size_t reco) {
  return {cost, static_cast<std::int32_t>(gen), static_cast<std::int32_t>(reco)};
}

}  // namespace

const Matches& Matcher::match(std::size_t jet) {
  gen_row_ = gen_.row(jet);
  gen_size_ = gen_.size(jet);
  reco_row_ = reco_.row(jet);
  reco_size_ = reco_.size(jet);
  found_.reco.assign(reco_size_, -1);
  match_tracks();
  match_cells(true);
  match_cells(false);
  return found_;
}

void Matcher::match_tracks() {
  found_.track.assign(gen_size_, -1);
  add_tracks_in_place();
  match_greedily(candidates_, found_.track, found_.reco);
  add_displaced_tracks();
  match_greedily(candidates_, found_.track, found_.reco);
}

void Matcher::add_tracks_in_place() {
  for (std::size_t i = 0; i < gen_size_; ++i) {
    const std::size_t a = gen_row_ + i;
    if (!is_charged(gen_.kind[a])) continue;
    for (std::size_t j = 0; j < reco_size_; ++j) {
      const std::size_t b = reco_row_ + j;
      if (reco_.kind[b] != charged_hadron || at_.pid[a] != in_.pid[b]) continue;
      const double angle = delta_r(gen_.eta[a], gen_.phi[a], reco_.eta[b], reco_.phi[b]);
      if (angle < track_angle) candidates_.push_back(candidate(angle, i, j));
    }
  }
}

void Matcher::add_displaced_tracks() {
  for (std::size_t i = 0; i < gen_size_; ++i) {
    const std::size_t a = gen_row_ + i;
    if (!is_charged(gen_.kind[a]) || found_.track[i] >= 0) continue;
    for (std::size_t j = 0; j < reco_size_; ++j) {
      const std::size_t b = reco_row_ + j;
      if (reco_.kind[b] != charged_hadron || found_.reco[j] >= 0 || at_.pid[a] != in_.pid[b]) continue;
      const double angle = delta_r(gen_.eta[a], gen_.phi[a], reco_.eta[b], reco_.phi[b]);
      const double log_pt = std::abs(std::log(reco_.pt[b] / gen_.pt[a]));
      if (angle < displaced_angle && log_pt < displaced_log_pt) {
        candidates_.push_back(candidate(angle / angle_unit + log_pt / log_pt_unit, i, j));
      }
    }
  }
}

void Matcher::match_cells(bool ecal) {
  std::vector<std::int32_t>& match = ecal ? found_.photon : found_.neutral;
  std::vector<bool>& leads = ecal ? found_.leads_ecal_cell : found_.leads_hcal_cell;
  const std::int8_t wanted = ecal ? photon : neutral_hadron;
  match.assign(gen_size_, -1);
  find_leaders(ecal, leads);
  for (std::size_t i = 0; i < gen_size_; ++i) {
    if (!leads[i]) continue;
    const double untracked = ecal ? untracked_energy(i) : 0;
    for (std::size_t j = 0; j < reco_size_; ++j) {
      if (reco_.kind[reco_row_ + j] != wanted) continue;
      const double price = cell_cost(ecal, i, j, untracked);
      if (price < no_match) candidates_.push_back(candidate(price, i, j));
    }
  }
  match_greedily(candidates_, match, found_.reco);
}

double Matcher::untracked_energy(std::size_t i) const {
  double sum = 0;
  for (std::size_t k = 0; k < gen_size_; ++k) {
    const std::size_t a = gen_row_ + k;
    if (!enters_ecal(gen_.kind[a]) || found_.track[k] >= 0) continue;
    if (at_.ecal_cell[a] == at_.ecal_cell[gen_row_ + i]) sum += at_.energy[a];
  }
  return sum;
}

double Matcher::cell_cost(bool ecal, std::size_t i, std::size_t j, double untracked) const {
  const std::size_t a = gen_row_ + i, b = reco_row_ + j;
  const bool same = ecal ? at_.ecal_cell[a] == in_.ecal_cell[b] : at_.hcal_cell[a] == in_.hcal_cell[b];
  const double d_eta = std::abs(at_.eta[a] - reco_.eta[b]), d_phi = std::abs(delta_phi(at_.phi[a], reco_.phi[b]));
  const Reach& reach = ecal ? reaches_.photon : reaches_.neutral;
  const double distance = std::max(d_eta / reach.eta, d_phi / reach.phi);  // within reach below 1
  if (!ecal) return same ? 0 : distance < 1 ? 1 + distance : no_match;
  if (!same && std::max(d_eta, d_phi) >= displaced_angle && distance >= 1) return no_match;
  const double energy = reco_.pt[b] * std::cosh(reco_.eta[b]);
  const double mismatch = std::abs(std::log((energy + 1) / (untracked + 1)));
  if (mismatch > mismatch_max) return no_match;
  if (same || distance < 1) return (same ? 0 : other_cell + distance) + mismatch / mismatch_unit;
  return mismatch < displaced_mismatch ? displaced_cost + distance + mismatch / mismatch_unit : no_match;
}

void Matcher::find_leaders(bool ecal, std::vector<bool>& leads) const {
  const std::int64_t* cell = ecal ? at_.ecal_cell : at_.hcal_cell;
  const auto enters = [&](std::size_t i) {
    return ecal ? enters_ecal(gen_.kind[gen_row_ + i]) : enters_hcal(gen_.kind[gen_row_ + i]);
  };
  leads.assign(gen_size_, false);
  for (std::size_t i = 0; i < gen_size_; ++i) {
    if (!enters(i)) continue;
    const std::size_t a = gen_row_ + i;
    bool leading = true;
    for (std::size_t k = 0; k < gen_size_ && leading; ++k) {
      const std::size_t b = gen_row_ + k;
      if (k == i || cell[a] != cell[b] || !enters(k)) continue;
      leading = at_.energy[b] < at_.energy[a] || (at_.energy[b] == at_.energy[a] && i < k);
    }
    leads[i] = leading;
  }
}

}  // namespace pyjetsim::matching
