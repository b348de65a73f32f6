// Lets a formula be compiled for the host and for a GPU from one text.
#pragma once

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
