// What a kinematics kernel reads and writes, on any device.
#pragma once

#include <cstdint>

namespace pyjetsim {

// Columns of a row of kinematics.
enum KinematicsColumn { kEnergy, kPx, kPy, kPz, kPt, kEta, kPhi, kMass, kKinematicsColumns };

template <typename T>
struct KinematicsBatch {
  std::int64_t batch, n;
  const T* constituents;  // (batch, n, 3): px, py, pz
  const bool* mask;       // (batch, n), true for constituents; null: all rows
  T* kinematics;          // (batch, 8), written
};

template <typename T>
struct KinematicsGradient {
  std::int64_t batch, n;
  const T* constituents;
  const bool* mask;
  const T* kinematics;       // (batch, 8), as the forward kernel wrote them
  const T* grad_kinematics;  // (batch, 8)
  T* grad_constituents;      // (batch, n, 3), written
};

}  // namespace pyjetsim
