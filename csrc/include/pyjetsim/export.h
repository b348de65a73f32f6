// What the shared libraries show; everything without this mark is hidden in them.
#pragma once

#if defined(__GNUC__) || defined(__clang__)
#define PYJETSIM_EXPORT __attribute__((visibility("default")))
#else
#define PYJETSIM_EXPORT
#endif
