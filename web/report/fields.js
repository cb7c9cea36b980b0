"use strict";
// Fields on a tensor grid of cells, z fastest, then x, then y. Unpacked when first looked at.

/** @param {string} text @returns {Uint16Array} */
function unpack(text) {
  const raw = atob(text);
  const out = new Uint16Array(raw.length >> 1);
  for (let i = 0; i < out.length; ++i) out[i] = raw.charCodeAt(2 * i) | (raw.charCodeAt(2 * i + 1) << 8);
  return out;
}

/** Number of the interval that holds a place, clamped.
 * @param {number[]} lines @param {number} at */
function intervalOf(lines, at) {
  let low = 0, high = lines.length - 2;
  while (low < high) {
    const mid = (low + high + 1) >> 1;
    if (lines[mid] <= at) low = mid;
    else high = mid - 1;
  }
  return low;
}

/** Between which two cell centres a place lies: `a` holds it, `b` is the neighbour, `w` the neighbour's share.
 * @param {number[]} lines @param {number} at */
function between(lines, at) {
  const a = intervalOf(lines, at);
  const mid = 0.5 * (lines[a] + lines[a + 1]);
  const b = at < mid ? a - 1 : a + 1;
  if (b < 0 || b >= lines.length - 1) return { a, b: a, w: 0 };
  const other = 0.5 * (lines[b] + lines[b + 1]);
  return { a, b, w: Math.max(0, Math.min(1, (at - mid) / (other - mid))) };
}

class Field {
  /** @param {RawField} raw */
  constructor(raw) {
    this.raw = raw;
    this.title = raw.title;
    this.unit = raw.unit;
    this.x = raw.x_um;
    this.y = raw.y_um;
    this.z = raw.z_um;
    this.nx = this.x.length - 1;
    this.ny = this.y.length - 1;
    this.nz = this.z.length - 1;
    this.low = raw.low;
    this.high = raw.high;
    this.step = (raw.high - raw.low) / 65534;
    /** @type {Uint16Array | null} */
    this.packed = null;
  }

  /** Value of a cell; NaN in the void.
   * @param {number} i @param {number} j @param {number} k */
  cell(i, j, k) {
    this.packed ??= unpack(this.raw.values);
    const q = this.packed[(j * this.nx + i) * this.nz + k];
    return q === 65535 ? NaN : this.low + q * this.step;
  }

  /** @param {number} x @param {number} y @param {number} z */
  inside(x, y, z) {
    return x >= this.x[0] && x <= this.x[this.nx] && y >= this.y[0] && y <= this.y[this.ny] && z >= this.z[0] &&
      z <= this.z[this.nz];
  }

  /**
   * Value at a place (µm): linear between the centres of the cells around it that hold something, so that at a
   * cell's centre it is the cell's own. NaN outside and in the void.
   * @param {number} x @param {number} y @param {number} z
   */
  at(x, y, z) {
    if (!this.inside(x, y, z)) return NaN;
    const bx = between(this.x, x), by = between(this.y, y), bz = between(this.z, z);
    const own = this.cell(bx.a, by.a, bz.a);
    if (Number.isNaN(own)) return NaN;
    let sum = 0, weight = 0;
    for (let n = 0; n < 8; ++n) {
      const w = (n & 1 ? bx.w : 1 - bx.w) * (n & 2 ? by.w : 1 - by.w) * (n & 4 ? bz.w : 1 - bz.w);
      if (w === 0) continue;
      const v = this.cell(n & 1 ? bx.b : bx.a, n & 2 ? by.b : by.a, n & 4 ? bz.b : bz.a);
      if (Number.isNaN(v)) continue;
      sum += w * v;
      weight += w;
    }
    return weight > 0 ? sum / weight : own;
  }

  /** The value at a place or, in a void cell (a part smaller than its cell), of a cell above or below it.
   * @param {number} x @param {number} y @param {number} z */
  near(x, y, z) {
    const here = this.at(x, y, z);
    if (!Number.isNaN(here) || !this.inside(x, y, z)) return here;
    const i = intervalOf(this.x, x), j = intervalOf(this.y, y), k = intervalOf(this.z, z);
    for (const d of [1, -1, 2, -2]) {
      if (k + d < 0 || k + d >= this.nz) continue;
      const v = this.cell(i, j, k + d);
      if (!Number.isNaN(v)) return v;
    }
    return NaN;
  }
}

const fields = given.fields.map((raw) => new Field(raw));
