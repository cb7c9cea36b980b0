"use strict";
// A curve as SVG, with a reading line under the pointer.

const curveBox = { width: 720, height: 330, left: 66, right: 16, top: 14, bottom: 46 };

/** Where values of an axis lie between 0 and 1.
 * @param {number} low @param {number} high @param {boolean} log */
function axisScale(low, high, log) {
  if (log) {
    const a = Math.log10(low), b = Math.log10(high);
    return (/** @type {number} */ v) => (Math.log10(v) - a) / Math.max(1e-12, b - a);
  }
  return (/** @type {number} */ v) => (v - low) / Math.max(1e-300, high - low);
}

/** Range of all finite values that the axis can show, with a little air.
 * @param {Curve} curve @param {"x" | "y"} axis */
function axisRange(curve, axis) {
  const log = curve[axis].log;
  let low = Infinity, high = -Infinity;
  for (const s of curve.series) {
    for (const v of s[axis]) {
      if (v === null || !Number.isFinite(v) || (log && v <= 0)) continue;
      low = Math.min(low, v);
      high = Math.max(high, v);
    }
  }
  if (!(low <= high)) return log ? { low: 1, high: 10 } : { low: 0, high: 1 };
  if (low === high) return log ? { low: low / 2, high: high * 2 } : { low: low - 1, high: high + 1 };
  if (axis === "x" || log) return { low, high };
  const air = 0.06 * (high - low);
  return { low: low - air, high: high + air };
}

/** A long series thinned to what the picture can show: lowest and highest of each stretch.
 * @param {Series} s @returns {[number, number][]} */
function shownPoints(s) {
  /** @type {[number, number][]} */
  const all = [];
  s.x.forEach((x, n) => {
    const y = s.y[n];
    all.push([x ?? NaN, y ?? NaN]);
    if (s.steps && n + 1 < s.x.length) all.push([s.x[n + 1] ?? NaN, y ?? NaN]);
  });
  const most = 1400;
  if (all.length <= most) return all;
  const size = Math.ceil(all.length / (most / 2));
  /** @type {[number, number][]} */
  const out = [];
  for (let n = 0; n < all.length; n += size) {
    const part = all.slice(n, n + size);
    const low = part.reduce((a, b) => (b[1] < a[1] ? b : a)), high = part.reduce((a, b) => (b[1] > a[1] ? b : a));
    out.push(...(low[0] <= high[0] ? [low, high] : [high, low]));
  }
  return out;
}

/** y of a series at x, by its own rule between points.
 * @param {Series} s @param {number} x */
function readSeries(s, x) {
  const n = s.x.findIndex((v) => v !== null && v > x);
  if (n === 0) return NaN;
  const last = n < 0 ? s.x.length - 1 : n - 1;
  const a = s.y[last] ?? NaN;
  if (n < 0) return s.x[last] === x || s.steps ? a : NaN;
  if (s.steps) return a;
  const x0 = s.x[last] ?? NaN, x1 = s.x[n] ?? NaN;
  return a + ((x - x0) / (x1 - x0)) * ((s.y[n] ?? NaN) - a);
}

/** @param {Axis} axis */
function axisTitle(axis) {
  return axis.unit ? `${axis.label} / ${unitText(axis.unit)}` : axis.label;
}

/** @param {Curve} curve @param {typeof curveBox} [box] */
function drawCurve(curve, box = curveBox) {
  const { width, height, left, right, top, bottom } = box;
  const w = width - left - right, h = height - top - bottom;
  const rx = axisRange(curve, "x"), ry = axisRange(curve, "y");
  const sx = axisScale(rx.low, rx.high, curve.x.log), sy = axisScale(ry.low, ry.high, curve.y.log);
  const px = (/** @type {number} */ v) => left + w * sx(v), py = (/** @type {number} */ v) => top + h * (1 - sy(v));
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "curve", role: "img", "aria-label": curve.title });
  const xs = curve.x.log ? logTicks(rx.low, rx.high) : ticks(rx.low, rx.high, width > 500 ? 7 : 5), ys = curve.y.log ? logTicks(ry.low, ry.high) : ticks(ry.low, ry.high, 6);
  const xWords = curve.x.log ? xs.map((v) => significant(v, 2)) : tickText(xs), yWords = curve.y.log ? ys.map((v) => significant(v, 2)) : tickText(ys);
  xs.forEach((v, n) => picture.append(svg("line", { x1: px(v), x2: px(v), y1: top, y2: top + h, class: "grid" }),
    svg("text", { x: px(v), y: top + h + 17, "text-anchor": "middle" }, xWords[n])));
  ys.forEach((v, n) => picture.append(svg("line", { x1: left, x2: left + w, y1: py(v), y2: py(v), class: "grid" }),
    svg("text", { x: left - 8, y: py(v), "text-anchor": "end", "dominant-baseline": "middle" }, yWords[n])));
  picture.append(svg("text", { x: left + w / 2, y: height - 8, "text-anchor": "middle", class: "axis" }, axisTitle(curve.x)),
    svg("text", { x: 14, y: top + h / 2, "text-anchor": "middle", class: "axis", transform: `rotate(-90 14 ${top + h / 2})` }, axisTitle(curve.y)));
  const lines = curve.series.map((s, n) => {
    let path = "", pen = false;
    for (const [x, y] of shownPoints(s)) {
      const good = Number.isFinite(x) && Number.isFinite(y) && !(curve.x.log && x <= 0) && !(curve.y.log && y <= 0);
      if (good) path += `${pen ? "L" : "M"}${px(x).toFixed(1)},${py(y).toFixed(1)}`;
      pen = good;
    }
    const line = svg("path", { d: path, class: "line", stroke: curveColours[n % curveColours.length], "stroke-dasharray": s.dashed ? "6 4" : null });
    picture.append(line);
    return line;
  });
  return { picture, lines, px, py, rx };
}

/** @param {Curve} curve @param {typeof curveBox} [box] */
function curveFigure(curve, box = curveBox) {
  const { picture, lines, px, rx } = drawCurve(curve, box);
  const { width, left, right, top, height, bottom } = box;
  const rule = svg("line", { y1: top, y2: height - bottom, class: "rule", visibility: "hidden" });
  picture.append(rule);
  const values = curve.series.map(() => el("b", {}));
  const at = el("span", { class: "quiet" });
  const legend = el("div", { class: "legend" }, curve.series.map((s, n) => s.name ? el("button", { class: "small", "aria-pressed": "true",
    title: "show or hide", onclick: (/** @type {Event} */ e) => {
      const hide = !lines[n].hasAttribute("visibility");
      if (hide) lines[n].setAttribute("visibility", "hidden");
      else lines[n].removeAttribute("visibility");
      /** @type {HTMLElement} */ (e.currentTarget).setAttribute("aria-pressed", String(!hide));
    } }, el("i", { class: "swatch", style: "background:" + curveColours[n % curveColours.length] }), s.name, " ", values[n]) : el("span", {}, values[n])), at);
  const read = (/** @type {number} */ share) => {
    const s = Math.max(0, Math.min(1, share));
    const x = curve.x.log ? rx.low * Math.pow(rx.high / rx.low, s) : rx.low + s * (rx.high - rx.low);
    rule.setAttribute("x1", String(px(x)));
    rule.setAttribute("x2", String(px(x)));
    rule.setAttribute("visibility", "visible");
    at.textContent = `at ${quantity(x, curve.x.unit)}`;
    curve.series.forEach((series, n) => (values[n].textContent = quantity(readSeries(series, x), curve.y.unit)));
  };
  picture.addEventListener("pointermove", (e) => {
    const box = picture.getBoundingClientRect();
    read((((e.clientX - box.left) / box.width) * width - left) / (width - left - right));
  });
  return el("figure", {}, el("figcaption", {}, curve.title), picture, legend, curve.note && el("p", { class: "quiet" }, prose(curve.note)));
}
