#include "pyjetsim/selection.h"

#include <algorithm>
#include <vector>

#include "array.h"
#include "bindings.h"

namespace py = pybind11;

namespace pyjetsim::bindings {
namespace {

Array<bool> visible(const Array<std::int32_t>& pid) {
  Array<bool> answer(pid.size());
  std::transform(pid.data(), pid.data() + pid.size(), answer.mutable_data(), [](auto id) { return is_visible(id); });
  return answer;
}

Array<bool> in_acceptance(const Array<double>& momenta, double pt_min, double eta_max) {
  if (momenta.ndim() != 2 || momenta.shape(1) != 3) throw py::value_error("momenta must have shape (M, 3)");
  const Acceptance acceptance(pt_min, eta_max);
  Array<bool> answer(momenta.shape(0));
  bool* output = answer.mutable_data();
  const double* p = momenta.data();
  for (py::ssize_t i = 0; i < answer.size(); ++i, p += 3) output[i] = acceptance.holds(p[0], p[1], p[2]);
  return answer;
}

// What is kept, in arrays as wide as it can be.
struct Kept {
  Array<float> constituents;
  Array<std::int32_t> pid, count;

  Kept(py::ssize_t jets, py::ssize_t width)
      : constituents({jets, width, py::ssize_t{3}}), pid({jets, width}), count(jets) {
    std::fill_n(constituents.mutable_data(), constituents.size(), 0.0f);
    std::fill_n(pid.mutable_data(), pid.size(), 0);
  }
};

py::tuple select(const Array<float>& constituents, const Array<std::int32_t>& pid, double pt_min, double eta_max,
                 std::size_t max_constituents) {
  if (constituents.ndim() != 3 || constituents.shape(2) != 3 || pid.ndim() != 2 ||
      pid.shape(0) != constituents.shape(0) || pid.shape(1) != constituents.shape(1)) {
    throw py::value_error("constituents must have shape (N, P, 3) and pid (N, P)");
  }
  const auto jets = static_cast<std::size_t>(constituents.shape(0));
  const auto rows = static_cast<std::size_t>(constituents.shape(1)), width = std::min(rows, max_constituents);
  Kept kept(constituents.shape(0), static_cast<py::ssize_t>(width));
  const ConstituentCuts cuts{static_cast<float>(pt_min), static_cast<float>(eta_max), max_constituents};
  const Span<const float> momenta = view(constituents);
  const std::int32_t* ids = pid.data();
  float* output = kept.constituents.mutable_data();
  std::int32_t *output_ids = kept.pid.mutable_data(), *count = kept.count.mutable_data();
  {
    const py::gil_scoped_release release;
    std::vector<RankedConstituent> order;
    for (std::size_t jet = 0; jet < jets; ++jet) {
      const Span<const float> of_jet = momenta.subspan(3 * rows * jet, 3 * rows);
      select_constituents(of_jet, cuts, order);
      for (std::size_t i = 0; i < order.size(); ++i) {
        const std::size_t row = order[i].row;
        std::copy_n(of_jet.data() + 3 * row, 3, output + 3 * (width * jet + i));
        output_ids[width * jet + i] = ids[rows * jet + row];
      }
      count[jet] = static_cast<std::int32_t>(order.size());
    }
  }
  return py::make_tuple(kept.constituents, kept.pid, kept.count);
}

}  // namespace

void register_selection(py::module_& module) {
  py::list invisible;
  for (const auto pid : invisible_pids()) invisible.append(pid);
  module.attr("INVISIBLE") = py::tuple(invisible);
  module.def("visible", &visible, py::arg("pid"), "Whether a detector sees particles of these PDG ids (M,).");
  module.def("in_acceptance", &in_acceptance, py::arg("momenta"), py::arg("pt_min"), py::arg("eta_max"),
             "Whether particles (M, 3) have pt > pt_min and |eta| < eta_max.");
  module.def("select_constituents", &select, py::arg("constituents"), py::arg("pid"), py::arg("pt_min"),
             py::arg("eta_max"), py::arg("max_constituents"),
             "Constituents (N, W, 3), pid (N, W) and their number (N,) after cuts, by falling pt.");
}

}  // namespace pyjetsim::bindings
