// pyjetsim._matching: which reco particle came from which gen particle, for training alone.
#include "matching/matching.h"

#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <string>

#include "bindings/bindings.h"

namespace pyjetsim::bindings {
namespace {

// Arrays of one side, kept alive while their view is in use.
struct Side {
  Array<std::int32_t> count;
  Array<double> pt, eta, phi;
  Array<std::int8_t> kind;

  static Side from(const py::dict& fields) {
    return {fields["count"].cast<Array<std::int32_t>>(), fields["pt"].cast<Array<double>>(),
            fields["eta"].cast<Array<double>>(), fields["phi"].cast<Array<double>>(),
            fields["kind"].cast<Array<std::int8_t>>()};
  }

  matching::ParticleTable view() const {
    return {static_cast<std::size_t>(pt.shape(0)),
            static_cast<std::size_t>(pt.shape(1)),
            count.data(),
            pt.data(),
            eta.data(),
            phi.data(),
            kind.data()};
  }

  void check() const {
    if (pt.ndim() != 2 || count.ndim() != 1 || count.shape(0) != pt.shape(0)) {
      throw py::value_error("pt must have shape (N, P) and count (N,)");
    }
    for (const py::array* array : {static_cast<const py::array*>(&eta), static_cast<const py::array*>(&phi),
                                   static_cast<const py::array*>(&kind)}) {
      check_shape(*array);
    }
    const auto width = pt.shape(1);
    if (std::any_of(count.data(), count.data() + count.size(), [width](auto n) { return n < 0 || n > width; })) {
      throw py::value_error("count must be from 0 to P, the width of the tables");
    }
  }

  void check_shape(const py::array& array) const {
    if (array.ndim() != 2 || array.shape(0) != pt.shape(0) || array.shape(1) != pt.shape(1)) {
      throw py::value_error("every array of one side must have the shape (N, P) of its pt");
    }
  }
};

void check_pairs(const Side& gen, const Side& reco) {
  gen.check();
  reco.check();
  if (gen.pt.shape(0) != reco.pt.shape(0)) throw py::value_error("gen and reco must have as many jets");
}

py::tuple fit_vertices(const Array<std::int64_t>& starts, const py::dict& gen_fields, const py::dict& reco_fields,
                       double radius, double half_length, const Array<double>& grid, double spread,
                       const std::array<double, 3>& photon, const std::array<double, 3>& neutral) {
  const Side gen = Side::from(gen_fields), reco = Side::from(reco_fields);
  check_pairs(gen, reco);
  const auto jets = gen.pt.shape(0);
  const std::int64_t *begin = starts.data(), *end = begin + starts.size();
  if (starts.ndim() != 1 || starts.size() == 0 || begin[0] != 0 || end[-1] != jets || !std::is_sorted(begin, end)) {
    throw py::value_error("starts must rise from 0 to the number of jets");
  }
  const auto inside = [half_length](double z) { return z > -half_length && z < half_length; };
  if (!(radius > 0) || !(half_length > 0) || !(spread > 0) || grid.size() == 0 ||
      !std::all_of(grid.data(), grid.data() + grid.size(), inside)) {
    throw py::value_error("radius, half_length and spread must be positive, and the grid inside the cylinder");
  }
  for (const auto& voters : {photon, neutral}) {
    if (!(voters[1] > 0) || !(voters[2] > 0)) throw py::value_error("windows of voters must be positive");
  }
  const matching::Voters photons{photon[0], photon[1], photon[2]}, neutrals{neutral[0], neutral[1], neutral[2]};
  Array<double> z(jets), uncertainty(jets);
  double *z_out = z.mutable_data(), *uncertainty_out = uncertainty.mutable_data();
  const matching::ParticleTable gen_view = gen.view(), reco_view = reco.view();
  const matching::VertexGrid vertices{view(grid), spread};
  {
    const py::gil_scoped_release release;
    for (const auto* start = begin; start + 1 < end; ++start) {
      const auto first = static_cast<std::size_t>(start[0]), last = static_cast<std::size_t>(start[1]);
      const auto vertex =
          matching::fit_vertex(gen_view, reco_view, first, last, {radius, half_length}, vertices, photons, neutrals);
      std::fill(z_out + first, z_out + last, vertex.z);
      std::fill(uncertainty_out + first, uncertainty_out + last, vertex.uncertainty);
    }
  }
  return py::make_tuple(z, uncertainty);
}

template <typename T>
Array<T> filled(const Array<double>& like, T value) {
  Array<T> array({like.shape(0), like.shape(1)});
  std::fill_n(array.mutable_data(), array.size(), value);
  return array;
}

py::dict match_pairs(const py::dict& gen_fields, const py::dict& reco_fields, const std::array<double, 2>& photon_reach,
                     const std::array<double, 2>& neutral_reach) {
  for (const auto& reach : {photon_reach, neutral_reach}) {
    if (!(reach[0] > 0) || !(reach[1] > 0)) throw py::value_error("reaches must be positive");
  }
  const Side gen = Side::from(gen_fields), reco = Side::from(reco_fields);
  check_pairs(gen, reco);
  const auto ids = [](const py::dict& side, const char* name) { return side[name].cast<Array<std::int32_t>>(); };
  const auto numbers = [](const py::dict& side, const char* name) { return side[name].cast<Array<double>>(); };
  const auto cells = [](const py::dict& side, const char* name) { return side[name].cast<Array<std::int64_t>>(); };
  const auto gen_pid = ids(gen_fields, "pid"), reco_pid = ids(reco_fields, "pid");
  const auto energy = numbers(gen_fields, "energy"), eta = numbers(gen_fields, "calorimeter_eta"),
             phi = numbers(gen_fields, "calorimeter_phi");
  const auto gen_ecal = cells(gen_fields, "ecal_cell"), gen_hcal = cells(gen_fields, "hcal_cell");
  const auto reco_ecal = cells(reco_fields, "ecal_cell"), reco_hcal = cells(reco_fields, "hcal_cell");
  for (const py::array& array : {py::array(gen_pid), py::array(energy), py::array(eta), py::array(phi),
                                 py::array(gen_ecal), py::array(gen_hcal)}) {
    gen.check_shape(array);
  }
  for (const py::array& array : {py::array(reco_pid), py::array(reco_ecal), py::array(reco_hcal)}) {
    reco.check_shape(array);
  }

  auto track = filled<std::int32_t>(gen.pt, -1), photon = filled<std::int32_t>(gen.pt, -1),
       neutral = filled<std::int32_t>(gen.pt, -1), matched = filled<std::int32_t>(reco.pt, -1);
  auto leads_ecal = filled<bool>(gen.pt, false), leads_hcal = filled<bool>(gen.pt, false);
  std::int32_t *track_out = track.mutable_data(), *photon_out = photon.mutable_data(),
               *neutral_out = neutral.mutable_data(), *matched_out = matched.mutable_data();
  bool *ecal_out = leads_ecal.mutable_data(), *hcal_out = leads_hcal.mutable_data();
  const matching::ParticleTable gen_view = gen.view(), reco_view = reco.view();
  matching::Matcher matcher(gen_view,
                            {gen_pid.data(), energy.data(), eta.data(), phi.data(), gen_ecal.data(), gen_hcal.data()},
                            reco_view, {reco_pid.data(), reco_ecal.data(), reco_hcal.data()},
                            {{photon_reach[0], photon_reach[1]}, {neutral_reach[0], neutral_reach[1]}});
  {
    const py::gil_scoped_release release;
    for (std::size_t jet = 0; jet < gen_view.jets; ++jet) {
      const matching::Matches& found = matcher.match(jet);
      const std::size_t row = gen_view.row(jet);
      std::copy(found.track.begin(), found.track.end(), track_out + row);
      std::copy(found.photon.begin(), found.photon.end(), photon_out + row);
      std::copy(found.neutral.begin(), found.neutral.end(), neutral_out + row);
      std::copy(found.leads_ecal_cell.begin(), found.leads_ecal_cell.end(), ecal_out + row);
      std::copy(found.leads_hcal_cell.begin(), found.leads_hcal_cell.end(), hcal_out + row);
      std::copy(found.reco.begin(), found.reco.end(), matched_out + reco_view.row(jet));
    }
  }
  py::dict answer;
  answer["track"] = track;
  answer["photon"] = photon;
  answer["neutral"] = neutral;
  answer["leads_ecal_cell"] = leads_ecal;
  answer["leads_hcal_cell"] = leads_hcal;
  answer["reco"] = matched;
  return answer;
}

}  // namespace
}  // namespace pyjetsim::bindings

PYBIND11_MODULE(_matching, module) {
  using namespace pyjetsim::bindings;
  module.doc() = "Which reco particle of a jet came from which gen particle.";
  module.def("fit_vertices", &fit_vertices, py::arg("starts"), py::arg("gen"), py::arg("reco"), py::arg("radius"),
             py::arg("half_length"), py::arg("grid"), py::arg("spread"), py::arg("photon"), py::arg("neutral"),
             "Vertex z and its uncertainty (N,), m, of jets whose events begin at starts; gen and reco hold count (N,) "
             "and pt, eta, phi, kind (N, P); photon and neutral are (pt_min, eta_window, phi_window) of voters.");
  module.def("match_pairs", &match_pairs, py::arg("gen"), py::arg("reco"), py::arg("photon_reach"),
             py::arg("neutral_reach"),
             "Places of reco particles by gen particle (N, P), -1 for none, and the cells' leading particles. Reaches "
             "are in (eta, phi).");
}
