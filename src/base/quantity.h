// Text with a unit <=> SI number. "25 um" is 2.5e-05 with the dimension length; "260 degC" is 533.15 K
// (affine); inside a compound unit ("0.4 degC/W") or as a difference, degC counts as K. Prefixes follow the
// SI brochure (9th edition, 2019); unit factors are exact by definition unless the table in unit_table.cc
// says otherwise.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace bondline::base {

/// Exponents of the SI base units, in the order m, kg, s, A, K, mol, cd. Plain numbers have all zeros.
struct Dimension {
  std::array<signed char, 7> exponent{};
  friend bool operator==(const Dimension&, const Dimension&) = default;
};

/// The dimensions a design file asks for.
namespace dim {
inline constexpr Dimension none{};
inline constexpr Dimension length{{1, 0, 0, 0, 0, 0, 0}};
inline constexpr Dimension area{{2, 0, 0, 0, 0, 0, 0}};
inline constexpr Dimension volume{{3, 0, 0, 0, 0, 0, 0}};
inline constexpr Dimension mass{{0, 1, 0, 0, 0, 0, 0}};
inline constexpr Dimension time{{0, 0, 1, 0, 0, 0, 0}};
inline constexpr Dimension current{{0, 0, 0, 1, 0, 0, 0}};
inline constexpr Dimension temperature{{0, 0, 0, 0, 1, 0, 0}};  // absolute or difference: see Scale
inline constexpr Dimension power{{2, 1, -3, 0, 0, 0, 0}};
inline constexpr Dimension energy{{2, 1, -2, 0, 0, 0, 0}};
inline constexpr Dimension pressure{{-1, 1, -2, 0, 0, 0, 0}};
inline constexpr Dimension voltage{{2, 1, -3, -1, 0, 0, 0}};
inline constexpr Dimension frequency{{0, 0, -1, 0, 0, 0, 0}};
inline constexpr Dimension velocity{{1, 0, -1, 0, 0, 0, 0}};
inline constexpr Dimension density{{-3, 1, 0, 0, 0, 0, 0}};
inline constexpr Dimension specific_heat{{2, 0, -2, 0, -1, 0, 0}};
inline constexpr Dimension conductivity{{1, 1, -3, 0, -1, 0, 0}};        // W/(m K)
inline constexpr Dimension film_coefficient{{0, 1, -3, 0, -1, 0, 0}};    // W/(m2 K)
inline constexpr Dimension area_resistance{{0, -1, 3, 0, 1, 0, 0}};      // m2 K/W
inline constexpr Dimension thermal_resistance{{-2, -1, 3, 0, 1, 0, 0}};  // K/W
inline constexpr Dimension per_temperature{{0, 0, 0, 0, -1, 0, 0}};      // CTE
inline constexpr Dimension resistivity{{3, 1, -3, -2, 0, 0, 0}};         // ohm m
inline constexpr Dimension resistance{{2, 1, -3, -2, 0, 0, 0}};          // ohm
inline constexpr Dimension capacitance{{-2, -1, 4, 2, 0, 0, 0}};
inline constexpr Dimension inductance{{2, 1, -2, -2, 0, 0, 0}};
inline constexpr Dimension toughness{{0, 1, -2, 0, 0, 0, 0}};  // J/m2
inline constexpr Dimension diffusivity{{2, 0, -1, 0, 0, 0, 0}};
inline constexpr Dimension solubility{{-2, 0, 2, 0, 0, 0, 0}};  // kg/(m3 Pa)
inline constexpr Dimension flow_rate{{3, 0, -1, 0, 0, 0, 0}};
inline constexpr Dimension volumetric_heat{{-1, 1, -2, 0, -1, 0, 0}};  // J/(m3 K)
inline constexpr Dimension molar_energy{{2, 1, -2, 0, 0, -1, 0}};      // J/mol
}  // namespace dim

/// How a bare temperature is read: a point on the scale (degC is shifted by 273.15) or a difference (it is
/// not).
enum class Scale { point, difference };

struct Quantity {
  double value = 0;  ///< SI
  Dimension dimension;
};

/// The outcome of reading a quantity: either `quantity`, or `problem` says what is wrong with the text and
/// `mend` what would be right. Never throws.
struct QuantityResult {
  std::optional<Quantity> quantity;
  std::string problem;
  std::string mend;
};

/// Reads "NUMBER [UNIT]" whole (no trailing text; NaN and infinity refused unless the text is exactly "inf").
/// Units: products and quotients with '*', '.', ' ', '/', '^' or trailing digits ("m2", "W/(m K)", "ppm/K",
/// "%"). A product after a quotient must be bracketed: "W/m K" is refused, since people read it in two ways.
QuantityResult parse_quantity(std::string_view text, Scale scale = Scale::point);

/// Reads a quantity that must have the dimension wanted. A unit is required when `wanted` is not
/// dimensionless (inf may stand alone, and 0 but for a point on the temperature scale, where 0 degC and 0 K
/// differ; a point below absolute zero is refused). `problem` names what the text measures and what was
/// wanted, with an example unit.
QuantityResult parse_as(std::string_view text, const Dimension& wanted, Scale scale = Scale::point);

/// The value in a named unit: in_unit(4.5e-5, "um") == 45. Throws Error if the unit is unknown (a programming
/// mistake). For degC a point on the scale is meant.
double in_unit(double si, std::string_view unit);
/// The SI value of `value` in `unit`; the inverse of in_unit.
double from_unit(double value, std::string_view unit);

/// A readable rendering with an SI prefix that keeps 1 <= |number| < 1000 where the unit allows: "25 um",
/// "1.2 W". `digits` are significant digits, trailing zeros dropped. Round trips through parse_as to that
/// precision.
std::string format_quantity(double si, const Dimension& dimension, int digits = 4,
                            Scale scale = Scale::point);

/// The name of a dimension in words ("length", "thermal conductivity", or its SI units if it has no name).
std::string dimension_name(const Dimension& dimension);
/// A unit a person would write for it ("um", "W/(m K)", "degC").
std::string example_unit(const Dimension& dimension);

}  // namespace bondline::base
