"use strict";
// Cuts along x, y and z at any place, read by pointer or keys.

class Slices {
  constructor() {
    /** @type {AxisName} */
    this.axis = "z";
    this.at = 0;
    this.whole = false;
    this.canvas = el("canvas", {
      class: "slice", tabindex: 0, id: "slice", role: "img",
      "aria-label": "A cut through the package. Arrow keys move the cursor, Enter keeps a probe.",
    });
    this.readout = el("output", { class: "readout", id: "readout", "aria-live": "polite" }, "Point at the cut to read it; click to keep a probe.");
    /** @type {Frame} */
    this.frame = { left: 52, top: 24, width: 100, height: 100 };
    /** @type {Vec3} */
    this.cursor = [0, 0, 0];
    this.profiles = el("div", { class: "profiles" });
    this.frameBox = el("div", { class: "cuts" }, el("div", {}, this.canvas, this.readout), this.profiles);
    this.pending = false;
    const spot = this.hotSpot();
    if (spot) this.cursor = spot;
    this.at = this.cursor[2];
    this.listen();
    new ResizeObserver(() => this.later()).observe(this.canvas);
    for (const what of /** @type {Change[]} */ (["selection", "field", "theme", "probes"])) on(what, () => this.later());
    on("print", () => {
      this.canvas.style.width = "690px";
      this.draw();
    });
    on("printed", () => {
      this.canvas.style.width = "";
      this.later();
    });
    on("cut", () => this.goTo(state.cursor));
  }

  /** The hottest cell of the painted field, µm.
   * @returns {Vec3 | null} */
  hotSpot() {
    const field = paintedField() ?? fields[0];
    return field ? /** @type {Vec3} */ (field.raw.high_at.map((v) => v * 1e6)) : null;
  }

  /** @returns {Cut} */
  cut() {
    const box = this.whole ? wholeBox : packageBox;
    const [u, v] = shownAxes[this.axis];
    const side = (/** @type {AxisName} */ n) => {
      const low = box[/** @type {"x0"} */ (n + "0")], high = box[/** @type {"x0"} */ (n + "1")];
      const more = (high - low) * (n === "z" ? 0.02 : 0.03);
      return [low - more, high + more];
    };
    const [u0, u1] = side(u), [v0, v1] = side(v);
    return { axis: this.axis, at: this.at, window: { u0, u1, v0, v1 } };
  }

  /** @param {Vec3} place */
  goTo(place) {
    this.cursor = [...place];
    this.at = place[{ x: 0, y: 1, z: 2 }[this.axis]];
    this.showControls();
    this.later();
    this.read();
  }

  later() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.pending = false;
    const field = paintedField() ?? fields[0];
    this.frameBox.classList.toggle("tall", this.axis === "z");
    const wide = this.canvas.clientWidth;
    if (!field || wide < 50) return;
    const cut = this.cut();
    const { u0, u1, v0, v1 } = cut.window;
    const width = wide - 52 - 78;
    const natural = (width * (v1 - v0)) / (u1 - u0);
    const height = Math.max(Math.min(natural, 560), Math.min(240, width * 0.5));
    // Never wider than true: a tall cut keeps its shape by taking less width.
    this.frame = { left: 52, top: 24, width: this.axis === "z" && natural > 560 ? (560 * (u1 - u0)) / (v1 - v0) : width, height };
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const total = height + 24 + 42;
    this.canvas.style.height = total + "px";
    this.canvas.width = Math.round(wide * ratio);
    this.canvas.height = Math.round(total * ratio);
    const pen = this.canvas.getContext("2d");
    if (!pen) return;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawCut(pen, field, cut, this.frame, ratio);
    this.drawMarks(pen, cut);
    const key = [state.field, ...this.cursor].join();
    if (this.profiles.dataset.of !== key) this.profiles.replaceChildren(...profileFigures(field, this.cursor));
    this.profiles.dataset.of = key;
  }

  /** Cursor and probes.
   * @param {CanvasRenderingContext2D} pen @param {Cut} cut */
  drawMarks(pen, cut) {
    const pixel = (/** @type {Vec3} */ p) => {
      const [u, v] = shownAxes[this.axis].map((n) => p[{ x: 0, y: 1, z: 2 }[n]]);
      return planePixel(cut, this.frame, u, v);
    };
    const { left, top, width, height } = this.frame;
    const c = pixel(this.cursor);
    if (c.x >= left && c.x <= left + width && c.y >= top && c.y <= top + height) {
      pen.strokeStyle = "rgba(255,255,255,.75)";
      pen.lineWidth = 1;
      pen.setLineDash([4, 3]);
      pen.beginPath();
      pen.moveTo(c.x, top);
      pen.lineTo(c.x, top + height);
      pen.moveTo(left, c.y);
      pen.lineTo(left + width, c.y);
      pen.stroke();
      pen.setLineDash([]);
    }
    probes.forEach((probe, n) => {
      const p = pixel(probe);
      pen.beginPath();
      pen.arc(p.x, p.y, 5, 0, 7);
      pen.fillStyle = "#ff5a36";
      pen.fill();
      pen.lineWidth = 1.5;
      pen.strokeStyle = "#fff";
      pen.stroke();
      pen.fillStyle = "#fff";
      pen.font = "600 11px system-ui, sans-serif";
      pen.textAlign = "left";
      pen.textBaseline = "middle";
      pen.fillText(String(n + 1), p.x + 8, p.y);
    });
  }

  read() {
    const field = paintedField() ?? fields[0];
    if (!field) return;
    const [x, y, z] = this.cursor;
    const value = field.at(x, y, z);
    const body = bodyAt(x, y, z);
    this.readout.replaceChildren(
      el("b", { id: "value" }, Number.isNaN(value) ? "nothing here" : fixed(value, 2) + " " + unitText(field.unit)),
      ` at (${[x, y, z].map((v) => fixed(v / 1e3, 3)).join(", ")}) mm`, body ? ` in ${body.path}` : "");
  }

  /** Moves the cursor to a pixel of the canvas.
   * @param {MouseEvent} e */
  point(e) {
    const box = this.canvas.getBoundingClientRect();
    const { left, top, width, height } = this.frame;
    const s = (e.clientX - box.left - left) / width, t = 1 - (e.clientY - box.top - top) / height;
    if (s < 0 || s > 1 || t < 0 || t > 1) return false;
    const { u0, u1, v0, v1 } = this.cut().window;
    this.cursor = onPlane(this.axis, u0 + s * (u1 - u0), v0 + t * (v1 - v0), this.at);
    this.read();
    this.later();
    return true;
  }

  listen() {
    this.canvas.addEventListener("pointermove", (e) => this.point(e));
    this.canvas.addEventListener("click", (e) => {
      if (this.point(e)) addProbe(this.cursor);
    });
    this.canvas.addEventListener("keydown", (e) => {
      const { u0, u1, v0, v1 } = this.cut().window;
      const [u, v] = shownAxes[this.axis].map((n) => ({ x: 0, y: 1, z: 2 })[n]);
      const share = e.shiftKey ? 0.05 : 0.005;
      if (e.key === "ArrowLeft") this.cursor[u] -= share * (u1 - u0);
      else if (e.key === "ArrowRight") this.cursor[u] += share * (u1 - u0);
      else if (e.key === "ArrowUp") this.cursor[v] += share * (v1 - v0);
      else if (e.key === "ArrowDown") this.cursor[v] -= share * (v1 - v0);
      else if (e.key === "Enter") addProbe(this.cursor);
      else return;
      e.preventDefault();
      this.read();
      this.later();
    });
  }

  showControls() {}

  controls() {
    const buttons = /** @type {AxisName[]} */ (["z", "x", "y"]).map((axis) =>
      el("button", { class: "small", "data-axis": axis, "aria-pressed": axis === this.axis, onclick: () => {
        this.axis = axis;
        this.goTo(this.cursor);
      } }, { x: "along x", y: "along y", z: "from above" }[axis]));
    const slider = el("input", { type: "range", min: 0, max: 1000, id: "slice-at", "aria-label": "place of the cut" });
    const number = el("input", { type: "number", step: "any", id: "slice-mm", "aria-label": "place of the cut in mm" });
    const name = el("span", {}, "z");
    const reach = () => {
      const box = this.whole ? wholeBox : packageBox;
      const a = this.axis;
      return [box[/** @type {"x0"} */ (a + "0")], box[/** @type {"x0"} */ (a + "1")]];
    };
    const move = (/** @type {number} */ at) => {
      this.at = at;
      this.cursor[{ x: 0, y: 1, z: 2 }[this.axis]] = at;
      this.showControls();
      this.read();
      this.later();
    };
    slider.addEventListener("input", () => {
      const [low, high] = reach();
      move(low + (Number(slider.value) / 1000) * (high - low));
    });
    number.addEventListener("change", () => move(Number(number.value) * 1e3));
    const whole = el("input", { type: "checkbox", onchange: () => {
      this.whole = whole.checked;
      this.showControls();
      this.later();
    } });
    this.showControls = () => {
      const [low, high] = reach();
      slider.value = String(Math.round((1000 * (this.at - low)) / (high - low)));
      number.value = (this.at / 1e3).toFixed(4);
      name.textContent = this.axis;
      for (const b of buttons) b.setAttribute("aria-pressed", String(b.dataset.axis === this.axis));
    };
    this.showControls();
    const paint = el("select", { "aria-label": "field", onchange: () => {
      state.field = Number(paint.value);
      changed("field");
    } }, fields.map((f, n) => el("option", { value: n }, f.title)));
    on("field", () => (paint.value = String(Math.max(0, state.field))));
    return el("div", { class: "controls" }, fields.length > 1 && el("label", {}, "Field ", paint),
      el("span", { class: "buttons" }, buttons), el("label", { class: "wide" }, name, " = ", slider), el("label", {}, number, " mm"),
      el("button", { class: "small", id: "to-hot-spot", onclick: () => {
        const spot = this.hotSpot();
        if (spot) this.goTo(spot);
      } }, "To the hottest cell"), bodies.some((b) => b.group === "Board") && el("label", {}, whole, " with the board"));
  }
}
