// One connection of a server: requests one after the other, in the order they came. For server.cc.
#pragma once
#include <string>
#include <vector>

#include "net/http/server.h"

namespace bondline::net::http {

class Served final : public Exchange {
 public:
  /// `going_away`: cancelled when the server ends; null: it doesn't.
  Served(Stream& stream, const Handler& handler, const ServerOptions& options, ServerCounters& counters,
         Scope* going_away);
  Task<> run();

  Task<std::error_code> respond(const Response& response) override;
  Task<std::error_code> begin(const Response& head) override;
  Task<std::error_code> write(std::string_view piece) override;
  Task<> upgrade(websocket::Options options, websocket::Talk talk) override;

 private:
  enum class Read { request, refused, closed };
  Task<Read> read_request();
  Task<std::error_code> fill(Clock::time_point until, Scope& under);
  Task<std::error_code> send(std::string_view bytes);
  Task<> answer();
  Task<> refuse();
  bool take_head();
  bool ending() const { return going_away_ && going_away_->cancelled(); }
  bool bodiless(int status) const { return status < 200 || status == 204 || status == 304; }
  void write_head(const Response& response, std::optional<std::size_t> length);
  std::string_view unread() const { return {reinterpret_cast<const char*>(in_.data()) + at_, end_ - at_}; }

  Stream& stream_;
  const Handler& handler_;
  const ServerOptions& options_;
  ServerCounters& counters_;
  Scope* going_away_;
  Parser parser_;
  std::vector<std::uint8_t> in_;
  std::size_t at_ = 0, end_ = 0;
  std::string out_, date_;
  std::int64_t date_second_ = 0;
  int refusal_ = 0;
  std::string why_;
  bool keep_ = true, gone_ = false;
  bool open_answer_ = false;  ///< begun and not ended
  bool chunked_ = false, no_body_ = false;
};

}  // namespace bondline::net::http
