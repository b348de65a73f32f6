# pyjetsim_cuda: the CUDA kernels, or the twins that throw in their place. Include where its users are defined.

option(PYJETSIM_CUDA "Build the CUDA kernels (needs nvcc, no GPU)" OFF)

set(csrc ${CMAKE_CURRENT_LIST_DIR}/../csrc)
set(launched ${csrc}/kernels/chamfer/cuda ${csrc}/kernels/kinematics/cuda ${csrc}/kernels/reconstruction_loss/cuda)

if(PYJETSIM_CUDA)
  # Machine code for the A100 and the H100 generations, PTX for what comes after. Set before nvcc is looked for:
  # CMake's own default may be an architecture that it no longer knows.
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES 80-real 90)
  endif()
  enable_language(CUDA)
  list(TRANSFORM launched APPEND /launch.cu)
  add_library(pyjetsim_cuda STATIC ${csrc}/kernels/cuda/built.cpp ${launched})
  set_target_properties(pyjetsim_cuda PROPERTIES CUDA_STANDARD 17 CUDA_STANDARD_REQUIRED ON
                                                 CUDA_RUNTIME_LIBRARY Static)
  # A spilled register is a warning too.
  target_compile_options(pyjetsim_cuda PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:-Xptxas=-warn-spills
    $<$<BOOL:${PYJETSIM_WERROR}>:-Werror=all-warnings>>)
else()
  list(TRANSFORM launched APPEND /twin.cpp)
  add_library(pyjetsim_cuda STATIC ${csrc}/kernels/cuda/twin.cpp ${launched})
endif()
target_include_directories(pyjetsim_cuda PUBLIC ${csrc} ${csrc}/include)
set_target_properties(pyjetsim_cuda PROPERTIES POSITION_INDEPENDENT_CODE ON)
