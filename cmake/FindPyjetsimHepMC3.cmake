# HepMC3's library and headers: HepMC3::HepMC3. Its own configuration file defines no target in the versions that
# distributions have, and fails where a part is missing that is not used here.
find_path(HepMC3_INCLUDE_DIR HepMC3/ReaderAscii.h HINTS ${HepMC3_DIR}/../../../include)
find_library(HepMC3_LIBRARY HepMC3 HINTS ${HepMC3_DIR}/../../../lib)
mark_as_advanced(HepMC3_INCLUDE_DIR HepMC3_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(PyjetsimHepMC3 REQUIRED_VARS HepMC3_LIBRARY HepMC3_INCLUDE_DIR)

if(PyjetsimHepMC3_FOUND AND NOT TARGET HepMC3::HepMC3)
  add_library(HepMC3::HepMC3 UNKNOWN IMPORTED)
  set_target_properties(HepMC3::HepMC3 PROPERTIES
    IMPORTED_LOCATION "${HepMC3_LIBRARY}"
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${HepMC3_INCLUDE_DIR}"
    INTERFACE_INCLUDE_DIRECTORIES "${HepMC3_INCLUDE_DIR}")
endif()
