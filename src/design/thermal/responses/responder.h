// Inside the room: one model on one grid, its drives, and the solutions of many right-hand sides.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "design/thermal/leakage.h"
#include "design/thermal/model.h"
#include "design/thermal/responses/responses.h"

namespace bondline::thermal::detail {

/// Sources of the assembly that rise and fall together.
struct Drive {
  std::string name;
  double designed = 0;                                 ///< W
  std::vector<std::pair<std::size_t, double>> shares;  ///< source, share of a watt; they sum to 1
};

/// "dies.soc.core0" -> "soc.core0", "block.die" -> "die".
std::string drive_name(const std::string& path);

/// One drive per name.
std::vector<Drive> drives_of(const Assembly& assembly);

/// Dies (or, without dies, the heated layers and blocks of a plain block), each as one drive with the
/// design's spread; a die without power gets a source over its area.
void parts_of(const Design& design, const std::vector<Region>& all, Assembly& assembly,
              std::vector<Region>& regions, std::vector<Drive>& drives);

class Responder {
 public:
  /// `assembly` must outlive this.
  Responder(const Design& design, const Assembly& assembly, const ResponseOptions& options, base::Pool& pool);

  Model& model() { return model_; }
  const std::vector<std::string>& notes() const { return notes_; }
  double seconds_setup() const { return seconds_setup_; }  ///< of the solver

  /// The model's sources at these watts per drive: powers, planes and right-hand side.
  void place(const std::vector<Drive>& drives, const std::vector<double>& watts);
  /// Ambients and coolant inlets at the reference: the model then answers to its sources alone.
  void quiet();
  /// Solves the columns (right-hand sides), with the heat balance closed; throws what steady() throws.
  std::vector<std::vector<double>> solve(const std::vector<std::vector<double>>& columns, double residual);

 private:
  base::Pool& pool_;
  std::vector<std::string> notes_;  ///< before the model, which fills it
  Model model_;
  std::unique_ptr<numerics::ConductionSolver> solver_;
  double seconds_setup_ = 0;
};

}  // namespace bondline::thermal::detail
