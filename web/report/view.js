"use strict";
// The 3D view: drawing, turning, picking, and its controls.

/** The drawing surface that works here.
 * @param {HTMLElement} stage */
function makeDrawer(stage) {
  const canvas = () => el("canvas", { class: "view", tabindex: 0, role: "img", id: "view" });
  let surface = canvas();
  try {
    const drawer = new WebglView(surface);
    stage.prepend(surface);
    return { drawer, surface };
  } catch {
    surface = canvas();  // a canvas that was asked for WebGL gives no other context
    stage.prepend(surface);
    return { drawer: new CanvasView(surface), surface };
  }
}

class PackageView {
  constructor() {
    this.camera = new Camera();
    this.overlay = el("div", { class: "overlay" });
    this.tip = el("div", { class: "tip", hidden: true });
    this.bar = el("div", { class: "colourbar" });
    this.stage = el("div", { class: "stage" }, this.overlay, this.bar, this.tip);
    const { drawer, surface } = makeDrawer(this.stage);
    this.drawer = drawer;
    this.surface = surface;
    this.surface.setAttribute("aria-label",
      "The package in three dimensions. Arrow keys turn it, plus and minus zoom, Home resets.");
    this.labels = new Labels(this.overlay);
    this.apart = 0;
    this.labelled = true;
    this.rangeOf = "package";
    const height = packageBox.z1 - packageBox.z0;
    const across = Math.max(packageBox.x1 - packageBox.x0, packageBox.y1 - packageBox.y0);
    /** Flat packages are drawn higher than they are; the control says by how much. */
    this.stretch = Math.max(1, Math.min(6, Math.round((0.16 * across) / height)));
    this.range = { low: 0, high: 1, lines: 1 };
    const levels = [...new Set(bodies.filter((b) => b.group !== "Board").map((b) => Math.round(b.z_um[0])))].sort((a, b) => a - b);
    /** How far apart levels stand at most, mm. */
    const gap = (0.75 * across) / 1e3 / Math.max(4, levels.length);
    /** @type {Placing} */
    this.placing = {
      stretch: this.stretch,
      lift: (body) => {
        if (body.group === "Board") return (-this.apart * gap) / this.placing.stretch;
        const level = levels.indexOf(Math.round(body.z_um[0]));
        return (this.apart * gap * level) / this.placing.stretch;
      },
    };
    this.pending = false;
    this.seen = false;
    this.onScreen = {};
    /** whether the colours' range is to be found anew */
    this.stale = true;
    this.listen();
    this.reset();
    new ResizeObserver(() => this.measure()).observe(this.stage);
    for (const what of /** @type {Change[]} */ (["selection", "field", "visible"])) on(what, () => this.refresh());
    on("theme", () => this.later());
    // Paper has no frames to wait for: drawn at once, in the size that print.css gives it.
    on("print", () => {
      this.stage.style.cssText = "width: 690px; height: 420px";
      this.onScreen = { ...this.camera, target: [...this.camera.target] };
      this.camera.width = 690;
      this.camera.height = 420;
      this.drawer.resize(690, 420, 2);
      this.fit();
      this.draw();
    });
    on("printed", () => {
      Object.assign(this.camera, this.onScreen, { width: 0 });
      this.stage.style.cssText = "";
      this.measure();
    });
  }

  reset() {
    const box = packageBox;
    this.camera.yaw = -1.05;
    this.camera.pitch = 0.6;
    this.camera.target = [(box.x0 + box.x1) / 2e3, (box.y0 + box.y1) / 2e3, ((box.z0 + box.z1) / 2e3) * this.placing.stretch];
    this.fit();
    this.later();
  }

  /** All of the package in view, as spread and stretched as it is. */
  fit() {
    const shown = bodies.filter((b) => !state.hidden.has(b.index) && b.group !== "Board");
    /** @type {Vec3[]} */
    const points = [];
    for (const body of shown.length > 0 ? shown : bodies) {
      for (const [x, y] of corners(body))
        for (const z of body.z_um) points.push([x / 1e3, y / 1e3, (z / 1e3 + this.placing.lift(body)) * this.placing.stretch]);
    }
    this.camera.fit(points);
  }

  /** @param {number} yaw @param {number} pitch */
  look(yaw, pitch) {
    this.camera.yaw = yaw;
    this.camera.pitch = pitch;
    this.fit();
    this.later();
  }

  /** Follows the stage's size. The first drawing waits for the frame after: the page is there before it. */
  measure() {
    const { clientWidth: w, clientHeight: h } = this.stage;
    if (w === 0 || h === 0) return;
    if (w !== this.camera.width || h !== this.camera.height) {
      const first = !this.seen;
      this.seen = true;
      this.camera.width = w;
      this.camera.height = h;
      this.drawer.resize(w, h, Math.min(2, window.devicePixelRatio || 1));
      if (first) this.reset();
    }
    this.later();
  }

  later() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => this.draw());
  }

  refresh() {
    this.stale = true;
    this.later();
  }

  /** The colours' range: of the package, of what is shown, or of the chosen part. */
  findRange() {
    const field = paintedField();
    if (!field) return;
    const shown = bodies.filter((b) => !state.hidden.has(b.index));
    let of = shown;
    if (this.rangeOf === "package") of = shown.filter((b) => b.group !== "Board");
    if (this.rangeOf === "selected" && state.selected) of = bodies.filter((b) => b.path === state.selected || subjectOf(b) === state.selected);
    let low = Infinity, high = -Infinity;
    for (const body of of.length > 0 ? of : shown) {
      for (const v of this.drawer.values(body, field)) {
        if (v < -1e8) continue;
        low = Math.min(low, v);
        high = Math.max(high, v);
      }
    }
    if (!(low <= high)) [low, high] = [field.low, field.high];
    const at = ticks(low, high, 7);
    this.range = { low, high, lines: at.length > 1 ? at[1] - at[0] : 1 };
    drawColourBar(this.bar, field, this.range);
  }

  draw() {
    this.pending = false;
    if (this.camera.width < 2) return;
    const began = performance.now();
    const field = paintedField();
    if (this.stale) this.findRange();
    this.stale = false;
    this.bar.hidden = field === null;
    this.drawer.draw(this.camera, this.placing, field, this.range);
    this.labels.draw(this.camera, this.placing, this.labelled);
    if (document.documentElement.dataset.drawn === undefined) {
      document.documentElement.dataset.drawn = String(Math.round(performance.now()));
      document.documentElement.dataset.firstDraw = String(Math.round(performance.now() - began));
      document.documentElement.dataset.drawer = this.drawer.name;
    }
  }

  /** What stands under the pointer.
   * @param {PointerEvent} e */
  under(e) {
    const box = this.surface.getBoundingClientRect();
    return pickBody(this.camera, this.placing, e.clientX - box.left, e.clientY - box.top);
  }

  /** @param {PointerEvent} e */
  hover(e) {
    const hit = this.under(e);
    this.tip.hidden = hit === null;
    if (!hit) return;
    const field = paintedField();
    const inset = 0.02 * (hit.body.z_um[1] - hit.body.z_um[0]);
    const z = Math.max(hit.body.z_um[0] + inset, Math.min(hit.body.z_um[1] - inset, hit.at[2]));
    const value = field ? field.near(hit.at[0], hit.at[1], z) : NaN;
    this.tip.replaceChildren(el("b", {}, hit.body.path), field && !Number.isNaN(value) ? " " + quantity(value, field.unit) : "",
      el("br"), el("small", {}, bodyWords(hit.body)));
    const box = this.stage.getBoundingClientRect();
    this.tip.style.left = Math.min(e.clientX - box.left + 14, box.width - 220) + "px";
    this.tip.style.top = e.clientY - box.top + 16 + "px";
  }

  listen() {
    /** @type {Map<number, {x: number, y: number}>} */
    const down = new Map();
    let moved = 0;
    const surface = this.surface;
    surface.addEventListener("pointerdown", (e) => {
      surface.setPointerCapture(e.pointerId);
      down.set(e.pointerId, { x: e.clientX, y: e.clientY });
      moved = 0;
    });
    surface.addEventListener("pointermove", (e) => {
      const last = down.get(e.pointerId);
      if (!last) return this.hover(e);
      const dx = e.clientX - last.x, dy = e.clientY - last.y;
      moved += Math.abs(dx) + Math.abs(dy);
      if (down.size === 2) {
        const [other] = [...down].filter(([id]) => id !== e.pointerId).map(([, p]) => p);
        const before = Math.hypot(last.x - other.x, last.y - other.y), after = Math.hypot(e.clientX - other.x, e.clientY - other.y);
        this.camera.zoom(after / Math.max(1, before));
      } else if (e.shiftKey || e.buttons === 2) {
        this.camera.pan(dx, dy);
      } else {
        this.camera.turn(dx, dy);
      }
      down.set(e.pointerId, { x: e.clientX, y: e.clientY });
      this.tip.hidden = true;
      this.later();
    });
    const up = (/** @type {PointerEvent} */ e) => {
      if (down.delete(e.pointerId) && moved < 5 && e.type === "pointerup") {
        const hit = this.under(e);
        select(hit ? subjectOf(hit.body) : "");
      }
    };
    surface.addEventListener("pointerup", up);
    surface.addEventListener("pointercancel", up);
    surface.addEventListener("pointerleave", () => (this.tip.hidden = true));
    surface.addEventListener("contextmenu", (e) => e.preventDefault());
    surface.addEventListener("dblclick", () => this.reset());
    surface.addEventListener("wheel", (e) => {
      if (document.activeElement !== surface && !e.ctrlKey) return;  // else the page scrolls
      e.preventDefault();
      this.camera.zoom(Math.exp(-e.deltaY * 0.0015));
      this.later();
    }, { passive: false });
    surface.addEventListener("keydown", (e) => {
      const step = 24;
      /** @type {Record<string, () => void>} */
      const keys = {
        ArrowLeft: () => this.camera.turn(-step, 0), ArrowRight: () => this.camera.turn(step, 0),
        ArrowUp: () => this.camera.turn(0, step), ArrowDown: () => this.camera.turn(0, -step),
        "+": () => this.camera.zoom(1.15), "=": () => this.camera.zoom(1.15), "-": () => this.camera.zoom(1 / 1.15),
        Home: () => this.reset(),
      };
      const act = keys[e.key];
      if (!act) return;
      e.preventDefault();
      act();
      this.later();
    });
  }

  controls() {
    const paint = el("select", { id: "view-field", onchange: () => {
      state.field = Number(paint.value);
      changed("field");
    } }, fields.map((f, n) => el("option", { value: n }, f.title)), el("option", { value: -1 }, "Materials"));
    on("field", () => (paint.value = String(state.field)));
    paint.value = String(state.field);
    const range = el("select", { onchange: () => {
      this.rangeOf = range.value;
      this.refresh();
    } }, el("option", { value: "package" }, "package"), el("option", { value: "shown" }, "what is shown"),
      el("option", { value: "selected" }, "selected part"));
    const apart = el("input", { type: "range", min: 0, max: 1, step: 0.01, value: 0, id: "view-apart", title: "draw the layers apart", oninput: () => {
      this.apart = Number(apart.value);
      this.fit();
      this.later();
    } });
    const stretch = el("select", { onchange: () => {
      this.placing.stretch = Number(stretch.value);
      this.reset();
    } }, [1, 2, 3, 4, 6, 10].map((n) => el("option", { value: n, selected: n === this.stretch }, n === 1 ? "true" : `× ${n}`)));
    if (![1, 2, 3, 4, 6, 10].includes(this.stretch)) {
      stretch.append(el("option", { value: this.stretch, selected: true }, `× ${this.stretch}`));
    }
    const names = el("input", { type: "checkbox", checked: true, id: "view-names", onchange: () => {
      this.labelled = names.checked;
      this.later();
    } });
    const button = (/** @type {string} */ text, /** @type {() => void} */ act) => el("button", { class: "small", onclick: act }, text);
    return el("div", { class: "controls" },
      el("label", {}, "Paint ", paint), fields.length > 0 && el("label", {}, "Colours ", range),
      el("label", {}, "Spread ", apart), el("label", {}, "Height ", stretch),
      el("label", {}, names, " Names"),
      el("span", { class: "buttons" }, button("Home", () => this.reset()), button("Top", () => this.look(-Math.PI / 2, 1.55)),
        button("Front", () => this.look(-Math.PI / 2, 0.02)), button("Below", () => this.look(-1.05, -0.7))));
  }
}

/** @param {HTMLElement} bar @param {Field} field @param {{low: number, high: number}} range */
function drawColourBar(bar, field, range) {
  const at = ticks(range.low, range.high, 6).filter((v) => v >= range.low && v <= range.high);
  const words = tickText(at);
  const stops = Array.from({ length: 17 }, (_, n) => viridisCss(n / 16)).join(",");
  const span = Math.max(1e-9, range.high - range.low);
  bar.replaceChildren(el("b", {}, unitText(field.unit)), el("div", { class: "scale", style: `background:linear-gradient(to top,${stops})` },
    at.map((v, n) => el("span", { style: `bottom:${(((v - range.low) / span) * 100).toFixed(2)}%` }, words[n]))));
}
