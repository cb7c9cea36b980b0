// What streams do to heat's equations, and that nothing of it can make a reduced model unstable.
#include <gtest/gtest.h>

#include "design/thermal/reduced/stream_form.h"
#include "truth.h"

namespace bondline::test {
namespace {

/// A chain of `nodes` nodes with `each` cells per node and random conductances that sum to `units` times its
/// rate; evenly along the chain where `even`.
numerics::StreamNetwork chain(int nodes, int each, double units, bool even, std::mt19937_64& random) {
  numerics::StreamNetwork s;
  s.first.push_back(0);
  double sum = 0;
  for (int n = 0; n < nodes; ++n) {
    s.upstream.push_back(n - 1);
    s.rate.push_back(2.5);
    for (int l = 0; l < each; ++l) {
      s.cell.push_back(s.cell.size());
      s.g.push_back(even ? 1.0 : std::exp(4 * double(random() >> 11) * 0x1p-53));
      sum += s.g.back();
    }
    s.first.push_back(s.cell.size());
  }
  for (double& g : s.g) g *= units * 2.5 / sum;
  return s;
}

Eigen::MatrixXd matrix(const numerics::StreamNetwork& s, Eigen::VectorXd& g) {
  const auto n = Eigen::Index(s.cell.size());
  g = Eigen::Map<const Eigen::VectorXd>(s.g.data(), n);
  Eigen::MatrixXd out = g.asDiagonal();
  const numerics::StreamMarch march(s);
  for (Eigen::Index c = 0; c < n; ++c) {
    const Eigen::VectorXd unit = Eigen::VectorXd::Unit(n, c);
    march.subtract(unit.data(), out.col(c).data(), false);
  }
  return out;
}

TEST(StreamForm, KeepsAShareOfItsLinksAndLeansNoFurtherThanSaid) {
  std::mt19937_64 random(3);
  for (const double units : {1e-3, 0.1, 0.7, 2.0, 6.0, 25.0})
    for (const int each : {1, 3})
      for (const bool even : {true, false}) {
        const auto s = chain(60, each, units, even, random);
        for (const double n : thermal::detail::chain_units(s)) EXPECT_NEAR(n, units, 1e-12 * units);
        Eigen::VectorXd g;
        const Eigen::MatrixXd S = matrix(s, g), half = 0.5 * (S + S.transpose()),
                              skew = 0.5 * (S - S.transpose());
        const Eigen::MatrixXd G = g.asDiagonal();
        const Eigen::GeneralizedSelfAdjointEigenSolver<Eigen::MatrixXd> kept(half, G);
        const double least = kept.eigenvalues()(0);
        EXPECT_GE(least, thermal::detail::stream_kept(units)) << units;
        const Eigen::MatrixXcd turned = skew.cast<std::complex<double>>() * std::complex<double>(0, 1);
        const Eigen::GeneralizedSelfAdjointEigenSolver<Eigen::MatrixXcd> lean(
            turned, half.cast<std::complex<double>>());
        const double most = lean.eigenvalues().cwiseAbs().maxCoeff();
        EXPECT_LE(most, thermal::detail::stream_lean(units)) << units;
        if (!even || each > 1) continue;  // a fine even chain is what the constants are extremes of
        EXPECT_LE(least, 1.02 * thermal::detail::stream_kept(units)) << units;
        EXPECT_GE(most, 0.9 * thermal::detail::stream_lean(units)) << units;
      }
}

TEST(ReducedModel, WithStreamsOnlyLosesEnergyForAnyFilmsAndAnyNumberOfStates) {
  base::Pool pool(1);
  const Design designed = channel_package(package::ChannelModel::averaged, 10, 1e-8);
  const auto assembly = package::assemble(designed);
  std::mt19937_64 random(11);
  for (const int states : {4, 20, 400}) {
    thermal::ReducedOptions how;
    how.cells = 350;
    how.tolerance_K = 0.05;
    how.shortest = 2e-3;
    how.max_states = states;
    const auto model = thermal::reduce(designed, assembly, how, pool);
    ASSERT_LE(model.designed.states, states);
    const Eigen::Index n = model.designed.states;
    using Square = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    for (int draw = 0; draw < 10; ++draw) {
      std::vector<double> h;
      for (const auto& film : model.films)
        h.push_back(film.low * std::pow(film.high / film.low, double(random() >> 11) * 0x1p-53));
      const auto m = model.at(h);
      const Eigen::MatrixXd A = Eigen::Map<const Square>(m.A.data(), n, n);
      EXPECT_GT((A - A.transpose()).norm(), 1e-3 * A.norm());  // streams do take part
      EXPECT_GT(
          Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(0.5 * (A + A.transpose())).eigenvalues().minCoeff(),
          0);
      const numerics::ModalModel modal(m);
      ASSERT_EQ(modal.problem(), "");
      for (const double tau : modal.time_constants()) EXPECT_GE(tau, 0);
      // The steady answers are those of the matrices.
      std::vector<double> u(std::size_t(m.inputs)), y(std::size_t(m.outputs));
      for (double& v : u) v = double(random() >> 11) * 0x1p-53;
      numerics::ModalStepper stepper(modal, 1);
      stepper.settle(u);
      stepper.outputs(u, y);
      const Eigen::Map<const Square> B(m.B.data(), n, m.inputs), C(m.C.data(), m.outputs, n),
          D(m.D.data(), m.outputs, m.inputs);
      const Eigen::Map<const Eigen::VectorXd> given(u.data(), m.inputs);
      const Eigen::VectorXd steady = C * A.partialPivLu().solve(B * given) + D * given;
      for (Eigen::Index o = 0; o < steady.size(); ++o)
        EXPECT_NEAR(y[std::size_t(o)], steady(o), 1e-8 * steady.cwiseAbs().maxCoeff());
    }
  }
}

TEST(ModalModel, FollowsPairsThatTurnAsTheyFade) {
  // x' = -(1 + 3 i) x written out in two states beside a third that fades alone, all mixed by a congruence.
  using Square = Eigen::Matrix<double, 3, 3, Eigen::RowMajor>;
  Square mix, A = Square::Zero();
  mix << 1, 0.3, -0.2, 0.1, 0.8, 0.5, -0.4, 0.2, 1.1;
  A << 1, 3, 0, -3, 1, 0, 0, 0, 0.5;
  numerics::StateSpace s;
  s.states = 3, s.inputs = 1, s.outputs = 3;
  const Square E = mix.transpose() * mix, mixed = mix.transpose() * A * mix;
  const Eigen::Vector3d b(1, 2, 1), B = mix.transpose() * b;
  s.E.assign(E.data(), E.data() + 9);
  s.A.assign(mixed.data(), mixed.data() + 9);
  s.B.assign(B.data(), B.data() + 3);
  s.C.assign(mix.data(), mix.data() + 9);  // the states before they were mixed
  const numerics::ModalModel modal(s);
  ASSERT_EQ(modal.problem(), "");
  ASSERT_EQ(modal.turns().size(), 3u);
  numerics::ModalStepper stepper(modal, 0.1);
  std::vector<double> y(3);
  const Eigen::Vector3d end = A.inverse() * b;
  for (int n = 1; n <= 40; ++n) {
    stepper.step(std::vector<double>{1}, y);
    const double t = 0.1 * n, fade = std::exp(-t), c = fade * std::cos(3 * t), d = fade * std::sin(3 * t);
    EXPECT_NEAR(y[0], end(0) - c * end(0) + d * end(1), 1e-12);
    EXPECT_NEAR(y[1], end(1) - c * end(1) - d * end(0), 1e-12);
    EXPECT_NEAR(y[2], end(2) * (1 - std::exp(-0.5 * t)), 1e-12);
  }
}

}  // namespace
}  // namespace bondline::test
