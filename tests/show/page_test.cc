#include <gtest/gtest.h>

#include "base/diagnostic.h"
#include "show/page.h"

namespace bondline::show {
namespace {

TEST(Page, EscapesWhatCouldBecomeMarkup) {
  EXPECT_EQ(escape_html("<script>alert(\"1\" & '2')</script>"),
            "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;");
  EXPECT_EQ(escape_html("a\x01\xff"
                        "b")
                .find('\x01'),
            std::string::npos);
}

TEST(Page, JsonCannotEndItsScriptElement) {
  const std::string safe = script_safe("{\"a\":\"</script><!--\xE2\x80\xA8\"}");
  EXPECT_EQ(safe, "{\"a\":\"\\u003c/script>\\u003c!--\\u2028\"}");
}

TEST(Page, Base64IsThatOfTheStandard) {  // RFC 4648, section 10
  const auto of = [](std::string text) {
    return base64({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  };
  EXPECT_EQ(of(""), "");
  EXPECT_EQ(of("f"), "Zg==");
  EXPECT_EQ(of("fo"), "Zm8=");
  EXPECT_EQ(of("foo"), "Zm9v");
  EXPECT_EQ(of("foobar"), "Zm9vYmFy");
}

TEST(Page, FetchesNothingByPolicyAndKeepsTheTitleText) {
  Page page;
  page.title = "</title><script>";
  page.data = "{}";
  const std::string html = to_html(page);
  EXPECT_NE(html.find("default-src 'none'"), std::string::npos);
  EXPECT_NE(html.find("<title>&lt;/title&gt;&lt;script&gt;</title>"), std::string::npos);
}

TEST(Page, RefusesAScriptThatWouldEndItself) {
  Page page;
  page.scripts = {"const a = '</script>';"};
  EXPECT_THROW(to_html(page), base::Error);
}

}  // namespace
}  // namespace bondline::show
