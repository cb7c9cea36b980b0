# Flags that hold for the whole house: C++20, warnings as errors, the same bits on every machine.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# No -march=native and no -ffast-math anywhere; contraction only where a kernel file asks for it.
add_compile_options(-Wall -Wextra -Wshadow -Wno-missing-field-initializers -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)  # g++ 12 warns of "text" + std::string (GCC PR 105651)
endif()
option(BONDLINE_WERROR "Treat warnings as errors" ON)
if(BONDLINE_WERROR)
  add_compile_options(-Werror)
endif()

set(BONDLINE_SANITIZE "" CACHE STRING "address,undefined or thread")
if(BONDLINE_SANITIZE)
  add_compile_options(-fsanitize=${BONDLINE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${BONDLINE_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-maybe-uninitialized)  # g++ says so of std::regex and std::function once they are instrumented
  endif()
endif()

# What g++ 12 falsely says of std::string when it inlines less (GCC PR 105329), for what is built with -O1.
set(BONDLINE_O1_WARNINGS "")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(BONDLINE_O1_WARNINGS -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()

# -O2 for most of the house: compile time is a feature on two cores. The numerics room asks for -O3.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()
