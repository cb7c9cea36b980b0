"use strict";
// A cut through a field: values on the plane's own cells, then smoothly on any raster of pixels.

/** @typedef {"x" | "y" | "z"} AxisName */

/** The two axes a cut shows, across and up.
 * @type {Record<AxisName, [AxisName, AxisName]>} */
const shownAxes = { x: ["y", "z"], y: ["x", "z"], z: ["x", "y"] };

/** @param {AxisName} axis @param {number} across @param {number} up @param {number} at @returns {Vec3} */
function onPlane(axis, across, up, at) {
  if (axis === "x") return [at, across, up];
  return axis === "y" ? [across, at, up] : [across, up, at];
}

/** Values of a cut's cells, interpolated across the cut; NaN in the void.
 * @param {Field} field @param {AxisName} axis @param {number} at */
function cutPlane(field, axis, at) {
  const [ua, va] = shownAxes[axis];
  const us = field[ua], vs = field[va];
  const nu = us.length - 1, nv = vs.length - 1;
  const values = new Float32Array(nu * nv);
  const { a, b, w } = between(field[axis], at);
  const cell = (/** @type {number} */ u, /** @type {number} */ v, /** @type {number} */ n) =>
    axis === "x" ? field.cell(n, u, v) : axis === "y" ? field.cell(u, n, v) : field.cell(u, v, n);
  for (let v = 0; v < nv; ++v) {
    for (let u = 0; u < nu; ++u) {
      const here = cell(u, v, a);
      const other = w > 0 ? cell(u, v, b) : here;
      values[v * nu + u] = Number.isNaN(here) || Number.isNaN(other) ? here : here + w * (other - here);
    }
  }
  return { us, vs, nu, nv, values };
}

/** For each of `count` pixels over [low, high]: the cell, its neighbour and the neighbour's share; -1 outside.
 * @param {number[]} lines @param {number} low @param {number} high @param {number} count */
function pixelCells(lines, low, high, count) {
  const a = new Int32Array(count), b = new Int32Array(count), w = new Float32Array(count);
  for (let n = 0; n < count; ++n) {
    const at = low + ((n + 0.5) / count) * (high - low);
    if (at < lines[0] || at > lines[lines.length - 1]) {
      a[n] = -1;
      continue;
    }
    const place = between(lines, at);
    [a[n], b[n], w[n]] = [place.a, place.b, place.w];
  }
  return { a, b, w };
}

/**
 * The cut as pixels, from the upper left; NaN where nothing is.
 * @param {ReturnType<typeof cutPlane>} plane
 * @param {{u0: number, u1: number, v0: number, v1: number}} window
 * @param {number} width @param {number} height
 */
function rasterOf(plane, window, width, height) {
  const us = pixelCells(plane.us, window.u0, window.u1, width);
  const vs = pixelCells(plane.vs, window.v0, window.v1, height);
  const out = new Float32Array(width * height);
  const { values, nu } = plane;
  for (let row = 0; row < height; ++row) {
    const v = height - 1 - row;
    const va = vs.a[v], vb = vs.b[v], wv = vs.w[v];
    for (let n = 0; n < width; ++n) {
      const ua = us.a[n];
      let value = NaN;
      if (ua >= 0 && va >= 0) {
        const ub = us.b[n], wu = us.w[n];
        value = values[va * nu + ua];
        if (value === value) {
          const p = values[va * nu + ub], q = values[vb * nu + ua], r = values[vb * nu + ub];
          let sum = value * (1 - wu) * (1 - wv), weight = (1 - wu) * (1 - wv);
          if (p === p) (sum += p * wu * (1 - wv)), (weight += wu * (1 - wv));
          if (q === q) (sum += q * (1 - wu) * wv), (weight += (1 - wu) * wv);
          if (r === r) (sum += r * wu * wv), (weight += wu * wv);
          if (weight > 0) value = sum / weight;
        }
      }
      out[row * width + n] = value;
    }
  }
  return out;
}

/** The rectangle a body shows in a cut, or null.
 * @param {Piece} body @param {AxisName} axis @param {number} at */
function cutBody(body, axis, at) {
  const box = boundsOf([body]);
  const low = box[/** @type {"x0"} */ (axis + "0")], high = box[/** @type {"x0"} */ (axis + "1")];
  if (at < low || at > high) return null;
  const [u, v] = shownAxes[axis];
  if (axis === "z" && body.rotation) return corners(body);
  const [u0, u1] = [box[/** @type {"x0"} */ (u + "0")], box[/** @type {"x0"} */ (u + "1")]];
  const [v0, v1] = [box[/** @type {"x0"} */ (v + "0")], box[/** @type {"x0"} */ (v + "1")]];
  return /** @type {[number, number][]} */ ([[u0, v0], [u1, v0], [u1, v1], [u0, v1]]);
}
