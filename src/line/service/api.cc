#include "line/service/api.h"

#include <algorithm>
#include <thread>

#include "line/service/routes.h"
#include "line/service/server_state.h"

namespace bondline::service {

using net::Task;

struct Api::Impl {
  Impl(station::Station& station, station::ApiAccess access, std::function<void(const std::string&)> say)
      : loop(std::make_shared<net::Loop>()), state(station, std::move(access), loop, std::move(say)) {}

  Task<> listen() {
    const station::ApiAccess& access = state.access;
    const std::string where = access.address + ":" + std::to_string(access.port);
    bool told = false;
    std::chrono::milliseconds pause(100);
    for (;;) {
      std::error_code error;
      auto listener = net::Listener::open(*loop, access.address, access.port, &error);
      if (!listener) {
        if (!told && state.say)
          state.say("api: can't listen on " + where + ": " + error.message() +
                    "; the line runs, and it is tried again");
        told = true;
        const std::error_code ended = co_await net::sleep_for(pause);
        if (ended) co_return;
        pause = std::min<std::chrono::milliseconds>(2 * pause, std::chrono::seconds(5));
        continue;
      }
      net::http::ServerOptions options;
      options.limits.body = 64 * 1024;
      options.most_connections = 128;
      options.grace = std::chrono::seconds(1);
      options.tls = access.tls;
      net::http::Server server(
          std::move(listener), [this](net::http::Exchange& exchange) { return answer(state, exchange); },
          options);
      state.server = &server;
      if (told && state.say) state.say("api: listening on " + where);
      co_await server.run();
      state.server = nullptr;
      co_return;
    }
  }

  std::shared_ptr<net::Loop> loop;
  ServerState state;
  std::unique_ptr<net::Group> group, ending;
  std::thread thread;
};

Api::Api(station::Station& station, station::ApiAccess access, std::function<void(const std::string&)> say)
    : impl_(std::make_unique<Impl>(station, std::move(access), std::move(say))) {
  impl_->thread = std::thread([impl = impl_.get()] {
    impl->loop->post([impl] {
      impl->group = std::make_unique<net::Group>(*impl->loop);
      impl->group->spawn(impl->listen());
    });
    impl->loop->run();
  });
}

Api::~Api() {
  impl_->loop->post([impl = impl_.get()] {
    impl->group->cancel();
    impl->ending = std::make_unique<net::Group>(*impl->loop);
    const auto end = [](Impl& all) -> Task<> {
      co_await all.group->join();
      all.loop->stop();
    };
    impl->ending->spawn(end(*impl));
  });
  impl_->thread.join();
}

void Api::reloaded() {
  impl_->loop->post([impl = impl_.get()] {
    for (const auto& watcher : impl->state.watchers) watcher->notify();
  });
}

}  // namespace bondline::service
