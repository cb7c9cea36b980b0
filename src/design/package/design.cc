#include "design/package/design.h"

namespace bondline::package {

double PowerTrace::mean(std::size_t block) const {
  if (watts.empty()) return 0;
  double sum = 0;
  for (const std::vector<double>& sample : watts)
    if (block < sample.size()) sum += sample[block];
  return sum / double(watts.size());
}

double Power::steady_of_block(std::size_t block) const {
  if (block >= blocks.size()) return 0;
  double watts = blocks[block].power;
  if (trace)
    for (std::size_t column = 0; column < trace->blocks.size(); ++column)
      if (trace->blocks[column] == blocks[block].name) watts += trace->mean(column);
  return watts;
}

double Power::steady_total() const {
  double watts = uniform;
  for (const FloorplanBlock& block : blocks) watts += block.power;
  if (map)
    for (double cell : map->value) watts += cell;
  if (trace)
    for (std::size_t column = 0; column < trace->blocks.size(); ++column) watts += trace->mean(column);
  return watts;
}

bool Power::any() const {
  return steady_total() != 0 || (leakage && leakage->power != 0);
}

namespace {

double sum_of_thicknesses(const std::vector<SubstrateLayer>& layers) {
  double sum = 0;
  for (const SubstrateLayer& layer : layers) sum += layer.thickness;
  return sum;
}

}  // namespace

double Substrate::thickness() const {
  return sum_of_thicknesses(layers);
}
double Board::thickness() const {
  return sum_of_thicknesses(layers);
}

const Die* Design::find_die(const std::string& die_name) const {
  for (const Die& die : dies)
    if (die.name == die_name) return &die;
  return nullptr;
}

}  // namespace bondline::package
