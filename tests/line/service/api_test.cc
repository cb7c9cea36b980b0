// What the API answers, to whom, and that docs/openapi.json says the truth of it.
#include <fstream>
#include <set>
#include <sstream>

#include "api_bench.h"
#include "line/service/access.h"
#include "line/service/routes.h"

using namespace bondline;
using namespace bondline::service;

namespace {

/// Checks a value against the part of JSON Schema that the document uses; "" or what is wrong where.
std::string misfit(const Json& document, const Json& schema, const Json& value, const std::string& at = "") {
  if (schema.contains("$ref")) {
    const std::string ref = schema.at("$ref");
    const std::string head = "#/components/schemas/";
    if (!ref.starts_with(head)) return at + ": odd $ref " + ref;
    return misfit(document, document.at("components").at("schemas").at(ref.substr(head.size())), value, at);
  }
  const auto is = [&](const std::string& type) {
    return type == "object"    ? value.is_object()
           : type == "array"   ? value.is_array()
           : type == "string"  ? value.is_string()
           : type == "boolean" ? value.is_boolean()
           : type == "integer" ? value.is_number_integer()
           : type == "number"  ? value.is_number()
                               : type == "null" && value.is_null();
  };
  if (schema.contains("type")) {
    bool fits = false;
    if (schema.at("type").is_string())
      fits = is(schema.at("type"));
    else
      for (const auto& type : schema.at("type")) fits |= is(type);
    if (!fits) return at + " is no " + schema.at("type").dump() + ": " + value.dump().substr(0, 80);
  }
  if (schema.contains("enum") &&
      std::find(schema.at("enum").begin(), schema.at("enum").end(), value) == schema.at("enum").end())
    return at + ": " + value.dump() + " is not in the enum";
  if (schema.contains("minimum") && value.is_number() && value < schema.at("minimum"))
    return at + " is below the minimum";
  if (schema.contains("items"))
    for (std::size_t i = 0; i < value.size(); ++i)
      if (const auto wrong =
              misfit(document, schema.at("items"), value[i], at + "[" + std::to_string(i) + "]");
          !wrong.empty())
        return wrong;
  if (!value.is_object()) return "";
  const Json properties = schema.value("properties", Json::object());
  for (const auto& name : schema.value("required", Json::array()))
    if (!value.contains(name.get<std::string>())) return at + " lacks " + name.dump();
  for (const auto& [name, part] : value.items()) {
    std::string wrong;
    if (properties.contains(name))
      wrong = misfit(document, properties.at(name), part, at + "." + name);
    else if (schema.contains("additionalProperties") && schema.at("additionalProperties").is_object())
      wrong = misfit(document, schema.at("additionalProperties"), part, at + "." + name);
    else if (schema.contains("additionalProperties") && schema.at("additionalProperties") == false)
      wrong = at + " has " + name + ", which the schema does not know";
    if (!wrong.empty()) return wrong;
  }
  return "";
}

/// "" when an answer is what the document says of this route.
std::string untrue(const Json& document, const std::string& path, const std::string& method,
                   const net::http::Response& response) {
  const Json& responses = document.at("paths").at(path).at(method).at("responses");
  const std::string status = std::to_string(response.status);
  if (!responses.contains(status)) return path + " answers " + status + ", which is not in the document";
  const Json content = responses.at(status).value("content", Json::object());
  std::string type(response.headers.get("Content-Type"));
  type = type.substr(0, type.find(';'));
  if (!content.contains(type)) return path + " answers " + type;
  if (type != "application/json") return "";
  return misfit(document, content.at(type).at("schema"), Json::parse(response.body), path);
}

station::ApiAccess writable() {
  station::ApiAccess access;
  access.writable = true;
  access.write_token = kWriteToken;
  access.write_tags = {"oven.zone*"};
  return access;
}

}  // namespace

TEST(Api, TheOpenApiDocumentNamesEveryRouteAndNoOther) {
  const Json document = Json::parse(openapi_text());
  std::set<std::string> said, there;
  for (const auto& [path, item] : document.at("paths").items())
    for (const auto& [method, about] : item.items()) said.insert(method + " " + path);
  for (const Route& route : routes()) {
    std::string method = route.method;
    for (char& c : method) c = static_cast<char>(std::tolower(c));
    there.insert(method + " " + route.path);
    EXPECT_EQ(route.document != nullptr, route.talk == nullptr) << route.path;
  }
  EXPECT_EQ(said, there);
}

TEST(Api, EveryAnswerIsWhatTheOpenApiDocumentSays) {
  ApiBench bench(
      "  c: {sim: counter, size: 4, poll: 10 ms}\n  oven: {sim: reflow_oven, size: 3, poll: 10 ms}\n"
      "sinks:\n  plant: {mqtt: \"mqtt://127.0.0.1:1\"}\n",
      writable());
  ASSERT_TRUE(bench.wait_for([&] { return bench.value("c.n0") > 3 && bench.value("oven.zone1") > 0; }));
  const Json document = bench.json("/api/v1/openapi.json");
  const auto check = [&](const std::string& path, const std::string& target, int status,
                         const std::string& method = "GET", const std::string& token = "",
                         const std::string& body = "") {
    const auto response = bench.ask(method, target, token, body);
    EXPECT_EQ(response.status, status) << target << response.body;
    EXPECT_EQ(untrue(document, path, method == "GET" ? "get" : "put", response), "");
  };
  for (const char* path : {"/api/v1/health", "/api/v1/health/live", "/api/v1/counters", "/api/v1/drivers",
                           "/api/v1/sinks", "/api/v1/tags", "/metrics", "/api/v1/openapi.json"})
    check(path, path, 200);
  check("/api/v1/tags", "/api/v1/tags?limit=0", 400);
  const std::string tag = "/api/v1/tags/{name}", setpoint = "/api/v1/tags/oven.zone1_setpoint";
  check(tag, "/api/v1/tags/c.n0", 200);
  check(tag, "/api/v1/tags/oven.fault", 200);
  check(tag, "/api/v1/tags/c.n9", 404);
  check(tag, setpoint, 200, "PUT", kWriteToken, R"({"value": 200})");
  check(tag, setpoint, 400, "PUT", kWriteToken, R"({"value": 2000})");
  check(tag, setpoint, 400, "PUT", kWriteToken, R"({"value": "hot"})");
  check(tag, setpoint, 401, "PUT", "", R"({"value": 200})");
  check(tag, "/api/v1/tags/oven.zone1", 403, "PUT", kWriteToken, R"({"value": 200})");
  check(tag, "/api/v1/tags/c.n9", 404, "PUT", kWriteToken, R"({"value": 200})");
  // The history tells what is on disk, which comes after the value is shown.
  EXPECT_TRUE(bench.wait_for([&] { return bench.ask("GET", "/api/v1/history?tag=c.n0").status == 200; }));
  check("/api/v1/history", "/api/v1/history?tag=c.n0", 200);
  check("/api/v1/history", "/api/v1/history?tag=c.n0&from=now", 400);
  check("/api/v1/history", "/api/v1/history?tag=c.n9", 404);
  check("/api/v1/watch", "/api/v1/watch", 426);
  check("/api/v1/watch", "/api/v1/watch?every=1us", 400);
  check("/api/v1/watch", "/api/v1/watch?every=1e290s", 400);
  check("/metrics", "/metrics?tags=oven.*", 200);
}

TEST(Api, BrowsesInPagesAndReadsValues) {
  ApiBench bench;
  ASSERT_TRUE(bench.wait_for([&] { return bench.value("c.n0") > 3 && bench.value("oven.zone1") > 0; }));
  std::vector<std::string> names;
  std::string after;
  for (int page = 0; page < 20; ++page) {
    const Json answer = bench.json("/api/v1/tags?limit=4&after=" + after);
    for (const auto& tag : answer.at("tags")) names.push_back(tag.at("name"));
    EXPECT_EQ(answer.at("total"), bench.station->line().tags->active());
    if (answer.at("next").is_null()) break;
    after = answer.at("next");
  }
  EXPECT_EQ(names.size(), bench.station->line().tags->active());
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
  EXPECT_EQ(bench.json("/api/v1/tags?prefix=c.").at("total"), 5);
  const Json one = bench.json("/api/v1/tags/oven.zone1");
  EXPECT_EQ(one.at("unit"), "degC");
  EXPECT_TRUE(one.at("value").is_number());
  EXPECT_GT(one.at("time_ns").get<std::int64_t>(), 1'600'000'000'000'000'000);
  EXPECT_EQ(bench.json("/api/v1/tags/oven.fault").at("value"), "none");

  Json history;  // of what is on disk
  EXPECT_TRUE(bench.wait_for([&] {
    history = bench.json("/api/v1/history?tag=c.n0&limit=3");
    return history.at("truncated").get<bool>();
  }));
  ASSERT_EQ(history.at("samples").size(), 3u);
  EXPECT_EQ(history.at("samples").at(2).at("value"), 3);
  EXPECT_EQ(bench.json("/api/v1/history?tag=c.n0&from=-1%20h&to=-30%20min").at("samples").size(), 0u);
  EXPECT_EQ(bench.ask("GET", "/api/v2/tags").status, 404);
  const auto wrong = bench.ask("DELETE", "/api/v1/tags/c.n0");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.get("Allow"), "GET, PUT");
}

TEST(Api, IsReachedByTheNamesOfThisMachineOnlyWhereNoTokenIsAsked) {
  const auto status_for = [](const station::ApiAccess& access, const char* host) {
    net::http::Request request;
    request.headers.add("Host", host);
    return refusal_of(access, request, Wish::read).status;
  };
  station::ApiAccess open, guarded;
  guarded.token = kReadToken;
  for (const char* host :
       {"127.0.0.1:8089", "127.0.0.1", "localhost:8089", "LOCALHOST", "[::1]:8089", "[::1]"})
    EXPECT_EQ(status_for(open, host), 0) << host;
  // Names that their owner made to point here, so that a page of theirs can ask us (DNS rebinding).
  for (const char* host : {"evil.example:8089", "127.evil.example", "localhost.evil.example", "", ":8089"})
    EXPECT_EQ(status_for(open, host), 403) << host;
  EXPECT_EQ(status_for(guarded, "box.plant:8089"), 401);
  EXPECT_TRUE(same_secret("abc", "abc"));
  for (const char* other : {"abd", "ab", "abcd", "", "xbc"}) EXPECT_FALSE(same_secret("abc", other)) << other;
  EXPECT_FALSE(same_secret("", ""));
}

TEST(Api, ShowsOnlyToWhoMay) {
  {
    ApiBench open;
    EXPECT_EQ(open.ask("PUT", "/api/v1/tags/oven.zone1_setpoint", kWriteToken, R"({"value": 1})").status, 403)
        << "read-only unless the line file says otherwise";
  }
  station::ApiAccess access = writable();
  access.token = kReadToken;
  ApiBench bench("  oven: {sim: reflow_oven, size: 3, poll: 10 ms}\n", access);
  for (const char* path :
       {"/api/v1/tags", "/api/v1/health", "/metrics", "/api/v1/openapi.json", "/nothing"}) {
    const auto refused = bench.ask("GET", path);
    EXPECT_EQ(refused.status, 401) << path;
    EXPECT_EQ(refused.headers.get("WWW-Authenticate"), "Bearer");
    EXPECT_EQ(bench.ask("GET", path, "readreadreadreaX").status, 401) << path;
  }
  EXPECT_EQ(bench.ask("GET", "/api/v1/health/live").status, 200);
  EXPECT_EQ(bench.ask("GET", "/api/v1/tags", kReadToken).status, 200);
  EXPECT_EQ(bench.ask("GET", "/api/v1/tags", kWriteToken).status, 200);
  const auto records_before =
      nlohmann::json::parse(bench.ask("GET", "/api/v1/counters", kReadToken).body).at("audit").at("records");
  const std::string setpoint = "/api/v1/tags/oven.zone1_setpoint";
  EXPECT_EQ(bench.ask("PUT", setpoint, kReadToken, R"({"value": 200})").status, 401) << "readers don't write";
  EXPECT_EQ(bench.ask("PUT", setpoint, kWriteToken, R"({"value": 200})", {{"Origin", "http://evil.example"}})
                .status,
            403);
  EXPECT_EQ(bench.ask("PUT", setpoint, kWriteToken, R"({"value": 201.5})").status, 200);
  EXPECT_TRUE(bench.wait_for([&] { return bench.value("oven.zone1_setpoint") == 201.5; }));
  EXPECT_EQ(bench.ask("PUT", "/api/v1/tags/oven.conveyor", kWriteToken, R"({"value": 1})").status, 403)
      << "api.write.tags names others";
  const auto record =
      nlohmann::json::parse(bench.ask("GET", "/api/v1/counters", kReadToken).body).at("audit");
  EXPECT_EQ(record.at("records"), records_before.get<int>() + 1)
      << "what was written is on record, refusals are not";
  EXPECT_EQ(bench.ask("PUT", setpoint, kWriteToken, R"({"value": 200, "force": true})").status, 400);
  EXPECT_EQ(bench.ask("PUT", setpoint, kWriteToken, "{").status, 400);
  EXPECT_EQ(bench.ask("PUT", setpoint, kWriteToken, std::string(100'000, ' ')).status, 413);
  const std::lock_guard lock(bench.mutex);
  EXPECT_NE(bench.log.find("oven.zone1_setpoint = 201.5: done"), std::string::npos) << bench.log;
  EXPECT_EQ(bench.log.find(kWriteToken), std::string::npos);
}

TEST(Api, AnAlarmIsAcknowledgedByWhoMayWriteOnceAndOnRecord) {
  station::ApiAccess access = writable();
  access.write_tags = {"rules.hot"};
  const ApiBench bench(
      "  c: {sim: counter, size: 4, poll: 10 ms}\nrules:\n  hot: {when: c.n0 > 3, acknowledge: false}\n"
      "  cold: {when: c.n0 < 0}\n",
      access);
  const std::string hot = "/api/v1/tags/rules.hot", cold = "/api/v1/tags/rules.cold";
  const auto comes = [&](int state) {
    for (int i = 0; i < 1000; ++i) {
      if (Json::parse(bench.ask("GET", hot).body).at("value") == state) return true;
      std::this_thread::sleep_for(5ms);
    }
    return false;
  };
  ASSERT_TRUE(comes(1));
  const std::string seen = R"({"value": 2})";
  EXPECT_EQ(bench.ask("PUT", hot, "", seen).status, 401);
  EXPECT_EQ(bench.ask("PUT", cold, kWriteToken, seen).status, 403) << "api.write.tags names another";
  EXPECT_EQ(bench.ask("PUT", hot, kWriteToken, R"({"value": 0})").status, 400) << "nobody ends an alarm";
  EXPECT_TRUE(comes(1));
  const net::http::Response done = bench.ask("PUT", hot, kWriteToken, seen);
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_TRUE(comes(2));
  const Json document = Json::parse(std::string(openapi_text()));
  EXPECT_EQ(untrue(document, "/api/v1/tags/{name}", "put", done), "");
  const net::http::Response again = bench.ask("PUT", hot, kWriteToken, seen);
  EXPECT_EQ(again.status, 409) << again.body;
  EXPECT_EQ(untrue(document, "/api/v1/tags/{name}", "put", again), "");
  EXPECT_EQ(bench.station->acknowledge("rules.cold", "test"), "there is nothing to acknowledge");
  EXPECT_EQ(bench.station->acknowledge("c.n0", "test"), "there is no alarm \"c.n0\"");
  EXPECT_EQ(bench.station->audit().status().head.number, 5u)
      << "start, acknowledged, refused: nothing left to, none there";
}

TEST(Api, TheLineRunsThoughItsPortIsTakenAndItListensWhenThatIsFree) {
  ApiBench bench;
  auto taken = bench.access;
  std::mutex mutex;
  std::string said;
  const auto heard = [&](const std::string& words) {
    return bench.wait_for([&] {
      const std::lock_guard lock(mutex);
      return said.find(words) != std::string::npos;
    });
  };
  Api second(*bench.station, taken, [&](const std::string& text) {
    const std::lock_guard lock(mutex);
    said += text + "\n";
  });
  EXPECT_TRUE(heard("can't listen on 127.0.0.1:" + std::to_string(taken.port)));
  const double before = bench.value("c.n0");
  EXPECT_TRUE(bench.wait_for([&] { return bench.value("c.n0") > before + 3; }));
  bench.api.reset();
  EXPECT_TRUE(heard("listening on"));
  EXPECT_EQ(bench.ask("GET", "/api/v1/health").status, 200);
}

TEST(Api, AnswersCurl) {
  const std::string curl = peers::program("curl");
  if (curl.empty()) GTEST_SKIP() << "curl is not installed";
  ApiBench bench;
  ASSERT_TRUE(bench.wait_for([&] { return bench.value("c.n0") > 3; }));
  const auto out = std::filesystem::temp_directory_path() / ("bondline-curl-" + std::to_string(getpid()));
  {
    peers::Child child({curl, "-sS", "--fail",
                        "http://127.0.0.1:" + std::to_string(bench.access.port) + "/api/v1/tags?prefix=c."},
                       out);
    EXPECT_EQ(child.join(), 0);
  }
  std::ostringstream text;
  text << std::ifstream(out).rdbuf();
  EXPECT_EQ(Json::parse(text.str()).at("total"), 5) << text.str();
  std::filesystem::remove(out);
}
