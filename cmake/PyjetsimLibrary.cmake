# pyjetsim_library(<name> <sources>...): the library pyjetsim_<name>, used as pyjetsim::<name>. Shared ones show what the
# public headers mark and are installed, each finding its fellows in its own folder.
#
# Folders to install to: pyjetsim_libdir, pyjetsim_includedir and pyjetsim_bundledir, inside the package where there is
# one, and pyjetsim_bindir, which is Python's of scripts then.
if(PYJETSIM_PYTHON)
  set(pyjetsim_libdir pyjetsim/lib)
  set(pyjetsim_includedir pyjetsim/include)
  set(pyjetsim_bundledir pyjetsim/bundles)
  set(pyjetsim_bindir bin)
  if(SKBUILD)
    set(pyjetsim_bindir ${SKBUILD_SCRIPTS_DIR})
  endif()
else()
  include(GNUInstallDirs)
  set(pyjetsim_libdir ${CMAKE_INSTALL_LIBDIR})
  set(pyjetsim_includedir ${CMAKE_INSTALL_INCLUDEDIR})
  set(pyjetsim_bundledir ${CMAKE_INSTALL_DATADIR}/pyjetsim/bundles)
  set(pyjetsim_bindir ${CMAKE_INSTALL_BINDIR})
endif()
# How the libraries find the bundles that come with them.
file(RELATIVE_PATH pyjetsim_bundles_from_lib "/${pyjetsim_libdir}" "/${pyjetsim_bundledir}")

# The version that programs ask for when they are loaded: before 1.0 every minor version may break them.
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(pyjetsim_soversion 0.${PROJECT_VERSION_MINOR})
else()
  set(pyjetsim_soversion ${PROJECT_VERSION_MAJOR})
endif()

function(pyjetsim_library name)
  set(target pyjetsim_${name})
  add_library(${target} ${ARGN})
  add_library(pyjetsim::${name} ALIAS ${target})
  set(csrc ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../csrc)
  target_include_directories(${target}
    PUBLIC $<BUILD_INTERFACE:${csrc}/include> $<INSTALL_INTERFACE:${pyjetsim_includedir}> PRIVATE ${csrc})
  target_compile_features(${target} PUBLIC cxx_std_17)
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:pyjetsim_warnings>)
  # A product and a sum are fused where the formula says so and nowhere else: a jet's result must not depend on what
  # the compiler found to fuse.
  target_compile_options(${target} PRIVATE -ffp-contract=off)
  if(NOT BUILD_SHARED_LIBS)
    return()
  endif()

  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} SOVERSION ${pyjetsim_soversion})
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    # The standard library's templates would be shown, too, whatever is hidden of ours.
    set(names ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/exported.map)
    target_link_options(${target} PRIVATE -Wl,--version-script=${names} -Wl,-z,defs)
    set_target_properties(${target} PROPERTIES LINK_DEPENDS ${names} INSTALL_RPATH "$ORIGIN")
  endif()
  if(PYJETSIM_PYTHON)
    # Wheels hold no links: one file, of the name that is asked for.
    set_target_properties(${target} PROPERTIES VERSION ${pyjetsim_soversion})
    install(TARGETS ${target} EXPORT pyjetsim LIBRARY DESTINATION ${pyjetsim_libdir} NAMELINK_SKIP)
  else()
    set_target_properties(${target} PROPERTIES VERSION ${PROJECT_VERSION})
    install(TARGETS ${target} EXPORT pyjetsim LIBRARY DESTINATION ${pyjetsim_libdir})
  endif()
endfunction()
