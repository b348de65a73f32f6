// The part of ONNX Runtime's C ABI that is called here, for builds without its headers: its wheel has none.
//
// OrtApi is a table of functions that is only ever appended to, so that a function keeps its place for good. Places
// that are not called here have no names. Declared as in the official onnxruntime_c_api.h, so that the same code
// compiles against both; a test compares the two where the official one is installed.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

struct OrtEnv;
struct OrtStatus;
struct OrtMemoryInfo;
struct OrtSession;
struct OrtSessionOptions;
struct OrtRunOptions;
struct OrtValue;
struct OrtTypeInfo;
struct OrtTensorTypeAndShapeInfo;
struct OrtAllocator;
struct OrtCUDAProviderOptionsV2;

enum OrtLoggingLevel {
  ORT_LOGGING_LEVEL_VERBOSE,
  ORT_LOGGING_LEVEL_INFO,
  ORT_LOGGING_LEVEL_WARNING,
  ORT_LOGGING_LEVEL_ERROR,
  ORT_LOGGING_LEVEL_FATAL
};
enum OrtErrorCode { ORT_OK };
enum GraphOptimizationLevel { ORT_DISABLE_ALL = 0, ORT_ENABLE_BASIC = 1, ORT_ENABLE_EXTENDED = 2, ORT_ENABLE_ALL = 99 };
enum ONNXTensorElementDataType {
  ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32 = 6,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 = 7
};
enum OrtAllocatorType { OrtInvalidAllocator = -1, OrtDeviceAllocator = 0, OrtArenaAllocator = 1 };
enum OrtMemType { OrtMemTypeCPUInput = -2, OrtMemTypeCPUOutput = -1, OrtMemTypeDefault = 0 };

struct OrtApi {
  void* unused_0[1];
  OrtErrorCode (*GetErrorCode)(const OrtStatus*) noexcept;                   // 1
  const char* (*GetErrorMessage)(const OrtStatus*) noexcept;                 // 2
  OrtStatus* (*CreateEnv)(OrtLoggingLevel, const char*, OrtEnv**) noexcept;  // 3
  void* unused_4[2];
  OrtStatus* (*DisableTelemetryEvents)(const OrtEnv*) noexcept;  // 6
  void* unused_7[1];
  OrtStatus* (*CreateSessionFromArray)(const OrtEnv*, const void*, size_t, const OrtSessionOptions*,
                                       OrtSession**) noexcept;  // 8
  OrtStatus* (*Run)(OrtSession*, const OrtRunOptions*, const char* const*, const OrtValue* const*, size_t,
                    const char* const*, size_t, OrtValue**) noexcept;  // 9
  OrtStatus* (*CreateSessionOptions)(OrtSessionOptions**) noexcept;    // 10
  void* unused_11[8];
  OrtStatus* (*DisableCpuMemArena)(OrtSessionOptions*) noexcept;  // 19
  void* unused_20[2];
  OrtStatus* (*SetSessionLogSeverityLevel)(OrtSessionOptions*, int) noexcept;                           // 22
  OrtStatus* (*SetSessionGraphOptimizationLevel)(OrtSessionOptions*, GraphOptimizationLevel) noexcept;  // 23
  OrtStatus* (*SetIntraOpNumThreads)(OrtSessionOptions*, int) noexcept;                                 // 24
  OrtStatus* (*SetInterOpNumThreads)(OrtSessionOptions*, int) noexcept;                                 // 25
  void* unused_26[4];
  OrtStatus* (*SessionGetInputCount)(const OrtSession*, size_t*) noexcept;   // 30
  OrtStatus* (*SessionGetOutputCount)(const OrtSession*, size_t*) noexcept;  // 31
  void* unused_32[1];
  OrtStatus* (*SessionGetInputTypeInfo)(const OrtSession*, size_t, OrtTypeInfo**) noexcept;   // 33
  OrtStatus* (*SessionGetOutputTypeInfo)(const OrtSession*, size_t, OrtTypeInfo**) noexcept;  // 34
  void* unused_35[1];
  OrtStatus* (*SessionGetInputName)(const OrtSession*, size_t, OrtAllocator*, char**) noexcept;   // 36
  OrtStatus* (*SessionGetOutputName)(const OrtSession*, size_t, OrtAllocator*, char**) noexcept;  // 37
  void* unused_38[11];
  OrtStatus* (*CreateTensorWithDataAsOrtValue)(const OrtMemoryInfo*, void*, size_t, const int64_t*, size_t,
                                               ONNXTensorElementDataType, OrtValue**) noexcept;  // 49
  void* unused_50[5];
  OrtStatus* (*CastTypeInfoToTensorInfo)(const OrtTypeInfo*, const OrtTensorTypeAndShapeInfo**) noexcept;  // 55
  void* unused_56[4];
  OrtStatus* (*GetTensorElementType)(const OrtTensorTypeAndShapeInfo*, ONNXTensorElementDataType*) noexcept;  // 60
  OrtStatus* (*GetDimensionsCount)(const OrtTensorTypeAndShapeInfo*, size_t*) noexcept;                       // 61
  OrtStatus* (*GetDimensions)(const OrtTensorTypeAndShapeInfo*, int64_t*, size_t) noexcept;                   // 62
  void* unused_63[6];
  OrtStatus* (*CreateCpuMemoryInfo)(OrtAllocatorType, OrtMemType, OrtMemoryInfo**) noexcept;  // 69
  void* unused_70[6];
  OrtStatus* (*AllocatorFree)(OrtAllocator*, void*) noexcept;  // 76
  void* unused_77[1];
  OrtStatus* (*GetAllocatorWithDefaultOptions)(OrtAllocator**) noexcept;  // 78
  void* unused_79[13];
  void (*ReleaseEnv)(OrtEnv*) noexcept;                // 92
  void (*ReleaseStatus)(OrtStatus*) noexcept;          // 93
  void (*ReleaseMemoryInfo)(OrtMemoryInfo*) noexcept;  // 94
  void (*ReleaseSession)(OrtSession*) noexcept;        // 95
  void (*ReleaseValue)(OrtValue*) noexcept;            // 96
  void* unused_97[1];
  void (*ReleaseTypeInfo)(OrtTypeInfo*) noexcept;  // 98
  void* unused_99[1];
  void (*ReleaseSessionOptions)(OrtSessionOptions*) noexcept;  // 100
  void* unused_101[24];
  OrtStatus* (*GetAvailableProviders)(char***, int*) noexcept;    // 125
  OrtStatus* (*ReleaseAvailableProviders)(char**, int) noexcept;  // 126
  void* unused_127[77];
  OrtStatus* (*SessionOptionsAppendExecutionProvider_CUDA_V2)(OrtSessionOptions*,
                                                              const OrtCUDAProviderOptionsV2*) noexcept;  // 204
  OrtStatus* (*CreateCUDAProviderOptions)(OrtCUDAProviderOptionsV2**) noexcept;                           // 205
  OrtStatus* (*UpdateCUDAProviderOptions)(OrtCUDAProviderOptionsV2*, const char* const*, const char* const*,
                                          size_t) noexcept;  // 206
  void* unused_207[1];
  void (*ReleaseCUDAProviderOptions)(OrtCUDAProviderOptionsV2*) noexcept;  // 208
};

struct OrtApiBase {
  const OrtApi* (*GetApi)(uint32_t version) noexcept;
  const char* (*GetVersionString)() noexcept;
};

}  // extern "C"
