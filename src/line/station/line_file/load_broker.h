// A broker of a line file, as sinks and machines name it. Private to this room.
#pragma once
#include <string>

#include "line/station/line_file.h"

namespace bondline::station {

/// mqtt://HOST[:PORT] or mqtts:// in `address`, and the keys beside it: ca, certificate, key, server_name,
/// version, client_id, user, password_file, keep_alive. Certificates and passwords are read now, so that a
/// wrong one is told before anything is opened. False: it can't be reached.
bool read_broker(base::Files& files, const document::Node& map, const document::Node& address,
                 const std::string& name, const base::Where& where, const LineFile& line, Broker& broker,
                 base::Diagnostics& diagnostics);

}  // namespace bondline::station
