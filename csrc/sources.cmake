# What each library is made of. Its tests compile the same under sanitizers, which is why the lists stand apart from the
# targets.
set(csrc ${CMAKE_CURRENT_LIST_DIR})

# The kernels on a CPU: one file for each set of instructions, chosen at run time; nothing else may be compiled with its
# options. CMake keeps options of a source file in each folder's scope, so every folder that compiles them says
# cpu_kernel_options().
set(cpu_kernel_sources ${csrc}/kernels/cpu/paths.cpp ${csrc}/kernels/cpu/portable.cpp)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(cpu_on_x86 ON)
  list(APPEND cpu_kernel_sources ${csrc}/kernels/cpu/avx2.cpp ${csrc}/kernels/cpu/avx512.cpp)
endif()
function(cpu_kernel_options)
  set(folders ${csrc}/kernels/cpu ${csrc}/backends/native/cells ${csrc}/backends/native/variables)
  list(TRANSFORM folders APPEND /avx2.cpp OUTPUT_VARIABLE avx2)
  set_source_files_properties(${avx2} PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma")
  # GCC before 13 warns of its own header: bug 105593.
  list(TRANSFORM folders APPEND /avx512.cpp OUTPUT_VARIABLE avx512)
  set_source_files_properties(${avx512} PROPERTIES
    COMPILE_OPTIONS "-mavx512f;-mfma;$<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized;-Wno-maybe-uninitialized>")
endfunction()

# Physics and random numbers, free of torch, pybind11 and ONNX Runtime.
set(core_sources
  ${csrc}/core/noise.cpp
  ${csrc}/jets/selection.cpp
  ${csrc}/kernels/chamfer/chamfer.cpp
  ${csrc}/kernels/kinematics/kinematics.cpp)

# FastJet behind two functions.
set(jets_sources
  ${csrc}/jets/anti_kt.cpp
  ${csrc}/jets/cluster.cpp
  ${csrc}/jets/match.cpp)

# Bundles, what runs them, and the simulator.
set(simulator_sources
  ${csrc}/backends/backend.cpp
  ${csrc}/backends/native/backend.cpp
  ${csrc}/backends/native/file.cpp
  ${csrc}/backends/native/cells/portable.cpp
  ${csrc}/backends/native/cells/read.cpp
  ${csrc}/backends/native/variables/portable.cpp
  ${csrc}/backends/native/variables/read.cpp
  ${csrc}/backends/onnxruntime/backend.cpp
  ${csrc}/backends/onnxruntime/cuda.cpp
  ${csrc}/backends/onnxruntime/external_data.cpp
  ${csrc}/backends/onnxruntime/library.cpp
  ${csrc}/backends/onnxruntime/tensors.cpp
  ${csrc}/backends/torchscript/library.cpp
  ${csrc}/bundle/files.cpp
  ${csrc}/bundle/golden.cpp
  ${csrc}/bundle/manifest.cpp
  ${csrc}/bundle/sha256.cpp
  ${csrc}/simulator/graph.cpp
  ${csrc}/simulator/jets.cpp
  ${csrc}/simulator/simulator.cpp)

if(cpu_on_x86)
  foreach(model cells variables)
    list(APPEND simulator_sources ${csrc}/backends/native/${model}/avx2.cpp ${csrc}/backends/native/${model}/avx512.cpp)
  endforeach()
endif()

# Reading HepMC events, and writing jets.h5.
set(event_sources
  ${csrc}/io/bytes.cpp
  ${csrc}/io/file_kinds.cpp
  ${csrc}/io/hepmc_parser.cpp
  ${csrc}/io/hepmc_reader.cpp
  ${csrc}/io/hepmc_texts.cpp)
set(io_sources
  ${csrc}/io/jets_file.cpp
  ${csrc}/io/output_file.cpp)

# The event framework and its modules.
set(framework_sources
  ${csrc}/framework/event.cpp
  ${csrc}/framework/module.cpp
  ${csrc}/framework/parameters.cpp
  ${csrc}/framework/processor.cpp
  ${csrc}/framework/window.cpp)
set(module_sources
  ${csrc}/framework/modules/histograms.cpp
  ${csrc}/framework/modules/jet_match_analyzer.cpp
  ${csrc}/framework/modules/jet_sim_producer.cpp)

# The kernels on a GPU, and what is linked in their place where they are not built.
set(cuda_sources
  ${csrc}/kernels/cuda/built.cpp
  ${csrc}/kernels/chamfer/cuda/launch.cu
  ${csrc}/kernels/kinematics/cuda/launch.cu
  ${csrc}/kernels/reconstruction_loss/cuda/launch.cu)
set(cuda_not_built_sources ${csrc}/kernels/cuda/not_built.cpp)

# JSON for Modern C++: the system's, or that of the Python package nlohmann-json. Headers only, and in no header that is
# installed.
set(PYJETSIM_NLOHMANN "" CACHE PATH "Folder with nlohmann/json.hpp. Empty: found by itself")
set(nlohmann_include "${PYJETSIM_NLOHMANN}")
if(NOT nlohmann_include)
  find_package(nlohmann_json 3.9 CONFIG QUIET)
  if(nlohmann_json_FOUND)
    get_target_property(nlohmann_include nlohmann_json::nlohmann_json INTERFACE_INCLUDE_DIRECTORIES)
  else()
    find_package(Python COMPONENTS Interpreter QUIET)
    if(Python_FOUND)
      execute_process(
        COMMAND ${Python_EXECUTABLE} -c "import importlib.util as u; print(u.find_spec('nlohmann_json').submodule_search_locations[0])"
        OUTPUT_VARIABLE nlohmann_package OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    endif()
    set(nlohmann_include "${nlohmann_package}/include")
  endif()
endif()
list(REMOVE_DUPLICATES nlohmann_include)
if(NOT EXISTS "${nlohmann_include}/nlohmann/json.hpp")
  message(FATAL_ERROR "nlohmann_json is missing (the manifests of bundles are JSON): run 'pip install nlohmann-json', "
                      "install nlohmann-json3-dev, or give its folder with -DPYJETSIM_NLOHMANN=...")
endif()

# The wheel of ONNX Runtime has no headers; where others are found they are used, and elsewhere ours declare the same.
find_path(PYJETSIM_ONNXRUNTIME_INCLUDE onnxruntime_c_api.h
  PATH_SUFFIXES onnxruntime onnxruntime/core/session DOC "Folder of onnxruntime_c_api.h, if there is one")

find_package(Threads REQUIRED)

# What the sources of the simulator need of a target that compiles them.
function(simulator_needs target)
  target_compile_definitions(${target} PRIVATE
    PYJETSIM_VERSION="${PROJECT_VERSION}" PYJETSIM_SOVERSION="${pyjetsim_soversion}"
    PYJETSIM_BUNDLES="${pyjetsim_bundles_from_lib}")
  target_include_directories(${target} SYSTEM PRIVATE ${nlohmann_include})
  if(PYJETSIM_ONNXRUNTIME_INCLUDE)
    target_include_directories(${target} SYSTEM PRIVATE ${PYJETSIM_ONNXRUNTIME_INCLUDE})
    target_compile_definitions(${target} PRIVATE PYJETSIM_ONNXRUNTIME_HEADER)
  endif()
  target_link_libraries(${target} PRIVATE ${CMAKE_DL_LIBS} Threads::Threads)
  # As for the core: the same numbers everywhere.
  target_compile_options(${target} PRIVATE -ffp-contract=off)
endfunction()
