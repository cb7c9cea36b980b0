# The whole-tree targets: format, lint, docs, fuzzers, fuzz, bench, nightly.
find_program(CLANG_FORMAT NAMES clang-format-16)
file(GLOB_RECURSE BONDLINE_ALL_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/*.h ${CMAKE_SOURCE_DIR}/src/*.cc
     ${CMAKE_SOURCE_DIR}/tests/*.h ${CMAKE_SOURCE_DIR}/tests/*.cc ${CMAKE_SOURCE_DIR}/bench/*.cc
     ${CMAKE_SOURCE_DIR}/fuzz/*.cc)
if(CLANG_FORMAT)
  add_custom_target(format COMMAND ${CLANG_FORMAT} -i ${BONDLINE_ALL_SOURCES} VERBATIM)
endif()

add_custom_target(lint COMMAND ${CMAKE_SOURCE_DIR}/tools/lint --all USES_TERMINAL)

# Files under docs/ that the program itself writes; a test compares them, this target renews them.
if(TARGET bondline)
  add_custom_target(docs COMMAND ${CMAKE_SOURCE_DIR}/tools/renew-docs $<TARGET_FILE:bondline> DEPENDS bondline
                    USES_TERMINAL)
endif()

get_property(benches GLOBAL PROPERTY BONDLINE_BENCHES)
if(benches)
  add_custom_target(bench COMMAND ${CMAKE_SOURCE_DIR}/tools/bench ${CMAKE_BINARY_DIR}/bin DEPENDS ${benches}
                    USES_TERMINAL)
endif()

get_property(fuzzers GLOBAL PROPERTY BONDLINE_FUZZERS)
if(fuzzers)
  add_custom_target(fuzzers DEPENDS ${fuzzers})
  set(fuzz_commands "")
  foreach(fuzzer ${fuzzers})
    list(APPEND fuzz_commands COMMAND ${CMAKE_SOURCE_DIR}/tools/fuzz ${fuzzer} $ENV{FUZZ_SECONDS})
  endforeach()
  add_custom_target(fuzz ${fuzz_commands} DEPENDS ${fuzzers} USES_TERMINAL)
endif()

# The long forms: ten minutes per fuzz target, lint of everything, every benchmark (docs/testing.md).
add_custom_target(nightly COMMAND ${CMAKE_SOURCE_DIR}/tools/nightly USES_TERMINAL)
