#include <Eigen/Dense>
#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "design/thermal/reduced/error_bound.h"
#include "design/thermal/reduced/full_model.h"
#include "design/thermal/reduced/reduced.h"

namespace bondline::thermal {

struct ReducedModel::Certificate {
  detail::ReducedBasis basis;
  std::vector<detail::FilmGroup> groups;
  detail::Ports ports;  ///< without their vectors
  std::vector<double> low, high;
};

namespace {

using namespace detail;
using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Matrix = Eigen::MatrixXd;
using Eigen::Index;

std::vector<double> row_major(const Matrix& m) {
  const RowMatrix r = m;
  return {r.data(), r.data() + r.size()};
}

/// [low, high] of each group; refuses what is no range around the designed value.
void find_ranges(const SurfaceModel& full, const ReducedOptions& options, std::vector<double>& low,
                 std::vector<double>& high) {
  base::Diagnostics all;
  for (const auto& [name, range] : options.ranges) {
    const bool known =
        std::any_of(full.groups().begin(), full.groups().end(),
                    [&, n = name](const FilmGroup& g) { return g.name == n && g.parameter(); });
    if (known) continue;
    std::string names;
    for (const FilmGroup& g : full.groups())
      if (g.parameter()) names += (names.empty() ? "" : ", ") + g.name;
    all.error({}, fmt::format("no film is called \"{}\"", name), "name one of " + names);
  }
  for (const FilmGroup& group : full.groups()) {
    const auto found = options.ranges.find(group.name);
    const double a = found != options.ranges.end() ? found->second.first : group.h / options.film_range;
    const double b = found != options.ranges.end() ? found->second.second : group.h * options.film_range;
    if (group.parameter() && !(a > 0 && a <= group.h && group.h <= b && std::isfinite(b)))
      all.error({},
                fmt::format("the range {} to {} W/(m2 K) of {} does not hold its own {}", a, b, group.name,
                            group.h),
                "give a positive range around the designed coefficient");
    low.push_back(a);
    high.push_back(b);
  }
  all.throw_if_errors();
}

// Of A_f in the model: what is left out is below the rounding that the bound allows for.
constexpr double kTraceRank = 1e-11;

/// A = 1, E = time constants at the designed films. (The inverse problem, so that slow states are exact.)
/// With streams A's symmetric part is 1, and a skew part stays beside it.
void decouple(const ReducedBasis& basis, const std::vector<double>& low, const Ports& ports,
              ReducedModel& out) {
  const Index n = Index(basis.states);
  Matrix A = Eigen::Map<const Matrix>(basis.A_low.data(), n, n);
  const Matrix E = Eigen::Map<const Matrix>(basis.E.data(), n, n);
  for (std::size_t f = 0; f < out.films.size(); ++f)
    if (!basis.films[f].empty())
      A += (out.films[f].h - low[f]) * Eigen::Map<const Matrix>(basis.films[f].data(), n, n);
  const bool directed = basis.sector > 0;
  const Eigen::GeneralizedSelfAdjointEigenSolver<Matrix> eigen(
      E, directed ? Matrix(0.5 * (A + A.transpose())) : A);
  const Matrix& M = eigen.eigenvectors();
  const Matrix port = M.transpose() * Eigen::Map<const Matrix>(basis.port.data(), n, Index(basis.vectors));
  auto& s = out.designed;
  s.states = int(n);
  s.inputs = int(ports.inputs.size());
  s.outputs = int(ports.outputs.size());
  s.E = row_major(Matrix(eigen.eigenvalues().cwiseMax(0.0).asDiagonal()));
  Matrix one = Matrix::Identity(n, n);
  if (directed) one += 0.5 * (M.transpose() * (A - A.transpose()) * M);
  s.A = row_major(one);
  Matrix B(n, s.inputs), C(s.outputs, n);
  for (int i = 0; i < s.inputs; ++i) {
    const std::size_t q = std::size_t(i);
    double factor = basis.factor_of_input[q];
    const int film = ports.inputs[q].film;
    if (film >= 0 && std::isfinite(out.films[std::size_t(film)].h)) factor *= out.films[std::size_t(film)].h;
    B.col(i) = factor * port.col(basis.vector_of_input[q]);
  }
  for (int o = 0; o < s.outputs; ++o)
    C.row(o) =
        basis.factor_of_output[std::size_t(o)] * port.col(basis.vector_of_output[std::size_t(o)]).transpose();
  s.B = row_major(B);
  s.C = row_major(C);
  s.D = ports.direct;
  for (std::size_t f = 0; f < out.films.size(); ++f) {
    ReducedFilm& film = out.films[f];
    if (basis.films[f].empty()) continue;
    const Matrix inner = M.transpose() * Eigen::Map<const Matrix>(basis.films[f].data(), n, n) * M;
    const Eigen::SelfAdjointEigenSolver<Matrix> trace(0.5 * (inner + inner.transpose()));
    Index rank = 0;
    for (Index k = 0; k < n; ++k) rank += trace.eigenvalues()(k) > kTraceRank * trace.eigenvalues()(n - 1);
    film.rows = int(rank);
    film.trace = row_major(trace.eigenvalues().tail(rank).cwiseSqrt().asDiagonal() *
                           trace.eigenvectors().rightCols(rank).transpose());
  }
  out.slowest = eigen.eigenvalues()(n - 1);
  if (!directed) return;
  const numerics::ModalModel modal(s);
  if (!modal.problem().empty())
    throw base::Error("the reduced model cannot be stepped: " + modal.problem(),
                      "ask for another number of states (--states) or cells (--cells)");
  out.slowest = 0;
  for (const double tau : modal.time_constants()) out.slowest = std::max(out.slowest, tau);
}

}  // namespace

numerics::StateSpace ReducedModel::at(std::span<const double> h) const {
  numerics::StateSpace out = designed;
  const Index n = out.states;
  Eigen::Map<RowMatrix> A(out.A.data(), n, n), B(out.B.data(), n, out.inputs);
  for (std::size_t f = 0; f < films.size(); ++f) {
    if (films[f].rows == 0) continue;
    const Eigen::Map<const RowMatrix> trace(films[f].trace.data(), films[f].rows, n);
    A += (h[f] - films[f].h) * trace.transpose() * trace;
    B.col(films[f].input) *= h[f] / films[f].h;
  }
  return out;
}

std::vector<double> ReducedModel::designed_h() const {
  std::vector<double> h;
  for (const ReducedFilm& film : films) h.push_back(film.h);
  return h;
}

numerics::HistoryBound ReducedModel::bound(std::span<const double> h, double step) const {
  base::Pool alone(1);
  return bound(h, step, alone);
}

numerics::HistoryBound ReducedModel::bound(std::span<const double> h, double step, base::Pool& pool) const {
  for (std::size_t f = 0; f < films.size(); ++f)
    if (std::isfinite(films[f].h) &&
        !(h[f] >= films[f].low * (1 - 1e-12) && h[f] <= films[f].high * (1 + 1e-12)))
      throw base::Error(fmt::format("{} W/(m2 K) of {} lies outside {} to {}", h[f], films[f].name,
                                    films[f].low, films[f].high),
                        "reduce again with a wider range");
  if (!(step >= shortest * (1 - 1e-12)))
    throw base::Error(fmt::format("a step of {} s is shorter than the model's {} s", step, shortest),
                      "reduce again for shorter times");
  return error_bound(certificate->basis, certificate->groups, certificate->ports, certificate->low, h, step,
                     pool);
}

ReducedModel reduce(const package::Design& design, const package::Assembly& assembly,
                    const ReducedOptions& options, base::Pool& pool) {
  const auto start = std::chrono::steady_clock::now();
  const FullModel whole(design, assembly, options.cells, options.max_bytes, pool);
  const SurfaceModel& full = whole.surfaces();
  const Ports& ports = whole.ports();
  ReducedModel out;
  std::vector<double> low, high;
  find_ranges(full, options, low, high);
  for (std::size_t f = 0; f < full.groups().size(); ++f) {
    const FilmGroup& group = full.groups()[f];
    out.films.push_back({group.name, group.h, low[f], high[f], -1, {}, 0});
  }
  for (const Port& port : ports.inputs) {
    if (port.film >= 0) out.films[std::size_t(port.film)].input = int(out.inputs.size());
    out.inputs.push_back({port.name, port.unit, port.K_offset, port.nominal + port.K_offset});
  }
  for (const Port& port : ports.outputs) out.outputs.push_back({port.name, whole.model().t_ref});

  BasisOptions how;
  how.low = low;
  how.high = high;
  how.shortest = options.shortest;
  how.tolerance_K = options.tolerance_K;
  how.max_states = options.max_states;
  how.progress = options.progress;
  auto certificate = std::make_shared<ReducedModel::Certificate>();
  certificate->basis = build_basis(full, ports, how);
  certificate->groups = full.groups();
  certificate->low = low;
  certificate->high = high;
  certificate->ports = ports;
  for (auto* list : {&certificate->ports.inputs, &certificate->ports.outputs})
    for (Port& port : *list) port.over = {};
  decouple(certificate->basis, low, ports, out);
  out.shortest = options.shortest;
  out.tolerance_K = options.tolerance_K;
  out.reached = certificate->basis.reached;
  out.solves = certificate->basis.solves;
  out.cells = whole.model().grid().cells();
  out.unknowns = full.size();
  out.notes = whole.notes();
  if (!out.reached)
    out.notes.push_back(fmt::format("{} states did not reach {} K: allow more, or widen the tolerance",
                                    out.designed.states, options.tolerance_K));
  out.certificate = std::move(certificate);
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return out;
}

}  // namespace bondline::thermal
