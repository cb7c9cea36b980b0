// What the built files may contain: which shared libraries the program loads, and that kernel objects
// compiled for one instruction set export no weak symbols (the linker would keep one copy for everybody, and
// older machines would crash).
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <sstream>

#include "run_command.h"

namespace {

namespace fs = std::filesystem;

TEST(Binaries, ProgramLoadsOnlyAllowedLibraries) {
  if (!fs::exists(BONDLINE_BINARY)) GTEST_SKIP() << "the bondline program is not built";
  // Licences: docs/dependencies.md. Anything new must be named there first.
  const std::set<std::string> allowed = {
      "linux-vdso.so.1", "libfyaml.so.0", "libfmt.so.9",  "libpng16.so.16",
      "libcrypto.so.3",  "libssl.so.3",   "libz.so.1",    "libstdc++.so.6",
      "libm.so.6",       "libgcc_s.so.1", "libc.so.6",    "ld-linux-x86-64.so.2",
      "libasan.so.8",    "libubsan.so.1", "libtsan.so.2", "ld-linux-aarch64.so.1"};
  std::istringstream lines(output_of(std::string("ldd ") + BONDLINE_BINARY));
  int seen = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    EXPECT_TRUE(allowed.contains(fs::path(name).filename()))
        << name << " is not on the list of allowed libraries";
    ++seen;
  }
  EXPECT_GT(seen, 4);
}

TEST(Binaries, KernelObjectsExportNoWeakSymbols) {
  int kernels = 0;
  for (const auto& entry : fs::recursive_directory_iterator(BONDLINE_BUILD_DIR)) {
    const std::string name = entry.path().filename();
    const bool isa = name.find("avx") != std::string::npos || name.find("neon") != std::string::npos;
    if (!isa || entry.path().extension() != ".o") continue;
    ++kernels;
    std::istringstream lines(output_of("nm -C " + entry.path().string()));
    for (std::string line; std::getline(lines, line);) {
      if (line.size() < 18) continue;
      const char kind = line[17];
      EXPECT_TRUE(kind != 'W' && kind != 'V' && kind != 'u')
          << name << " exports weak symbol: " << line.substr(19);
    }
  }
  if (kernels == 0) GTEST_SKIP() << "no kernel objects in this build folder";
}

}  // namespace
