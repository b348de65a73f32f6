# What the simulator library is made of; its tests compile the same under sanitizers.
set(simulator_sources
  backend.cpp
  bundle_files.cpp
  domain.cpp
  gen_jet.cpp
  golden.cpp
  jets_view.cpp
  manifest.cpp
  onnxruntime/backend.cpp
  onnxruntime/cuda.cpp
  onnxruntime/external_data.cpp
  onnxruntime/library.cpp
  onnxruntime/tensors.cpp
  reco_jet.cpp
  sha256.cpp
  shipped.cpp
  simulator.cpp
  torchscript/library.cpp)
list(TRANSFORM simulator_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)

# JSON for Modern C++: the system's, or that of the Python package nlohmann-json. Headers only, and in no header of ours.
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

# The sources of this folder need these of a target that compiles them.
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
