// What a kernel of the reconstruction loss reads and writes, on any device.
#pragma once

#include <cstdint>

namespace pyjetsim {

// Columns of a row of terms; the weights are in the same order.
enum LossTerm { kChamferTerm, kMassTerm, kPtTerm, kMomentumTerm, kLossTerms };

// Columns of a row of sums: a jet's four-momentum and what its gradient needs.
enum JetSum { kSumEnergy, kSumPx, kSumPy, kSumPz, kSumPt, kSumMass, kJetSums };

// loss = sum over terms of weight * term. A term of weight 0 is left out, not multiplied: its value may be infinite.
template <typename T>
struct LossBatch {
  std::int64_t batch, n, m;
  const T* prediction;  // (batch, n, 3)
  const T* target;      // (batch, m, 3)
  const bool* prediction_mask;
  const bool* target_mask;
  T weights[kLossTerms];
  T* loss;                           // (batch,)
  T* terms;                          // (batch, 4), unweighted
  T* sums;                           // (batch, 2, 6): prediction, target
  std::int32_t* prediction_nearest;  // (batch, n)
  std::int32_t* target_nearest;      // (batch, m); both null: not wanted
};

template <typename T>
struct LossGradient {
  std::int64_t batch, n, m;
  const T* prediction;
  const T* target;
  const bool* prediction_mask;
  const bool* target_mask;
  T weights[kLossTerms];
  const T* sums;
  const std::int32_t* prediction_nearest;
  const std::int32_t* target_nearest;
  const T* grad_loss;  // (batch,)
  T* grad_prediction;  // (batch, n, 3), null if not wanted
  T* grad_target;      // (batch, m, 3), null if not wanted
};

}  // namespace pyjetsim
