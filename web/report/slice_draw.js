"use strict";
// A cut on a canvas: colours, contour lines, outlines of what is cut, axes in millimetres, the colour bar.

/**
 * @typedef {{axis: AxisName, at: number, window: {u0: number, u1: number, v0: number, v1: number}}} Cut
 * @typedef {{left: number, top: number, width: number, height: number}} Frame
 * @typedef {{low: number, high: number}} Span
 */

/** Lowest and highest value of the window's pixels.
 * @param {Float32Array} raster @returns {Span} */
function rangeOf(raster) {
  let low = Infinity, high = -Infinity;
  for (const v of raster) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return low <= high ? { low, high } : { low: 0, high: 1 };
}

/** @param {Float32Array} raster @param {number} width @param {number} height @param {Span} range @param {number} step */
function paintRaster(raster, width, height, range, step) {
  const image = new ImageData(width, height);
  const span = Math.max(1e-9, range.high - range.low);
  for (let n = 0; n < raster.length; ++n) {
    const v = raster[n];
    if (v !== v) continue;
    const c = viridisIndex((v - range.low) / span);
    let shade = 1;
    // A contour line passes where a neighbour lies in another step.
    const band = Math.floor(v / step);
    const right = (n + 1) % width !== 0 ? raster[n + 1] : v, below = n + width < raster.length ? raster[n + width] : v;
    if ((right === right && Math.floor(right / step) !== band) || (below === below && Math.floor(below / step) !== band)) shade = 0.72;
    image.data[4 * n] = viridisTable[c] * shade;
    image.data[4 * n + 1] = viridisTable[c + 1] * shade;
    image.data[4 * n + 2] = viridisTable[c + 2] * shade;
    image.data[4 * n + 3] = 255;
  }
  return image;
}

/**
 * Draws a cut and gives its raster and range.
 * @param {CanvasRenderingContext2D} pen @param {Field} field @param {Cut} cut @param {Frame} frame
 * @param {number} ratio device pixels per pixel
 */
function drawCut(pen, field, cut, frame, ratio) {
  const width = Math.max(2, Math.round(frame.width * ratio)), height = Math.max(2, Math.round(frame.height * ratio));
  const raster = rasterOf(cutPlane(field, cut.axis, cut.at), cut.window, width, height);
  const range = rangeOf(raster);
  const at = ticks(range.low, range.high, 8);
  const step = at.length > 1 ? at[1] - at[0] : 1;
  pen.putImageData(paintRaster(raster, width, height, range, step), Math.round(frame.left * ratio), Math.round(frame.top * ratio));
  drawOutlines(pen, cut, frame);
  drawAxes(pen, cut, frame);
  drawScale(pen, field, frame, range, at);
  return range;
}

/** Pixel of a place on the plane.
 * @param {Cut} cut @param {Frame} frame @param {number} u @param {number} v */
function planePixel(cut, frame, u, v) {
  const { u0, u1, v0, v1 } = cut.window;
  return {
    x: frame.left + ((u - u0) / (u1 - u0)) * frame.width,
    y: frame.top + frame.height - ((v - v0) / (v1 - v0)) * frame.height,
  };
}

/** @param {CanvasRenderingContext2D} pen @param {Cut} cut @param {Frame} frame */
function drawOutlines(pen, cut, frame) {
  pen.save();
  pen.beginPath();
  pen.rect(frame.left, frame.top, frame.width, frame.height);
  pen.clip();
  for (const body of bodies) {
    if (body.role === "air" || body.group === "Joints and attach") continue;
    const shape = cutBody(body, cut.axis, cut.at);
    if (!shape) continue;
    const die = body.role === "die";
    const chosen = state.selected !== "" && subjectOf(body) === state.selected;
    const points = shape.map(([u, v]) => planePixel(cut, frame, u, v));
    pen.beginPath();
    points.forEach((p) => pen.lineTo(p.x, p.y));
    pen.closePath();
    pen.lineWidth = chosen ? 2.4 : die ? 1.3 : 0.6;
    pen.strokeStyle = chosen ? "#ffffff" : die ? "rgba(255,255,255,.92)" : "rgba(255,255,255,.35)";
    pen.stroke();
    if (die || body.group === "Layers") nameIn(pen, shortName(body.path), points);
  }
  pen.restore();
}

/** @param {CanvasRenderingContext2D} pen @param {string} name @param {{x: number, y: number}[]} points */
function nameIn(pen, name, points) {
  const x0 = Math.min(...points.map((p) => p.x)), x1 = Math.max(...points.map((p) => p.x));
  const y0 = Math.min(...points.map((p) => p.y)), y1 = Math.max(...points.map((p) => p.y));
  pen.font = "600 12px system-ui, sans-serif";
  if (pen.measureText(name).width + 8 > x1 - x0 || y1 - y0 < 13) return;
  pen.textAlign = "left";
  pen.textBaseline = "top";
  pen.lineWidth = 3;
  pen.strokeStyle = "rgba(0,0,0,.45)";
  pen.strokeText(name, x0 + 5, y0 + 2);
  pen.fillStyle = "#fff";
  pen.fillText(name, x0 + 5, y0 + 2);
}

/** @param {CanvasRenderingContext2D} pen @param {Cut} cut @param {Frame} frame */
function drawAxes(pen, cut, frame) {
  const { u0, u1, v0, v1 } = cut.window;
  const [un, vn] = shownAxes[cut.axis];
  pen.fillStyle = pen.strokeStyle = themeColour("faint");
  pen.font = "11px system-ui, sans-serif";
  pen.lineWidth = 1;
  pen.strokeRect(frame.left + 0.5, frame.top + 0.5, frame.width - 1, frame.height - 1);
  const us = ticks(u0 / 1e3, u1 / 1e3, 8), vs = ticks(v0 / 1e3, v1 / 1e3, frame.height > 160 ? 6 : 3);
  pen.textAlign = "center";
  pen.textBaseline = "top";
  const uWords = tickText(us), vWords = tickText(vs);
  us.forEach((u, n) => pen.fillText(uWords[n], planePixel(cut, frame, u * 1e3, v0).x, frame.top + frame.height + 6));
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  vs.forEach((v, n) => pen.fillText(vWords[n], frame.left - 6, planePixel(cut, frame, u0, v * 1e3).y));
  const stretch = (frame.height / (v1 - v0)) / (frame.width / (u1 - u0));
  const note = stretch > 1.02 ? ` (${vn} drawn × ${significant(stretch, 2)})` : "";
  pen.textAlign = "center";
  pen.textBaseline = "top";
  pen.fillText(`${un} in mm`, frame.left + frame.width / 2, frame.top + frame.height + 21);
  pen.textAlign = "left";
  pen.fillText(`${vn} in mm${note}`, Math.max(2, frame.left - 40), frame.top - 17);
}

/** @param {CanvasRenderingContext2D} pen @param {Field} field @param {Frame} frame @param {Span} range @param {number[]} at */
function drawScale(pen, field, frame, range, at) {
  const x = frame.left + frame.width + 18, wide = 14;
  const height = Math.max(120, frame.height), top = frame.top;
  for (let n = 0; n < height; ++n) {
    pen.fillStyle = viridisCss(1 - n / height);
    pen.fillRect(x, top + n, wide, 1.5);
  }
  pen.fillStyle = themeColour("faint");
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  const span = Math.max(1e-9, range.high - range.low);
  const words = tickText(at);
  at.forEach((v, n) => {
    const y = top + height * (1 - (v - range.low) / span);
    pen.fillRect(x + wide, y - 0.5, 4, 1);
    pen.fillText(words[n], x + wide + 7, y);
  });
  pen.fillText(unitText(field.unit), x, top - 10);
}
