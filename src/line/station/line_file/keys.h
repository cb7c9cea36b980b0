// What several readers of a line file ask of its keys: times, whole numbers, secrets and certificates in
// files. Private to this room.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "line/station/line_file.h"

namespace bondline::station {

/// 100 years, s: the longest time a line file may name. In nanoseconds a third of what 64 bits hold: it can
/// be added to a time of day and doubled.
inline constexpr double kLongest_s = 100 * 365.25 * 86400;

/// Nanoseconds of `seconds`, kept within 0 and kLongest_s; what is more than 0 stays more than 0.
std::chrono::nanoseconds nanoseconds_of(double seconds);

/// A time as a key's text says it; `otherwise_s` (s) when the key is not there.
std::chrono::nanoseconds duration(const document::Node& map, const char* key, double otherwise_s,
                                  base::Diagnostics& diagnostics);

/// A whole number that the schema has checked; `otherwise` when the key is not there.
int whole(const document::Node& map, const char* key, int otherwise);

/// The first line of the file a key names; nullopt with an error when it can't be read. `secret`: what it
/// holds, in words: "password".
std::optional<std::string> first_line(base::Files& files, const document::Node& file, const LineFile& line,
                                      const std::string& secret, base::Diagnostics& diagnostics);

/// The keys ca, certificate, key and server_name of who connects by TLS, read now so that a wrong file is
/// told before anything is opened. Null: not `secured`, where any of the keys is an error that `mend` mends,
/// or wrong.
std::shared_ptr<net::TlsContext> read_certificates(const document::Node& map, const base::Where& where,
                                                   const LineFile& line, bool secured,
                                                   const std::string& mend, base::Diagnostics& diagnostics);

}  // namespace bondline::station
