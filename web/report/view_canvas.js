"use strict";
// The package without WebGL: boxes painted from the far ones to the near ones on a plain canvas. Coarser than
// the other view (one colour per patch, flush faces may fight), but it turns, picks and paints the same.

class CanvasView {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    const pen = canvas.getContext("2d");
    if (!pen) throw new Error("no canvas");
    this.name = "canvas";
    this.pen = pen;
    this.ratio = 1;
    /** @type {Map<number, {skin: Skin, values: Float32Array, field: Field | null | undefined}>} */
    this.built = new Map();
  }

  /** @param {Piece} body @param {Field | null} field */
  values(body, field) {
    let made = this.built.get(body.index);
    if (!made) {
      made = { skin: boxSkin(body, field ?? fields[0] ?? null, 10), values: new Float32Array(0), field: undefined };
      this.built.set(body.index, made);
    }
    if (made.field !== field) {
      made.values = skinValues(made.skin, field);
      made.field = field;
    }
    return made.values;
  }

  /** @param {number} width @param {number} height @param {number} ratio */
  resize(width, height, ratio) {
    this.ratio = ratio;
    this.pen.canvas.width = Math.round(width * ratio);
    this.pen.canvas.height = Math.round(height * ratio);
  }

  /** @param {Camera} camera @param {Placing} placing @param {Field | null} field @param {{low: number, high: number, lines: number}} range */
  draw(camera, placing, field, range) {
    const pen = this.pen;
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    pen.clearRect(0, 0, camera.width, camera.height);
    const eye = camera.eye();
    const above = eye[2] > (packageBox.z0 / 1e3) * placing.stretch;
    const order = bodies.filter((b) => !state.hidden.has(b.index))
      .sort((a, b) => (above ? a.z_um[0] - b.z_um[0] : b.z_um[1] - a.z_um[1]) || a.rank - b.rank);
    for (const body of order) this.drawBody(body, camera, placing, field, range, eye);
  }

  /** @param {Piece} body @param {Camera} camera @param {Placing} placing @param {Field | null} field
   * @param {{low: number, high: number}} range @param {Vec3} eye */
  drawBody(body, camera, placing, field, range, eye) {
    const values = this.values(body, field);
    const made = this.built.get(body.index);
    if (!made) return;
    const { position, normal, index } = made.skin;
    const lift = placing.lift(body);
    const chosen = state.selected !== "" && subjectOf(body) === state.selected;
    const plain = solidColour(body);
    const point = (/** @type {number} */ p) => /** @type {Vec3} */ (
      [position[3 * p], position[3 * p + 1], (position[3 * p + 2] + lift) * placing.stretch]);
    for (let n = 0; n + 5 < index.length; n += 6) {
      const four = [index[n], index[n + 1], index[n + 2], index[n + 5]];
      const a = four[0], p = point(a);
      const facing = normal[3 * a] * (eye[0] - p[0]) + normal[3 * a + 1] * (eye[1] - p[1]) + normal[3 * a + 2] * (eye[2] - p[2]);
      if (facing <= 0) continue;
      const value = 0.25 * (values[four[0]] + values[four[1]] + values[four[2]] + values[four[3]]);
      const light = 0.72 + 0.28 * normal[3 * a + 2] - 0.1 * Math.abs(normal[3 * a]);
      this.pen.fillStyle = chosen && !field ? "#4c8dff" : field && value > -1e8
        ? viridisCss((value - range.low) / Math.max(1e-9, range.high - range.low)) : rgbCss(plain, light);
      this.pen.strokeStyle = this.pen.fillStyle;
      this.pen.beginPath();
      for (const corner of four) {
        const q = camera.project(point(corner));
        this.pen.lineTo(q.x, q.y);
      }
      this.pen.closePath();
      this.pen.fill();
      this.pen.lineWidth = 0.6;
      this.pen.stroke();
    }
  }
}
