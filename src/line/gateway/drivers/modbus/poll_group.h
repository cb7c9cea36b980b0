// The points of a machine that are read together: plan, requests ready to send, and how answers become
// samples.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "line/gateway/drivers/modbus/config.h"
#include "line/gateway/engine/schedule.h"
#include "line/gateway/modbus/pdu.h"
#include "line/tags/batch.h"

namespace bondline::gateway {

/// Values of one block that lie side by side in the answer and in the tag table alike.
struct DecodeStep {
  tags::TagId tag = 0;       ///< of the first
  std::uint16_t offset = 0;  ///< bytes into the answer; bits for coils
  std::uint16_t count = 1;
  modbus::Format format;
  int bit = -1;
  bool engineering = false;  ///< becomes float64: raw * scale + offset
  double scale = 1, shift = 0;
};

struct PollBlock {
  std::uint8_t unit = 1;
  modbus::ReadBlock read;
  modbus::Request request;
  modbus::PduBuffer pdu;
  std::size_t pdu_bytes = 0;
  std::vector<DecodeStep> steps;
  bool good = false;  ///< its last answer brought values
  bool told = false;  ///< that it is bad has been told
  bool dead = false;  ///< a single value that is not there: asked for rarely
};

class PollGroup {
 public:
  PollGroup(const ModbusConfig& config, const tags::TagTable& tags, std::uint8_t unit,
            std::vector<ModbusPoint> points, Schedule schedule);
  std::vector<PollBlock>& blocks() { return blocks_; }
  Schedule& schedule() { return schedule_; }
  net::Clock::time_point due;

  /// Adds the values of an answer to the run begun last in `batch`.
  static void decode(const PollBlock& block, std::span<const std::uint8_t> data, tags::Batch& batch);
  /// Adds every value of a block with a bad quality.
  static void mark(const PollBlock& block, tags::Quality quality, tags::Batch& batch);
  /// The device answered with "no such address" or "no such length". True: replan() when the round is over.
  bool refused(PollBlock& block);
  void answered(const PollBlock& block);
  /// Plans anew with what has been learned. Blocks forget their state.
  void replan();
  /// Takes the place of a group of the same unit and period: polls when that one would have, and knows what
  /// it has learned.
  void continue_from(const PollGroup& before);
  std::uint8_t unit() const { return unit_; }
  const Schedule& schedule() const { return schedule_; }
  /// After a round without refusals; true when longer reads shall be tried.
  bool probe_longer();
  const std::vector<ModbusPoint>& points() const { return points_; }

 private:
  const ModbusConfig& config_;
  const tags::TagTable& tags_;
  std::uint8_t unit_;
  std::vector<ModbusPoint> points_;
  std::vector<modbus::Wanted> wanted_;
  modbus::DeviceLimits limits_;
  modbus::ReadPlan plan_;
  std::vector<PollBlock> blocks_;
  Schedule schedule_;
};

}  // namespace bondline::gateway
