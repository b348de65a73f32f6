// pyjetsim._clustering: apart from pyjetsim._core, so that nothing but clustering needs FastJet's library.
#include "clustering/clustering.h"
#include "pyjetsim/jets.h"

namespace py = pybind11;

PYBIND11_MODULE(_clustering, module) {
  module.doc() = "Clustering and matching of pyjetsim, with FastJet.";
  module.attr("fastjet_version") = pyjetsim::fastjet_version();
  pyjetsim::bindings::register_cluster(module);
  pyjetsim::bindings::register_match(module);
}
