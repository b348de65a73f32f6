#include <pybind11/stl.h>

#include <optional>

#include "array.h"
#include "clustering/batch.h"
#include "clustering/clustering.h"

namespace py = pybind11;

namespace pyjetsim::bindings {
namespace {

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

}  // namespace

void register_cluster(py::module_& module) {
  module.def("cluster", &cluster, py::arg("momenta"), py::arg("offsets"), py::arg("pid"), py::arg("mass"),
             py::arg("pt_min"), py::arg("eta_max"), py::arg("radius"), py::arg("max_constituents"),
             "Jets of events: constituents (N, P, 3), pid (N, P), n_constituents (N,), jet (N, 4), event (N,).");
}

}  // namespace pyjetsim::bindings
