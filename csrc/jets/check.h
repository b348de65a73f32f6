// What cluster() refuses.
#pragma once

#include "pyjetsim/jets.h"

namespace pyjetsim {

void check(const ParticlesView& particles);
void check(const JetDefinition& definition);

}  // namespace pyjetsim
