// The report as a colleague opens it: from a disk, without a network, in a browser that draws by software.
// What the browser showed is kept in build/*/pictures.
#include <gtest/gtest.h>

#include "browser.h"
#include "pictures.h"
#include "reports.h"

namespace bondline::web {
namespace {

constexpr int kWidth = 1280, kHeight = 900;

class ReportInBrowser : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!Browser::program()) GTEST_SKIP() << "chromium is not installed";
  }
  /// Where an element stands in the window.
  static Rect place(Browser& browser, const std::string& selector) {
    const Json box =
        browser.evaluate("(() => { const r = document.querySelector(" + Json(selector).dump() +
                         ").getBoundingClientRect(); return [r.x, r.y, r.width, r.height]; })()");
    return {box[0], box[1], box[2], box[3]};
  }
  static void scroll_to(Browser& browser, const std::string& selector) {
    browser.evaluate("document.querySelector(" + Json(selector).dump() +
                     ").scrollIntoView({block: 'start'})");
    browser.settle();
  }
  static std::string text(Browser& browser, const std::string& selector) {
    return browser.evaluate("document.querySelector(" + Json(selector).dump() + ").textContent");
  }
  static Pixels shot(Browser& browser, const std::string& name) {
    const std::string bytes = browser.screenshot();
    keep_picture(name, bytes);
    return decode_png(bytes);
  }
};

TEST_F(ReportInBrowser, OpensWithoutANetworkAndTurns) {
  Browser browser(kWidth, kHeight);
  browser.open(sip_report());
  EXPECT_EQ(browser.evaluate("document.documentElement.dataset.drawer"), "WebGL");
  EXPECT_EQ(browser.evaluate("navigator.onLine"), false);
  shot(browser, "report-head.png");
  scroll_to(browser, "#package");
  const Rect view = place(browser, "#view");
  const Pixels before = shot(browser, "report-package.png");
  EXPECT_GT(colours(before, view), 60u);  // a painted field, not an empty stage
  const double x = view.x + view.width / 2, y = view.y + view.height / 2;
  browser.drag(x, y, x + 160, y - 40);
  const Pixels turned = shot(browser, "report-package-turned.png");
  EXPECT_GT(difference(before, turned, view), 0.1);
  browser.click(view.x + view.width - 8,
                view.y + view.height - 8);  // beside the package: takes the focus only
  browser.key("Home", 36);
  const Pixels home = shot(browser, "report-package-home.png");
  EXPECT_LT(difference(before, home, view), 0.02);
  EXPECT_TRUE(browser.strangers().empty()) << browser.strangers().front();
  EXPECT_TRUE(browser.complaints().empty()) << browser.complaints().front();
}

TEST_F(ReportInBrowser, AClickOnADieShowsItsCard) {
  Browser browser(kWidth, kHeight);
  browser.open(sip_report());
  scroll_to(browser, "#package");
  const Json middle = browser.evaluate(
      "(() => { const r = [...document.querySelectorAll('.die-label')].find((n) => n.textContent === 'dram')"
      ".getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()");
  browser.evaluate("document.getElementById('view-names').click()");  // else the click meets the name
  browser.settle();
  const Pixels before = shot(browser, "report-before-click.png");
  browser.click(middle[0], middle[1]);
  EXPECT_EQ(browser.evaluate("document.getElementById('card').dataset.path"), "dies.dram");
  const std::string card = text(browser, "#card");
  EXPECT_NE(card.find("85.0 °C"), std::string::npos) << card;  // the example's limit for this die
  EXPECT_NE(card.find("fail"), std::string::npos) << card;
  EXPECT_NE(card.find("What would cool it"), std::string::npos) << card;
  const Pixels after = shot(browser, "report-die-clicked.png");
  EXPECT_GT(difference(before, after, place(browser, "#card")), 0.02);
  EXPECT_GT(difference(before, after, place(browser, "#view")), 0.002);  // the chosen die stands out
  EXPECT_TRUE(browser.complaints().empty()) << browser.complaints().front();
}

TEST_F(ReportInBrowser, LayersHideSpreadAndPaint) {
  Browser browser(kWidth, kHeight);
  browser.open(sip_report());
  scroll_to(browser, "#package");
  const Rect view = place(browser, "#view");
  const Pixels before = shot(browser, "report-layers.png");
  browser.evaluate("document.querySelector('.layers input[aria-label=\"show Dies\"]').click()");
  browser.settle();
  const Pixels without = shot(browser, "report-layers-no-dies.png");
  EXPECT_GT(difference(before, without, view), 0.005);
  browser.evaluate("document.querySelector('.layers input[aria-label=\"show Dies\"]').click()");
  browser.evaluate(
      "(() => { const s = document.getElementById('view-apart'); s.value = '1'; s.dispatchEvent(new "
      "Event('input')); "
      "})()");
  browser.settle();
  const Pixels spread = shot(browser, "report-layers-spread.png");
  EXPECT_GT(difference(before, spread, view), 0.05);
  browser.evaluate(
      "(() => { const s = document.getElementById('view-field'); s.value = '-1'; s.dispatchEvent(new "
      "Event('change')); "
      "})()");
  browser.settle();
  const Pixels materials = shot(browser, "report-layers-materials.png");
  EXPECT_GT(difference(spread, materials, view), 0.05);
  EXPECT_TRUE(browser.complaints().empty()) << browser.complaints().front();
}

TEST_F(ReportInBrowser, ACutReadsWhatTheSolverFound) {
  Browser browser(kWidth, kHeight);
  browser.open(sip_report());
  scroll_to(browser, "#slices");
  browser.evaluate("document.getElementById('to-hot-spot').click()");
  browser.settle();
  // The readout at the hottest cell is that cell's value, to the hundredth it shows.
  const Json high =
      browser.evaluate("JSON.parse(document.getElementById('data').textContent).fields[0].high");
  EXPECT_NEAR(std::stod(text(browser, "#value")), high.get<double>(), 0.0051);
  const Rect cut = place(browser, "#slice");
  const Pixels above = shot(browser, "report-cut-z.png");
  EXPECT_GT(colours(above, cut), 40u);
  browser.evaluate("document.querySelector('#slices [data-axis=x]').click()");
  browser.settle();
  const Pixels side = shot(browser, "report-cut-x.png");
  EXPECT_GT(difference(above, side, cut), 0.1);
  browser.click(cut.x + cut.width / 3, cut.y + 100);
  EXPECT_EQ(browser.evaluate("document.querySelectorAll('#slices .probes tbody tr').length"), 1);
  EXPECT_TRUE(browser.complaints().empty()) << browser.complaints().front();
}

TEST_F(ReportInBrowser, FindingsFilterSortAndLeadToThePart) {
  Browser browser(kWidth, kHeight);
  browser.open(sip_report());
  scroll_to(browser, "#findings");
  shot(browser, "report-findings.png");
  const auto rows = [&] {
    return browser.evaluate("document.querySelectorAll('table.findings tbody tr').length").get<int>();
  };
  const int all = rows();
  EXPECT_EQ(all, browser.evaluate(
                     "JSON.parse(document.getElementById('data').textContent).report.findings.length"));
  browser.evaluate("document.querySelector('#findings button.chip.fail').click()");
  EXPECT_EQ(rows(), browser.evaluate("document.querySelectorAll('table.findings tbody tr.fail').length"));
  EXPECT_LT(rows(), all);
  EXPECT_NE(text(browser, "table.findings .mend"), "");
  browser.evaluate("document.querySelector('table.findings tbody button.link').click()");
  EXPECT_EQ(browser.evaluate("document.getElementById('card').dataset.path"), "dies.dram");
}

TEST_F(ReportInBrowser, FitsNarrowAndWideWindowsInLightAndDark) {
  Browser browser(kWidth, kHeight);
  for (const bool dark : {false, true}) {
    browser.prefer_dark(dark);
    for (const int width : {800, 1280, 390}) {
      browser.resize(width, kHeight);
      browser.open(sip_report());
      browser.settle();
      EXPECT_LE(browser.evaluate("document.documentElement.scrollWidth").get<int>(), width);
      EXPECT_EQ(browser.evaluate("document.documentElement.dataset.theme"), dark ? "dark" : "light");
      const Pixels p = shot(browser, "report-" + std::to_string(width) + (dark ? "-dark.png" : "-light.png"));
      const int paper = p.rgb[0] + p.rgb[1] + p.rgb[2];
      EXPECT_EQ(paper < 384, dark);
    }
  }
}

TEST_F(ReportInBrowser, IsReachedByKeysAlone) {
  Browser browser(kWidth, kHeight);
  browser.open(sip_report());
  std::set<std::string> reached;
  for (int n = 0; n < 120; ++n) {
    browser.call("Input.dispatchKeyEvent",
                 {{"type", "rawKeyDown"}, {"key", "Tab"}, {"code", "Tab"}, {"windowsVirtualKeyCode", 9}});
    const Json at = browser.evaluate("document.activeElement.id || document.activeElement.className");
    if (at.is_string()) reached.insert(at.get<std::string>());
  }
  for (const char* id : {"view", "view-field", "view-apart", "slice", "slice-at", "to-hot-spot"})
    EXPECT_TRUE(reached.contains(id)) << id << " cannot be reached by the tab key";
  browser.evaluate("document.getElementById('view').focus()");
  const Json yaw = browser.evaluate("packageView.camera.yaw");
  browser.key("ArrowLeft", 37);
  EXPECT_NE(browser.evaluate("packageView.camera.yaw"), yaw);
}

TEST_F(ReportInBrowser, DrawsWithoutWebgl) {
  Browser browser(kWidth, kHeight, false);
  browser.open(sip_report());
  EXPECT_EQ(browser.evaluate("document.documentElement.dataset.drawer"), "canvas");
  scroll_to(browser, "#package");
  const Rect view = place(browser, "#view");
  const Pixels before = shot(browser, "report-canvas.png");
  EXPECT_GT(colours(before, view), 40u);
  browser.drag(view.x + 300, view.y + 300, view.x + 460, view.y + 280);
  EXPECT_GT(difference(before, shot(browser, "report-canvas-turned.png"), view), 0.05);
  EXPECT_TRUE(browser.complaints().empty()) << browser.complaints().front();
}

TEST_F(ReportInBrowser, NamesOfADesignAreNeverMarkup) {
  Browser browser(kWidth, kHeight);
  browser.open(hostile_report());
  EXPECT_EQ(browser.evaluate("typeof window.hurt"), "undefined");
  EXPECT_EQ(browser.evaluate("document.querySelectorAll('main img, main iframe, main script').length"), 0);
  EXPECT_NE(text(browser, "#head").find("<img src=x onerror=\"window.hurt=1\">"), std::string::npos);
}

}  // namespace
}  // namespace bondline::web
