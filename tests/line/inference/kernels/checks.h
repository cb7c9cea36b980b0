// What every instruction set must hold, written without a test framework so that the same checks also run as
// a plain program of another architecture. Each returns an empty text, or what went wrong first.
#pragma once
#include <cstdint>
#include <string>

#include "line/inference/kernels/kernels.h"

namespace kernel_checks {

using bondline::inference::kernels::Isa;

std::string conv_int8_equals_reference(Isa isa, int cases, std::uint64_t seed);
std::string depthwise_int8_equals_reference(Isa isa, int cases, std::uint64_t seed);
std::string extremes_do_not_saturate_inside(Isa isa);
std::string pair_equals_its_parts(Isa isa, int cases, std::uint64_t seed);
std::string conv_f32_is_close(Isa isa, int cases, std::uint64_t seed);
std::string activations_are_accurate(Isa isa);
std::string u8_operations_equal_reference(Isa isa, int cases, std::uint64_t seed);
std::string f32_operations_are_close(Isa isa, int cases, std::uint64_t seed);
std::string conversions_round_trip(Isa isa, int cases, std::uint64_t seed);

}  // namespace kernel_checks
