// Reading files: HepMC events, and the layout of a jets.h5.
#include "io/hepmc.h"

#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "bindings/bindings.h"
#include "io/bytes.h"
#include "io/jets_layout.h"
#include "pyjetsim/error.h"

namespace pyjetsim::bindings {
namespace {

class Reader {
  template <typename Work>
  auto unlocked(const Work& work) {
    try {
      const py::gil_scoped_release release;
      return work();
    } catch (const BrokenError& error) {
      raise("IncompleteFileError", stopped(path_, reader_ ? reader_->last_event() : std::nullopt, error));
    } catch (const Error& error) {
      raise("DataError", error);
    }
  }

 public:
  Reader(const py::bytes& path, double eta_max, bool number_events) : path_(path) {
    unlocked([&] { reader_ = std::make_unique<EventReader>(path_, eta_max, number_events, check_signals); });
  }

  py::object next() {
    Particles particles;
    if (!unlocked([&] { return reader_->next(particles); })) return py::none();
    const auto size = static_cast<py::ssize_t>(particles.pid.size());
    Array<double> momenta({size, py::ssize_t{3}}), masses(size);
    Array<std::int32_t> pid(size);
    std::copy(particles.momenta.begin(), particles.momenta.end(), momenta.mutable_data());
    std::copy(particles.masses.begin(), particles.masses.end(), masses.mutable_data());
    std::copy(particles.pid.begin(), particles.pid.end(), pid.mutable_data());
    Array<double> weights(static_cast<py::ssize_t>(particles.weights.size()));
    std::copy(particles.weights.begin(), particles.weights.end(), weights.mutable_data());
    return py::make_tuple(particles.event, momenta, masses, pid, weights);
  }

  std::string format() const { return reader_->format(); }

  py::tuple weight_names() const {
    py::list told;
    for (const std::string& name : reader_->weight_names()) told.append(text(name));
    return py::tuple(told);
  }

  py::list warnings() const {
    py::list told;
    for (const std::string& warning : reader_->warnings()) told.append(text(warning));
    return told;
  }

 private:
  std::string path_;
  std::unique_ptr<EventReader> reader_;
};

// As pyjetsim/io/jets_h5/layout.py has it.
py::tuple jets_layout() {
  const auto described = [](const auto& columns) {
    py::dict all;
    for (const JetsColumn& column : columns) {
      py::list shape;
      for (const std::size_t length : column.row_shape(0)) shape.append(length == 0 ? -1 : static_cast<int>(length));
      all[column.name] = py::make_tuple(column.dtype, py::tuple(shape));
    }
    return all;
  };
  return py::make_tuple(kJetsFormat, kJetsVersion, kJetsChunk, described(kJetColumns), described(kPairColumns),
                        described(std::array{kCopyColumn}));
}

}  // namespace

void register_hepmc(py::module_& module) {
  py::class_<Reader>(module, "HepMCReader", "Use pyjetsim.io.hepmc.read_hepmc.")
      .def(py::init<const py::bytes&, double, bool>(), py::arg("path"), py::arg("eta_max"), py::arg("number_events"))
      .def("next", &Reader::next,
           "Number, momenta (M, 3), masses (M,), PDG ids (M,) and weights (W,) of an event; None at the end.")
      .def_property_readonly("format", &Reader::format)
      .def_property_readonly("weight_names", &Reader::weight_names)
      .def_property_readonly("warnings", &Reader::warnings);
  module.attr("ONLY_HEPMC") = kOnlyHepMC;
  module.def(
      "negative_number",
      [](const std::string& path, std::int64_t number) {
        const Error error = negative_number(path, number);
        return py::make_tuple(error.wrong(), error.why(), error.todo());
      },
      py::arg("path"), py::arg("number"), "What, why and what to do, of an event whose number is negative.");
  module.def(
      "kept_before", [](std::size_t events, const py::bytes& output) { return text(kept_before(events, output)); },
      py::arg("events"), py::arg("output"), "What was done with the events before a cut.");
  module.def(
      "no_jets",
      [](const std::string& path, const std::vector<double>& pt, const std::vector<double>& eta, double pt_min,
         double eta_max) {
        HardestJets hardest;
        for (std::size_t i = 0; i < pt.size(); ++i) hardest.add(pt[i], eta.at(i), eta_max);
        return text(hardest.warning(path, pt_min, eta_max));
      },
      py::arg("path"), py::arg("pt"), py::arg("eta"), py::arg("pt_min"), py::arg("eta_max"),
      "The message for events whose jets, of these pt and eta, all fail the cuts.");
  module.def(
      "is_hdf5", [](const py::bytes& start) { return is_hdf5(std::string_view(start)); }, py::arg("start"),
      "Whether a file that begins like this is HDF5.");
  module.def(
      "jets_layout", &jets_layout,
      "Format, version, rows of a chunk, and of each dataset of a jets.h5 its dtype and the shape of a row, -1 for "
      "the constituents.");
}

}  // namespace pyjetsim::bindings
