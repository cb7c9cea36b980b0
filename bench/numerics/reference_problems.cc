#include "reference_problems.h"

#include <algorithm>

namespace bondline::bench {
namespace {

ReferenceProblem layered(const char* name, int n, double side, const std::vector<double>& dz,
                         const std::vector<double>& k) {
  constexpr double kFilm = 1e4;
  ReferenceProblem p{name, n, {}, {}, 0};
  const int nz = int(dz.size());
  numerics::TensorGrid& g = p.op.grid;
  for (int i = 0; i <= n; ++i) g.x.push_back(side * i / n);
  g.y = g.x;
  g.z.push_back(0);
  for (double d : dz) g.z.push_back(g.z.back() + d);
  for (auto* v : {&p.op.gx, &p.op.gy, &p.op.gz, &p.op.ground, &p.b}) v->assign(g.cells(), 0.0);
  const double area = side / n * (side / n);
  for (int j = 0; j < n; ++j)
    for (int i = 0; i < n; ++i)
      for (int l = 0; l < nz; ++l) {
        const std::size_t c = g.index(i, j, l), q = std::size_t(l);
        if (i + 1 < n) p.op.gx[c] = dz[q] * k[q];
        if (j + 1 < n) p.op.gy[c] = dz[q] * k[q];
        if (l + 1 < nz)
          p.op.gz[c] = area / (dz[q] / (2 * k[q]) + dz[q + 1] / (2 * k[q + 1]));
        else
          p.op.ground[c] = area / (dz[q] / (2 * k[q]) + 1 / kFilm);
        const bool hot = i > n / 4 && i < n / 2 && j > n / 4 && j < n / 2;
        if (l <= nz / 10) p.b[c] = (hot ? 2e6 : 1e5) * area / (nz / 10 + 1);
      }
  return p;
}

}  // namespace

ReferenceProblem cube(int n) {
  constexpr double kSide = 0.01, kBands[10] = {100, 4, 400, 0.04, 100, 1.5, 400, 0.04, 20, 400};
  std::vector<double> dz(std::size_t(n), kSide / n), k;
  for (int z = 0; z < n; ++z) k.push_back(kBands[z * 10 / n]);
  ReferenceProblem p = layered("cube", n, kSide, dz, k);
  p.known_maximum = n == 215 ? 10774.9877 : n == 100 ? 10721.0741 : 0;
  return p;
}

ReferenceProblem package(int n) {
  constexpr double kThickness[8] = {50e-6, 20e-6, 100e-6, 5e-6, 200e-6, 50e-6, 1000e-6, 200e-6};
  constexpr double kConductivity[8] = {130, 0.04, 130, 4, 130, 1.5, 400, 400};
  const int nz = std::max(8, n / 16);
  std::vector<double> dz, k;
  for (int z = 0; z < nz; ++z) {
    const int band = z * 8 / nz;
    int cells = 0;
    for (int q = 0; q < nz; ++q) cells += q * 8 / nz == band;
    dz.push_back(kThickness[band] / cells);
    k.push_back(kConductivity[band]);
  }
  ReferenceProblem p = layered("package", n, 0.02, dz, k);
  p.known_maximum = n == 512 ? 667.8282 : n == 256 ? 663.7364 : 0;
  return p;
}

}  // namespace bondline::bench
