// pyjetsim._ops: importing it registers the ops; what it offers besides is for tests and measurements.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "kernels/cpu/paths.h"
#include "kernels/cuda/built.h"

namespace py = pybind11;

PYBIND11_MODULE(_ops, module) {
  module.doc() = "Compiled kernels of pyjetsim as torch ops, registered under torch.ops.pyjetsim.";
  module.def(
      "cpu_paths",
      [] {
        std::vector<std::string> names;
        for (const auto* path : pyjetsim::cpu_paths()) names.emplace_back(path->name);
        return names;
      },
      "Sets of instructions that the kernels have for this processor, best first.");
  module.def("cpu_path", [] { return pyjetsim::current_cpu_path().name; }, "The one in use.");
  module.def("use_cpu_path", &pyjetsim::use_cpu_path, py::arg("name"),
             "Take one of cpu_paths(), for every thread: for tests and measurements.");
  module.def("cuda_built", &pyjetsim::cuda::built, "Whether the CUDA kernels are in this build.");
}
