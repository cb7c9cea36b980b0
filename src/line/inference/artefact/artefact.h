// `.blm` files: a plan and its constants, checksummed and laid out to be memory-mapped. The format is
// documented in docs/formats/blm.md; the writer states its rules. Reading trusts nothing: magic, version,
// byte order, checksums, every offset, size, count and enumerator are checked, and no exception leaves it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "line/inference/artefact/plan.h"

namespace bondline::inference {

inline constexpr std::uint32_t kArtefactVersion = 1;
inline constexpr std::size_t kWeightsAlignment = 64;

/// The file's bytes. `weights` are the constants that operands of Space::weights point into.
std::vector<std::byte> write_artefact(const Plan& plan, std::span<const std::byte> weights);

/// A read artefact: the plan by value, the weights where they lie in `bytes`.
struct Artefact {
  Plan plan;
  std::span<const std::byte> weights;
};

/// nullopt with an error naming the byte offset. `bytes` must stay alive while the artefact is used and start
/// at an address that is a multiple of 64. Operands are checked against the memory they point into (arena,
/// weights, ports); what a description says is checked by who runs it.
std::optional<Artefact> read_artefact(std::span<const std::byte> bytes, const std::string& file,
                                      base::Diagnostics& diagnostics);

}  // namespace bondline::inference
