# What the library of events and jets.h5 is made of; its tests compile the same under sanitizers.
set(io_sources
  decoder.cpp
  event_lines.cpp
  event_parser.cpp
  event_texts.cpp
  file.cpp
  gzip.cpp
  input_buffer.cpp
  jets_file.cpp
  output_file.cpp
  zstd.cpp)
list(TRANSFORM io_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)

# The sources of this folder need these of a target that compiles them.
function(io_needs target visibility)
  target_include_directories(${target} SYSTEM ${visibility} ${HDF5_C_INCLUDE_DIRS})
  target_link_libraries(${target} ${visibility} HepMC3::HepMC3 ${HDF5_C_LIBRARIES} ZLIB::ZLIB zstd::zstd)
endfunction()
