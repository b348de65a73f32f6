/// \file
/// The mark of what the shared libraries export; everything else is hidden in them.
#pragma once

#if defined(__GNUC__) || defined(__clang__)
#define PYJETSIM_EXPORT __attribute__((visibility("default")))
#else
#define PYJETSIM_EXPORT
#endif
