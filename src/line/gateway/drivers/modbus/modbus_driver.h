// The Modbus client as a driver: polls a device by a plan that learns what the device allows, keeps as many
// requests under way as it takes, matches answers by transaction (a late answer never answers the next
// request), writes and reads back.
#pragma once
#include <memory>

#include "line/gateway/drivers/modbus/config.h"
#include "line/gateway/engine/driver.h"

namespace bondline::gateway {

/// `tags` must outlive the driver; scaling of writes and value types are read there.
std::unique_ptr<Driver> make_modbus_driver(ModbusConfig config, const tags::TagTable& tags);
/// The same, sharing the table. A running driver takes over another's points, polls, limits and unit
/// identifiers between two rounds, on the same connection, with what it has learned of the device and without
/// missing a poll; another address or serial line needs a driver of its own.
std::unique_ptr<Driver> make_modbus_driver(ModbusConfig config, std::shared_ptr<const tags::TagTable> tags);

}  // namespace bondline::gateway
