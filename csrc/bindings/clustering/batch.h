// The jets of several events, one after another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pyjetsim/jets.h"

namespace pyjetsim::bindings {

// Particles of events side by side: event e has the particles offsets[e] to offsets[e + 1].
struct EventsView {
  Span<const double> momenta;
  Span<const double> masses;  // empty: all massless
  Span<const std::int64_t> offsets;
};

struct BatchJet {
  ClusteredJet jet;  // `first` counts in Batch::constituents
  std::int64_t event;
};

struct Batch {
  std::vector<BatchJet> jets;             // by event, by falling pt
  std::vector<std::size_t> constituents;  // particle numbers in all events
};

// Throws Error for offsets that do not divide the particles, naming nothing else: see cluster().
Batch cluster_events(const EventsView& events, const JetDefinition& definition);

// Row j gets the first `width` constituents of jet j; the rest is left as it is.
void copy_constituents(const Batch& batch, const EventsView& events, Span<const std::int32_t> pid, std::size_t width,
                       float* rows, std::int32_t* row_pids);

}  // namespace pyjetsim::bindings
