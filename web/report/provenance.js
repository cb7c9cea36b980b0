"use strict";
// Where every number comes from: what was written, what was not, materials, films, the solve itself.

/** @param {string} confidence */
function confidenceChip(confidence) {
  return el("span", { class: "confidence " + confidence }, confidence);
}

/** A folded table.
 * @param {string} title @param {number} count @param {string[]} head @param {Children[][]} rows @param {string} [note] */
function folded(title, count, head, rows, note) {
  if (count === 0) return null;
  return el("details", { class: "folded" }, el("summary", {}, el("b", {}, title), el("small", {}, String(count))), note && el("p", { class: "quiet" }, note),
    el("div", { class: "scroll" }, el("table", {}, el("thead", {}, el("tr", {}, head.map((h) => el("th", { scope: "col" }, h)))),
      el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell) => el("td", {}, cell))))))));
}

/** @param {Property} p */
function propertyText(p) {
  if (Array.isArray(p.value)) {
    const t = p.temperature_K ?? [];
    return p.value.map((v, n) => `${significant(v)} at ${fixed((t[n] ?? NaN) - kelvin, 0)} °C`).join(", ");
  }
  return significant(p.value ?? null);
}

function materialRows() {
  return Object.entries(report.materials).flatMap(([name, material]) => Object.entries(material.properties).map(([key, p], n) => /** @type {Children[]} */ ([
    n === 0 ? el("b", { title: material.description }, name) : "", key, propertyText(p), p.source + (p.year ? ` (${p.year})` : ""),
    confidenceChip(p.confidence), material.shipped && !p.where ? "shipped library" : whereText(p.where)])));
}

function filmRows() {
  return report.environment.films.map((f) => /** @type {Children[]} */ ([f.part || "all surfaces", f.looks, f.h === null ? "held at ambient" : `${significant(f.h)} W/(m² K)`,
    celsius(f.ambient_K), f.source, confidenceChip(f.confidence), f.defaulted ? "default" : whereText(f.where)]));
}

function solveFacts() {
  if (!thermal) return null;
  return el("div", { class: "facts small" }, fact("Method", thermal.path), fact("Cells", thermal.cells.toLocaleString("en")),
    fact("Iterations", String(thermal.iterations), `residual ${thermal.relative_residual.toExponential(1)}`),
    fact("Grid error", `± ${fixed(thermal.error_estimate_K, 2)} K`, "largest of all parts, estimated"),
    fact("Solve", duration(thermal.seconds_solve), `mesh ${duration(thermal.seconds_mesh)}, all ${duration(thermal.seconds)}`),
    fact("Memory foreseen", byteText(thermal.forecast_bytes)));
}

function provenance() {
  const notes = [...report.notes.map((n) => `${whereText(n)} ${n.what}${n.mend ? "; " + n.mend : ""}`), ...(thermal?.notes ?? [])];
  chapter("numbers", "Where the numbers come from", solveFacts(),
    el("p", { class: "quiet" }, "Grid error and heat balance say how well the equations were solved. They say nothing of the material data, the powers and the films below."),
    folded("Inputs, as written", report.inputs.length, ["value of", "written", "line"],
      report.inputs.map((i) => [i.path, i.value, whereText(i.where)])),
    folded("Defaults: values nobody wrote", report.defaults.length, ["value of", "taken", "because"],
      report.defaults.map((d) => [d.path, d.value, d.source])),
    folded("Materials", Object.keys(report.materials).length, ["material", "property", "value / SI", "source", "confidence", "from"], materialRows()),
    folded("Films: heat to the surroundings", report.environment.films.length, ["surface of", "looking", "film", "ambient", "source", "confidence", "from"], filmRows()),
    folded("Effective media", thermal?.media.length ?? 0, ["solid", "k x, y, z / W/(m K)", "lower bounds", "upper bounds", "model"],
      (thermal?.media ?? []).map((m) => [m.path, ...[m.k, m.lower, m.upper].map((v) => v.map((n) => significant(n, 3)).join(", ")), m.model])),
    folded("All parts", thermal ? Object.keys({ ...thermal.parts, ...thermal.blocks }).length : 0, ["part", "hottest", "mean", "coldest", "power", "± grid"],
      Object.entries({ ...thermal?.parts, ...thermal?.blocks }).map(([name, p]) => [name, celsius(p.max_K), celsius(p.mean_K), celsius(p.min_K), watts(p.power_W), fixed(p.error_K, 2) + " K"])),
    folded("Keys stored, not yet used", report.stored.length, ["key", "line"], report.stored.map((s) => [s.path, whereText(s.where)])),
    folded("Notes", notes.length, ["note"], notes.map((n) => [n])),
    folded("Time", Object.keys(report.analyses).length, ["analysis", "time"], Object.entries(report.analyses).map(([name, a]) => [analysisTitle(name), duration(a.seconds)])),
    folded("Fields in this file", fields.length, ["field", "range", "cells", "cells here"], fields.map((f) => [f.title,
      `${fixed(f.low, 2)} to ${quantity(f.high, f.unit)}`, f.raw.cells.toLocaleString("en"), f.raw.cells_shown.toLocaleString("en")]),
      "Values are stored in 65 534 steps between lowest and highest."));
}
