// The kinematics kernels.
#pragma once

#include "kernels/kinematics/cuda/jets.h"
#include "kernels/kinematics/kinematics.h"

namespace pyjetsim::cuda {

template <typename T>
__global__ void __launch_bounds__(kThreads, kLeastBlocks) kinematics_kernel(KinematicsBatch<T> batch) {
  for (std::int64_t jet = first_jet(); jet < batch.batch; jet += jet_stride()) {
    const JetSums<T> sums = sums_of_jet(Constituents<T>(batch.constituents, batch.mask, batch.n, jet));
    if (lane() != 0) continue;
    T* row = batch.kinematics + jet * kKinematicsColumns;
    row[kEnergy] = sums.energy;
    row[kPx] = sums.total.x;
    row[kPy] = sums.total.y;
    row[kPz] = sums.total.z;
    row[kPt] = sums.pt;
    row[kEta] = pseudorapidity(sums.total.z, sums.pt);
    row[kPhi] = azimuth(sums.total.x, sums.total.y, sums.pt);
    row[kMass] = sums.mass;
  }
}

// The part of the gradient that is the same for every constituent: that of the quantities of the summed momentum.
template <typename T>
__device__ inline Momentum<T> gradient_of_total(const Momentum<T>& total, T pt, const T* grad) {
  const Momentum<T> of_pt = pt_gradient(total, pt);
  const Momentum<T> of_eta = pseudorapidity_gradient(total, pt);
  const Momentum<T> of_phi = azimuth_gradient(total, pt);
  return {grad[kPx] + grad[kPt] * of_pt.x + grad[kEta] * of_eta.x + grad[kPhi] * of_phi.x,
          grad[kPy] + grad[kPt] * of_pt.y + grad[kEta] * of_eta.y + grad[kPhi] * of_phi.y,
          grad[kPz] + grad[kEta] * of_eta.z};
}

template <typename T>
__global__ void __launch_bounds__(kThreads, kLeastBlocks) kinematics_gradient_kernel(KinematicsGradient<T> batch) {
  for (std::int64_t jet = first_jet(); jet < batch.batch; jet += jet_stride()) {
    const Constituents<T> constituents(batch.constituents, batch.mask, batch.n, jet);
    const T* row = batch.kinematics + jet * kKinematicsColumns;
    const T* grad = batch.grad_kinematics + jet * kKinematicsColumns;
    T* out = of_jet(batch.grad_constituents, 3 * batch.n, jet);
    const Momentum<T> total{row[kPx], row[kPy], row[kPz]};
    const JetGradientTerms<T> terms = gradient_terms(total, row[kEnergy], row[kMass]);
    const Momentum<T> common = gradient_of_total(total, row[kPt], grad);
    for (std::int64_t i = lane(); i < batch.n; i += kWarp) {
      Momentum<T> sum{0, 0, 0};
      if (constituents.has(i)) {
        const Momentum<T> unit = unit_vector(constituents[i]);
        const Momentum<T> of_mass = mass_gradient(unit, terms);
        sum = {common.x + grad[kEnergy] * unit.x + grad[kMass] * of_mass.x,
               common.y + grad[kEnergy] * unit.y + grad[kMass] * of_mass.y,
               common.z + grad[kEnergy] * unit.z + grad[kMass] * of_mass.z};
      }
      out[3 * i] = sum.x;
      out[3 * i + 1] = sum.y;
      out[3 * i + 2] = sum.z;
    }
  }
}

}  // namespace pyjetsim::cuda
