# Writes OUT, a .cc file that holds the FILES (paths relative to ROOT) as raw strings, so that the program needs no
# data folder at run time:  cmake -DROOT=.. -DFILES="a;b" -DOUT=x.cc -P EmbedMaterials.cmake
set(code "// Generated from data/materials/ by cmake/EmbedMaterials.cmake.\n#include \"design/package/library.h\"\n\n")
string(APPEND code "namespace bondline::package {\n\nstd::vector<LibraryFile> embedded_library() {\n  return {\n")
foreach(file ${FILES})
  file(READ "${ROOT}/${file}" text)
  string(APPEND code "      {\"${file}\", R\"LIBRARY(${text})LIBRARY\"},\n")
endforeach()
string(APPEND code "  };\n}\n\n}  // namespace bondline::package\n")
file(WRITE "${OUT}" "${code}")
