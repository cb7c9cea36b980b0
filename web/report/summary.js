"use strict";
// The head of the page: what was judged, the verdict, and the numbers one asks for first.

const verdictWords = { pass: "PASS", warn: "PASS, with warnings", fail: "FAIL", unknown: "NOT JUDGED", info: "NO LIMITS SET" };

/** @param {Verdict} verdict @param {string} [text] */
function chip(verdict, text) {
  return el("span", { class: "chip " + verdict }, text ?? verdict);
}

/** How many findings have each verdict, worst first. */
function verdictCounts() {
  return /** @type {Verdict[]} */ (["fail", "unknown", "warn", "pass", "info"])
    .map((verdict) => ({ verdict, count: report.findings.filter((f) => f.verdict === verdict).length }))
    .filter((c) => c.count > 0);
}

/** @param {string} label @param {string} value @param {string} [small] */
function fact(label, value, small) {
  return el("div", { class: "fact" }, el("span", {}, label), el("b", {}, value), small && el("small", {}, small));
}

/** The die with the least left to its limit, else the hottest. */
function tightestDie() {
  const junctions = report.findings.filter((f) => f.rule === "thermal.junction" && f.margin !== null);
  junctions.sort((a, b) => (a.margin ?? 0) - (b.margin ?? 0));
  return junctions[0] ?? null;
}

function summary() {
  const tight = tightestDie();
  const facts = [];
  if (thermal) {
    const all = Object.entries(Object.keys(thermal.dies).length > 0 ? thermal.dies : thermal.blocks);
    const hottest = all.sort((a, b) => b[1].max_K - a[1].max_K)[0];
    if (hottest) facts.push(fact("Hottest", celsius(hottest[1].max_K), hottest[0] + `, ± ${fixed(hottest[1].error_K, 2)} K from the grid`));
    if (tight) {
      facts.push(fact("Smallest margin", `${(tight.margin ?? 0) >= 0 ? "+" : ""}${fixed(tight.margin ?? NaN, 1)} K`,
        `${shortName(tight.subject)}, limit ${quantity(tight.limit, tight.unit)}`));
    }
    facts.push(fact("Heat", watts(thermal.heat_in_W), `in and out agree to ${thermal.balance.toExponential(0)}`));
  }
  facts.push(fact("Ambient", celsius(report.environment.ambient_K), report.environment.standard || "films as given"));
  const counts = verdictCounts().map(({ verdict, count }) => el("a", { href: "#findings", class: "chip " + verdict,
    onclick: () => filterFindings(verdict) }, `${count} ${verdict}`));
  slot("head").append(
    el("div", { class: "title" }, el("p", { class: "brand" }, "Bondline sign-off"), el("h1", {}, report.design.name),
      report.design.description && el("p", { class: "lead" }, report.design.description)),
    el("div", { class: "verdict " + report.verdict, id: "verdict" }, el("b", {}, verdictWords[report.verdict]),
      el("div", { class: "chips" }, counts)),
    el("div", { class: "facts" }, facts));
  slot("foot").append(
    el("p", {}, `Made by ${report.made_by} in ${duration(report.seconds)} from ${report.design.file}`, el("br"),
      el("small", {}, `SHA-256 of the design and its files: ${report.design.content_hash}`)),
    el("p", { class: "quiet" }, "This file holds everything it shows and fetches nothing. It contains three.js r111, ",
      "copyright 2010-2019 three.js authors, MIT licence (threejs.org/license), and viridis by S. van der Walt and N. Smith, CC0."));
}
