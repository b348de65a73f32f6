#include "simulator/jets_view.h"

#include <cstdint>
#include <cstring>
#include <limits>

#include "pyjetsim/error.h"

namespace pyjetsim {
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

}  // namespace pyjetsim
