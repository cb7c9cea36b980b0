// Posts the log to a web address, a batch at a time; a 2xx moves the cursor (docs/formats/payload.md).
//
// A batch is one POST: documents one under the other (NDJSON, or a CBOR sequence), as many as there are, up
// to `most_samples` and `most_bytes`. Until it is acknowledged nothing else is sent, so order holds. It is
// sent once more, with the same samples and the same Idempotency-Key, after 408, 425, 429, 5xx, a broken
// connection, silence, or an answer that is no whole HTTP answer or came before the batch had gone out; what
// had been on its way before is marked `again`. Retry-After is honoured. 413 halves the batch. Any other
// answer means that somebody has to mend something: the sink says so, waits and tries again; only with
// Refused::drop, and only after 400, 413 or 422, the samples at fault are found by halving, dropped and
// counted.
#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "line/gateway/engine/sink.h"
#include "line/gateway/sinks/payload.h"
#include "net/http/client.h"

namespace bondline::gateway {

/// What becomes of samples the receiver calls wrong.
enum class Refused : std::uint8_t { wait, drop };

struct HttpSinkConfig {
  std::string name;  ///< of the sink: its cursor's name
  std::string line;  ///< in the payload's head
  net::http::Url url;
  net::http::ClientOptions client;
  net::http::Headers headers;  ///< Authorization ...
  PayloadFormat payload = PayloadFormat::json;
  std::size_t most_samples = 5000;    ///< in one batch
  std::size_t most_bytes = 1u << 20;  ///< of one batch: the document that passes it is the last
  std::chrono::nanoseconds every{
      0};  ///< shortest time from one batch to the next; 0: as soon as there is one
  Refused refused = Refused::wait;
  std::chrono::nanoseconds first_pause = std::chrono::milliseconds(200),
                           most_pause = std::chrono::seconds(30);
  std::chrono::nanoseconds most_retry_after =
      std::chrono::minutes(10);  ///< a longer Retry-After is not believed
  std::uint64_t maybe_sent_below =
      0;  ///< sequences below it may have been sent by an earlier process: marked `again`
};

std::unique_ptr<Sink> make_http_sink(HttpSinkConfig config);

}  // namespace bondline::gateway
