"use strict";
// The package's solids: which one fills a place, which belong together, which are looked at first.

/** @typedef {Solid & {index: number, group: string, cover: boolean}} Piece */

/** Groups of the list of parts, in the order they are shown; a role's first match wins. */
const groups = [
  { name: "Dies", roles: ["die", "wiring", "through-silicon vias", "back metal"] },
  { name: "Joints and attach", roles: ["joint", "die attach"] },
  { name: "Layers", roles: ["layer", "region", "coolant", "channel wall"] },
  { name: "Covers", roles: ["mold", "lid", "thermal interface", "heat sink", "shield", "air"] },
  { name: "Substrate", roles: ["substrate layer", "coin", "vias"] },
  { name: "Passives", roles: ["passive"] },
  { name: "Balls", roles: ["balls"] },
  { name: "Board", roles: ["board layer"] },
];

/** @param {Solid} solid */
function groupOf(solid) {
  if (solid.path.startsWith("board")) return "Board";
  return groups.find((g) => g.roles.includes(solid.role))?.name ?? "Substrate";
}

/** @type {Piece[]} */
const bodies = given.view.solids.map((solid, index) => {
  const group = groupOf(solid);
  return { ...solid, index, group, cover: group === "Covers" };
});

/** Highest rank first, then the later one: who fills a shared place. */
const byRank = [...bodies].sort((a, b) => b.rank - a.rank || b.index - a.index);

/** @param {Piece} body @param {number} x @param {number} y */
function holds(body, x, y) {
  let dx = x - body.at_um[0], dy = y - body.at_um[1];
  if (body.rotation) {
    const c = Math.cos(body.rotation), s = Math.sin(body.rotation);
    [dx, dy] = [c * dx + s * dy, c * dy - s * dx];
  }
  const slack = 1e-3;
  return Math.abs(dx) <= body.size_um[0] / 2 + slack && Math.abs(dy) <= body.size_um[1] / 2 + slack;
}

/** The solid that fills a place, or null.
 * @param {number} x @param {number} y @param {number} z */
function bodyAt(x, y, z) {
  return byRank.find((b) => z >= b.z_um[0] - 1e-3 && z <= b.z_um[1] + 1e-3 && holds(b, x, y)) ?? null;
}

/** The four corners of a footprint, counter-clockwise.
 * @param {Piece} body @returns {[number, number][]} */
function corners(body) {
  const c = Math.cos(body.rotation ?? 0), s = Math.sin(body.rotation ?? 0);
  const hx = body.size_um[0] / 2, hy = body.size_um[1] / 2;
  return /** @type {[number, number][]} */ ([[-hx, -hy], [hx, -hy], [hx, hy], [-hx, hy]]
    .map(([x, y]) => [body.at_um[0] + c * x - s * y, body.at_um[1] + s * x + c * y]));
}

/** @param {Piece[]} of */
function boundsOf(of) {
  const box = { x0: Infinity, x1: -Infinity, y0: Infinity, y1: -Infinity, z0: Infinity, z1: -Infinity };
  for (const body of of) {
    for (const [x, y] of corners(body)) {
      box.x0 = Math.min(box.x0, x);
      box.x1 = Math.max(box.x1, x);
      box.y0 = Math.min(box.y0, y);
      box.y1 = Math.max(box.y1, y);
    }
    box.z0 = Math.min(box.z0, body.z_um[0]);
    box.z1 = Math.max(box.z1, body.z_um[1]);
  }
  return box;
}

/** What a click on a solid selects: the die it belongs to, else itself.
 * @param {Piece} body */
function subjectOf(body) {
  const die = /^dies\.[^.]+/.exec(body.path);
  return die ? die[0] : body.path;
}

/** The dies, or the layers of a plain block. */
const dieBodies = bodies.filter((b) => b.role === "die");
const wholeBox = boundsOf(bodies);
const withoutBoard = bodies.filter((b) => b.group !== "Board" && b.role !== "air" && b.role !== "heat sink");
/** The package without its board and sink: what the views fit first. */
const packageBox = boundsOf(withoutBoard.length > 0 ? withoutBoard : bodies);

/** What would hide the dies, and the board, which dwarfs the package, are shown when asked for.
 * @param {Piece} body */
function hiddenFirst(body) {
  return dieBodies.length > 0 && (body.cover || body.group === "Board");
}

/** @param {string} path */
function bodyOf(path) {
  return bodies.find((b) => b.path === path) ?? null;
}

/** For each face, the bodies that lie flush on all of it.
 * @type {Map<string, Piece[]>} */
const flushOn = new Map();

/** Whether a face is hidden by a body that is shown and lies flush on all of it.
 * @param {Piece} body @param {"top" | "bottom"} face @param {Placing} placing */
function coveredFace(body, face, placing) {
  const key = face + body.index;
  let on = flushOn.get(key);
  if (!on) {
    const [own, other] = face === "top" ? [body.z_um[1], 0] : [body.z_um[0], 1];
    const around = boundsOf([body]);
    on = bodies.filter((b) => {
      if (b === body || b.rotation || b.sites_um || Math.abs(b.z_um[other] - own) > 1e-3) return false;
      const box = boundsOf([b]);
      return box.x0 <= around.x0 + 1e-3 && box.x1 >= around.x1 - 1e-3 && box.y0 <= around.y0 + 1e-3 && box.y1 >= around.y1 - 1e-3;
    });
    flushOn.set(key, on);
  }
  return on.some((b) => !state.hidden.has(b.index) && placing.lift(b) === placing.lift(body));
}
