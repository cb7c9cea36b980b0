#include "design/mesh/media.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace bondline::mesh {
namespace {

// Dry air at 300 K and 1 atm: 0.0263 W/(m K) (Incropera and DeWitt, table A.4).
constexpr double kAir = 0.0263;

/// Cylinders of conductivity k_i, area fraction f, in k_m: Rayleigh (1892), first term.
double rayleigh(double k_m, double k_i, double f) {
  if (k_m <= 0 && k_i <= 0) return 0;
  const double b = (k_i - k_m) / (k_i + k_m);
  return k_m * (1 + f * b) / (1 - f * b);
}

/// A core of area share p inside a shell, seen from outside as one homogeneous cylinder.
double coated(double k_shell, double k_core, double p) {
  return rayleigh(k_shell, k_core, p);
}

/// Bruggeman's symmetric medium in two dimensions: f (a-k)/(a+k) + (1-f) (b-k)/(b+k) = 0.
double bruggeman(double a, double b, double f) {
  const double q = (2 * f - 1) * (a - b);
  return 0.5 * (q + std::sqrt(q * q + 4 * a * b));
}

/// The cylinder as one inclusion: its outer fraction, conductivity across and along.
struct Inclusion {
  double fraction = 0;
  double across_x = 0, across_y = 0, along = 0;
};

Inclusion inclusion_of(const package::Fill& fill, double fraction, const Constituents& k) {
  Inclusion in{fraction, k.inclusion[0], k.inclusion[1], k.inclusion[2]};
  const double radius = fill.diameter / 2;
  if (fill.plating > 0 && radius > fill.plating) {
    const double inner = (radius - fill.plating) / radius;
    const double p = inner * inner;
    in.across_x = coated(k.inclusion[0], k.core[0], p);
    in.across_y = coated(k.inclusion[1], k.core[1], p);
    in.along = (1 - p) * k.inclusion[2] + p * k.core[2];
  }
  if (fill.liner > 0 && radius > 0 && fill.liner_material >= 0) {
    const double outer = (radius + fill.liner) / radius;
    const double p = 1 / (outer * outer);
    in.fraction = std::min(1.0, fraction * outer * outer);
    in.across_x = coated(k.liner[0], in.across_x, p);
    in.across_y = coated(k.liner[1], in.across_y, p);
    in.along = (1 - p) * k.liner[2] + p * in.along;
  }
  return in;
}

}  // namespace

Conductivity effective_conductivity(const package::Fill& fill, double fraction, const Constituents& k) {
  fraction = std::clamp(fraction, 0.0, 1.0);
  switch (fill.kind) {
    case package::FillKind::simple:
      break;
    case package::FillKind::cylinders_z: {
      const Inclusion in = inclusion_of(fill, fraction, k);
      return {rayleigh(k.matrix[0], in.across_x, in.fraction),
              rayleigh(k.matrix[1], in.across_y, in.fraction),
              (1 - in.fraction) * k.matrix[2] + in.fraction * in.along};
    }
    case package::FillKind::layer_xy:
      return {bruggeman(k.inclusion[0], k.matrix[0], fraction),
              bruggeman(k.inclusion[1], k.matrix[1], fraction),
              (1 - fraction) * k.matrix[2] + fraction * k.inclusion[2]};
  }
  return k.matrix;
}

MediumBounds medium_bounds(const package::Fill& fill, double fraction, const Constituents& k) {
  MediumBounds out;
  out.k = effective_conductivity(fill, fraction, k);
  out.lower = out.upper = out.k;
  if (fill.kind == package::FillKind::simple) return out;
  Inclusion in{fraction, k.inclusion[0], k.inclusion[1], k.inclusion[2]};
  if (fill.kind == package::FillKind::cylinders_z) in = inclusion_of(fill, fraction, k);
  const double f = in.fraction;
  const std::array<double, 3> inside{in.across_x, in.across_y, in.along};
  for (int axis = 0; axis < 2; ++axis) {
    const double one = rayleigh(k.matrix[axis], inside[axis], f);
    const double two = rayleigh(inside[axis], k.matrix[axis], 1 - f);
    out.lower[axis] = std::min({one, two, out.k[axis]});
    out.upper[axis] = std::max({one, two, out.k[axis]});
  }
  const double a = k.matrix[2], b = inside[2];
  out.lower[2] = a > 0 && b > 0 ? 1 / ((1 - f) / a + f / b) : 0;
  out.upper[2] = (1 - f) * a + f * b;
  out.model = fill.kind == package::FillKind::cylinders_z
                  ? "upright cylinders: Wiener parallel along z (1912); across Rayleigh's first term (1892), "
                    "Hashin-Shtrikman bounds (1962)"
                  : "copper layer: Wiener parallel through it (1912); in the plane Bruggeman's symmetric "
                    "medium (1935) "
                    "between the Hashin-Shtrikman bounds (1962)";
  return out;
}

Constituents constituents(const package::Design& design, const package::Solid& solid, double temperature_K) {
  const auto read = [&](int index, const char* what) -> Conductivity {
    if (index < 0 || index >= int(design.materials.materials.size())) {
      base::Diagnostics all;
      all.error(solid.where, fmt::format("\"{}\" has no {} material", solid.path, what),
                "name a material of the library or define it under materials:");
      throw base::Error(std::move(all));
    }
    const Conductivity k = design.materials.materials[std::size_t(index)].conductivity(temperature_K);
    for (const double value : k) {
      if (std::isfinite(value) && value > 0) continue;
      base::Diagnostics all;
      all.error(solid.where,
                fmt::format("material \"{}\" of \"{}\" has a thermal conductivity of {} W/(m K)",
                            design.materials.materials[std::size_t(index)].name, solid.path, value),
                "give a positive k under materials:");
      throw base::Error(std::move(all));
    }
    return k;
  };
  const package::Fill& fill = solid.fill;
  Constituents k;
  k.matrix = read(fill.material, "filling");
  if (fill.kind == package::FillKind::simple) return k;
  k.inclusion = read(fill.inclusion, "inclusion");
  k.core = fill.core >= 0 ? read(fill.core, "core") : Conductivity{kAir, kAir, kAir};
  if (fill.liner > 0 && fill.liner_material >= 0) k.liner = read(fill.liner_material, "liner");
  return k;
}

Conductivity mix_areas(const Share* shares, int count) {
  double area = 0;
  Conductivity parallel{}, series{};
  for (int s = 0; s < count; ++s) {
    area += shares[s].area;
    for (int axis = 0; axis < 3; ++axis) {
      parallel[axis] += shares[s].area * shares[s].k[axis];
      series[axis] += shares[s].area / shares[s].k[axis];
    }
  }
  if (area <= 0) return {};
  Conductivity k{};
  for (int axis = 0; axis < 2; ++axis)
    k[axis] = area * std::sqrt((parallel[axis] / area) * (area / series[axis]));
  k[2] = parallel[2];
  return k;
}

double map_mean(const package::GridMap& map, double u0, double u1, double v0, double v1) {
  if (map.columns <= 0 || map.rows <= 0) return 0;
  u0 = std::clamp(u0, 0.0, 1.0) * map.columns;
  u1 = std::clamp(u1, 0.0, 1.0) * map.columns;
  v0 = std::clamp(v0, 0.0, 1.0) * map.rows;
  v1 = std::clamp(v1, 0.0, 1.0) * map.rows;
  double sum = 0, area = 0;
  const int c0 = std::clamp(int(u0), 0, map.columns - 1),
            c1 = std::clamp(int(std::ceil(u1)), c0 + 1, map.columns);
  const int r0 = std::clamp(int(v0), 0, map.rows - 1), r1 = std::clamp(int(std::ceil(v1)), r0 + 1, map.rows);
  for (int r = r0; r < r1; ++r) {
    const double height = std::max(0.0, std::min(v1, r + 1.0) - std::max(v0, double(r)));
    for (int c = c0; c < c1; ++c) {
      const double part = height * std::max(0.0, std::min(u1, c + 1.0) - std::max(u0, double(c)));
      sum += part * map.at(c, r);
      area += part;
    }
  }
  return area > 0 ? sum / area : map.at(c0, r0);
}

}  // namespace bondline::mesh
