"use strict";
// Which body a ray meets first: boxes turned about z, in scene millimetres.

/**
 * How bodies stand in the scene: z stretched, levels drawn apart.
 * @typedef {{stretch: number, lift: (body: Piece) => number}} Placing
 */

/**
 * Share of the ray at which it enters a body, or Infinity.
 * @param {Piece} body @param {Placing} placing @param {Vec3} from @param {Vec3} along
 */
function enters(body, placing, from, along) {
  const c = Math.cos(body.rotation ?? 0), s = Math.sin(body.rotation ?? 0);
  const ox = from[0] - body.at_um[0] / 1e3, oy = from[1] - body.at_um[1] / 1e3;
  const o = [c * ox + s * oy, c * oy - s * ox, from[2]];
  const d = [c * along[0] + s * along[1], c * along[1] - s * along[0], along[2]];
  const lift = placing.lift(body);
  const low = [-body.size_um[0] / 2e3, -body.size_um[1] / 2e3, (body.z_um[0] / 1e3 + lift) * placing.stretch];
  const high = [-low[0], -low[1], (body.z_um[1] / 1e3 + lift) * placing.stretch];
  let enter = 0, leave = Infinity;
  for (let n = 0; n < 3; ++n) {
    if (Math.abs(d[n]) < 1e-12) {
      if (o[n] < low[n] || o[n] > high[n]) return Infinity;
      continue;
    }
    const a = (low[n] - o[n]) / d[n], b = (high[n] - o[n]) / d[n];
    enter = Math.max(enter, Math.min(a, b));
    leave = Math.min(leave, Math.max(a, b));
  }
  return enter <= leave && enter > 0 ? enter : Infinity;
}

/**
 * The nearest visible body under a pixel and the place (µm, the design's) where the ray meets it.
 * @param {Camera} camera @param {Placing} placing @param {number} px @param {number} py
 */
function pickBody(camera, placing, px, py) {
  const { from, along } = camera.ray(px, py);
  let best = Infinity;
  /** @type {Piece | null} */
  let body = null;
  for (const b of bodies) {
    if (state.hidden.has(b.index)) continue;
    const t = enters(b, placing, from, along);
    // A body standing flush in another's face wins over it.
    if (t < best - 1e-6 || (t < best + 1e-6 && body && b.rank > body.rank)) {
      best = Math.min(best, t);
      body = b;
    }
  }
  if (!body) return null;
  const z = (from[2] + best * along[2]) / placing.stretch - placing.lift(body);
  /** @type {Vec3} */
  const at = [(from[0] + best * along[0]) * 1e3, (from[1] + best * along[1]) * 1e3, z * 1e3];
  at[2] = Math.max(body.z_um[0], Math.min(body.z_um[1], at[2]));
  return { body, at, depth: best };
}
