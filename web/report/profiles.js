"use strict";
// Lines through the cursor of the cut: the painted field across the package and through its layers.

const profileBox = { width: 440, height: 214, left: 52, right: 12, top: 8, bottom: 42 };

/** The field along one axis through a place.
 * @param {Field} field @param {Vec3} at @param {AxisName} axis @returns {Series} */
function profileAlong(field, at, axis) {
  const box = packageBox;
  const low = box[/** @type {"x0"} */ (axis + "0")], high = box[/** @type {"x0"} */ (axis + "1")];
  const n = { x: 0, y: 1, z: 2 }[axis];
  const count = 160;
  /** @type {Series} */
  const out = { name: "along " + axis, x: [], y: [] };
  for (let i = 0; i <= count; ++i) {
    const place = /** @type {Vec3} */ ([...at]);
    place[n] = low + (i / count) * (high - low);
    const value = field.at(...place);
    out.x.push(place[n] / 1e3);
    out.y.push(Number.isNaN(value) ? null : value);
  }
  return out;
}

/** @param {Field} field @param {Vec3} at */
function profileFigures(field, at) {
  const y = { label: field.title, unit: field.unit, log: false };
  /** @param {string} title @param {string} label @param {Series[]} series @returns {Curve} */
  const curve = (title, label, series) => ({ analysis: "", title, x: { label, unit: "mm", log: false }, y, note: "", series });
  const across = curve("Across, through the cursor", "x or y", [profileAlong(field, at, "x"), profileAlong(field, at, "y")]);
  const down = profileAlong(field, at, "z");
  down.name = "";
  return [curveFigure(across, profileBox), curveFigure(curve("Through the layers, at the cursor", "z", [down]), profileBox)];
}
