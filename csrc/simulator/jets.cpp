#include "simulator/jets.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "jets/by_pt.h"
#include "pyjetsim/error.h"
#include "simulator/model.h"

namespace pyjetsim {
namespace {

constexpr double kLeastPt = 1e-3, kLeastNumber = 0.5;  // below, a logarithm says nothing
constexpr double kLeastWidth = 1e-6;                   // of a range of one value

double beyond(double low, double high, double value) {
  return std::max({low - value, value - high, 0.0}) / std::max(high - low, kLeastWidth);
}

double beyond_in_logs(const Range& range, double value, double least) {
  const auto log = [least](double x) { return std::log(std::max(x, least)); };
  return beyond(log(range.low), log(range.high), log(value));
}

// In single precision, like the numbers that the limits were taken from.
Range single(const Range& range) { return {static_cast<float>(range.low), static_cast<float>(range.high)}; }

}  // namespace

float domain_distance(const Manifest& manifest, float pt, float eta, std::size_t n_constituents) {
  const Range etas = single(manifest.eta);
  const double number = static_cast<double>(n_constituents);
  return static_cast<float>(
      std::max({beyond_in_logs(single(manifest.pt), pt, kLeastPt), beyond(etas.low, etas.high, eta),
                beyond_in_logs(manifest.n_constituents, number, kLeastNumber)}));
}

namespace {

[[noreturn]] void wrong_offsets(const std::string& problem) {
  throw Error(problem, "the constituents of jet j are the rows offsets[j] to offsets[j + 1]",
              "give one more offset than there are jets, rising from 0 to the number of constituents");
}

void check_offsets(const JetsView& jets) {
  const std::size_t numbers = jets.momenta.size();
  if (jets.offsets.empty()) {
    if (numbers != 0) wrong_offsets("there are momenta and no offsets");
    return;
  }
  if (jets.offsets[0] != 0) wrong_offsets("offsets begin with " + std::to_string(jets.offsets[0]));
  for (std::size_t jet = 0; jet + 1 < jets.offsets.size(); ++jet) {
    if (jets.offsets[jet + 1] < jets.offsets[jet]) wrong_offsets("offsets fall at jet " + std::to_string(jet));
    if (jets.offsets[jet + 1] - jets.offsets[jet] > std::numeric_limits<std::uint32_t>::max()) {
      wrong_offsets("jet " + std::to_string(jet) + " has more than 2^32 constituents");
    }
  }
  const std::size_t last = jets.offsets[jets.offsets.size() - 1];
  if (numbers % 3 != 0 || last != numbers / 3) {
    wrong_offsets("offsets end with " + std::to_string(last) + ", and there are " + std::to_string(numbers) +
                  " numbers for momenta of three");
  }
}

}  // namespace

bool all_finite(Span<const float> numbers) {
  constexpr std::uint32_t kExponent = 0x7f800000;
  bool finite = true;
  for (const float number : numbers) {
    std::uint32_t bits;
    std::memcpy(&bits, &number, sizeof bits);
    finite &= (bits & kExponent) != kExponent;
  }
  return finite;
}

std::size_t check_jets(const JetsView& jets) {
  check_offsets(jets);
  if (!jets.pids.empty() && jets.pids.size() != jets.momenta.size() / 3) {
    throw Error("there are " + std::to_string(jets.pids.size()) + " pids for " +
                    std::to_string(jets.momenta.size() / 3) + " constituents",
                "each constituent has its own", "give one pid a constituent, or none at all");
  }
  const std::size_t count = jets.offsets.empty() ? 0 : jets.offsets.size() - 1;
  if (all_finite(jets.momenta)) return count;
  std::size_t jet = 0;
  while (all_finite(constituents_of(jets, jet))) ++jet;
  throw Error("constituents of jet " + std::to_string(jet) + " are not finite",
              "they would spread through the whole jet", "drop the jet, or find out where it comes from");
}

namespace {

struct Total {
  float px = 0, py = 0, pz = 0;

  // As jet_kinematics has them.
  float pt() const { return std::sqrt(px * px + py * py); }
  float eta() const { return pz == 0 ? pz : std::asinh(pz / pt()); }
};

// Of the hardest constituents.
void write_pids(Span<const std::int32_t> pids, const std::vector<RankedConstituent>& order, Span<std::int32_t> input) {
  const std::size_t known = pids.empty() ? 0 : std::min(order.size(), input.size());
  for (std::size_t i = 0; i < known; ++i) input[i] = pids[order[i].row];
  std::fill(input.begin() + known, input.end(), 0);
}

}  // namespace

GenJet prepare_gen_jet(const Manifest& manifest, Span<const float> momenta, Span<const std::int32_t> pids,
                       std::vector<RankedConstituent>& order, float* input, std::int32_t* input_pids) {
  const auto rows = static_cast<std::uint32_t>(momenta.size() / 3);
  order.clear();
  for (std::uint32_t row = 0; row < rows; ++row) {
    const float* p = momenta.data() + std::size_t{3} * row;
    if (p[0] != 0 || p[1] != 0 || p[2] != 0) order.push_back({transverse_momentum(p), row});
  }
  sort_by_pt(order);

  Total total;
  float* next = input;
  float* const end = input + 3 * manifest.max_constituents;
  for (const RankedConstituent& constituent : order) {
    const float* p = momenta.data() + std::size_t{3} * constituent.row;
    total = {total.px + p[0], total.py + p[1], total.pz + p[2]};
    if (next != end) next = std::copy(p, p + 3, next);
  }
  std::fill(next, end, 0.0f);
  if (input_pids != nullptr) write_pids(pids, order, {input_pids, manifest.max_constituents});
  return {order.empty(), domain_distance(manifest, total.pt(), total.eta(), order.size()),
          order.size() > manifest.max_constituents};
}

std::size_t make_reco_jet(const Manifest& manifest, RecoJetBuffers& buffers, float* output,
                          const std::int32_t* output_pids, std::vector<std::int32_t>& pids) {
  auto& [order, momenta] = buffers;
  const std::size_t numbers = 3 * manifest.max_output_constituents;
  select_constituents({output, numbers}, manifest.cuts, order);
  momenta.clear();
  for (const RankedConstituent& constituent : order) {
    const float* p = output + std::size_t{3} * constituent.row;
    momenta.insert(momenta.end(), p, p + 3);
    pids.push_back(output_pids == nullptr ? 0 : output_pids[constituent.row]);
  }
  std::fill(std::copy(momenta.begin(), momenta.end(), output), output + numbers, 0.0f);
  return order.size();
}

}  // namespace pyjetsim
