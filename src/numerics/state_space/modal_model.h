// Small linear models in time,
//
//   E dx/dt + A x = B u ,   y = C x + D u ,   E symmetric positive semidefinite, A symmetric positive
//   definite
//
// decoupled by the generalised symmetric eigenproblem E v = tau A v (V' A V = 1): every state then follows
// its drive with a time constant tau >= 0 of its own (zero: at once), and a step with u held is exact,
//
//   z <- exp(-dt/tau) z + (1 - exp(-dt/tau)) V' B u ,
//
// for O(states (inputs + outputs)) work. Stable by construction: no time constant is negative. A may have a
// skew part beside its positive definite one (x'Ax > 0 is what counts): modes then come in pairs that turn
// about each other as they fade, 1/tau + i turn, and still all fade. Knows no physics.
#pragma once
#include <span>
#include <string>
#include <vector>

namespace bondline::numerics {

/// Dense, row-major. D may be empty (zero).
struct StateSpace {
  int states = 0, inputs = 0, outputs = 0;
  std::vector<double> E, A;  ///< states x states
  std::vector<double> B;     ///< states x inputs
  std::vector<double> C;     ///< outputs x states
  std::vector<double> D;     ///< outputs x inputs
};

class ModalModel {
 public:
  /// Never throws on numbers; problem() says what cannot be used: shapes, numbers that are not finite, A's
  /// symmetric part not positive definite, E with a negative eigenvalue beyond rounding, modes that run
  /// together. E is symmetrised, and A where it is symmetric up to rounding.
  explicit ModalModel(const StateSpace& model);

  const std::string& problem() const { return problem_; }
  int states() const { return states_; }
  int inputs() const { return inputs_; }
  int outputs() const { return outputs_; }
  const std::vector<double>& time_constants() const { return taus_; }  ///< s, rising; pairs have equal ones
  /// Per state, rad/s: 0, or of the two states of a pair +turn and -turn, next to each other. Empty: all 0.
  const std::vector<double>& turns() const { return turns_; }
  const std::vector<double>& drive() const { return drive_; }    ///< inputs x states: V' B, transposed
  const std::vector<double>& read() const { return read_; }      ///< states x outputs: (C V) transposed
  const std::vector<double>& direct() const { return direct_; }  ///< inputs x outputs: D transposed
  /// V, states x states, column k in row k. Empty where A has a skew part.
  const std::vector<double>& vectors() const { return vectors_; }

 private:
  int states_ = 0, inputs_ = 0, outputs_ = 0;
  void decouple(const StateSpace& model);
  void decouple_skewed(const StateSpace& model);
  std::vector<double> taus_, turns_, drive_, read_, direct_, vectors_;
  std::string problem_;
};

/// Steps a modal model with a fixed step. No allocation after construction.
class ModalStepper {
 public:
  /// `model` may go after construction. dt > 0 in s. Needs an empty model.problem().
  ModalStepper(const ModalModel& model, double dt);

  /// All states zero.
  void reset();
  /// The steady state of constant inputs.
  void settle(std::span<const double> u);
  /// Holds u for one step; y is then the outputs at its end. u: inputs values, y: outputs values.
  void step(std::span<const double> u, std::span<double> y);
  /// The outputs now, with inputs u.
  void outputs(std::span<const double> u, std::span<double> y) const;
  double dt() const { return dt_; }

 private:
  int states_, inputs_, outputs_;
  double dt_;
  std::vector<double> decay_, gain_, drive_, read_, direct_, z_, work_;
  /// Pairs of states that turn: the first of each, and exp(-(1/tau + i turn) dt), 1 - that.
  struct Pair {
    std::size_t first = 0;
    double decay_re = 0, decay_im = 0, gain_re = 0, gain_im = 0;
  };
  std::vector<Pair> pairs_;
};

}  // namespace bondline::numerics
