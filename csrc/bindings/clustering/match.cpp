#include <algorithm>

#include "array.h"
#include "clustering/clustering.h"
#include "pyjetsim/jets.h"

namespace py = pybind11;

namespace pyjetsim::bindings {
namespace {

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

}  // namespace

void register_match(py::module_& module) {
  module.def("match_nearest", &match_nearest, py::arg("eta"), py::arg("phi"), py::arg("event"), py::arg("other_eta"),
             py::arg("other_phi"), py::arg("other_event"), py::arg("max_delta_r"),
             "For each jet the nearest other of its event, or -1; other_event must not decrease.");
}

}  // namespace pyjetsim::bindings
