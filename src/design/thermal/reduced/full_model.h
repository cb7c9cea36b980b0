// Inside the room: a design's finite volumes with everything a reduction reads, kept together (the parts hold
// pointers to each other).
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "design/thermal/reduced/ports.h"
#include "design/thermal/reduced/surface_model.h"

namespace bondline::thermal::detail {

/// The model on one grid of about `cells` (max_bytes: 0 for no limit) with every solid's k(T) frozen at its
/// mean temperature under the designed powers; `notes` gets a sentence where that was needed. The assembly
/// must outlive the model.
Model frozen_model(const Design& design, const Assembly& assembly, double cells, double max_bytes,
                   base::Pool& pool, std::vector<std::string>& notes);

class FullModel {
 public:
  /// One grid of about `cells`; k(T) is read at each solid's mean temperature under the designed powers.
  /// max_bytes: 0 for no limit.
  FullModel(const Design& design, const Assembly& assembly, double cells, double max_bytes, base::Pool& pool);
  FullModel(const FullModel&) = delete;
  FullModel& operator=(const FullModel&) = delete;

  const Model& model() const { return model_; }
  const SurfaceModel& surfaces() const { return *surfaces_; }
  const Ports& ports() const { return ports_; }
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  Assembly assembly_;
  Model model_;
  std::unique_ptr<SurfaceModel> surfaces_;
  Ports ports_;
  std::vector<std::string> notes_;
};

}  // namespace bondline::thermal::detail
