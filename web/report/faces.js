"use strict";
// Bodies as triangles with a value at every corner, for whichever view draws them.

/**
 * @typedef {{position: number[], normal: number[], place: number[], index: number[], top: number, bottom: number}} Skin
 *   position in mm; place: where the value of each corner is read, µm; the first `top` indices are the upper face, the
 *   last `bottom` ones the lower face
 */

/** Lines of the grid inside [low, high] with both ends, thinned to about `most`.
 * @param {number[]} lines @param {number} low @param {number} high @param {number} most */
function linesWithin(lines, low, high, most) {
  const tiny = 1e-4 * (high - low);
  const within = lines.filter((v) => v > low + tiny && v < high - tiny);
  const step = Math.max(1, Math.ceil(within.length / most));
  return [low, ...within.filter((_, n) => n % step === 0), high];
}

/**
 * One flat face: a net of u lines by v lines.
 * @param {Skin} skin @param {number[]} us @param {number[]} vs
 * @param {(u: number, v: number) => Vec3} at local place of a corner, µm from the body's centre, z absolute
 * @param {Vec3} normal local
 * @param {Piece} body
 */
function addFace(skin, us, vs, at, normal, body) {
  const c = Math.cos(body.rotation ?? 0), s = Math.sin(body.rotation ?? 0);
  const first = skin.position.length / 3;
  const [zl, zh] = body.z_um;
  const inset = 1e-3;
  for (const v of vs) {
    for (const u of us) {
      const [x, y, z] = at(u, v);
      const gx = body.at_um[0] + c * x - s * y, gy = body.at_um[1] + s * x + c * y;
      skin.position.push(gx / 1e3, gy / 1e3, z / 1e3);
      skin.normal.push(c * normal[0] - s * normal[1], s * normal[0] + c * normal[1], normal[2]);
      // Read just inside, so that the body's own cell answers.
      const ix = x * (1 - inset), iy = y * (1 - inset);
      skin.place.push(body.at_um[0] + c * ix - s * iy, body.at_um[1] + s * ix + c * iy,
        zl + (z - zl) * (1 - 2 * inset) + inset * (zh - zl));
    }
  }
  for (let b = 0; b + 1 < vs.length; ++b) {
    for (let a = 0; a + 1 < us.length; ++a) {
      const p = first + b * us.length + a, q = p + us.length;
      skin.index.push(p, p + 1, q + 1, p, q + 1, q);
    }
  }
}

/** @param {Piece} body @param {Field | null} field @param {number} most nets' lines per axis @returns {Skin} */
function boxSkin(body, field, most) {
  /** @type {Skin} */
  const skin = { position: [], normal: [], place: [], index: [], top: 0, bottom: 0 };
  const hx = body.size_um[0] / 2, hy = body.size_um[1] / 2;
  const [z0, z1] = body.z_um;
  const straight = field && !body.rotation;
  const xs = straight
    ? linesWithin(field.x, body.at_um[0] - hx, body.at_um[0] + hx, most).map((v) => v - body.at_um[0])
    : linesWithin(Array.from({ length: 17 }, (_, n) => -hx + (n * hx) / 8), -hx, hx, most);
  const ys = straight
    ? linesWithin(field.y, body.at_um[1] - hy, body.at_um[1] + hy, most).map((v) => v - body.at_um[1])
    : linesWithin(Array.from({ length: 17 }, (_, n) => -hy + (n * hy) / 8), -hy, hy, most);
  const zs = field ? linesWithin(field.z, z0, z1, 8) : [z0, z1];
  const back = (/** @type {number[]} */ lines) => [...lines].reverse();
  addFace(skin, xs, ys, (u, v) => [u, v, z1], [0, 0, 1], body);
  skin.top = skin.index.length;
  addFace(skin, xs, zs, (u, v) => [u, -hy, v], [0, -1, 0], body);
  addFace(skin, back(xs), zs, (u, v) => [u, hy, v], [0, 1, 0], body);
  addFace(skin, ys, zs, (u, v) => [hx, u, v], [1, 0, 0], body);
  addFace(skin, back(ys), zs, (u, v) => [-hx, u, v], [-1, 0, 0], body);
  const sides = skin.index.length;
  addFace(skin, back(xs), ys, (u, v) => [u, v, z0], [0, 0, -1], body);
  skin.bottom = skin.index.length - sides;
  return skin;
}

/** All balls and posts drawn one by one: the more there are, the simpler each is. */
const membersDrawn = bodies.reduce((sum, b) => sum + (b.sites_um?.length ?? 0) / 2, 0);

/** Members of an array one by one, as barrels (balls) or posts.
 * @param {Piece} body @returns {Skin} */
function memberSkin(body) {
  /** @type {Skin} */
  const skin = { position: [], normal: [], place: [], index: [], top: 0, bottom: 0 };
  const sites = body.sites_um ?? [];
  const [z0, z1] = body.z_um;
  const sides = membersDrawn > 2000 ? 6 : membersDrawn > 120 ? 8 : 12;
  const rings = body.role !== "balls" ? [1, 1] : membersDrawn > 120 ? [0.78, 1, 0.78] : [0.74, 0.95, 1, 0.95, 0.74];
  const r = (body.diameter_um ?? 0) / 2;
  for (let n = 0; n + 1 < sites.length; n += 2) {
    const first = skin.position.length / 3;
    const bx = sites[n], by = sites[n + 1];
    rings.forEach((width, ring) => {
      const z = z0 + ((z1 - z0) * ring) / (rings.length - 1);
      const tilt = rings.length > 2 ? ((2 * ring) / (rings.length - 1) - 1) * 0.7 : 0;
      for (let a = 0; a <= sides; ++a) {
        const c = Math.cos((2 * Math.PI * a) / sides), s = Math.sin((2 * Math.PI * a) / sides);
        skin.position.push((bx + r * width * c) / 1e3, (by + r * width * s) / 1e3, z / 1e3);
        skin.normal.push(c, s, tilt);
        skin.place.push(bx, by, z0 + (z1 - z0) * (0.05 + (0.9 * ring) / (rings.length - 1)));
      }
    });
    for (let ring = 0; ring + 1 < rings.length; ++ring) {
      for (let a = 0; a < sides; ++a) {
        const p = first + ring * (sides + 1) + a, q = p + sides + 1;
        skin.index.push(p, p + 1, q + 1, p, q + 1, q);
      }
    }
  }
  return skin;
}

/** Values of a field at a skin's corners; -1e9 where there is none.
 * @param {Skin} skin @param {Field | null} field */
function skinValues(skin, field) {
  const out = new Float32Array(skin.position.length / 3).fill(-1e9);
  if (!field) return out;
  for (let n = 0; n < out.length; ++n) {
    const v = field.near(skin.place[3 * n], skin.place[3 * n + 1], skin.place[3 * n + 2]);
    if (!Number.isNaN(v)) out[n] = v;
  }
  return out;
}
