// Our declaration of ONNX Runtime's functions: every one in its place, and as the official header has it.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace ours {
#include "backends/onnxruntime/c_abi.h"
}

#ifdef PYJETSIM_ONNXRUNTIME_HEADER
#include <onnxruntime_c_api.h>
#endif

namespace {

#define EXPECT_SLOT(number, name) \
  static_assert(offsetof(ours::OrtApi, name) == (number) * sizeof(void*), #name " has another place")

TEST(OnnxRuntimeAbi, Places) {
  EXPECT_SLOT(1, GetErrorCode);
  EXPECT_SLOT(2, GetErrorMessage);
  EXPECT_SLOT(3, CreateEnv);
  EXPECT_SLOT(6, DisableTelemetryEvents);
  EXPECT_SLOT(8, CreateSessionFromArray);
  EXPECT_SLOT(9, Run);
  EXPECT_SLOT(10, CreateSessionOptions);
  EXPECT_SLOT(22, SetSessionLogSeverityLevel);
  EXPECT_SLOT(23, SetSessionGraphOptimizationLevel);
  EXPECT_SLOT(24, SetIntraOpNumThreads);
  EXPECT_SLOT(25, SetInterOpNumThreads);
  EXPECT_SLOT(30, SessionGetInputCount);
  EXPECT_SLOT(31, SessionGetOutputCount);
  EXPECT_SLOT(33, SessionGetInputTypeInfo);
  EXPECT_SLOT(34, SessionGetOutputTypeInfo);
  EXPECT_SLOT(36, SessionGetInputName);
  EXPECT_SLOT(37, SessionGetOutputName);
  EXPECT_SLOT(49, CreateTensorWithDataAsOrtValue);
  EXPECT_SLOT(55, CastTypeInfoToTensorInfo);
  EXPECT_SLOT(60, GetTensorElementType);
  EXPECT_SLOT(61, GetDimensionsCount);
  EXPECT_SLOT(62, GetDimensions);
  EXPECT_SLOT(69, CreateCpuMemoryInfo);
  EXPECT_SLOT(76, AllocatorFree);
  EXPECT_SLOT(78, GetAllocatorWithDefaultOptions);
  EXPECT_SLOT(92, ReleaseEnv);
  EXPECT_SLOT(93, ReleaseStatus);
  EXPECT_SLOT(94, ReleaseMemoryInfo);
  EXPECT_SLOT(95, ReleaseSession);
  EXPECT_SLOT(96, ReleaseValue);
  EXPECT_SLOT(98, ReleaseTypeInfo);
  EXPECT_SLOT(100, ReleaseSessionOptions);
  EXPECT_SLOT(125, GetAvailableProviders);
  EXPECT_SLOT(126, ReleaseAvailableProviders);
  EXPECT_SLOT(204, SessionOptionsAppendExecutionProvider_CUDA_V2);
  EXPECT_SLOT(205, CreateCUDAProviderOptions);
  EXPECT_SLOT(206, UpdateCUDAProviderOptions);
  EXPECT_SLOT(208, ReleaseCUDAProviderOptions);
}

TEST(OnnxRuntimeAbi, AsTheOfficialHeaderHasIt) {
#ifdef PYJETSIM_ONNXRUNTIME_HEADER
#define EXPECT_SAME(name)                                                                              \
  static_assert(offsetof(ours::OrtApi, name) == offsetof(::OrtApi, name), #name " has another place"); \
  static_assert(sizeof(ours::OrtApi::name) == sizeof(::OrtApi::name), #name " has another size")
  EXPECT_SAME(GetErrorCode);
  EXPECT_SAME(GetErrorMessage);
  EXPECT_SAME(CreateEnv);
  EXPECT_SAME(DisableTelemetryEvents);
  EXPECT_SAME(CreateSessionFromArray);
  EXPECT_SAME(Run);
  EXPECT_SAME(CreateSessionOptions);
  EXPECT_SAME(SetSessionLogSeverityLevel);
  EXPECT_SAME(SetSessionGraphOptimizationLevel);
  EXPECT_SAME(SetIntraOpNumThreads);
  EXPECT_SAME(SetInterOpNumThreads);
  EXPECT_SAME(SessionGetInputCount);
  EXPECT_SAME(SessionGetOutputCount);
  EXPECT_SAME(SessionGetInputTypeInfo);
  EXPECT_SAME(SessionGetOutputTypeInfo);
  EXPECT_SAME(SessionGetInputName);
  EXPECT_SAME(SessionGetOutputName);
  EXPECT_SAME(CreateTensorWithDataAsOrtValue);
  EXPECT_SAME(CastTypeInfoToTensorInfo);
  EXPECT_SAME(GetTensorElementType);
  EXPECT_SAME(GetDimensionsCount);
  EXPECT_SAME(GetDimensions);
  EXPECT_SAME(CreateCpuMemoryInfo);
  EXPECT_SAME(AllocatorFree);
  EXPECT_SAME(GetAllocatorWithDefaultOptions);
  EXPECT_SAME(ReleaseEnv);
  EXPECT_SAME(ReleaseStatus);
  EXPECT_SAME(ReleaseMemoryInfo);
  EXPECT_SAME(ReleaseSession);
  EXPECT_SAME(ReleaseValue);
  EXPECT_SAME(ReleaseTypeInfo);
  EXPECT_SAME(ReleaseSessionOptions);
  EXPECT_SAME(GetAvailableProviders);
  EXPECT_SAME(ReleaseAvailableProviders);
  EXPECT_SAME(SessionOptionsAppendExecutionProvider_CUDA_V2);
  EXPECT_SAME(CreateCUDAProviderOptions);
  EXPECT_SAME(UpdateCUDAProviderOptions);
  EXPECT_SAME(ReleaseCUDAProviderOptions);
  static_assert(offsetof(ours::OrtApiBase, GetVersionString) == offsetof(::OrtApiBase, GetVersionString));
  static_assert(int{ours::ORT_LOGGING_LEVEL_FATAL} == int{::ORT_LOGGING_LEVEL_FATAL});
  static_assert(int{ours::ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT} == int{::ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT});
  static_assert(int{ours::OrtDeviceAllocator} == int{::OrtDeviceAllocator});
  static_assert(int{ours::OrtMemTypeDefault} == int{::OrtMemTypeDefault});
#else
  GTEST_SKIP() << "onnxruntime_c_api.h is not installed here";
#endif
}

}  // namespace
