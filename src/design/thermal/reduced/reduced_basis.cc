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

constexpr double kSteady = 1e-9;  // relative residual of the steady answers
constexpr double kSolve =
    1e-9;  // of other basis solutions: at a high shift s what they miss counts s / slowest times
constexpr double kDual = 1e-7;   // of the representors that only the bound reads
constexpr double kNew = 1e-6;    // least energy-norm share of a solution that is new to the basis
constexpr double kTrace = 3e-5;  // least share of a surface trace that gets its own representor
constexpr double kFloor = 1e-5;  // of |g|: covers kDual and the rounding of squared norms
constexpr double kShare = 0.2;   // ports within this share of the worst one are refined together
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
    std::vector<Index> of_trace;  ///< its columns of the Gram matrix
    Matrix of_states;             ///< theta' A_f V
    Matrix reduced;               ///< V' A_f V
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

  void begin() {
    const Columns steady = solve(low_, 0, g_, kSteady);
    const Matrix answer = map(steady);
    norm_g_ = (g_.array() * answer.array()).colwise().sum().cwiseMax(0.0).sqrt();
    remember(g_, answer, of_port_);
    extend(answer);
  }

  /// Adds to the basis what is new in x, and what the bound needs of it.
  void extend(Matrix x) {
    Vector before(x.cols());
    for (int pass = 0; pass < 2; ++pass) {
      const Matrix ax = apply_low(x);
      if (pass == 0)
        for (Index c = 0; c < x.cols(); ++c) before(c) = std::sqrt(std::max(0.0, x.col(c).dot(ax.col(c))));
      if (V_.cols() > 0) subtract(x, V_, inner(V_, ax, full_.pool()), full_.pool());
    }
    for (Index c = 0; c < x.cols(); ++c)
      if (before(c) > 0) x.col(c) /= before(c);
    for (int pass = 0; pass < 2; ++pass) {  // twice is enough (Kahan, Parlett)
      Matrix gram = inner(x, apply_low(x), full_.pool());
      gram = (0.5 * (gram + gram.transpose())).eval();
      const Eigen::SelfAdjointEigenSolver<Matrix> eigen(gram);
      Index keep = 0;
      const double least = pass == 0 ? kNew * kNew : 0.5;
      for (Index c = 0; c < gram.cols(); ++c) keep += eigen.eigenvalues()(c) > least;
      const Index room = Index(options_.max_states) - V_.cols();
      keep = std::min(keep, std::max<Index>(room, 0));
      if (keep == 0) return;
      const Vector scale = eigen.eigenvalues().tail(keep).cwiseSqrt().cwiseInverse();
      x = (x * eigen.eigenvectors().rightCols(keep) * scale.asDiagonal()).eval();
      if (V_.cols() > 0) subtract(x, V_, inner(V_, apply_low(x), full_.pool()), full_.pool());
    }
    const Index old = V_.cols(), fresh = x.cols();
    append(V_, x);
    const Matrix cx = capacity_.asDiagonal() * x;
    grow(E_, inner(V_, cx, full_.pool()), old, fresh);
    grow(A_, inner(V_, apply_low(x), full_.pool()), old, fresh);
    gV_.conservativeResize(old + fresh, g_.cols());
    gV_.bottomRows(fresh) = inner(x, g_, full_.pool());
    remember(cx, map(solve(low_, 0, cx, kDual)), of_rate_);
    for (std::size_t f = 0; f < films_.size(); ++f) {
      Film& film = films_[f];
      if (film.area.size() == 0) continue;
      grow(film.reduced, inner(V_, film.area.asDiagonal() * x, full_.pool()), old, fresh);
      if (varies_[f]) add_traces(film, x);
    }
  }
  static void grow(Matrix& m, const Matrix& columns, Index old, Index fresh) {
    m.conservativeResize(old + fresh, old + fresh);
    m.rightCols(fresh) = columns;
    m.bottomRows(fresh) = columns.transpose();
  }

  void add_traces(Film& film, const Matrix& x) {
    Matrix rest = x;
    for (Index n = 0; n < film.area.size(); ++n)
      if (film.area(n) == 0) rest.row(n).setZero();
    for (int pass = 0; pass < 2; ++pass)
      if (film.trace.cols() > 0)
        rest -= film.trace * (film.trace.transpose() * (film.area.asDiagonal() * rest));
    Matrix gram = rest.transpose() * (film.area.asDiagonal() * rest);
    gram = (0.5 * (gram + gram.transpose())).eval();
    const Eigen::SelfAdjointEigenSolver<Matrix> eigen(gram);
    film_scale_ = std::max(film_scale_, eigen.eigenvalues().maxCoeff());
    Index keep = 0;
    for (Index c = 0; c < gram.cols(); ++c) keep += eigen.eigenvalues()(c) > kTrace * kTrace * film_scale_;
    if (keep > 0) {
      const Vector scale = eigen.eigenvalues().tail(keep).cwiseSqrt().cwiseInverse();
      const Matrix fresh = rest * eigen.eigenvectors().rightCols(keep) * scale.asDiagonal();
      append(film.trace, fresh);
      const Matrix load = film.area.asDiagonal() * fresh;
      remember(load, map(solve(low_, 0, load, kDual)), film.of_trace);
    }
    film.of_states = film.trace.transpose() * (film.area.asDiagonal() * V_);
  }

  /// Right-hand sides and their answers A_low^-1 b, with which residuals are measured.
  void remember(const Matrix& b, const Matrix& answer, std::vector<Index>& where) {
    const Index old = raw_.cols();
    for (Index c = 0; c < b.cols(); ++c) where.push_back(old + c);
    append(raw_, b);
    grow(gram_, inner(raw_, answer, full_.pool()), old, b.cols());
  }

  /// Gram matrix of all that, in the dual norm and orthogonal to V.
  Matrix residual_gram() {
    const Index states = V_.cols(), columns = raw_.cols();
    Matrix seen(states, columns);
    const Index s0 = seen_.rows(), c0 = seen_.cols();
    seen.topLeftCorner(s0, c0) = seen_;
    seen.rightCols(columns - c0) = inner(V_, raw_.rightCols(columns - c0), full_.pool());
    seen.bottomLeftCorner(states - s0, c0) =
        inner(V_.rightCols(states - s0), raw_.leftCols(c0), full_.pool());
    seen_ = seen;
    Matrix gram = gram_;
    gram.noalias() -= seen_.transpose() * seen_;
    return 0.5 * (gram + gram.transpose());
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
    for (std::size_t g = 0; g < of_port_.size(); ++g) q(of_port_[g], Index(g)) = 1;
    for (std::size_t k = 0; k < of_rate_.size(); ++k) q.row(of_rate_[k]) = -shift * z.row(Index(k));
    for (std::size_t f = 0; f < films_.size(); ++f) {
      if (films_[f].of_trace.empty()) continue;
      const Matrix t = -(h[f] - low_[f]) * (films_[f].of_states * z);
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
    for (double s = 0.5 * slowest_; s < 20 / options_.shortest; s *= 2.5) shifts.push_back(s);
    const auto films = training();
    std::size_t passed = 0;
    for (std::size_t n = 0; passed < films.size();) {
      const auto& h = films[n];
      const Matrix gram = residual_gram();
      double worst = 0, shift = 0;
      Vector at_worst;
      for (const double s : shifts) {
        const Vector square = squares(gram, h, s);
        if (square.maxCoeff() <= worst) continue;
        worst = square.maxCoeff();
        shift = s;
        at_worst = square;
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
      extend(map(solve(h, shift, b, kSolve)));
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
    const Matrix gram = residual_gram();
    const Eigen::SelfAdjointEigenSolver<Matrix> eigen(gram);
    Index rank = 0;
    const double most = std::max(1e-300, eigen.eigenvalues().maxCoeff());
    for (Index k = 0; k < gram.rows(); ++k) rank += eigen.eigenvalues()(k) > 1e-16 * most;
    const Matrix P = eigen.eigenvalues().tail(rank).cwiseMax(0.0).cwiseSqrt().asDiagonal() *
                     eigen.eigenvectors().rightCols(rank).transpose();
    // Below the residual's rows stand, per film, what its trace representors leave out:
    //   |A_f v| <= sqrt(v' A_f v / low_f), and (a + b)^2 <= 1.01 a^2 + 101 b^2.
    const double main = std::sqrt(1.01), left = std::sqrt(101.0);
    std::size_t extra = 0;
    for (std::size_t f = 0; f < films_.size(); ++f) extra += varies_[f] ? out.states : 0;
    const Index rows = rank + Index(extra), n = V_.cols();
    Matrix port_r = Matrix::Zero(rows, g_.cols()), rate_r = Matrix::Zero(rows, n);
    const double factor = extra > 0 ? main : 1;
    port_r.topRows(rank) = factor * P(Eigen::all, of_port_);
    rate_r.topRows(rank) = factor * P(Eigen::all, of_rate_);
    Index row = rank;
    for (std::size_t f = 0; f < films_.size(); ++f) {
      const Film& film = films_[f];
      out.films.push_back(plain(film.reduced));
      Matrix film_r;
      if (varies_[f]) {
        film_r = Matrix::Zero(rows, n);
        film_r.topRows(rank) = factor * P(Eigen::all, film.of_trace) * film.of_states;
        Matrix rest = film.reduced - film.of_states.transpose() * film.of_states;
        const Eigen::SelfAdjointEigenSolver<Matrix> spare(0.5 * (rest + rest.transpose()));
        const double films = double(std::count(varies_.begin(), varies_.end(), true));
        film_r.middleRows(row, n) = left * std::sqrt(films / low_[f]) *
                                    spare.eigenvalues().cwiseMax(0.0).cwiseSqrt().asDiagonal() *
                                    spare.eigenvectors().transpose();
        row += n;
      }
      out.film_r.push_back(plain(film_r));
    }
    out.rank = std::size_t(rows);
    out.port_r = plain(port_r);
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
  Matrix g_, V_, E_, A_, gV_, raw_, gram_, seen_;
  std::vector<Index> of_port_, of_rate_;  ///< columns of raw_ and gram_
  Eigen::RowVectorXd norm_g_;
  std::vector<int> input_, output_;
  std::vector<double> input_factor_, output_factor_, weight_;
  double slowest_ = 0, film_scale_ = 0;
  int solves_ = 0, rounds_ = 0;
  bool reached_ = false;
};

}  // namespace

ReducedBasis build_basis(const SurfaceModel& full, const Ports& ports, const BasisOptions& options) {
  return Builder(full, ports, options).build();
}

}  // namespace bondline::thermal::detail
