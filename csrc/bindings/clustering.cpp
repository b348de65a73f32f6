// pyjetsim._clustering: apart from pyjetsim._core, so that nothing but clustering needs FastJet's library.

#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bindings/bindings.h"
#include "jets/anti_kt.h"
#include "pyjetsim/error.h"
#include "pyjetsim/jets.h"

namespace pyjetsim::bindings {
namespace {

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

void check(const EventsView& events) {
  const auto n = static_cast<std::int64_t>(events.momenta.size() / 3);
  const auto& offsets = events.offsets;
  const bool whole = offsets.empty() ? n == 0 : offsets[0] == 0 && offsets[offsets.size() - 1] == n;
  if (!whole || !std::is_sorted(offsets.begin(), offsets.end())) {
    throw Error("offsets do not divide " + std::to_string(n) + " particles", "every particle is of one event",
                "give rising offsets from 0 to the number of particles");
  }
}

// The jets of several events, one after another. Throws Error for offsets that do not divide the particles: see
// cluster().
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

// Row j gets the first `width` constituents of jet j; the rest is left as it is.
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

template <typename T>
Array<T> zeros(const std::vector<py::ssize_t>& shape) {
  Array<T> array(shape);
  std::fill_n(array.mutable_data(), array.size(), T{});
  return array;
}

py::tuple cluster(const Array<double>& momenta, const Array<std::int64_t>& offsets, const Array<std::int32_t>& pid,
                  const std::optional<Array<double>>& mass, double pt_min, double eta_max, double radius,
                  py::ssize_t max_constituents) {
  if (momenta.ndim() != 2 || momenta.shape(1) != 3 || pid.size() != momenta.shape(0) || max_constituents < 1) {
    throw py::value_error("momenta must have shape (M, 3), pid (M,), and max_constituents be at least 1");
  }
  const EventsView events{view(momenta), mass ? view(*mass) : Span<const double>(), view(offsets)};
  Batch batch;
  {
    py::gil_scoped_release release;
    batch = cluster_events(events, {radius, pt_min, eta_max});
  }
  const auto n = static_cast<py::ssize_t>(batch.jets.size());
  auto constituents = zeros<float>({n, max_constituents, 3});
  auto ids = zeros<std::int32_t>({n, max_constituents});
  Array<std::int32_t> count(n);
  Array<float> jets({n, py::ssize_t{4}});
  Array<std::int64_t> event(n);
  copy_constituents(batch, events, view(pid), static_cast<std::size_t>(max_constituents), constituents.mutable_data(),
                    ids.mutable_data());
  for (py::ssize_t i = 0; i < n; ++i) {
    const auto& found = batch.jets[static_cast<std::size_t>(i)];
    count.mutable_at(i) = static_cast<std::int32_t>(found.jet.count);
    event.mutable_at(i) = found.event;
    float* row = jets.mutable_data(i, 0);
    for (const double value : {found.jet.pt, found.jet.eta, found.jet.phi, found.jet.mass}) {
      *row++ = static_cast<float>(value);
    }
  }
  return py::make_tuple(constituents, ids, count, jets, event);
}

void register_cluster(py::module_& module) {
  module.def("cluster", &cluster, py::arg("momenta"), py::arg("offsets"), py::arg("pid"), py::arg("mass"),
             py::arg("pt_min"), py::arg("eta_max"), py::arg("radius"), py::arg("max_constituents"),
             "Jets of events: constituents (N, P, 3), pid (N, P), n_constituents (N,), jet (N, 4), event (N,).");
}

Array<double> active_areas(const Array<double>& momenta, const Array<std::int64_t>& offsets,
                           const Array<std::int32_t>& seeds, double pt_min, double radius, double rapidity_max,
                           double ghost_area) {
  if (momenta.ndim() != 2 || momenta.shape(1) != 3 || seeds.ndim() != 2 || seeds.shape(1) != 2 ||
      seeds.shape(0) != std::max<py::ssize_t>(offsets.size() - 1, 0)) {
    throw py::value_error("momenta must have shape (M, 3), and seeds (E, 2)");
  }
  const EventsView events{view(momenta), {}, view(offsets)};
  check(events);
  Array<double> areas(momenta.shape(0));
  double* output = areas.mutable_data();
  py::gil_scoped_release release;
  std::vector<FourMomentum> particles;
  std::vector<double> area_of;
  for (std::size_t event = 0; event + 1 < events.offsets.size(); ++event) {
    particles.clear();
    for (auto i = events.offsets[event]; i < events.offsets[event + 1]; ++i) {
      const double* p = momenta.data() + 3 * i;
      particles.push_back({p[0], p[1], p[2], std::sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2])});
    }
    const std::int32_t* seed = seeds.data() + 2 * event;
    pyjetsim::active_areas(particles, radius, pt_min, {ghost_area, rapidity_max}, {seed[0], seed[1]}, area_of);
    output = std::copy(area_of.begin(), area_of.end(), output);
  }
  return areas;
}

void register_areas(py::module_& module) {
  module.def("active_areas", &active_areas, py::arg("momenta"), py::arg("offsets"), py::arg("seeds"), py::arg("pt_min"),
             py::arg("radius"), py::arg("rapidity_max"), py::arg("ghost_area"),
             "For each massless particle (M,) the active area of its anti-kt jet, 0 below pt_min.");
}

struct Directions {
  const Array<double>& eta;
  const Array<double>& phi;
  const Array<std::int64_t>& event;

  std::size_t size() const { return static_cast<std::size_t>(event.size()); }
  bool fit() const { return eta.size() == event.size() && phi.size() == event.size(); }
  DirectionsView part(std::size_t first, std::size_t count) const {
    return {{eta.data() + first, count}, {phi.data() + first, count}};
  }
};

Array<std::int64_t> match_nearest(const Array<double>& eta, const Array<double>& phi, const Array<std::int64_t>& event,
                                  const Array<double>& other_eta, const Array<double>& other_phi,
                                  const Array<std::int64_t>& other_event, double max_delta_r) {
  const Directions jets{eta, phi, event}, others{other_eta, other_phi, other_event};
  if (!jets.fit() || !others.fit()) throw py::value_error("eta, phi and event must have one entry for each jet");
  Array<std::int64_t> nearest(event.size());
  std::int64_t* output = nearest.mutable_data();
  py::gil_scoped_release release;
  const Span<const std::int64_t> all(other_event.data(), others.size());
  for (std::size_t i = 0; i < jets.size(); ++i) {
    const auto [begin, end] = std::equal_range(all.begin(), all.end(), event.data()[i]);
    const auto first = begin - all.begin();
    const auto view = others.part(static_cast<std::size_t>(first), static_cast<std::size_t>(end - begin));
    pyjetsim::match_nearest(jets.part(i, 1), view, max_delta_r, {output + i, 1});
    if (output[i] >= 0) output[i] += first;
  }
  return nearest;
}

void register_match(py::module_& module) {
  module.def("match_nearest", &match_nearest, py::arg("eta"), py::arg("phi"), py::arg("event"), py::arg("other_eta"),
             py::arg("other_phi"), py::arg("other_event"), py::arg("max_delta_r"),
             "For each jet the nearest other of its event, or -1; other_event must not decrease.");
}

}  // namespace
}  // namespace pyjetsim::bindings

PYBIND11_MODULE(_clustering, module) {
  module.doc() = "Clustering and matching of pyjetsim, with FastJet.";
  module.attr("fastjet_version") = pyjetsim::fastjet_version();
  pyjetsim::bindings::register_cluster(module);
  pyjetsim::bindings::register_areas(module);
  pyjetsim::bindings::register_match(module);
}
