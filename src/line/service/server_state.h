// What the API's handlers share. Belongs to the API's loop but for the station, which is safe to ask.
#pragma once
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "line/service/history_reader.h"
#include "line/service/metrics.h"
#include "line/service/tag_documents.h"
#include "line/station/station.h"
#include "net/http/exchange.h"
#include "net/http/server.h"

namespace bondline::service {

struct ServerState {
  ServerState(station::Station& s, station::ApiAccess a, std::shared_ptr<net::Loop> l,
              std::function<void(const std::string&)> sayer)
      : station(s),
        access(std::move(a)),
        loop(std::move(l)),
        say(std::move(sayer)),
        index(s),
        history(s.log()) {}
  station::Station& station;
  station::ApiAccess access;
  std::shared_ptr<net::Loop> loop;  ///< shared with whoever may still post when the API has ended
  std::function<void(const std::string&)> say;
  TagIndex index;
  HistoryReader history;
  const net::http::Server* server = nullptr;
  ApiCounters counters;
  int writing = 0;                                  ///< writes under way
  std::set<std::shared_ptr<net::Signal>> watchers;  ///< woken when the line file has been read again
};

}  // namespace bondline::service
