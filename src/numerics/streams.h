// Streams that run past the cells of a conduction operator and exchange with them: what makes the system
// directed. Physics-free: a stream is a chain (or a tree that branches downstream) of nodes; node n takes the
// value `in` of its upstream node (or of an inlet), meets cells through conductances g_i and hands on `out`:
//
//   rate dv/ds = sum_i g_i (u_i - v) + q     along the node, s from 0 to 1, cells constant over it, so that
//   N = sum_i g_i / rate,   a = (1 - exp(-N)) / N,   b = (1 - a) / N,   S = sum_i g_i u_i + q,
//   out  = exp(-N) in + a S / rate,     mean = a in + b S / rate.
//
// A cell gives g_i (u_i - mean) to its stream. The exponential makes every weight positive whatever the flow
// (rate to 0: mean is the weighted mean of the cells; rate to infinity: mean is the inlet), conserves exactly
// (sum g_i (u_i - mean) + q = rate (out - in)) and is second order in the length of a node.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bondline::numerics {

struct StreamNetwork {
  std::vector<std::int32_t> upstream;  ///< per node: an earlier node, or -1 for an inlet
  std::vector<double> rate;            ///< W/K per node, > 0, may be infinite
  std::vector<std::size_t> first;      ///< links of node n are [first[n], first[n + 1]); size nodes + 1
  std::vector<std::size_t> cell;       ///< per link
  std::vector<double> g;               ///< W/K per link, > 0; part of the operator's ground as well

  std::size_t nodes() const { return upstream.size(); }
  bool empty() const { return upstream.empty(); }
};

/// Empty when the network can be used over `cells` cells; else what is wrong in words.
std::string check_streams(const StreamNetwork& streams, std::size_t cells);

/// The coefficients of a network, and its action on fields of cells.
class StreamMarch {
 public:
  StreamMarch() = default;
  explicit StreamMarch(const StreamNetwork& streams);

  struct State {
    std::vector<double> in, out, mean;  ///< per node
    std::vector<double> heat;           ///< W taken up, rate (out - in)
  };
  /// Values along the streams over the field u; `inlet` is read where upstream is -1, `source` (q, W) may be
  /// empty.
  State run(std::span<const double> u, std::span<const double> inlet, std::span<const double> source) const;
  /// b_i += sum g mean(u = 0; inlet, source): what inlets and sources drive the cells with.
  void add_drive(std::span<const double> inlet, std::span<const double> source, std::span<double> b) const;
  /// out_i -= sum g mean(u; 0, 0): the streams' part of the operator's action (or of its transpose's).
  template <class T>
  void subtract(const T* u, double* out, bool transposed) const;

  /// Adjoint of run() for a field lambda of cells: of each node's mean and of its out, so that for
  /// J = -lambda . (S u - b) a change of (mean, out) of node n changes J by by_mean * dmean + by_out * dout.
  struct Adjoint {
    std::vector<double> by_mean, by_out;
  };
  Adjoint adjoint(std::span<const double> lambda) const;

  /// field_i += sum over nodes of weight[n] * d mean_n / d u_i.
  void pull_back(std::span<const double> weight, std::span<double> field) const;

  /// exp(-N), a and b of a node.
  struct Weights {
    double e = 1, a = 1, b = 0.5;
  };
  /// Their derivatives by N.
  static Weights slopes(double transfer_units);
  static Weights weights(double transfer_units);
  const Weights& weights_of(std::size_t node) const { return weights_[node]; }

 private:
  const StreamNetwork* net_ = nullptr;
  std::vector<Weights> weights_;
  std::vector<double> per_rate_;  ///< 1 / rate
};

}  // namespace bondline::numerics
