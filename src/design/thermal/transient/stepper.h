// One step of TR-BDF2 in time for  C u' = f - K u  on several fields at once. As an explicit first stage
// singly diagonally implicit Runge-Kutta method (Hosea and Shampine 1996, eqs. 1-4), with d = 1 - sqrt(2)/2
// and w = sqrt(2)/4:
//     u2 = u + h d (k1 + k2),   u3 = u + h (w k1 + w k2 + d k3),   k = C^-1 (f - K u),
// second order, L-stable, both stages with the matrix K + C/(d h), whose multigrid is kept per step size. The
// embedded third-order result gives the error, filtered by the same matrix so that stiff parts do not count.
#pragma once
#include <memory>
#include <vector>

#include "design/thermal/model.h"
#include "numerics/streams.h"

namespace bondline::thermal::detail {

inline constexpr double kTrD = 0.29289321881345254;  // 1 - sqrt(2)/2
inline constexpr double kTrW = 0.35355339059327379;  // sqrt(2)/4

/// Leakage joins the stages here: answers of K + C/(d h) to 1 W in each leaking die.
struct StepMatrix {
  double h = 0;
  numerics::ConductionOperator op;
  std::unique_ptr<numerics::ConductionSolver> solver;
  std::vector<std::vector<double>> answer;     ///< per leak: field, K/W
  std::vector<std::vector<double>> mean_rise;  ///< [leak heated][leak seen], K/W
};

/// One field under way.
struct Lane {
  std::vector<double> u;       ///< K above T_ref
  std::vector<double> rhs;     ///< W, films and sources of the span, no leakage
  std::vector<double> leak_W;  ///< per leak, at u
  std::vector<double> offset;  ///< per leak: K that the span's own heat adds to the die's mean beside u
  double out_zero = 0;         ///< W leaving at u = 0: films' ambients, and heat given off directly
};

/// A leaking die as the stages see it.
struct LeakPart {
  std::string path;
  package::Leakage law;
  std::vector<std::pair<std::size_t, double>> mean;  ///< weights of its mean temperature
  std::vector<std::pair<std::size_t, double>> heat;  ///< where 1 W enters
  std::vector<double> beside;                        ///< per heated leak: K/W that its heat adds beside u
  double out_beside = 0;                             ///< W per W that leave directly
};

/// What a step made of one lane.
struct Stepped {
  std::vector<double> middle, end;  ///< u at t + 2 d h and t + h
  std::vector<double> leak_end;
  double error = 0;            ///< K, largest of the filtered estimate
  double in_J = 0, out_J = 0;  ///< by the method's own weights
};

class Stepper {
 public:
  /// residual: of a stage, relative to what drives it.
  Stepper(const Model& model, const std::vector<double>& capacity, const std::vector<LeakPart>& leaks,
          base::Pool& pool, double residual = 1e-6);

  /// K has changed (k(T)): every kept matrix goes.
  void forget();
  /// Steps every lane by h. False when the leakage of a stage has no fixed point (take a shorter step).
  bool step(const std::vector<Lane>& lanes, double h, std::vector<Stepped>& out);
  /// K per lane, about how far the fields will have moved after `time`: one implicit Euler step, whose
  /// t / (t + tau) is never above 1 - exp(-t / tau).
  std::vector<double> glance(const std::vector<Lane>& lanes, double time);

  double leak_power(std::size_t leak, double mean_rise) const;
  double leak_mean(std::size_t leak, const std::vector<double>& u) const;
  int matrices_made() const { return made_; }

 private:
  StepMatrix& matrix(double h);
  bool settle(const StepMatrix& m, const Lane& lane, const std::vector<double>& u, std::vector<double>& power,
              std::vector<double>& change) const;
  void force(const Lane& lane, const std::vector<double>& leak, const std::vector<double>& u,
             std::vector<double>& f) const;
  double outflow(const Lane& lane, const std::vector<double>& leak, const std::vector<double>& u) const;
  void read_streams();
  double sum_of(const std::vector<double>& v) const;
  void solve(StepMatrix& m, const std::vector<std::vector<double>>& b, std::vector<std::vector<double>>& v,
             double residual, bool close);

  const Model& model_;
  numerics::StreamMarch streams_;  ///< of the model's operator, when it has any
  const std::vector<double>& capacity_;
  const std::vector<LeakPart>& leaks_;
  base::Pool& pool_;
  double residual_;
  std::vector<std::unique_ptr<StepMatrix>> kept_;  // most recently used last
  std::size_t most_kept_ = 4;
  int made_ = 0;
  std::vector<std::vector<double>> guess_;  // last step's rate per lane, K/s
};

}  // namespace bondline::thermal::detail
