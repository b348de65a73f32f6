// PYJETSIM_SHARED(name, Type): a variable that the threads of a block have in common. An emulation of CUDA brings its
// own, so that it can guard the variable's ends and start every block with rubbish in it.
#pragma once

#include <cuda_runtime.h>

#ifndef PYJETSIM_SHARED
#define PYJETSIM_SHARED(name, ...) __shared__ __VA_ARGS__ name
#endif
