"use strict";
// What the parts of the page share: what is selected, which field is painted, what is hidden. Each listens.

/** @typedef {"selection" | "field" | "visible" | "theme" | "probes" | "cut" | "print" | "printed"} Change */

const state = {
  /** path of the selected subject, "" for none */
  selected: "",
  /** number of the painted field, -1: materials */
  field: fields.length > 0 ? 0 : -1,
  /** indices of hidden bodies */
  hidden: new Set(bodies.filter(hiddenFirst).map((b) => b.index)),
  /** place of the last look, µm */
  /** @type {[number, number, number]} */
  cursor: [0, 0, 0],
};

/** @type {[Change, () => void][]} */
const listeners = [];

/** @param {Change} change @param {() => void} act */
function on(change, act) {
  listeners.push([change, act]);
}

/** @param {Change} change */
function changed(change) {
  for (const [what, act] of listeners) if (what === change) act();
}

/** @param {string} path */
function select(path) {
  state.selected = path;
  changed("selection");
}

/** The painted field, or null. */
function paintedField() {
  return fields[state.field] ?? null;
}
