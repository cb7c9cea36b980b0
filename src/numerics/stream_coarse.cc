#include "numerics/stream_coarse.h"

#include <algorithm>
#include <cmath>

#include <Eigen/LU>

namespace bondline::numerics {
namespace {

constexpr int kBoxes = 9;   // along x and along y
constexpr int kGroups = 8;  // of layers at most: the dense factors stay below a tenth of a second

/// Cuts an axis into at most `most` pieces of like length; piece of every interval.
std::vector<int> pieces(const std::vector<double>& lines, int most) {
  const int n = int(lines.size()) - 1;
  std::vector<int> out(std::size_t(n), 0);
  const double length = lines.back() - lines.front();
  int piece = -1, last = -1;
  for (int i = 0; i < n; ++i) {
    const double middle = 0.5 * (lines[std::size_t(i)] + lines[std::size_t(i) + 1]) - lines.front();
    const int here = std::min(most - 1, int(middle / length * most));
    if (here != last) ++piece, last = here;
    out[std::size_t(i)] = piece;
  }
  return out;
}

/// Groups of layers: a new one wherever layers with links to streams begin or end.
std::vector<int> layer_groups(const ConductionOperator& op) {
  const std::size_t nz = std::size_t(op.grid.nz());
  std::vector<char> linked(nz, 0);
  for (const std::size_t c : op.streams.cell) linked[c % nz] = 1;
  std::vector<int> out(nz, 0);
  int changes = 0;
  for (std::size_t k = 1; k < nz; ++k) changes += linked[k] != linked[k - 1];
  if (changes + 1 > kGroups) return pieces(op.grid.z, kGroups);
  for (std::size_t k = 1; k < nz; ++k) out[k] = out[k - 1] + (linked[k] != linked[k - 1]);
  return out;
}

}  // namespace

double longest_exchange(const StreamNetwork& s) {
  std::vector<double> sum(s.nodes(), 0.0);
  double longest = 0;
  for (std::size_t n = 0; n < s.nodes(); ++n) {
    double g = 0;
    for (std::size_t l = s.first[n]; l < s.first[n + 1]; ++l) g += s.g[l];
    sum[n] = g / s.rate[n] + (s.upstream[n] < 0 ? 0 : sum[std::size_t(s.upstream[n])]);
    longest = std::max(longest, sum[n]);
  }
  return longest;
}

struct StreamCoarse::Impl {
  std::vector<int> box;  ///< per cell, -1 for voids
  int boxes = 0;
  Eigen::PartialPivLU<Eigen::MatrixXd> forward, backward;

  void number(const ConductionOperator& op);
  Eigen::MatrixXd conduction(const ConductionOperator& op) const;
  void add_streams(const ConductionOperator& op, const StreamMarch& march, Eigen::MatrixXd& e) const;
};

void StreamCoarse::Impl::number(const ConductionOperator& op) {
  const TensorGrid& g = op.grid;
  const auto px = pieces(g.x, kBoxes), py = pieces(g.y, kBoxes), pz = layer_groups(op);
  const int wide = px.back() + 1, deep = pz.back() + 1;
  box.assign(g.cells(), -1);
  std::vector<int> name(std::size_t(wide) * std::size_t(py.back() + 1) * std::size_t(deep), -1);
  const std::size_t nz = std::size_t(g.nz()), row = nz * std::size_t(g.nx());
  for (int j = 0; j < g.ny(); ++j)
    for (int i = 0; i < g.nx(); ++i)
      for (int k = 0; k < g.nz(); ++k) {
        const std::size_t c = g.index(i, j, k);
        const bool solid = op.ground[c] > 0 || op.gx[c] > 0 || op.gy[c] > 0 || op.gz[c] > 0 ||
                           (i > 0 && op.gx[c - nz] > 0) || (j > 0 && op.gy[c - row] > 0) ||
                           (k > 0 && op.gz[c - 1] > 0);
        if (!solid) continue;
        int& n =
            name[std::size_t((py[std::size_t(j)] * wide + px[std::size_t(i)]) * deep + pz[std::size_t(k)])];
        if (n < 0) n = boxes++;
        box[c] = n;
      }
}

Eigen::MatrixXd StreamCoarse::Impl::conduction(const ConductionOperator& op) const {
  Eigen::MatrixXd e = Eigen::MatrixXd::Zero(boxes, boxes);
  const std::size_t nz = std::size_t(op.grid.nz()), row = nz * std::size_t(op.grid.nx());
  const auto face = [&](double g, std::size_t a, std::size_t b) {
    if (!(g > 0)) return;
    const int p = box[a], q = box[b];
    if (p == q) return;
    e(p, p) += g, e(q, q) += g;
    e(p, q) -= g, e(q, p) -= g;
  };
  for (std::size_t c = 0; c < box.size(); ++c) {
    if (box[c] < 0) continue;
    e(box[c], box[c]) += op.ground[c];
    face(op.gx[c], c, c + nz);
    face(op.gy[c], c, c + row);
    face(op.gz[c], c, c + 1);
  }
  return e;
}

/// E -= sum over links g (mean as a row over the boxes), marched along the streams.
void StreamCoarse::Impl::add_streams(const ConductionOperator& op, const StreamMarch& march,
                                     Eigen::MatrixXd& e) const {
  const StreamNetwork& s = op.streams;
  std::vector<int> children(s.nodes(), 0);
  for (const std::int32_t up : s.upstream)
    if (up >= 0) ++children[std::size_t(up)];
  std::vector<Eigen::RowVectorXd> out(s.nodes());
  std::vector<std::pair<int, double>> met;
  for (std::size_t n = 0; n < s.nodes(); ++n) {
    met.clear();
    for (std::size_t l = s.first[n]; l < s.first[n + 1]; ++l) {
      const int b = box[s.cell[l]];
      const auto at = std::find_if(met.begin(), met.end(), [&](const auto& m) { return m.first == b; });
      if (at == met.end())
        met.emplace_back(b, s.g[l]);
      else
        at->second += s.g[l];
    }
    const auto& w = march.weights_of(n);
    Eigen::RowVectorXd in = Eigen::RowVectorXd::Zero(boxes);
    if (s.upstream[n] >= 0) {
      const std::size_t up = std::size_t(s.upstream[n]);
      in = out[up];
      if (--children[up] == 0) out[up].resize(0);
    }
    Eigen::RowVectorXd mean = w.a * in;
    in *= w.e;
    for (const auto& [b, g] : met) {
      mean[b] += w.b * g / s.rate[n];
      in[b] += w.a * g / s.rate[n];
    }
    for (const auto& [b, g] : met) e.row(b) -= g * mean;
    if (children[n] > 0) out[n] = std::move(in);
  }
}

StreamCoarse::StreamCoarse(const ConductionOperator& op, const StreamMarch& march)
    : impl_(std::make_unique<Impl>()) {
  impl_->number(op);
  Eigen::MatrixXd e = impl_->conduction(op);
  impl_->add_streams(op, march, e);
  impl_->forward.compute(e);
  impl_->backward.compute(e.transpose());
}
StreamCoarse::~StreamCoarse() = default;
StreamCoarse::StreamCoarse(StreamCoarse&&) noexcept = default;
StreamCoarse& StreamCoarse::operator=(StreamCoarse&&) noexcept = default;

void StreamCoarse::correct(const double* r, float* z, bool transposed) const {
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(impl_->boxes);
  for (std::size_t c = 0; c < impl_->box.size(); ++c)
    if (impl_->box[c] >= 0) sum[impl_->box[c]] += r[c];
  const Eigen::VectorXd y = (transposed ? impl_->backward : impl_->forward).solve(sum);
  for (std::size_t c = 0; c < impl_->box.size(); ++c)
    z[c] = impl_->box[c] < 0 ? 0.0f : float(y[impl_->box[c]]);
}

std::size_t StreamCoarse::bytes() const {
  return impl_->box.size() * sizeof(int) + 2 * std::size_t(impl_->boxes) * std::size_t(impl_->boxes) * 8;
}

}  // namespace bondline::numerics
