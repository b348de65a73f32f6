// One register function a topic; module.cpp calls them all.
#pragma once

#include <pybind11/pybind11.h>

namespace pyjetsim::bindings {

void register_cluster(pybind11::module_& module);
void register_match(pybind11::module_& module);

}  // namespace pyjetsim::bindings
