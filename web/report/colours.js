"use strict";
// The house's colours: viridis for fields (van der Walt and Smith 2015, CC0; the same anchors as
// src/show/colour.cc), Okabe and Ito (2008) for curves, quiet ones for materials.

const viridisAnchors = [
  [68, 1, 84], [71, 45, 123], [59, 82, 139], [44, 114, 142], [33, 144, 140],
  [39, 173, 129], [93, 200, 99], [170, 220, 50], [253, 231, 37],
];

/** 256 colours, four bytes each. */
const viridisTable = (() => {
  const table = new Uint8Array(1024);
  for (let i = 0; i < 256; ++i) {
    const at = (i / 255) * (viridisAnchors.length - 1);
    const low = Math.min(viridisAnchors.length - 2, Math.floor(at));
    for (let c = 0; c < 3; ++c) {
      const a = viridisAnchors[low][c], b = viridisAnchors[low + 1][c];
      table[4 * i + c] = Math.round(a + (b - a) * (at - low));
    }
    table[4 * i + 3] = 255;
  }
  return table;
})();

/** Place in the table of a share of the range.
 * @param {number} share */
function viridisIndex(share) {
  return 4 * Math.max(0, Math.min(255, Math.round(share * 255)));
}

/** @param {number} share */
function viridisCss(share) {
  const i = viridisIndex(share);
  return `rgb(${viridisTable[i]},${viridisTable[i + 1]},${viridisTable[i + 2]})`;
}

const curveColours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a7f8c"];

/** What a solid looks like when nothing is painted on it.
 * @type {Record<string, [number, number, number]>} */
const roleColours = {
  "die": [0.36, 0.42, 0.52], "wiring": [0.75, 0.58, 0.36], "through-silicon vias": [0.8, 0.55, 0.3],
  "back metal": [0.8, 0.78, 0.7], "joint": [0.72, 0.63, 0.47], "die attach": [0.86, 0.8, 0.62],
  "thermal interface": [0.62, 0.62, 0.68], "substrate layer": [0.47, 0.6, 0.44], "coin": [0.8, 0.5, 0.3],
  "vias": [0.78, 0.56, 0.35], "mold": [0.25, 0.26, 0.29], "air": [0.85, 0.9, 0.95], "lid": [0.76, 0.7, 0.62],
  "heat sink": [0.7, 0.73, 0.77], "shield": [0.66, 0.68, 0.7], "balls": [0.78, 0.79, 0.82],
  "board layer": [0.2, 0.42, 0.32], "passive": [0.72, 0.6, 0.46], "layer": [0.5, 0.55, 0.62],
  "region": [0.6, 0.52, 0.45], "coolant": [0.35, 0.62, 0.85], "channel wall": [0.5, 0.53, 0.58],
};

/** @param {Solid} solid @returns {[number, number, number]} */
function solidColour(solid) {
  const [r, g, b] = roleColours[solid.role] ?? [0.6, 0.6, 0.6];
  // Copper layers and dielectrics of one stack stay apart.
  const tint = solid.role.endsWith("layer") && solid.inclusion ? 1.18 : 1;
  return [Math.min(1, r * tint), Math.min(1, g * tint), Math.min(1, b * (tint > 1 ? 0.95 : 1))];
}

/** @param {[number, number, number]} rgb @param {number} [light] */
function rgbCss(rgb, light = 1) {
  return `rgb(${rgb.map((v) => Math.round(Math.max(0, Math.min(1, v * light)) * 255)).join(",")})`;
}

/** A colour of the page's style sheet, which knows light and dark.
 * @param {string} name */
function themeColour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim() || "#888";
}
