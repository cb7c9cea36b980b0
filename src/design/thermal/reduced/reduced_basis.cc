#include "design/thermal/reduced/reduced_basis.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <memory>

#include <fmt/format.h>

#include "design/thermal/reduced/representors.h"

namespace bondline::thermal::detail {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using Eigen::Index;

constexpr double kSteady = 1e-10;  // relative residual of the steady answers and of what measures residuals
constexpr double kSolve = 1e-10;   // of other basis solutions, so that kNew is no noise
constexpr double kNew = 1e-7;      // least energy-norm share of a solution that is new to the basis
constexpr double kTrace = 5e-4;    // least share of a surface trace that gets its own representor
constexpr double kSplit = 0.1;     // (a + b)^2 <= (1 + kSplit) a^2 + (1 + 1 / kSplit) b^2
constexpr double kFloor = 1e-5;    // of |g|: covers the tolerances above
constexpr double kCover = 0.8;     // of the tolerance: the bound in time lies above what is measured here
constexpr double kShare = 0.2;     // ports within this share of the worst one are refined together
constexpr std::size_t kMostAtOnce = 24;
// Residuals are also measured in the norm of A + sigma C with this sigma over the shortest step: the paths of
// the first few times lie beyond it.
constexpr double kSigma = 0.25;
constexpr std::size_t kTries = 8;  // shifts, before nothing new can be found

Eigen::Map<const Matrix> map(const Columns& c) {
  return {c.values.data(), Index(c.rows), Index(c.count())};
}
std::vector<double> plain(const Matrix& m) {
  return {m.data(), m.data() + m.size()};
}
Matrix inner(const Matrix& a, const Matrix& b, base::Pool& pool) {
  const auto values =
      products(a.data(), std::size_t(a.cols()), b.data(), std::size_t(b.cols()), std::size_t(a.rows()), pool);
  return Eigen::Map<const Matrix>(values.data(), a.cols(), b.cols());
}
void subtract(Matrix& x, const Matrix& v, const Matrix& m, base::Pool& pool) {
  take_off(x.data(), std::size_t(x.cols()), v.data(), std::size_t(v.cols()), m.data(), std::size_t(x.rows()),
           pool);
}
void append(Matrix& m, const Matrix& more) {
  if (m.cols() == 0) {
    m = more;
    return;
  }
  m.conservativeResize(Eigen::NoChange, m.cols() + more.cols());
  m.rightCols(more.cols()) = more;
}

class Builder {
 public:
  Builder(const SurfaceModel& full, const Ports& ports, const BasisOptions& options)
      : full_(full), ports_(ports), options_(options), size_(Index(full.size())) {
    capacity_ = Eigen::Map<const Vector>(full.capacity().data(), size_);
    for (std::size_t f = 0; f < full.groups().size(); ++f) {
      const bool varies = full.groups()[f].parameter() && options.high[f] > options.low[f];
      varies_.push_back(varies);
      low_.push_back(full.groups()[f].parameter() ? options.low[f] : 0);
      Film film;
      if (full.groups()[f].parameter()) {
        const auto a = full.film_vector(f);
        std::vector<double> areas;
        for (Index n = 0; n < size_; ++n)
          if (a[std::size_t(n)] > 0) film.faces.push_back(n), areas.push_back(a[std::size_t(n)]);
        film.area = Eigen::Map<const Vector>(areas.data(), Index(areas.size()));
      }
      films_.push_back(std::move(film));
    }
    collect_vectors();
  }

  ReducedBasis build() {
    find_slowest();
    for (const double sigma : {0.0, kSigma / options_.shortest})
      duals_.push_back(std::make_unique<Representors>(full_, low_, sigma));
    times_ = contours(slowest_, options_.shortest, full_.sector(), {duals_[0]->sigma(), duals_[1]->sigma()});
    films_to_train_ = training();
    begin();
    train();
    return std::move(out_);
  }

 private:
  struct Film {
    std::vector<Index> faces;     ///< unknowns that it cools, none for a held group
    Vector area;                  ///< of each: the diagonal of A_f
    Matrix trace;                 ///< theta: A_f-orthonormal surface traces, faces x traces
    std::vector<Index> of_trace;  ///< which representors: A_f theta
    Matrix of_states;             ///< theta' A_f V
    Matrix reduced;               ///< V' A_f V
    double scale = 0;             ///< largest squared norm of a trace
  };

  /// Distinct directions among the ports: an output that averages where an input heats has the input's (where
  /// A is symmetric; else the one needs an answer of A and the other one of its transpose).
  void collect_vectors() {
    std::vector<std::vector<double>> distinct;
    std::size_t first = 0;
    const auto place = [&](const Port& port, std::vector<int>& which, std::vector<double>& factor) {
      const Eigen::Map<const Vector> v(port.over.data(), size_);
      for (std::size_t d = first; d < distinct.size(); ++d) {
        const Eigen::Map<const Vector> w(distinct[d].data(), size_);
        const double scale = v.dot(w) / w.squaredNorm();
        if (!((v - scale * w).norm() <= 1e-12 * v.norm())) continue;
        which.push_back(int(d));
        factor.push_back(scale);
        return;
      }
      which.push_back(int(distinct.size()));
      factor.push_back(1);
      distinct.push_back(port.over);
    };
    for (const Port& port : ports_.inputs) place(port, input_, input_factor_);
    if (full_.directed()) first = distinct.size();
    for (const Port& port : ports_.outputs) place(port, output_, output_factor_);
    backward_.assign(distinct.size(), 0);
    if (full_.directed()) std::fill(backward_.begin() + std::ptrdiff_t(first), backward_.end(), 1);
    g_.resize(size_, Index(distinct.size()));
    for (std::size_t d = 0; d < distinct.size(); ++d)
      g_.col(Index(d)) = Eigen::Map<const Vector>(distinct[d].data(), size_);
  }

  Matrix solve(std::span<const double> h, double shift, const Matrix& b, double tolerance, Side side) {
    solves_ += int(b.cols());
    return map(full_.solve(h, shift, {std::size_t(size_), plain(b)}, tolerance, side));
  }
  /// Answers to some of the ports' vectors, each on its own side.
  Matrix answers(std::span<const double> h, double shift, const std::vector<Index>& vectors,
                 double tolerance) {
    std::vector<Index> forward, backward;
    for (const Index v : vectors) (backward_[std::size_t(v)] ? backward : forward).push_back(v);
    Matrix out(size_, Index(vectors.size()));
    if (!forward.empty())
      out.leftCols(Index(forward.size())) =
          solve(h, shift, g_(Eigen::all, forward), tolerance, Side::forward);
    if (!backward.empty())
      out.rightCols(Index(backward.size())) =
          solve(h, shift, g_(Eigen::all, backward), tolerance, Side::transposed);
    return out;
  }
  /// P x: A_low x, where A is symmetric.
  Matrix apply_low(const Matrix& x, Side side = Side::below) const {
    Matrix out(x.rows(), x.cols());
    full_.pool().run(std::size_t(x.cols()), [&](std::size_t c) {
      full_.apply(low_, x.col(Index(c)).data(), out.col(Index(c)).data(), side);
    });
    return out;
  }

  // P >= C / max(w), P w = C 1: the largest row sum of P^-1 C >= 0 bounds its eigenvalues.
  void find_slowest() { slowest_ = (1 - 1e-5) / solve(low_, 0, capacity_, kSteady, Side::below).maxCoeff(); }

  void begin() {
    std::vector<Index> every;
    for (Index v = 0; v < g_.cols(); ++v) every.push_back(v);
    const Matrix answer = answers(low_, 0, every, kSteady);
    const Matrix below = full_.directed() ? solve(low_, 0, g_, kSteady, Side::below) : answer;
    norm_g_ = (g_.array() * below.array()).colwise().sum().cwiseMax(0.0).sqrt();
    extend(answer);
  }

  /// Adds to the basis what is new in x, and the representors of its residuals.
  void extend(Matrix x) {
    const Index old = V_.cols(), raw = x.cols();
    Vector before(raw);
    for (int pass = 0; pass < 2; ++pass) {
      const Matrix ax = apply_low(x);
      if (pass == 0)
        for (Index c = 0; c < raw; ++c) before(c) = std::sqrt(std::max(0.0, x.col(c).dot(ax.col(c))));
      if (old > 0) subtract(x, V_, inner(V_, ax, full_.pool()), full_.pool());
    }
    for (Index c = 0; c < raw; ++c)
      if (before(c) > 0) x.col(c) /= before(c);
    for (int pass = 0; pass < 2; ++pass) {  // twice is enough (Kahan, Parlett)
      Matrix gram = inner(x, apply_low(x), full_.pool());
      gram = (0.5 * (gram + gram.transpose())).eval();
      const Eigen::SelfAdjointEigenSolver<Matrix> eigen(gram);
      Index keep = 0;
      const double least = pass == 0 ? kNew * kNew : 0.5;
      for (Index c = 0; c < gram.cols(); ++c) keep += eigen.eigenvalues()(c) > least;
      const Index room = Index(options_.max_states) - old;
      keep = std::min(keep, std::max<Index>(room, 0));
      if (keep == 0) return;
      const Vector scale = eigen.eigenvalues().tail(keep).cwiseSqrt().cwiseInverse();
      x = (x * (eigen.eigenvectors().rightCols(keep) * scale.asDiagonal())).eval();
      if (old > 0) subtract(x, V_, inner(V_, apply_low(x), full_.pool()), full_.pool());
    }
    const Index fresh = x.cols();
    append(V_, x);
    const Matrix cx = capacity_.asDiagonal() * x;
    grow(E_, inner(V_, cx, full_.pool()), old, fresh);
    const Matrix px = apply_low(x);
    for (const auto& dual : duals_) dual->extend({std::size_t(size_), plain(x)});
    if (full_.directed()) {
      const Matrix ax = apply_low(x, Side::forward), tx = apply_low(x, Side::transposed);
      A_.conservativeResize(old + fresh, old + fresh);
      A_.rightCols(fresh) = inner(V_, ax, full_.pool());
      A_.bottomRows(fresh) = inner(V_, tx, full_.pool()).transpose();
      add_representors(ax - px, of_flow_);
      add_representors(tx - px, of_back_);
    } else {
      grow(A_, inner(V_, px, full_.pool()), old, fresh);
    }
    gV_.conservativeResize(old + fresh, g_.cols());
    gV_.bottomRows(fresh) = inner(x, g_, full_.pool());
    for (Film& film : films_)
      if (film.area.size() > 0)
        grow(film.reduced,
             Matrix(V_(film.faces, Eigen::all)).transpose() *
                 (film.area.asDiagonal() * Matrix(x(film.faces, Eigen::all))),
             old, fresh);
    add_representors(cx, of_state_);
    for (std::size_t f = 0; f < films_.size(); ++f)
      if (varies_[f]) add_traces(films_[f], x);
  }
  static void grow(Matrix& m, const Matrix& columns, Index old, Index fresh) {
    m.conservativeResize(old + fresh, old + fresh);
    m.rightCols(fresh) = columns;
    m.bottomRows(fresh) = columns.transpose();
  }

  /// Told in `columns`: where the representors of b stand.
  void add_representors(const Matrix& b, std::vector<Index>& columns) {
    for (Index c = 0; c < b.cols(); ++c) columns.push_back(represented_++);
    for (const auto& dual : duals_) dual->add({std::size_t(size_), plain(b)});
  }

  void add_traces(Film& film, const Matrix& x) {
    Matrix rest = x(film.faces, Eigen::all);
    for (int pass = 0; pass < 2; ++pass)
      if (film.trace.cols() > 0)
        rest -= (film.trace * (film.trace.transpose() * (film.area.asDiagonal() * rest))).eval();
    Matrix gram = rest.transpose() * film.area.asDiagonal() * rest;
    gram = (0.5 * (gram + gram.transpose())).eval();
    const Eigen::SelfAdjointEigenSolver<Matrix> eigen(gram);
    film.scale = std::max(film.scale, eigen.eigenvalues().maxCoeff());
    Index keep = 0;
    for (Index c = 0; c < gram.cols(); ++c) keep += eigen.eigenvalues()(c) > kTrace * kTrace * film.scale;
    if (keep > 0) {
      const Vector scale = eigen.eigenvalues().tail(keep).cwiseSqrt().cwiseInverse();
      const Matrix fresh = rest * eigen.eigenvectors().rightCols(keep) * scale.asDiagonal();
      append(film.trace, fresh);
      Matrix b = Matrix::Zero(size_, keep);
      b(film.faces, Eigen::all) = film.area.asDiagonal() * fresh;
      add_representors(b, film.of_trace);
    }
    film.of_states = film.trace.transpose() * (film.area.asDiagonal() * Matrix(V_(film.faces, Eigen::all)));
  }

  /// What the bound is after every input has jumped by its typical value: over the tolerance, at its worst.
  struct Measured {
    double worst = 0;
    std::size_t time = 0;        ///< of times_
    std::vector<double> scores;  ///< per port: above 1 it has to fall
    std::vector<double> norms;   ///< per port, then
    std::size_t norm = 0;        ///< that bounds best there
  };
  Measured measure(const std::vector<PortResiduals>& all, const std::vector<double>& h,
                   base::Pool& pool) const {
    std::vector<std::vector<double>> norms;
    for (std::size_t d = 0; d < all.size(); ++d) norms.push_back(contour_norms(all[d], times_, d, pool));
    const PortResiduals& r = all[0];
    const std::size_t ports = r.ports, inputs = ports_.inputs.size(), outputs = ports_.outputs.size();
    std::vector<double> step;  // per input, in units of its port vector
    double total = 0, heaters = 0;
    for (const Port& port : ports_.inputs)
      if (port.heats()) total += port.typical, ++heaters;
    for (std::size_t i = 0; i < inputs; ++i) {
      const Port& port = ports_.inputs[i];
      // A part without power counts as an average one.
      double typical = port.typical > 0 ? port.typical : std::max(total, 1e-3) / heaters;
      if (port.film >= 0 && full_.groups()[std::size_t(port.film)].parameter())
        typical *= h[std::size_t(port.film)];
      step.push_back(typical * std::abs(input_factor_[i]));
    }
    std::vector<double> lasting;
    for (std::size_t g = 0; g < ports; ++g) lasting.push_back(r.lasting(g));
    Measured out;
    double stay_in = 0, stay_most = 0, all_in = 0, all_most = 0;
    for (std::size_t i = 0; i < inputs; ++i) {
      all_in += step[i] * r.norm[std::size_t(input_[i])];
      stay_in += step[i] * lasting[std::size_t(input_[i])];
    }
    for (std::size_t o = 0; o < outputs; ++o) {
      all_most = std::max(all_most, std::abs(output_factor_[o]) * r.norm[std::size_t(output_[o])]);
      stay_most = std::max(stay_most, std::abs(output_factor_[o]) * lasting[std::size_t(output_[o])]);
    }
    for (std::size_t n = 0; n < times_.size(); ++n) {
      double in = 0, most = 0;
      std::size_t best = 0;
      for (std::size_t d = 0; d < all.size(); ++d) {
        const double* with = norms[d].data() + n * ports;
        double sum = 0, largest = 0;
        for (std::size_t i = 0; i < inputs; ++i) sum += step[i] * with[input_[i]];
        for (std::size_t o = 0; o < outputs; ++o)
          largest = std::max(largest, std::abs(output_factor_[o]) * with[output_[o]]);
        if (d == 0 || sum * largest < in * most) in = sum, most = largest, best = d;
      }
      const double* at = norms[best].data() + n * ports;
      // What changes leave is covered by exponentials, the slowest of which falls like exp(-a t / 2).
      const double stays = stay_in * stay_most;
      const double leaves = in * most + times_[n].rest * all_in * all_most + (times_[n].late ? 0 : stays);
      const double error = (leaves * std::exp(0.5 * slowest_ * times_[n].to) + stays) / options_.tolerance_K;
      if (!(error > out.worst)) continue;
      out.worst = error;
      out.time = n;
      out.norm = best;
      out.norms.assign(at, at + ports);
      const double excess = std::sqrt(std::max(1.0, error / (kCover)));
      out.scores.assign(ports, 0.0);
      for (std::size_t i = 0; i < inputs; ++i) {
        double& score = out.scores[std::size_t(input_[i])];
        score = std::max(score, step[i] * at[input_[i]] * double(inputs) * excess / in);
      }
      for (std::size_t o = 0; o < outputs; ++o) {
        double& score = out.scores[std::size_t(output_[o])];
        score = std::max(score, std::abs(output_factor_[o]) * at[output_[o]] * excess / most);
      }
    }
    return out;
  }

  /// Film coefficients to train at: both ends together, the middle, and each film alone at its other end.
  std::vector<std::vector<double>> training() const {
    std::vector<double> high = low_, middle = low_;
    std::vector<std::vector<double>> out;
    bool any = false;
    for (std::size_t f = 0; f < low_.size(); ++f) {
      if (!varies_[f]) continue;
      any = true;
      high[f] = options_.high[f];
      middle[f] = std::sqrt(low_[f] * high[f]);
    }
    out.push_back(any ? high : low_);
    if (!any) return out;
    out.push_back(low_);
    out.push_back(middle);
    for (std::size_t f = 0; f < low_.size(); ++f) {
      if (!varies_[f]) continue;
      out.push_back(low_);
      out.back()[f] = high[f];
      out.push_back(high);
      out.back()[f] = low_[f];
    }
    return out;
  }

  /// Measures at all other film coefficients; where it was worst of all is then in r and found.
  std::size_t find_worst(std::size_t known, std::vector<PortResiduals>& r, Measured& found) const {
    std::vector<std::vector<PortResiduals>> all(films_to_train_.size());
    std::vector<Measured> measured(all.size());
    full_.pool().run(all.size(), [&](std::size_t n) {
      if (n == known) return;
      base::Pool alone(1);
      all[n] = port_residuals(out_, low_, films_to_train_[n], options_.shortest);
      measured[n] = measure(all[n], films_to_train_[n], alone);
    });
    for (std::size_t n = 0; n < all.size(); ++n) {
      if (!(measured[n].worst > found.worst)) continue;
      known = n;
      r = std::move(all[n]);
      found = measured[n];
    }
    return known;
  }

  /// Grows the basis until the bound keeps to the aim at all film coefficients trained at.
  void train() {
    for (std::size_t n = 0;;) {
      if (out_.states != std::size_t(V_.cols())) settle();
      std::vector<PortResiduals> r = port_residuals(out_, low_, films_to_train_[n], options_.shortest);
      Measured found = measure(r, films_to_train_[n], full_.pool());
      if (found.worst <= kCover) {
        n = find_worst(n, r, found);
        if (found.worst <= kCover) break;
      }
      const auto& h = films_to_train_[n];
      if (V_.cols() >= options_.max_states) return;
      if (options_.progress)
        options_.progress(std::min(0.9, 0.1 + 0.8 / (1 + std::log10(std::max(1.0, found.worst)))),
                          fmt::format("{} states", V_.cols()));
      ++rounds_;
      std::vector<std::pair<double, Index>> order;
      const double most = *std::max_element(found.scores.begin(), found.scores.end());
      for (std::size_t g = 0; g < found.scores.size(); ++g)
        if (found.scores[g] > std::max(1.0, kShare * most)) order.push_back({-found.scores[g], Index(g)});
      std::sort(order.begin(), order.end());
      if (order.size() > kMostAtOnce) order.resize(kMostAtOnce);
      // The real shift at which these ports' residuals weigh most at that time.
      std::vector<double> shifts{0};
      for (double s = 0.125; s < 20; s *= 1.5) shifts.push_back(s / times_[found.time].from);
      const std::vector<double> squares = squares_at(r[found.norm], shifts);
      std::vector<std::pair<double, std::size_t>> places;
      for (std::size_t k = 0; k < shifts.size(); ++k) {
        double sum = 0;
        for (const auto& [score, g] : order)
          sum += squares[k * r[0].ports + std::size_t(g)] * score * score /
                 std::max(1e-300, found.norms[std::size_t(g)] * found.norms[std::size_t(g)]);
        // On the path's far ends |exp(s t)| = exp(-|s| t / 2).
        places.push_back({-sum * std::exp(-0.5 * shifts[k] * times_[found.time].from), k});
      }
      std::sort(places.begin(), places.end());
      std::vector<Index> vectors;
      for (const auto& [score, g] : order) vectors.push_back(g);
      const Index before = V_.cols();
      for (std::size_t k = 0; k < kTries && V_.cols() == before; ++k)
        extend(answers(h, shifts[places[k].second], vectors, kSolve));
      if (V_.cols() == before) return;  // nothing new: rounding is all that is left
    }
    out_.reached = true;
  }

  /// The basis as it stands.
  void settle() {
    ReducedBasis& out = out_;
    out = {};
    out.states = std::size_t(V_.cols());
    out.vectors = std::size_t(g_.cols());
    out.E = plain(E_);
    out.A_low = plain(A_);
    out.port = plain(gV_);
    out.vector_of_input = input_;
    out.vector_of_output = output_;
    out.factor_of_input = input_factor_;
    out.factor_of_output = output_factor_;
    out.slowest = slowest_;
    out.sector = full_.sector();
    out.backward = backward_;
    out.solves = solves_;
    for (const auto& dual : duals_) out.solves += dual->solves();
    out.rounds = rounds_;
    // Beside the residual's rows stands, per film, what its trace representors leave out:
    //   |A_f v| <= sqrt(v' A_f v / low_f).
    const double films = double(std::count(varies_.begin(), varies_.end(), true));
    const double share = films > 0 ? std::sqrt(1 + kSplit) : 1;
    for (std::size_t f = 0; f < films_.size(); ++f) {
      const Film& film = films_[f];
      out.films.push_back(plain(film.reduced));
      const Matrix rest = film.reduced - film.of_states.transpose() * film.of_states;
      out.spare.emplace_back();
      if (varies_[f])
        out.spare.back() =
            plain(Matrix((1 + 1 / kSplit) * films / low_[f] * 0.5 * (rest + rest.transpose())));
    }
    out.norms.resize(duals_.size());
    full_.pool().run(duals_.size(), [&](std::size_t d) {
      const std::vector<double> root = duals_[d]->root();
      const Index count = Index(duals_[d]->count());
      const Eigen::Map<const Matrix> P(root.data(), count, count);
      ReducedBasis::Norm& norm = out.norms[d];
      norm.sigma = duals_[d]->sigma();
      norm.rank = std::size_t(P.rows());
      norm.rate_r = plain(share * P(Eigen::all, of_state_));
      if (full_.directed()) {
        norm.flow_r = plain(share * P(Eigen::all, of_flow_));
        norm.back_r = plain(share * P(Eigen::all, of_back_));
      }
      for (std::size_t f = 0; f < films_.size(); ++f)
        norm.film_r.push_back(varies_[f]
                                  ? plain(share * P(Eigen::all, films_[f].of_trace) * films_[f].of_states)
                                  : std::vector<double>());
    });
    for (Index g = 0; g < g_.cols(); ++g) {
      out.norm.push_back(norm_g_(g));
      out.floor.push_back(kFloor * norm_g_(g));
    }
  }

  const SurfaceModel& full_;
  const Ports& ports_;
  const BasisOptions& options_;
  Index size_;
  Vector capacity_;
  std::vector<double> low_;
  std::vector<char> varies_;
  std::vector<Film> films_;
  Matrix g_, V_, E_, A_, gV_;
  std::vector<std::unique_ptr<Representors>> duals_;  ///< one per norm, all of the same vectors
  Index represented_ = 0;                             ///< how many
  std::vector<Index> of_state_;                       ///< which of them: C V
  std::vector<Index> of_flow_, of_back_;              ///< (A_low - P) V, (A_low' - P) V, where they differ
  std::vector<char> backward_;
  Eigen::RowVectorXd norm_g_;
  std::vector<int> input_, output_;
  std::vector<double> input_factor_, output_factor_;
  double slowest_ = 0;
  int solves_ = 0, rounds_ = 0;
  ReducedBasis out_;
  std::vector<Contour> times_;
  std::vector<std::vector<double>> films_to_train_;
};

}  // namespace

std::vector<double> ReducedBasis::sigmas() const {
  std::vector<double> out;
  for (const Norm& n : norms) out.push_back(n.sigma);
  return out;
}

std::vector<PortResiduals> port_residuals(const ReducedBasis& basis, std::span<const double> low,
                                          std::span<const double> h, double shortest) {
  const std::size_t states = basis.states, vectors = basis.vectors;
  const Index n = Index(states), ports = Index(vectors);
  const auto given = [](const std::vector<double>& values, Index rows, Index columns) {
    return Eigen::Map<const Matrix>(values.data(), rows, columns);
  };
  const Matrix A_low = given(basis.A_low, n, n), port = given(basis.port, n, ports);
  Matrix A = A_low, spare = Matrix::Zero(n, n);
  for (std::size_t f = 0; f < basis.films.size(); ++f) {
    if (basis.films[f].empty()) continue;
    const double more = h[f] - low[f];
    A += more * given(basis.films[f], n, n);
    if (!basis.spare[f].empty()) spare += more * more * given(basis.spare[f], n, n);
  }
  // One part: all ports; or the inputs, and the outputs with the transpose.
  struct Part {
    std::vector<std::size_t> ports;
    Matrix port, exact;
    Modes<double> modes;
    Modes<std::complex<double>> turning;
  };
  const bool directed = basis.sector > 0;
  std::vector<Part> parts(directed ? 2 : 1);
  for (std::size_t g = 0; g < vectors; ++g) parts[directed && basis.backward[g] ? 1 : 0].ports.push_back(g);
  for (std::size_t p = 0; p < parts.size(); ++p) {
    Part& part = parts[p];
    part.port = port(Eigen::all, part.ports);
    const Matrix here = p == 1 ? Matrix(A.transpose()) : A,
                 lowest = p == 1 ? Matrix(A_low.transpose()) : A_low;
    part.exact = lowest.partialPivLu().solve(part.port);
    if (directed)
      part.turning = directed_modes_of(states, part.ports.size(), basis.E.data(), here.data(),
                                       part.port.data(), shortest);
    else
      part.modes =
          modes_of(states, part.ports.size(), basis.E.data(), here.data(), part.port.data(), shortest);
  }
  std::vector<PortResiduals> out(basis.norms.size());
  for (std::size_t d = 0; d < out.size(); ++d) {
    const ReducedBasis::Norm& norm = basis.norms[d];
    PortResiduals& r = out[d];
    r.ports = vectors;
    r.floor = basis.floor;
    r.norm = basis.norm;
    r.square.assign(vectors, 0.0);
    const Index rank = Index(norm.rank);
    Matrix film = Matrix::Zero(rank, n);
    for (std::size_t f = 0; f < basis.films.size(); ++f)
      if (!norm.film_r[f].empty()) film += (h[f] - low[f]) * given(norm.film_r[f], rank, n);
    for (std::size_t p = 0; p < parts.size(); ++p) {
      const Part& part = parts[p];
      Matrix flow = -norm.sigma * given(norm.rate_r, rank, n);
      if (directed) flow += given(p == 1 ? norm.back_r : norm.flow_r, rank, n);
      const ReducedResiduals left{norm.rank,
                                  norm.rate_r.data(),
                                  film.data(),
                                  spare.data(),
                                  directed || norm.sigma > 0 ? flow.data() : nullptr,
                                  part.exact.data()};
      const auto squares = [&](const std::vector<double>& of_part) {
        for (std::size_t g = 0; g < part.ports.size(); ++g) r.square[part.ports[g]] = of_part[g];
      };
      if (!directed) {
        r.symmetric = in_modes(part.modes, left);
        squares(r.symmetric.square);
        continue;
      }
      auto& to = p == 1 ? r.backward : r.forward;
      to = in_modes(part.turning, left);
      (p == 1 ? r.of_backward : r.of_forward) = part.ports;
      squares(to.square);
    }
  }
  return out;
}

ReducedBasis build_basis(const SurfaceModel& full, const Ports& ports, const BasisOptions& options) {
  return Builder(full, ports, options).build();
}

}  // namespace bondline::thermal::detail
