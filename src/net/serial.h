// Serial lines (termios). Name a port by what does not change at a reboot: /dev/serial/by-id/... or
// by-path/...
#pragma once
#include <string>

#include "net/stream.h"

namespace bondline::net {

enum class Parity { none, even, odd };

struct SerialOptions {
  int baud = 19200;
  int data_bits = 8;             ///< 7 or 8
  Parity parity = Parity::even;  ///< Modbus' own default (MODBUS over Serial Line V1.02, 2.5.1)
  int stop_bits = 1;             ///< 1 or 2
};

/// Opens a port for this process alone (TIOCEXCL).
Opened open_serial(Loop& loop, const std::string& path, const SerialOptions& options);
/// "/dev/serial/by-id/..." of a port when it has such a name; else "".
std::string stable_name_of(const std::string& path);

}  // namespace bondline::net
