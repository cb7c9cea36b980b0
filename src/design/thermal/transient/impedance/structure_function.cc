#include "design/thermal/transient/impedance/structure_function.h"

#include <algorithm>
#include <cmath>

#include "design/thermal/transient/impedance/double_double.h"

namespace bondline::thermal {
namespace {

using detail::DoubleDouble;

constexpr double kPerDecade = 12;   // terms: closer ones are not told apart, the kernel is a decade wide
constexpr double kBeyond = 10;      // the terms' times reach this factor beyond the curve's
constexpr double kFaintest = 1e-9;  // of the sum: fainter terms say nothing
constexpr double kFits = 1e-7;      // of the sum: the iteration ends when every interval is met so well
constexpr double kWindow = 0.1;     // decades of capacity over which the slope is taken

}  // namespace

double foster(const std::vector<TimeConstant>& terms, double t) {
  double sum = 0;
  for (const auto& term : terms) sum -= term.resistance * std::expm1(-t / term.tau);
  return sum;
}

std::vector<TimeConstant> time_constants(const std::vector<double>& time, const std::vector<double>& z,
                                         double steady, int iterations) {
  // What each interval between times adds; the first begins at 0, the last never ends.
  std::vector<double> t, step;
  double before = 0;
  for (std::size_t n = 0; n < time.size(); ++n) {
    if (!(time[n] > 0)) continue;
    t.push_back(time[n]);
    step.push_back(std::max(0.0, z[n] - before));
    before = std::max(before, z[n]);
  }
  if (t.empty()) return {};
  step.push_back(std::max(0.0, steady - before));
  const double low = std::log(t.front() / kBeyond), high = std::log(t.back() * kBeyond);
  const std::size_t terms =
      std::max<std::size_t>(2, std::size_t(std::ceil((high - low) / std::log(10.0) * kPerDecade)) + 1);
  const std::size_t steps = step.size();
  std::vector<double> tau(terms),
      share(steps * terms);  // share[s * terms + i]: of term i that interval s sees
  for (std::size_t i = 0; i < terms; ++i) {
    tau[i] = std::exp(low + (high - low) * double(i) / double(terms - 1));
    double left = 1;
    for (std::size_t s = 0; s < steps; ++s) {
      const double next = s < t.size() ? std::exp(-t[s] / tau[i]) : 0;
      share[s * terms + i] = s == 0 ? -std::expm1(-t[0] / tau[i]) : left - next;
      left = next;
    }
  }
  double sum = 0;
  for (const double d : step) sum += d;
  if (!(sum > 0)) return {};
  std::vector<double> r(terms, sum / double(terms)), ratio(steps), gain(terms);
  for (int n = 0; n < iterations; ++n) {
    double worst = 0;
    std::fill(gain.begin(), gain.end(), 0.0);
    for (std::size_t s = 0; s < steps; ++s) {
      const double* row = &share[s * terms];
      double made = 0;
      for (std::size_t i = 0; i < terms; ++i) made += row[i] * r[i];
      worst = std::max(worst, std::abs(made - step[s]));
      if (!(made > 0)) continue;
      const double q = step[s] / made;
      for (std::size_t i = 0; i < terms; ++i) gain[i] += row[i] * q;
    }
    for (std::size_t i = 0; i < terms; ++i) r[i] *= gain[i];
    if (worst < kFits * sum) break;
  }
  std::vector<TimeConstant> out;
  double kept = 0;
  for (std::size_t i = 0; i < terms; ++i)
    if (r[i] > kFaintest * sum) {
      out.push_back({tau[i], r[i]});
      kept += r[i];
    }
  for (auto& term : out) term.resistance *= sum / kept;
  return out;
}

std::vector<LadderStage> ladder(const std::vector<TimeConstant>& terms) {
  const std::size_t n = terms.size();
  std::vector<DoubleDouble> rate(n), q(n);
  DoubleDouble whole = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    rate[i] = DoubleDouble(1.0) / DoubleDouble(terms[i].tau);
    const DoubleDouble weight = DoubleDouble(terms[i].resistance) * rate[i];
    q[i] = root(weight);
    whole = whole + weight;
  }
  if (n == 0 || !(whole.value() > 0)) return {};
  const DoubleDouble length = root(whole);
  for (auto& v : q) v = v / length;
  double total = 0;
  for (const auto& term : terms) total += term.resistance;

  // Rows of the tridiagonal matrix  C^-1/2 K C^-1/2  and, from them, the stages one by one.
  std::vector<LadderStage> out;
  std::vector<std::vector<DoubleDouble>> all{q};
  DoubleDouble capacity = DoubleDouble(1.0) / whole, before = 0.0;  // before: the conductance met last
  double passed = 0;
  for (std::size_t k = 0; k < n; ++k) {
    std::vector<DoubleDouble> v(n);
    DoubleDouble diagonal = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
      v[i] = rate[i] * all[k][i];
      diagonal = diagonal + v[i] * all[k][i];
    }
    const DoubleDouble conductance = diagonal * capacity - before;
    if (!(conductance.value() > 0)) break;
    const double resistance = 1 / conductance.value();
    out.push_back({capacity.value(), resistance});
    passed += resistance;
    if (k + 1 == n || passed > total * (1 - 1e-9)) break;
    for (int twice = 0; twice < 2; ++twice)
      for (const auto& other : all) {
        DoubleDouble dot = 0.0;
        for (std::size_t i = 0; i < n; ++i) dot = dot + v[i] * other[i];
        for (std::size_t i = 0; i < n; ++i) v[i] = v[i] - dot * other[i];
      }
    DoubleDouble square = 0.0;
    for (const auto& x : v) square = square + x * x;
    if (!(square.value() > 0)) break;
    const DoubleDouble off = root(square);
    for (auto& x : v) x = x / off;
    all.push_back(std::move(v));
    before = conductance;
    capacity = conductance * conductance / (square * capacity);
  }
  // What a cut ladder lacks of the whole resistance belongs to its end.
  if (!out.empty() && passed < total) out.back().resistance += total - passed;
  return out;
}

StructureFunction structure_function(const std::vector<LadderStage>& stages) {
  StructureFunction f;
  double r = 0, c = 0;
  for (const auto& stage : stages) {
    c += stage.capacity;
    r += stage.resistance;
    f.resistance.push_back(r);
    f.capacity.push_back(c);
  }
  const std::size_t n = stages.size();
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t a = k, b = k;
    while (a > 0 && f.capacity[k] / f.capacity[a] < std::pow(10, kWindow / 2)) --a;
    while (b + 1 < n && f.capacity[b] / f.capacity[k] < std::pow(10, kWindow / 2)) ++b;
    const double dr = f.resistance[b] - (a > 0 || b > a ? f.resistance[a] : 0);
    f.slope.push_back(dr > 0 ? (f.capacity[b] - f.capacity[a]) / dr : 0);
  }
  return f;
}

}  // namespace bondline::thermal
