// One register function a topic; module.cpp calls them all.
#pragma once

#include <pybind11/pybind11.h>

namespace pyjetsim::bindings {

void register_hepmc(pybind11::module_& module);
void register_kinematics(pybind11::module_& module);
void register_noise(pybind11::module_& module);
void register_selection(pybind11::module_& module);
void register_simulator(pybind11::module_& module);
void register_truth(pybind11::module_& module);

}  // namespace pyjetsim::bindings
