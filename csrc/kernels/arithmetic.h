// What a formula is written in, so that one text serves a CPU and a GPU: the few operations that C++ has no operator
// for. Vectors of numbers bring their own overloads.
#pragma once

#include <math.h>  // not <cmath>: its inline overloads would be compiled once for each set of instructions

#if defined(__CUDACC__)
#define PYJETSIM_HOST_DEVICE __host__ __device__
#else
#define PYJETSIM_HOST_DEVICE
#endif

// Every file that is compiled for other instructions than the rest names its copy of these templates.
// Without that the linker keeps one copy of each, and may keep the one that an older processor cannot run.
#ifndef PYJETSIM_FLAVOUR
#define PYJETSIM_FLAVOUR common
#endif

namespace pyjetsim {
inline namespace PYJETSIM_FLAVOUR {

PYJETSIM_HOST_DEVICE inline float multiply_add(float a, float b, float c) { return fmaf(a, b, c); }
PYJETSIM_HOST_DEVICE inline double multiply_add(double a, double b, double c) { return fma(a, b, c); }
PYJETSIM_HOST_DEVICE inline float square_root(float a) { return sqrtf(a); }
PYJETSIM_HOST_DEVICE inline double square_root(double a) { return sqrt(a); }
template <typename T>
PYJETSIM_HOST_DEVICE inline T select(bool condition, T yes, T no) {
  return condition ? yes : no;
}

}  // namespace PYJETSIM_FLAVOUR
}  // namespace pyjetsim
