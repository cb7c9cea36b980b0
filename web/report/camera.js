"use strict";
// A camera that orbits a point. Scene units are millimetres, z stretched by `stretch`; angles in radians.

/** @typedef {[number, number, number]} Vec3 */

class Camera {
  constructor() {
    this.yaw = -0.9;
    this.pitch = 0.62;
    this.distance = 20;
    /** @type {Vec3} */
    this.target = [0, 0, 0];
    this.fov = (28 * Math.PI) / 180;
    this.width = 1;
    this.height = 1;
  }

  /** Where it stands.
   * @returns {Vec3} */
  eye() {
    const c = Math.cos(this.pitch);
    return [
      this.target[0] + this.distance * c * Math.cos(this.yaw),
      this.target[1] + this.distance * c * Math.sin(this.yaw),
      this.target[2] + this.distance * Math.sin(this.pitch),
    ];
  }

  /** Right, up and forward as unit vectors. */
  axes() {
    const cp = Math.cos(this.pitch), sp = Math.sin(this.pitch), cy = Math.cos(this.yaw), sy = Math.sin(this.yaw);
    /** @type {Vec3} */ const forward = [-cp * cy, -cp * sy, -sp];
    /** @type {Vec3} */ const right = [-sy, cy, 0];
    /** @type {Vec3} */ const up = [-sp * cy, -sp * sy, cp];
    return { right, up, forward };
  }

  /** A scene point in pixels; depth is its distance along the view.
   * @param {Vec3} p */
  project(p) {
    const eye = this.eye(), { right, up, forward } = this.axes();
    const d = [p[0] - eye[0], p[1] - eye[1], p[2] - eye[2]];
    const depth = d[0] * forward[0] + d[1] * forward[1] + d[2] * forward[2];
    const scale = this.height / (2 * Math.tan(this.fov / 2) * Math.max(1e-6, depth));
    return {
      x: this.width / 2 + scale * (d[0] * right[0] + d[1] * right[1] + d[2] * right[2]),
      y: this.height / 2 - scale * (d[0] * up[0] + d[1] * up[1] + d[2] * up[2]),
      depth,
    };
  }

  /** The ray through a pixel.
   * @param {number} x @param {number} y @returns {{from: Vec3, along: Vec3}} */
  ray(x, y) {
    const { right, up, forward } = this.axes();
    const scale = (2 * Math.tan(this.fov / 2)) / this.height;
    const a = (x - this.width / 2) * scale, b = (this.height / 2 - y) * scale;
    return {
      from: this.eye(),
      along: [
        forward[0] + a * right[0] + b * up[0],
        forward[1] + a * right[1] + b * up[1],
        forward[2] + a * right[2] + b * up[2],
      ],
    };
  }

  /** @param {number} dx @param {number} dy pixels */
  turn(dx, dy) {
    this.yaw -= dx * 0.008;
    this.pitch = Math.max(-1.55, Math.min(1.55, this.pitch + dy * 0.008));
  }

  /** @param {number} dx @param {number} dy pixels */
  pan(dx, dy) {
    const { right, up } = this.axes();
    const scale = (2 * Math.tan(this.fov / 2) * this.distance) / this.height;
    for (const n of [0, 1, 2]) this.target[n] += scale * (-dx * right[n] + dy * up[n]);
  }

  /** @param {number} factor above 1: nearer */
  zoom(factor) {
    this.distance = Math.max(0.05, Math.min(5000, this.distance / factor));
  }

  /** So far, and shifted so, that these points just fill the view, all but `air` of it.
   * @param {Vec3[]} points @param {number} [air] */
  fit(points, air = 0.1) {
    const { right, up, forward } = this.axes();
    const half = Math.tan(this.fov / 2), aspect = this.width / this.height;
    const dot = (/** @type {Vec3} */ a, /** @type {Vec3} */ b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    // Perspective moves the middle; a few rounds of centring settle it.
    this.distance = 0;
    for (let round = 0; round < 6; ++round) {
      const seen = points.map((p) => {
        const d = /** @type {Vec3} */ (p.map((v, n) => v - this.target[n]));
        return { x: dot(d, right), y: dot(d, up), z: dot(d, forward) };
      });
      const room = half * (1 - air);
      this.distance = Math.max(...seen.map((s) => Math.max(Math.abs(s.x) / (room * aspect), Math.abs(s.y) / room) - s.z));
      const at = seen.map((s) => ({ x: s.x / (this.distance + s.z), y: s.y / (this.distance + s.z) }));
      const mx = (Math.min(...at.map((s) => s.x)) + Math.max(...at.map((s) => s.x))) / 2;
      const my = (Math.min(...at.map((s) => s.y)) + Math.max(...at.map((s) => s.y))) / 2;
      for (const n of [0, 1, 2]) this.target[n] += this.distance * (mx * right[n] + my * up[n]);
    }
  }
}
