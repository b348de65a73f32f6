// pyjetsim._ops: importing it registers the ops, by name, with the kernels of each device behind them. What the module
// offers besides is for tests and measurements.

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <torch/csrc/stable/library.h>

#include "kernels/cpu/paths.h"
#include "kernels/cuda/kernels.h"
#include "torch_ops/chamfer.h"
#include "torch_ops/devices.h"
#include "torch_ops/kinematics.h"
#include "torch_ops/reconstruction_loss.h"
#include "torch_ops/spline.h"

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

namespace pyjetsim::torch_ops {

namespace {

template <typename Device>
void implement(torch::stable::detail::StableLibrary& library) {
  library.impl("chamfer_distance", TORCH_BOX(&chamfer_distance<Device>));
  library.impl("chamfer_nearest", TORCH_BOX(&chamfer_nearest<Device>));
  library.impl("chamfer_backward", TORCH_BOX(&chamfer_backward<Device>));
  library.impl("jet_kinematics", TORCH_BOX(&jet_kinematics<Device>));
  library.impl("jet_kinematics_backward", TORCH_BOX(&jet_kinematics_backward<Device>));
  library.impl("reconstruction_loss", TORCH_BOX(&reconstruction_loss<Device>));
  library.impl("reconstruction_loss_nearest", TORCH_BOX(&reconstruction_loss_nearest<Device>));
  library.impl("reconstruction_loss_backward", TORCH_BOX(&reconstruction_loss_backward<Device>));
}

// Splines have kernels for the CPU alone.
void implement_splines(torch::stable::detail::StableLibrary& library) {
  library.impl("spline", TORCH_BOX(&spline<Cpu>));
  library.impl("spline_inverse", TORCH_BOX(&spline_inverse<Cpu>));
  library.impl("spline_backward", TORCH_BOX(&spline_backward<Cpu>));
}

}  // namespace
}  // namespace pyjetsim::torch_ops

STABLE_TORCH_LIBRARY(pyjetsim, library) {
  library.def("chamfer_distance(Tensor x, Tensor y, Tensor? x_mask, Tensor? y_mask) -> Tensor");
  library.def(
      "chamfer_nearest(Tensor x, Tensor y, Tensor? x_mask, Tensor? y_mask) -> "
      "(Tensor distance, Tensor x_nearest, Tensor y_nearest)");
  library.def(
      "chamfer_backward(Tensor grad_distance, Tensor x, Tensor y, Tensor x_nearest, Tensor y_nearest, "
      "bool x_wanted, bool y_wanted) -> (Tensor grad_x, Tensor grad_y)");
  library.def("jet_kinematics(Tensor constituents, Tensor? mask) -> Tensor");
  library.def(
      "jet_kinematics_backward(Tensor grad_kinematics, Tensor constituents, Tensor? mask, Tensor kinematics) -> "
      "Tensor");
  library.def(
      "reconstruction_loss(Tensor prediction, Tensor target, Tensor? prediction_mask, Tensor? target_mask, "
      "float chamfer_weight, float alpha_mass, float alpha_pt, float alpha_momentum) -> (Tensor loss, Tensor terms)");
  library.def(
      "reconstruction_loss_nearest(Tensor prediction, Tensor target, Tensor? prediction_mask, Tensor? target_mask, "
      "float chamfer_weight, float alpha_mass, float alpha_pt, float alpha_momentum) -> "
      "(Tensor loss, Tensor terms, Tensor sums, Tensor prediction_nearest, Tensor target_nearest)");
  library.def(
      "reconstruction_loss_backward(Tensor grad_loss, Tensor prediction, Tensor target, Tensor? prediction_mask, "
      "Tensor? target_mask, Tensor sums, Tensor prediction_nearest, Tensor target_nearest, float chamfer_weight, "
      "float alpha_mass, float alpha_pt, float alpha_momentum, bool prediction_wanted, bool target_wanted) -> "
      "(Tensor grad_prediction, Tensor grad_target)");
  library.def("spline(Tensor values, Tensor parameters) -> (Tensor results, Tensor log_slopes)");
  library.def("spline_inverse(Tensor values, Tensor parameters) -> Tensor");
  library.def(
      "spline_backward(Tensor grad_results, Tensor grad_log_slopes, Tensor values, Tensor parameters) -> "
      "(Tensor grad_values, Tensor grad_parameters)");
}

STABLE_TORCH_LIBRARY_IMPL(pyjetsim, CPU, library) {
  pyjetsim::torch_ops::implement<pyjetsim::torch_ops::Cpu>(library);
  pyjetsim::torch_ops::implement_splines(library);
}

STABLE_TORCH_LIBRARY_IMPL(pyjetsim, CUDA, library) {
  pyjetsim::torch_ops::implement<pyjetsim::torch_ops::Cuda>(library);
}
