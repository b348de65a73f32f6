#include "clustering/batch.h"

#include <algorithm>
#include <string>

#include "pyjetsim/error.h"

namespace pyjetsim::bindings {
namespace {

void check(const EventsView& events) {
  const auto n = static_cast<std::int64_t>(events.momenta.size() / 3);
  const auto& offsets = events.offsets;
  const bool whole = offsets.empty() ? n == 0 : offsets[0] == 0 && offsets[offsets.size() - 1] == n;
  if (!whole || !std::is_sorted(offsets.begin(), offsets.end())) {
    throw Error("offsets do not divide " + std::to_string(n) + " particles", "every particle is of one event",
                "give rising offsets from 0 to the number of particles");
  }
}

}  // namespace

Batch cluster_events(const EventsView& events, const JetDefinition& definition) {
  check(events);
  Batch batch;
  ClusteredJets found;
  for (std::size_t event = 0; event + 1 < events.offsets.size(); ++event) {
    const auto first = static_cast<std::size_t>(events.offsets[event]);
    const auto count = static_cast<std::size_t>(events.offsets[event + 1]) - first;
    const auto masses = events.masses.empty() ? events.masses : events.masses.subspan(first, count);
    cluster({events.momenta.subspan(3 * first, 3 * count), masses}, definition, found);
    for (auto jet : found.jets) {
      jet.first += batch.constituents.size();
      batch.jets.push_back({jet, static_cast<std::int64_t>(event)});
    }
    for (const auto particle : found.constituents) batch.constituents.push_back(first + particle);
  }
  return batch;
}

void copy_constituents(const Batch& batch, const EventsView& events, Span<const std::int32_t> pid, std::size_t width,
                       float* rows, std::int32_t* row_pids) {
  for (const auto& [jet, event] : batch.jets) {
    for (std::size_t i = 0; i < std::min(jet.count, width); ++i) {
      const std::size_t particle = batch.constituents[jet.first + i];
      for (std::size_t k = 0; k < 3; ++k) rows[3 * i + k] = static_cast<float>(events.momenta[3 * particle + k]);
      row_pids[i] = pid[particle];
    }
    rows += 3 * width;
    row_pids += width;
  }
}

}  // namespace pyjetsim::bindings
