# The whole-tree targets: format, lint, docs. (bench and fuzz build and run what their folders registered.)
find_program(CLANG_FORMAT NAMES clang-format-16 clang-format)
file(GLOB_RECURSE BONDLINE_ALL_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/*.h ${CMAKE_SOURCE_DIR}/src/*.cc
     ${CMAKE_SOURCE_DIR}/tests/*.h ${CMAKE_SOURCE_DIR}/tests/*.cc ${CMAKE_SOURCE_DIR}/bench/*.cc
     ${CMAKE_SOURCE_DIR}/fuzz/*.cc)
if(CLANG_FORMAT)
  add_custom_target(format COMMAND ${CLANG_FORMAT} -i ${BONDLINE_ALL_SOURCES} VERBATIM)
endif()
