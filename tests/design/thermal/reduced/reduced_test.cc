#include "design/thermal/reduced/reduced.h"

#include <gtest/gtest.h>

#include <complex>

#include "truth.h"

namespace bondline::test {
namespace {

thermal::ReducedOptions options(double cells) {
  thermal::ReducedOptions o;
  o.cells = cells;
  o.tolerance_K = 0.01;
  o.shortest = 2e-3;
  return o;
}

/// Where each of the model's inputs sits: sources by path, films by name.
double input_value(const thermal::ReducedModel& model, std::size_t i, const Truth& truth,
                   const std::vector<double>& watts, const std::vector<double>& ambients, double inlet) {
  const auto& input = model.inputs[i];
  if (input.name == "cavity.inlet") return inlet - input.offset;
  for (std::size_t s = 0; s < watts.size(); ++s)
    if ("block." + input.name == truth.assembly.sources[s].path + ".power") return watts[s];
  for (std::size_t f = 0; f < ambients.size(); ++f) {
    const std::string& name = truth.model.films[f].name;
    const bool side = name != "environment.top" && name != "environment.bottom";
    if (input.name == (side ? "environment.sides" : name) + ".ambient") return ambients[f] - input.offset;
  }
  ADD_FAILURE() << input.name << " is nobody's input";
  return 0;
}

TEST(ReducedModel, IsPassiveForAnyFilmsAndAnyNumberOfStates) {
  base::Pool pool(1);
  const Design designed = small_package();
  const auto assembly = package::assemble(designed);
  std::mt19937_64 random(7);
  const auto uniform = [&](double a, double b) { return a + (b - a) * double(random() >> 11) * 0x1p-53; };
  for (const int states : {3, 8, 400}) {
    auto how = options(350);
    how.max_states = states;
    const auto model = thermal::reduce(designed, assembly, how, pool);
    ASSERT_LE(model.designed.states, states);
    const Eigen::Index n = model.designed.states;
    for (int draw = 0; draw < 40; ++draw) {
      std::vector<double> h;
      for (const auto& film : model.films)
        h.push_back(film.low * std::pow(film.high / film.low, uniform(0, 1)));
      const auto m = model.at(h);
      using Square = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
      const Eigen::MatrixXd A = Eigen::Map<const Square>(m.A.data(), n, n);
      const Eigen::MatrixXd E = Eigen::Map<const Square>(m.E.data(), n, n);
      EXPECT_LT((A - A.transpose()).norm(), 1e-10 * A.norm());
      EXPECT_EQ(E, E.transpose());
      EXPECT_GT(
          Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(0.5 * (A + A.transpose())).eigenvalues().minCoeff(),
          0);
      EXPECT_GE(Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(E).eigenvalues().minCoeff(), 0);
      // Left alone, stored energy z' E z only falls: |exp| of every step is below one.
      const numerics::ModalModel modal(m);
      ASSERT_EQ(modal.problem(), "");
      for (const double tau : modal.time_constants()) EXPECT_GE(tau, 0);
      // What is read where heat enters answers it with a positive real part: passive. On the imaginary axis
      // b' (A + i w E)^-1 b has the real part x' A x > 0, x = (A + i w E)^-1 b.
      const Eigen::VectorXd b = Eigen::Map<const Square>(m.B.data(), n, m.inputs).col(0);
      for (const double w : {0.1, 10.0, 1e3}) {
        const Eigen::VectorXcd x = (A.cast<std::complex<double>>() + std::complex<double>(0, w) * E)
                                       .partialPivLu()
                                       .solve(b.cast<std::complex<double>>());
        EXPECT_GT((b.transpose() * x)(0).real(), 0);
      }
    }
  }
}

TEST(ReducedModel, HasTheSameBitsForAnyNumberOfThreads) {
  for (const Design& designed :
       {small_package(), channel_package(package::ChannelModel::averaged, 10, 4e-8)}) {
    const auto assembly = package::assemble(designed);
    const auto make = [&](int threads) {
      base::Pool pool(threads);
      auto how = options(350);
      how.tolerance_K = 0.1;
      auto model = thermal::reduce(designed, assembly, how, pool);
      const auto bound = model.bound(model.designed_h(), 2e-3, pool);
      return std::pair(std::move(model), bound);
    };
    const auto [one, bound_of_one] = make(1);
    const auto [many, bound] = make(3);
    EXPECT_EQ(many.designed.states, one.designed.states);
    EXPECT_EQ(many.designed.E, one.designed.E);
    EXPECT_EQ(many.designed.A, one.designed.A);
    EXPECT_EQ(many.designed.B, one.designed.B);
    EXPECT_EQ(many.designed.C, one.designed.C);
    EXPECT_EQ(many.designed.D, one.designed.D);
    for (std::size_t f = 0; f < one.films.size(); ++f) EXPECT_EQ(many.films[f].trace, one.films[f].trace);
    EXPECT_EQ(bound.rates, bound_of_one.rates);
    EXPECT_EQ(bound.fixed, bound_of_one.fixed);
    EXPECT_EQ(bound.amplitudes, bound_of_one.amplitudes);
  }
}

/// Two hundred random histories of one structure (films as designed, at both ends, and anywhere inside), each
/// against the structure's own dense solution in time.
template <class Make>
void follow_histories(const Make& make, const Design& designed, int packages) {
  const double cells = 350;
  base::Pool pool(2);
  const auto assembly = package::assemble(designed);
  const auto model = thermal::reduce(designed, assembly, options(cells), pool);
  ASSERT_TRUE(model.reached);
  const double h_top = designed.environment.films[0].h, h_bottom = designed.environment.films[1].h,
               h_side = designed.environment.films[2].h;
  std::mt19937_64 random(20240607);
  const auto uniform = [&](double a, double b) { return a + (b - a) * double(random() >> 11) * 0x1p-53; };
  double worst_error = 0, largest_bound = 0;
  int compared = 0;
  // The points that are hottest as designed.
  std::vector<thermal::detail::Functional> hottest;
  {
    Truth nominal(make(h_top, h_bottom, h_side), cells);
    nominal.settle();
    const auto u = nominal.field();
    for (const auto& part : thermal::detail::measure(nominal.model, u, nominal.regions))
      hottest.push_back(part.hottest);
  }
  for (int package = 0; package < packages; ++package) {
    // The first at the designed films, the others anywhere inside the range (and at its ends).
    const auto pick = [&](double h) {
      return package == 0 ? h : package == 1 ? h * 2 : package == 2 ? h / 2 : h * std::exp2(uniform(-1, 1));
    };
    const double top = pick(h_top), bottom = pick(h_bottom), side = pick(h_side);
    Truth truth(make(top, bottom, side), cells);
    std::vector<double> h;
    for (const auto& film : model.films)
      h.push_back(film.name == "environment.top" ? top : film.name == "environment.bottom" ? bottom : side);
    const numerics::ModalModel modal(model.at(h));
    ASSERT_EQ(modal.problem(), "");
    const double dt = package % 2 ? 2e-3 : 0.05;
    const auto bound = model.bound(h, dt);
    for (int history = 0; history < 200 / packages; ++history) {
      numerics::ModalStepper stepper(modal, dt);
      numerics::HistoryBoundStepper bounder(bound, dt);
      truth.rest();
      double inlet = 300;
      std::vector<double> watts(truth.assembly.sources.size(), 0.0),
          ambients(truth.model.films.size(), 300.0);
      std::vector<double> u(model.inputs.size()), y(model.outputs.size()), e(model.outputs.size());
      const int steps = 12;
      for (int step = 0; step < steps; ++step) {
        if (step == 0 || history % 3 == 0 || uniform(0, 1) < 0.3) {
          for (std::size_t s = 0; s < watts.size(); ++s)
            watts[s] = uniform(0, 1) < 0.3 ? 0 : uniform(0, 2) * truth.assembly.sources[s].power;
          const double sides = uniform(290, 310);
          ambients = {uniform(290, 310), uniform(290, 310), sides, sides, sides, sides};
          if (truth.model.op.streams.nodes() > 0) inlet = uniform(285, 310);
        }
        truth.load(watts, ambients, inlet);
        truth.step(dt);
        for (std::size_t i = 0; i < u.size(); ++i)
          u[i] = input_value(model, i, truth, watts, ambients, inlet);
        stepper.step(u, y);
        bounder.step(u, e);
        if (step % 4 != 3) continue;
        const auto field = truth.field();
        const auto parts = thermal::detail::measure(truth.model, field, truth.regions);
        const auto compare = [&](const std::string& name, double exact) {
          for (std::size_t o = 0; o < model.outputs.size(); ++o) {
            if (model.outputs[o].name != name) continue;
            const double error = std::abs(exact - (y[o] + model.outputs[o].offset));
            ++compared;
            EXPECT_LE(error, e[o]) << name << " package " << package << " step " << step;
            worst_error = std::max(worst_error, error);
            largest_bound = std::max(largest_bound, e[o]);
          }
        };
        for (std::size_t r = 0; r < parts.size(); ++r) {
          const std::string name = parts[r].temperature.path.substr(6);
          compare(name + ".mean", parts[r].temperature.mean_K);
          compare(name + ".junction",
                  truth.model.t_ref + thermal::detail::apply(truth.model, hottest[r], field));
        }
      }
    }
  }
  EXPECT_GE(compared, 200 * 3 * 4);
  EXPECT_LE(worst_error, 0.01);
  EXPECT_LE(largest_bound, 0.2);  // useful: far below the rises of tens of kelvin
  testing::Test::RecordProperty("worst_error_uK", int(1e6 * worst_error));
  testing::Test::RecordProperty("largest_bound_uK", int(1e6 * largest_bound));
}

TEST(ReducedModel, ErrorStaysBelowItsBoundOnTwoHundredRandomHistories) {
  follow_histories(small_package, small_package(), 10);
}
TEST(ReducedModel, ErrorStaysBelowItsBoundUnderThickMold) {
  follow_histories(molded_package, molded_package(), 5);
}
TEST(ReducedModel, ErrorStaysBelowItsBoundInAStackInStillAir) {
  follow_histories(stacked_package, stacked_package(), 5);
}

TEST(ReducedModel, ErrorStaysBelowItsBoundAlongChannels) {
  const auto make = [](auto... h) {
    return channel_package(package::ChannelModel::averaged, 10, 4e-8, h...);
  };
  follow_histories(make, make(), 5);
}
/// An eighth of the flow: 4.6 transfer units, so that the coolant gives back most of what it took up.
TEST(ReducedModel, ErrorStaysBelowItsBoundAlongSlowResolvedChannels) {
  const auto make = [](auto... h) { return channel_package(package::ChannelModel::resolved, 1, 5e-9, h...); };
  follow_histories(make, make(), 5);
}

}  // namespace
}  // namespace bondline::test
