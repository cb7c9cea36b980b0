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

}  // namespace bondline::gateway
