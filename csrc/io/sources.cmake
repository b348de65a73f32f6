# What reads events, and what writes jets.h5; their tests compile the same under sanitizers.
set(event_sources
  bytes.cpp
  event_parser.cpp
  event_reader.cpp
  event_texts.cpp
  file_kinds.cpp)
set(io_sources
  jets_file.cpp
  output_file.cpp)
list(TRANSFORM event_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
list(TRANSFORM io_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
