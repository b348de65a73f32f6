// ONNX Runtime's C API: from its own header where the build has one, from ours elsewhere.
#pragma once

#ifdef PYJETSIM_ONNXRUNTIME_HEADER
#include <onnxruntime_c_api.h>
#else
#include "backends/onnxruntime/c_abi.h"
#endif
