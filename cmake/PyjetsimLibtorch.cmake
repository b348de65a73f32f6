# Which libtorch the library pyjetsim::torchscript is compiled against, and in which language standard: PYJETSIM_TORCHSCRIPT
# ON fails where it cannot be, AUTO leaves the library out and says why. Sets
#   pyjetsim_libtorch            its folder, with include/ and lib/; empty: the library is left out
#   pyjetsim_libtorch_standard   the C++ standard that its headers ask for: 17, or 20 from torch 2.14 on
#
# Only headers and the names of the libraries are needed, so torch's CMake package, which asks for the CUDA toolkit
# where torch was built with it, is not.
set(PYJETSIM_TORCH "" CACHE PATH "libtorch: a folder with include/ and lib/. Empty: that of Python's torch")
set(pyjetsim_libtorch "${PYJETSIM_TORCH}")
set(pyjetsim_libtorch_standard "")

if(NOT pyjetsim_libtorch)
  find_package(Python QUIET COMPONENTS Interpreter)
  # pip builds in an environment of its own, which PYTHONPATH points to: torch may be in the one it builds for.
  foreach(_environment "" "env;--unset=PYTHONPATH")
    if(Python_EXECUTABLE AND NOT pyjetsim_libtorch)
      set(_python ${Python_EXECUTABLE})
      if(_environment)
        set(_python ${CMAKE_COMMAND} -E ${_environment} ${Python_EXECUTABLE})
      endif()
      execute_process(
        COMMAND ${_python} -c "import importlib.util; print(importlib.util.find_spec('torch').submodule_search_locations[0])"
        OUTPUT_VARIABLE pyjetsim_libtorch OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    endif()
  endforeach()
endif()

set(_wrong "")
if(NOT EXISTS "${pyjetsim_libtorch}/include/torch/csrc/jit/serialization/import.h")
  if(pyjetsim_libtorch)
    set(_wrong "there is no libtorch in '${pyjetsim_libtorch}'")
  else()
    set(_wrong "there is no torch")
  endif()
  set(_todo "run 'pip install torch', or give its folder with -DPYJETSIM_TORCH=...")
else()
  # What torchscript.cpp includes, in the standard of this torch first. A good answer is kept for folder and version.
  file(STRINGS "${pyjetsim_libtorch}/include/torch/headeronly/version.h" _version REGEX "TORCH_VERSION_(MAJOR|MINOR) [0-9]+")
  string(REGEX REPLACE ".*MAJOR ([0-9]+).*MINOR ([0-9]+).*" "\\1.\\2" _version "${_version}")
  set(_standards 17 20)
  if(_version VERSION_GREATER_EQUAL 2.14)
    set(_standards 20 23)
  endif()
  if(NOT PYJETSIM_LIBTORCH_CHECKED STREQUAL "${pyjetsim_libtorch} ${_version}")
    set(_found "")
    set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)  # compiled, not linked
    set(_trial ${CMAKE_BINARY_DIR}/libtorch_trial.cpp)
    file(WRITE ${_trial} "#include <ATen/Parallel.h>\n#include <torch/csrc/jit/serialization/import.h>\n")
    foreach(_standard IN LISTS _standards)
      if(NOT _found)
        try_compile(_compiles ${CMAKE_BINARY_DIR}/libtorch_trial ${_trial}
          CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${pyjetsim_libtorch}/include"
          CXX_STANDARD ${_standard} CXX_STANDARD_REQUIRED ON OUTPUT_VARIABLE _output)
        if(_compiles)
          set(_found ${_standard})
        else()
          file(APPEND ${CMAKE_BINARY_DIR}/CMakeFiles/CMakeError.log "libtorch as C++${_standard}:\n${_output}\n")
        endif()
      endif()
    endforeach()
    unset(CMAKE_TRY_COMPILE_TARGET_TYPE)
    if(_found)
      set(PYJETSIM_LIBTORCH_CHECKED "${pyjetsim_libtorch} ${_version}" CACHE INTERNAL "")
    endif()
    set(PYJETSIM_LIBTORCH_STANDARD "${_found}" CACHE INTERNAL "")
  endif()
  set(pyjetsim_libtorch_standard ${PYJETSIM_LIBTORCH_STANDARD})
  if(NOT pyjetsim_libtorch_standard)
    list(JOIN _standards " or C++" _tried)
    set(_wrong "the headers of torch ${_version} do not compile here as C++${_tried} (the compiler's words are in "
               "${CMAKE_BINARY_DIR}/CMakeFiles/CMakeError.log)")
    string(CONCAT _wrong ${_wrong})
    set(_todo "use a newer compiler, or install an older torch")
  endif()
endif()

if(_wrong)
  set(pyjetsim_libtorch "")
  if(PYJETSIM_TORCHSCRIPT STREQUAL "AUTO")
    message(STATUS "pyjetsim::torchscript is left out: ${_wrong}. To have it, ${_todo}, and build again")
  else()
    message(FATAL_ERROR "${_wrong} (pyjetsim::torchscript is compiled against it): ${_todo}, or set "
                        "PYJETSIM_TORCHSCRIPT=AUTO or OFF")
  endif()
else()
  message(STATUS "pyjetsim::torchscript: torch ${_version} in ${pyjetsim_libtorch}, C++${pyjetsim_libtorch_standard}")
endif()
