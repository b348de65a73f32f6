# FastJet, 3.4 or later, as the target pyjetsim::fastjet: the CMake package that comes with it asks for CGAL even where
# it is not needed. The first of these is taken:
#   PYJETSIM_FASTJET_ROOT                a folder with include/ and lib/ or lib64/
#   the package `fastjet` of Python      Python_EXECUTABLE, or the Python that CMake finds
#   the system, and CMAKE_PREFIX_PATH
# PyjetsimFastJet_BESIDE is the library's folder from among other Python packages, such as fastjet/lib64, where it comes
# from Python, and else empty. PyjetsimFastJet_THREAD_SAFE says whether threads may cluster at the same time.
include(FindPackageHandleStandardArgs)

set(PYJETSIM_FASTJET_ROOT "" CACHE PATH "FastJet: a folder with include/ and lib/ (empty: found by itself)")
set(PyjetsimFastJet_BESIDE "")
set(_fastjet_root "${PYJETSIM_FASTJET_ROOT}")
set(_fastjet_elsewhere NO_DEFAULT_PATH)

if(NOT _fastjet_root)
  if(NOT Python_EXECUTABLE)
    find_package(Python QUIET COMPONENTS Interpreter)
  endif()
  if(Python_EXECUTABLE)
    # Found, not imported: that would load much more than its folder's name.
    execute_process(
      COMMAND ${Python_EXECUTABLE} -c "import importlib.util; print(importlib.util.find_spec('fastjet').submodule_search_locations[0])"
      OUTPUT_VARIABLE _fastjet_root OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    set(_fastjet_in_python "${_fastjet_root}")
  endif()
  if(NOT _fastjet_root)
    set(_fastjet_elsewhere "")
  endif()
endif()

# Asked anew each time: a build in an isolated environment finds another folder whenever it runs.
unset(_fastjet_include CACHE)
unset(_fastjet_library CACHE)
find_path(_fastjet_include fastjet/ClusterSequence.hh HINTS ${_fastjet_root}/include ${_fastjet_elsewhere})
find_library(_fastjet_library fastjet ${_fastjet_elsewhere}
  HINTS ${_fastjet_root}/lib64 ${_fastjet_root}/lib ${_fastjet_root}/lib/${CMAKE_LIBRARY_ARCHITECTURE})

set(PyjetsimFastJet_THREAD_SAFE FALSE)
if(_fastjet_include)
  file(STRINGS "${_fastjet_include}/fastjet/config_auto.h" _fastjet_settings REGEX "^#define[ \t]+FASTJET_")
  if(_fastjet_settings MATCHES "FASTJET_VERSION[ \t]+\"([0-9.]+)")
    set(PyjetsimFastJet_VERSION "${CMAKE_MATCH_1}")
  endif()
  if(_fastjet_settings MATCHES "FASTJET_HAVE_LIMITED_THREAD_SAFETY")
    set(PyjetsimFastJet_THREAD_SAFE TRUE)
  endif()
endif()

find_package_handle_standard_args(PyjetsimFastJet
  REQUIRED_VARS _fastjet_library _fastjet_include VERSION_VAR PyjetsimFastJet_VERSION
  REASON_FAILURE_MESSAGE
    "(jets are clustered with it): run 'pip install \"fastjet>=3.4.3\"', or give -DPYJETSIM_FASTJET_ROOT=<its folder>")

if(PyjetsimFastJet_FOUND)
  if(_fastjet_in_python)
    get_filename_component(_fastjet_packages "${_fastjet_in_python}" DIRECTORY)
    get_filename_component(_fastjet_folder "${_fastjet_library}" DIRECTORY)
    file(RELATIVE_PATH PyjetsimFastJet_BESIDE "${_fastjet_packages}" "${_fastjet_folder}")
  endif()
  if(NOT PyjetsimFastJet_THREAD_SAFE)
    message(WARNING "FastJet ${PyjetsimFastJet_VERSION} in ${_fastjet_include} was built without thread safety (threads "
                    "that cluster at the same time would spoil each other's jets): pyjetsim's will wait for each other; "
                    "for their full speed use the one of 'pip install fastjet', or build FastJet with "
                    "--enable-thread-safety, and give -DPYJETSIM_FASTJET_ROOT=<its folder>")
  endif()
  if(NOT TARGET pyjetsim::fastjet)
    add_library(pyjetsim::fastjet SHARED IMPORTED GLOBAL)
    set_target_properties(pyjetsim::fastjet PROPERTIES
      IMPORTED_LOCATION "${_fastjet_library}"
      INTERFACE_INCLUDE_DIRECTORIES "${_fastjet_include}")
  endif()
endif()
