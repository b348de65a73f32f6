#include "pyjetsim/kinematics.h"

#include "formula.h"

namespace pyjetsim {

template <typename T>
void jet_kinematics(const T* constituents, std::size_t n_jets, std::size_t max_constituents, T* jets) {
  for (std::size_t i = 0; i < n_jets; ++i) {
    const auto jet = kinematics::jet_from_constituents(constituents + 3 * max_constituents * i, max_constituents);
    jets[4 * i] = static_cast<T>(jet.pt);
    jets[4 * i + 1] = static_cast<T>(jet.eta);
    jets[4 * i + 2] = static_cast<T>(jet.phi);
    jets[4 * i + 3] = static_cast<T>(jet.mass);
  }
}

template void jet_kinematics<float>(const float*, std::size_t, std::size_t, float*);
template void jet_kinematics<double>(const double*, std::size_t, std::size_t, double*);

}  // namespace pyjetsim
