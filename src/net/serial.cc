#include "net/serial.h"

#include <sys/ioctl.h>

#include <asio/serial_port.hpp>
#include <filesystem>

#include "net/asio_stream.h"
#include "net/io.h"

namespace bondline::net {

Opened open_serial(Loop& loop, const std::string& path, const SerialOptions& options) {
  Opened opened;
  asio::serial_port port(loop.io().context);
  using base = asio::serial_port_base;
  port.open(path, opened.error);
  if (!opened.error && ioctl(port.native_handle(), TIOCEXCL) != 0)
    opened.error = {errno, std::generic_category()};
  if (!opened.error) port.set_option(base::baud_rate(static_cast<unsigned>(options.baud)), opened.error);
  if (!opened.error)
    port.set_option(base::character_size(static_cast<unsigned>(options.data_bits)), opened.error);
  const auto parity = options.parity == Parity::none   ? base::parity::none
                      : options.parity == Parity::even ? base::parity::even
                                                       : base::parity::odd;
  if (!opened.error) port.set_option(base::parity(parity), opened.error);
  if (!opened.error)
    port.set_option(base::stop_bits(options.stop_bits == 2 ? base::stop_bits::two : base::stop_bits::one),
                    opened.error);
  if (!opened.error) port.set_option(base::flow_control(base::flow_control::none), opened.error);
  opened.error = plain(opened.error);
  if (opened.error) return opened;
  opened.stream = std::make_unique<AsioStream<asio::serial_port>>(std::move(port), path);
  return opened;
}

std::string stable_name_of(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const auto real = fs::canonical(path, error);
  if (error) return "";
  for (const char* folder : {"/dev/serial/by-id", "/dev/serial/by-path"})
    for (const auto& entry : fs::directory_iterator(folder, error))
      if (fs::canonical(entry.path(), error) == real) return entry.path().string();
  return "";
}

}  // namespace bondline::net
