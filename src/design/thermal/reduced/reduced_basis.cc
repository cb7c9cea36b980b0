#include "design/thermal/reduced/reduced_basis.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace bondline::thermal::detail {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using Eigen::Index;

constexpr double kSteady = 1e-10;  // relative residual of the steady answers and of what measures residuals
constexpr double kSolve = 1e-10;   // of other basis solutions
constexpr double kDual = 1e-7;     // of surface traces' representors, which only the bound reads
constexpr double kNew = 1e-5;      // least energy-norm share of a solution that is new to the basis
constexpr double kTrace = 5e-4;    // least share of a surface trace that gets its own representor
constexpr double kSplit = 0.1;     // (a + b)^2 <= (1 + kSplit) a^2 + (1 + 1 / kSplit) b^2
constexpr double kFloor = 1e-5;    // of |g|: covers the tolerances above
constexpr double kShare = 0.05;    // ports within this share of the worst one are refined together
constexpr std::size_t kMostAtOnce = 24;

Eigen::Map<const Matrix> map(const Columns& c) {
  return {c.values.data(), Index(c.rows), Index(c.count())};
}
std::vector<double> plain(const Matrix& m) {
  return {m.data(), m.data() + m.size()};
}
void append(Matrix& m, const Matrix& more) {
  if (m.cols() == 0) {
    m = more;
    return;
  }
  m.conservativeResize(Eigen::NoChange, m.cols() + more.cols());
  m.rightCols(more.cols()) = more;
}

constexpr Index kBlock = 1024;  // rows multiplied at once

/// a' b, in fixed blocks of rows added in order: the same bits for any number of threads.
Matrix inner(const Eigen::Ref<const Matrix>& a, const Eigen::Ref<const Matrix>& b, base::Pool& pool) {
  const std::size_t chunks = 8;
  const Index each = (a.rows() + Index(chunks) - 1) / Index(chunks);
  std::vector<Matrix> parts(chunks);
  pool.run(chunks, [&](std::size_t c) {
    const Index first = std::min(a.rows(), Index(c) * each), count = std::min(each, a.rows() - first);
    parts[c] = a.middleRows(first, count).transpose() * b.middleRows(first, count);
  });
  for (std::size_t c = 1; c < chunks; ++c) parts[0] += parts[c];
  return parts[0];
}

/// x -= v m.
void subtract(Matrix& x, const Eigen::Ref<const Matrix>& v, const Matrix& m, base::Pool& pool) {
  const std::size_t chunks = std::size_t((x.rows() + kBlock - 1) / kBlock);
  pool.run(chunks, [&](std::size_t c) {
    const Index first = Index(c) * kBlock, count = std::min(kBlock, x.rows() - first);
    x.middleRows(first, count).noalias() -= v.middleRows(first, count) * m;
  });
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
        film.area = Vector::Zero(size_);
        const auto a = full.film_vector(f);
        film.area = Eigen::Map<const Vector>(a.data(), size_);
      }
      films_.push_back(std::move(film));
    }
    collect_vectors();
  }

  ReducedBasis build() {
    find_slowest();
    begin();
    train();
    return result();
  }

 private:
  struct Film {
    Vector area;                  ///< diagonal of A_f, empty for a held group
    Matrix trace;                 ///< theta: A_f-orthonormal surface traces
    std::vector<Index> of_trace;  ///< columns of phi_: A_low^-1 A_f theta
    Matrix of_states;             ///< theta' A_f V
    Matrix reduced;               ///< V' A_f V
    Matrix rate;                  ///< L_f, states x states
    double scale = 0;             ///< largest squared norm of a trace
  };

  /// Distinct directions among the ports: an output that averages where an input heats has the input's.
  void collect_vectors() {
    std::vector<std::vector<double>> distinct;
    const auto place = [&](const Port& port, double typical, std::vector<int>& which,
                           std::vector<double>& factor) {
      const Eigen::Map<const Vector> v(port.over.data(), size_);
      for (std::size_t d = 0; d < distinct.size(); ++d) {
        const Eigen::Map<const Vector> w(distinct[d].data(), size_);
        const double scale = v.dot(w) / w.squaredNorm();
        if (!((v - scale * w).norm() <= 1e-12 * v.norm())) continue;
        which.push_back(int(d));
        factor.push_back(scale);
        weight_[d] = std::max(weight_[d], std::abs(scale) * typical);
        return;
      }
      which.push_back(int(distinct.size()));
      factor.push_back(1);
      weight_.push_back(typical);
      distinct.push_back(port.over);
    };
    double total = 0;
    for (const Port& port : ports_.inputs)
      if (port.film < 0) total += port.typical;
    total = std::max(total, 1e-3);
    const double share = total / double(std::max<std::size_t>(1, ports_.inputs.size()));
    // |error of output o from input i| <= u_i |r_o| |r_i|: both below the root of the tolerance.
    const double unit = std::sqrt(options_.tolerance_K * total);
    for (const Port& port : ports_.inputs) {
      double typical = std::max(port.typical, share) / unit;
      if (port.film >= 0) {
        const FilmGroup& group = full_.groups()[std::size_t(port.film)];
        typical = port.typical * (group.parameter() ? options_.high[std::size_t(port.film)] : 1.0) / unit;
      }
      place(port, typical, input_, input_factor_);
    }
    for (const Port& port : ports_.outputs)
      place(port, std::sqrt(total / options_.tolerance_K), output_, output_factor_);
    g_.resize(size_, Index(distinct.size()));
    for (std::size_t d = 0; d < distinct.size(); ++d)
      g_.col(Index(d)) = Eigen::Map<const Vector>(distinct[d].data(), size_);
  }

  Columns solve(std::span<const double> h, double shift, const Matrix& b, double tolerance) {
    solves_ += int(b.cols());
    return full_.solve(h, shift, {std::size_t(size_), plain(b)}, tolerance);
  }
  Matrix apply_low(const Matrix& x) const {
    Matrix out(x.rows(), x.cols());
    full_.pool().run(std::size_t(x.cols()), [&](std::size_t c) {
      full_.apply(low_, x.col(Index(c)).data(), out.col(Index(c)).data());
    });
    return out;
  }

  // All rates are above 1 / max(w), A w = C 1: the largest row sum of A^-1 C >= 0 bounds its eigenvalues.
  void find_slowest() {
    const Columns w = solve(low_, 0, capacity_, kSteady);
    slowest_ = (1 - 1e-5) / *std::max_element(w.values.begin(), w.values.end());
  }

  // What is known of C V without solving for it: for a basis solution x of (A(h) + s C) x = g,
  //   A_low^-1 C x = (y_g - x - sum_f (h_f - low_f) A_low^-1 A_f x) / s ,   y_g = A_low^-1 g in span V,
  // so that, up to a part in V,  A_low^-1 C V = Phi rate_ + sum_f A_low^-1 A_f V L_f  with Phi = A_low^-1 C
  // y_g.
  void begin() {
    const Columns steady = solve(low_, 0, g_, kSteady);
    const Matrix answer = map(steady);
    norm_g_ = (g_.array() * answer.array()).colwise().sum().cwiseMax(0.0).sqrt();
    phi_ = map(solve(low_, 0, capacity_.asDiagonal() * answer, kSteady));
    extend(answer, Matrix::Identity(g_.cols(), g_.cols()), {}, 0);
  }

  /// Adds to the basis what is new in x: solutions at film coefficients h and shift s, or at low_ and 0 (then
  /// `phi` holds their share of Phi).
  void extend(Matrix x, Matrix phi, const std::vector<double>& h, double shift) {
    const Index old = V_.cols(), raw = x.cols();
    Matrix in_old = Matrix::Zero(old, raw);  // x = V in_old + (rest) ; the rest becomes new columns
    Vector before(raw);
    for (int pass = 0; pass < 2; ++pass) {
      const Matrix ax = apply_low(x);
      if (pass == 0)
        for (Index c = 0; c < raw; ++c) before(c) = std::sqrt(std::max(0.0, x.col(c).dot(ax.col(c))));
      if (old == 0) continue;
      const Matrix share = inner(V_, ax, full_.pool());
      subtract(x, V_, share, full_.pool());
      in_old += share;
    }
    for (Index c = 0; c < raw; ++c) {
      if (!(before(c) > 0)) continue;
      x.col(c) /= before(c);
      in_old.col(c) /= before(c);
      phi.col(c) /= before(c);
    }
    // x M: fresh orthonormal columns; `back` gives the normalised solutions from them.
    Matrix mix = Matrix::Identity(raw, raw), shift_old = in_old;
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
      const Matrix turn = eigen.eigenvectors().rightCols(keep) * scale.asDiagonal();
      x = (x * turn).eval();
      mix = (mix * turn).eval();
      shift_old = (shift_old * turn).eval();
      if (old > 0) {
        const Matrix share = inner(V_, apply_low(x), full_.pool());
        subtract(x, V_, share, full_.pool());
        shift_old += share;
      }
    }
    const Index fresh = x.cols();
    // The normalised solutions mixed are V_old shift_old + V_new: their coordinates in the grown basis.
    Matrix coordinates(old + fresh, fresh);
    coordinates.topRows(old) = shift_old;
    coordinates.bottomRows(fresh) = Matrix::Identity(fresh, fresh);
    append(V_, x);
    const Matrix cx = capacity_.asDiagonal() * x;
    grow(E_, inner(V_, cx, full_.pool()), old, fresh);
    grow(A_, inner(V_, apply_low(x), full_.pool()), old, fresh);
    gV_.conservativeResize(old + fresh, g_.cols());
    gV_.bottomRows(fresh) = inner(x, g_, full_.pool());
    Matrix rate = phi * mix;
    if (old > 0) rate -= rate_ * shift_old;
    append(rate_, rate);
    for (std::size_t f = 0; f < films_.size(); ++f) {
      Film& film = films_[f];
      if (film.area.size() == 0) continue;
      grow(film.reduced, inner(V_, film.area.asDiagonal() * x, full_.pool()), old, fresh);
      if (!varies_[f]) continue;
      Matrix L = Matrix::Zero(old + fresh, old + fresh);
      L.topLeftCorner(old, old) = film.rate;
      if (shift > 0) L.rightCols(fresh) = -((h[f] - low_[f]) / shift) * coordinates;
      if (old > 0) L.topRightCorner(old, fresh) -= film.rate * shift_old;
      film.rate = L;
    }
    keep_apart(x);
    for (std::size_t f = 0; f < films_.size(); ++f)
      if (varies_[f]) add_traces(films_[f], x);
  }
  static void grow(Matrix& m, const Matrix& columns, Index old, Index fresh) {
    m.conservativeResize(old + fresh, old + fresh);
    m.rightCols(fresh) = columns;
    m.bottomRows(fresh) = columns.transpose();
  }

  /// Takes new basis columns out of phi_ (and what they held out of its Gram matrix).
  void keep_apart(const Matrix& x) {
    const Matrix held = inner(apply_low(x), phi_, full_.pool());
    subtract(phi_, x, held, full_.pool());
    if (gram_.rows() == phi_.cols()) gram_.noalias() -= held.transpose() * held;
  }

  void add_traces(Film& film, const Matrix& x) {
    Matrix rest = x;
    for (Index n = 0; n < film.area.size(); ++n)
      if (film.area(n) == 0) rest.row(n).setZero();
    for (int pass = 0; pass < 2; ++pass)
      if (film.trace.cols() > 0)
        subtract(rest, film.trace, inner(film.trace, film.area.asDiagonal() * rest, full_.pool()),
                 full_.pool());
    Matrix gram = inner(rest, film.area.asDiagonal() * rest, full_.pool());
    gram = (0.5 * (gram + gram.transpose())).eval();
    const Eigen::SelfAdjointEigenSolver<Matrix> eigen(gram);
    film.scale = std::max(film.scale, eigen.eigenvalues().maxCoeff());
    Index keep = 0;
    for (Index c = 0; c < gram.cols(); ++c) keep += eigen.eigenvalues()(c) > kTrace * kTrace * film.scale;
    if (keep > 0) {
      const Vector scale = eigen.eigenvalues().tail(keep).cwiseSqrt().cwiseInverse();
      const Matrix fresh = rest * eigen.eigenvectors().rightCols(keep) * scale.asDiagonal();
      append(film.trace, fresh);
      Matrix answer = map(solve(low_, 0, film.area.asDiagonal() * fresh, kDual));
      for (int pass = 0; pass < 2; ++pass)
        subtract(answer, V_, inner(V_, apply_low(answer), full_.pool()), full_.pool());
      for (Index c = 0; c < keep; ++c) film.of_trace.push_back(phi_.cols() + c);
      append(phi_, answer);
    }
    film.of_states = inner(film.trace, film.area.asDiagonal() * V_, full_.pool());
  }

  /// Gram matrix of phi_ in the energy norm. Between rounds it is kept up to date; every few rounds it is
  /// made anew, before rounding adds up.
  const Matrix& residual_gram() {
    constexpr int kAnew = 4;
    const Index known = ++gram_asked_ % kAnew == 0 ? 0 : gram_.rows(), all = phi_.cols();
    if (known == all) return gram_;
    const Matrix fresh = inner(phi_, apply_low(phi_.rightCols(all - known)), full_.pool());
    gram_.conservativeResize(all, all);
    gram_.rightCols(all - known) = fresh;
    gram_.bottomRows(all - known) = fresh.transpose();
    gram_ = (0.5 * (gram_ + gram_.transpose())).eval();
    return gram_;
  }
  const Matrix& final_gram() {
    gram_.resize(0, 0);
    return residual_gram();
  }

  Matrix reduced_A(const std::vector<double>& h) const {
    Matrix a = A_;
    for (std::size_t f = 0; f < films_.size(); ++f)
      if (varies_[f]) a += (h[f] - low_[f]) * films_[f].reduced;
    return a;
  }

  /// Squared residual of each port, weighted so that 1 is the aim, at one shift.
  Vector squares(const Matrix& gram, const std::vector<double>& h, double shift) const {
    const Matrix a = reduced_A(h);
    const Matrix z = Eigen::LLT<Matrix>(a + shift * E_).solve(gV_);
    Matrix q = Matrix::Zero(gram.rows(), g_.cols());
    q.topRows(rate_.rows()) = shift * (rate_ * z);
    for (std::size_t f = 0; f < films_.size(); ++f) {
      if (films_[f].of_trace.empty()) continue;
      const Matrix t = films_[f].of_states * ((h[f] - low_[f]) * z + shift * (films_[f].rate * z));
      for (std::size_t k = 0; k < films_[f].of_trace.size(); ++k)
        q.row(films_[f].of_trace[k]) = t.row(Index(k));
    }
    const Vector w = Eigen::Map<const Vector>(weight_.data(), Index(weight_.size()));
    return ((q.array() * (gram * q).array()).colwise().sum().cwiseMax(0.0).transpose() * w.array().square())
        .matrix();
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

  void train() {
    std::vector<double> shifts{0};
    for (double s = 0.5 * slowest_; s < 4 / options_.shortest; s *= 2.5) shifts.push_back(s);
    const auto films = training();
    std::size_t passed = 0;
    for (std::size_t n = 0; passed < films.size();) {
      const auto& h = films[n];
      const Matrix& gram = residual_gram();
      std::vector<Vector> at_shift(shifts.size());
      full_.pool().run(shifts.size(), [&](std::size_t k) { at_shift[k] = squares(gram, h, shifts[k]); });
      double worst = 0, shift = 0;
      Vector at_worst;
      for (std::size_t k = 0; k < shifts.size(); ++k) {
        if (at_shift[k].maxCoeff() <= worst) continue;
        worst = at_shift[k].maxCoeff();
        shift = shifts[k];
        at_worst = at_shift[k];
      }
      if (worst <= 1) {
        ++passed;
        n = (n + 1) % films.size();
        continue;
      }
      if (V_.cols() >= options_.max_states) return;
      if (options_.progress)
        options_.progress(std::min(0.9, 0.1 + 0.8 / (1 + std::log10(std::max(1.0, worst)))),
                          fmt::format("{} states", V_.cols()));
      passed = 0;
      ++rounds_;
      std::vector<std::pair<double, Index>> order;
      for (Index g = 0; g < at_worst.size(); ++g)
        if (at_worst(g) > kShare * worst) order.push_back({-at_worst(g), g});
      std::sort(order.begin(), order.end());
      if (order.size() > kMostAtOnce) order.resize(kMostAtOnce);
      Matrix b(size_, Index(order.size()));
      for (std::size_t c = 0; c < order.size(); ++c) b.col(Index(c)) = g_.col(order[c].second);
      const Index before = V_.cols();
      extend(map(solve(h, shift, b, kSolve)), Matrix::Zero(g_.cols(), b.cols()), h, shift);
      if (V_.cols() == before) return;  // nothing new: rounding is all that is left
    }
    reached_ = true;
  }

  ReducedBasis result() {
    ReducedBasis out;
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
    out.solves = solves_;
    out.rounds = rounds_;
    out.reached = reached_;
    const Matrix& gram = final_gram();
    const Eigen::SelfAdjointEigenSolver<Matrix> eigen(gram);
    Index rank = 0;
    const double most = std::max(1e-300, eigen.eigenvalues().maxCoeff());
    for (Index k = 0; k < gram.rows(); ++k) rank += eigen.eigenvalues()(k) > 1e-16 * most;
    const Matrix P = eigen.eigenvalues().tail(rank).cwiseMax(0.0).cwiseSqrt().asDiagonal() *
                     eigen.eigenvectors().rightCols(rank).transpose();
    // Below the residual's rows stand, per film, what its trace representors leave out:
    //   |A_f v| <= sqrt(v' A_f v / low_f).
    const Index films = Index(std::count(varies_.begin(), varies_.end(), true)), n = V_.cols();
    const double factor = films > 0 ? std::sqrt(1 + kSplit) : 1;
    const Index rows = rank + films * n;
    Matrix rate_r = Matrix::Zero(rows, n);
    rate_r.topRows(rank) = factor * P.leftCols(rate_.rows()) * rate_;
    Index row = rank;
    for (std::size_t f = 0; f < films_.size(); ++f) {
      const Film& film = films_[f];
      out.films.push_back(plain(film.reduced));
      Matrix film_r;
      if (varies_[f]) {
        film_r = Matrix::Zero(rows, n);
        film_r.topRows(rank) = factor * P(Eigen::all, film.of_trace) * film.of_states;
        const Matrix rest = film.reduced - film.of_states.transpose() * film.of_states;
        const Eigen::SelfAdjointEigenSolver<Matrix> spare(0.5 * (rest + rest.transpose()));
        film_r.middleRows(row, n) = std::sqrt((1 + 1 / kSplit) * double(films) / low_[f]) *
                                    spare.eigenvalues().cwiseMax(0.0).cwiseSqrt().asDiagonal() *
                                    spare.eigenvectors().transpose();
        row += n;
        rate_r += film_r * film.rate;
      }
      out.film_r.push_back(plain(film_r));
    }
    out.rank = std::size_t(rows);
    out.rate_r = plain(rate_r);
    for (Index g = 0; g < g_.cols(); ++g) out.floor.push_back(kFloor * norm_g_(g));
    return out;
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
  Matrix phi_;   ///< representors, energy-orthogonal to V
  Matrix gram_;  ///< theirs
  int gram_asked_ = 0;
  Matrix rate_;  ///< ports x states
  Eigen::RowVectorXd norm_g_;
  std::vector<int> input_, output_;
  std::vector<double> input_factor_, output_factor_, weight_;
  double slowest_ = 0;
  int solves_ = 0, rounds_ = 0;
  bool reached_ = false;
};

}  // namespace

ReducedBasis build_basis(const SurfaceModel& full, const Ports& ports, const BasisOptions& options) {
  return Builder(full, ports, options).build();
}

}  // namespace bondline::thermal::detail
