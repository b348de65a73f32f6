#include "pyjetsim/kinematics.h"

#include "kernels/cpu/paths.h"
#include "kernels/kinematics/kinematics.h"
#include "kernels/spans.h"

namespace pyjetsim {
namespace {

// The kernels see jets as rows of numbers.
static_assert(sizeof(JetKinematics<float>) == kKinematicsColumns * sizeof(float));
static_assert(sizeof(JetKinematics<double>) == kKinematicsColumns * sizeof(double));

template <typename T>
void check_constituents(const PointSets<T>& constituents) {
  check_sets("constituents", constituents);
  if (constituents.dimension != 3) {
    throw Error("constituents have dimension " + std::to_string(constituents.dimension), "momenta are px, py, pz",
                "give three coordinates");
  }
}

}  // namespace

template <typename T>
void jet_kinematics(const PointSets<T>& constituents, Span<JetKinematics<T>> jets) {
  check_constituents(constituents);
  check_size("jets", jets.size(), constituents.sets);
  const KinematicsBatch<T> batch{as_signed(constituents.sets), as_signed(constituents.points),
                                 constituents.coordinates.data(), mask_of(constituents),
                                 reinterpret_cast<T*>(jets.data())};
  current_cpu_path().kernels<T>().kinematics(batch, 0, batch.batch);
}

template <typename T>
void jet_kinematics_backward(Span<const JetKinematics<T>> grad_jets, const PointSets<T>& constituents,
                             Span<const JetKinematics<T>> jets, Span<T> grad_constituents) {
  check_constituents(constituents);
  check_size("grad_jets", grad_jets.size(), constituents.sets);
  check_size("jets", jets.size(), constituents.sets);
  check_size("grad_constituents", grad_constituents.size(), constituents.coordinates.size());
  const KinematicsGradient<T> batch{as_signed(constituents.sets),
                                    as_signed(constituents.points),
                                    constituents.coordinates.data(),
                                    mask_of(constituents),
                                    reinterpret_cast<const T*>(jets.data()),
                                    reinterpret_cast<const T*>(grad_jets.data()),
                                    grad_constituents.data()};
  current_cpu_path().kernels<T>().kinematics_backward(batch, 0, batch.batch);
}

#define PYJETSIM_INSTANTIATE(T)                                                               \
  template void jet_kinematics<T>(const PointSets<T>&, Span<JetKinematics<T>>);               \
  template void jet_kinematics_backward<T>(Span<const JetKinematics<T>>, const PointSets<T>&, \
                                           Span<const JetKinematics<T>>, Span<T>)
PYJETSIM_INSTANTIATE(float);
PYJETSIM_INSTANTIATE(double);
#undef PYJETSIM_INSTANTIATE

}  // namespace pyjetsim
