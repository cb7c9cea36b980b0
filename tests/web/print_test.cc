// The report on paper: `signoff --pdf` prints every chapter, and says beforehand when it cannot.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "browser.h"
#include "pictures.h"
#include "reports.h"

namespace bondline::web {
namespace {

namespace fs = std::filesystem;

std::string said(const std::string& command, int* status = nullptr) {
  FILE* pipe = popen(command.c_str(), "r");
  std::string out;
  std::array<char, 4096> part;
  for (std::size_t n; (n = fread(part.data(), 1, part.size(), pipe)) > 0;) out.append(part.data(), n);
  const int ended = pclose(pipe);
  if (status != nullptr) *status = WEXITSTATUS(ended);
  return out;
}

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Words only: lines break anywhere on paper.
std::string flat(const std::string& text) {
  std::string out;
  for (const char c : text)
    if (std::isspace(static_cast<unsigned char>(c)) == 0) out += c;
  return out;
}

TEST(ReportOnPaper, HoldsFindingsMendsAndOrigins) {
  if (!Browser::program()) GTEST_SKIP() << "chromium is not installed";
  const fs::path folder = sign_off(fs::path(BONDLINE_SOURCE_DIR) / "examples/sip-edge-node/design.yaml",
                                   "paper", "--cells 30000 --pdf");
  const std::string pdf = slurp(folder / "report.pdf");
  ASSERT_EQ(pdf.substr(0, 5), "%PDF-");
  keep_picture("report.pdf", pdf);
  if (std::system("command -v pdftotext >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "pdftotext (poppler-utils) is not installed: the text was not looked at";
  int status = 1;
  const std::string text = said("pdftotext -layout '" + (folder / "report.pdf").string() + "' -", &status);
  ASSERT_EQ(status, 0);
  EXPECT_GE(std::count(text.begin(), text.end(), '\f'), 4);  // a form feed ends every page
  const std::string words = flat(text);
  for (const char* title :
       {"The package", "Cuts", "Where the heat goes", "Findings", "Where the numbers come from",
        "Inputs, as written", "Defaults: values nobody wrote", "Materials"})
    EXPECT_NE(words.find(flat(title)), std::string::npos) << title;
  const auto report = nlohmann::json::parse(slurp(folder / "report.json"));
  int failed = 0;
  for (const auto& f : report["findings"]) {
    if (f["verdict"] != "fail" && f["verdict"] != "warn") continue;
    ++failed;
    EXPECT_NE(words.find(flat(f["rule"].get<std::string>())), std::string::npos) << f["rule"];
    const std::string mend = f["mend"];
    EXPECT_NE(words.find(flat(mend.substr(0, mend.find_first_of("0123456789")))), std::string::npos) << mend;
  }
  EXPECT_GE(failed, 1);  // the example has something to mend
}

TEST(ReportOnPaper, SaysBeforeSolvingThatNoBrowserIsThere) {
  int status = 0;
  const std::string design = std::string(BONDLINE_SOURCE_DIR) + "/examples/sip-edge-node/design.yaml";
  const std::string out = said("PATH=/nowhere " + std::string(BONDLINE_BINARY) + " signoff '" + design +
                                   "' --out /nowhere/at/all --pdf 2>&1",
                               &status);
  EXPECT_EQ(status, 2);
  EXPECT_NE(out.find("chromium"), std::string::npos) << out;
  said(std::string(BONDLINE_BINARY) + " signoff '" + design + "' --pdf 2>&1", &status);
  EXPECT_EQ(status, 2);  // no --out
}

}  // namespace
}  // namespace bondline::web
