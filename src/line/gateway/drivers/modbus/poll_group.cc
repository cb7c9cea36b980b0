#include "line/gateway/drivers/modbus/poll_group.h"

namespace bondline::gateway {

using namespace modbus;

namespace {

Function read_function(Table table) {
  switch (table) {
    case Table::coils:
      return Function::read_coils;
    case Table::discrete_inputs:
      return Function::read_discrete_inputs;
    case Table::input_registers:
      return Function::read_input_registers;
    case Table::holding_registers:
      break;
  }
  return Function::read_holding_registers;
}

/// Whether `next` continues `step`: the same kind of value right behind it, for the next tag.
bool continues(const DecodeStep& step, const DecodeStep& next, bool bits) {
  if (step.bit >= 0 || next.bit >= 0 || step.format != next.format || step.engineering != next.engineering ||
      step.scale != next.scale || step.shift != next.shift || step.format.raw == Raw::text)
    return false;
  const int width = bits ? 1 : 2 * registers_of(step.format);
  return next.tag == step.tag + step.count && next.offset == step.offset + step.count * width;
}

}  // namespace

PollGroup::PollGroup(const ModbusConfig& config, const tags::TagTable& tags, std::uint8_t unit,
                     std::vector<ModbusPoint> points, Schedule schedule)
    : config_(config),
      tags_(tags),
      unit_(unit),
      points_(std::move(points)),
      limits_(config.limits),
      schedule_(schedule) {
  for (std::size_t i = 0; i < points_.size(); ++i) {
    const ModbusPoint& point = points_[i];
    const std::uint16_t count =
        is_register(point.address.table) ? registers_of(point.format) : std::uint16_t{1};
    wanted_.push_back({point.address.table, point.address.offset, count, static_cast<std::uint32_t>(i)});
  }
  replan();
}

void PollGroup::replan() {
  plan_ = plan_reads(wanted_, limits_, config_.cost);
  blocks_.clear();
  for (const ReadBlock& read : plan_.blocks) {
    PollBlock block;
    block.unit = unit_;
    block.read = read;
    block.request.function = read_function(read.table);
    block.request.address = read.address;
    block.request.count = read.count;
    block.pdu_bytes = encode(block.request, block.pdu);
    const bool bits = !is_register(read.table);
    for (std::uint32_t k = read.first; k < read.first + read.values; ++k) {
      const ModbusPoint& point = points_[plan_.order[k]];
      const int distance = point.address.offset - read.address;
      DecodeStep step{point.tag, static_cast<std::uint16_t>(bits ? distance : 2 * distance), 1, point.format,
                      point.address.bit};
      const tags::Tag& tag = tags_[point.tag];
      step.engineering = tag.type == tags::ValueType::f64 &&
                         (point.format.raw != Raw::float64 || tag.scale != 1 || tag.offset != 0);
      step.scale = tag.scale;
      step.shift = tag.offset;
      if (!block.steps.empty() && continues(block.steps.back(), step, bits))
        ++block.steps.back().count;
      else
        block.steps.push_back(step);
    }
    blocks_.push_back(std::move(block));
  }
}

void PollGroup::decode(const PollBlock& block, std::span<const std::uint8_t> data, tags::Batch& batch) {
  const bool bits = !is_register(block.read.table);
  for (const DecodeStep& step : block.steps) {
    const std::size_t first = batch.size();
    batch.add_range(step.tag, step.count);
    if (bits) {
      for (std::uint16_t i = 0; i < step.count; ++i) {
        const unsigned at = step.offset + i;
        batch.set_bits(first + i, data[at / 8] >> (at % 8) & 1u);
      }
      continue;
    }
    const std::uint8_t* from = data.data() + step.offset;
    if (step.engineering) {
      const std::size_t width = 2u * registers_of(step.format);
      const tags::ValueType type = type_of(step.format.raw);
      for (std::uint16_t i = 0; i < step.count; ++i) {
        const std::uint64_t raw = step.bit >= 0
                                      ? static_cast<unsigned>(from[0] << 8 | from[1]) >> step.bit & 1u
                                      : get(step.format, from + i * width);
        batch.set_bits(first + i, tags::bits_of(tags::number_of(type, raw) * step.scale + step.shift));
      }
      continue;
    }
    if (step.bit >= 0) {
      batch.set_bits(first, static_cast<unsigned>(from[0] << 8 | from[1]) >> step.bit & 1u);
    } else if (step.format.raw == Raw::text) {
      batch.set_text(first, get_text(step.format, from));
    } else if (step.format.raw == Raw::uint16 && step.format.order == Order::abcd) {
      for (std::uint16_t i = 0; i < step.count; ++i)
        batch.set_bits(first + i, static_cast<std::uint64_t>(from[2 * i] << 8 | from[2 * i + 1]));
    } else {
      const std::size_t width = 2u * registers_of(step.format);
      for (std::uint16_t i = 0; i < step.count; ++i)
        batch.set_bits(first + i, get(step.format, from + i * width));
    }
  }
}

void PollGroup::continue_from(const PollGroup& before) {
  due = before.due;
  schedule_ = before.schedule_;
  // Limits the line file has changed are a new start.
  if (config_.limits.most_registers != before.config_.limits.most_registers) return;
  if (before.limits_ == before.config_.limits) return;
  limits_ = before.limits_;
  replan();
}

void PollGroup::mark(const PollBlock& block, tags::Quality quality, tags::Batch& batch) {
  const std::size_t first = batch.size();
  for (const DecodeStep& step : block.steps) batch.add_range(step.tag, step.count);
  batch.set_quality(first, quality);
}

bool PollGroup::refused(PollBlock& block) {
  if (learn_refusal(block.read, wanted_, plan_, limits_)) return true;
  block.dead = true;
  return false;
}

void PollGroup::answered(const PollBlock& block) {
  learn_success(block.read, limits_);
}

bool PollGroup::probe_longer() {
  return modbus::probe_longer(limits_);
}

}  // namespace bondline::gateway
