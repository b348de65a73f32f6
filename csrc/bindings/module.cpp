#include "bindings.h"

PYBIND11_MODULE(_core, module) {
  module.doc() = "Compiled parts of pyjetsim.";
  module.attr("__version__") = PYJETSIM_VERSION;
  pyjetsim::bindings::register_hepmc(module);
  pyjetsim::bindings::register_kinematics(module);
  pyjetsim::bindings::register_noise(module);
  pyjetsim::bindings::register_selection(module);
  pyjetsim::bindings::register_simulator(module);
  pyjetsim::bindings::register_truth(module);
}
