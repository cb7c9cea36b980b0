"use strict";
// One tile per die (or heated layer of a plain block): how hot, how far from its limit.

/** @param {string} path */
function junctionOf(path) {
  return report.findings.find((f) => f.rule === "thermal.junction" && f.subject === path) ?? null;
}

/** @param {number} share of the way from ambient to the limit @param {Verdict} verdict */
function meter(share, verdict) {
  return el("div", { class: "meter", role: "presentation" },
    el("i", { class: verdict, style: `width:${Math.max(0, Math.min(100, share * 80)).toFixed(1)}%` }), el("span"));
}

/** @param {string} name @param {Part} part */
function dieTile(name, part) {
  const finding = junctionOf(part.path);
  const limit = finding?.limit ?? null;
  const ambient = report.environment.ambient_K - kelvin;
  const share = limit !== null ? (part.max_K - kelvin - ambient) / Math.max(1, limit - ambient) : NaN;
  const tile = el("button", { class: "tile", "data-path": part.path, onclick: () => {
    select(part.path);
    slot("package").scrollIntoView({ behavior: "smooth", block: "start" });
  } }, el("span", { class: "row" }, el("b", {}, name), finding ? chip(finding.verdict) : chip("info", "no limit")),
    el("strong", {}, celsius(part.max_K)),
    limit !== null && finding ? meter(share, finding.verdict) : el("div", { class: "meter none" }),
    el("span", { class: "row quiet" }, el("span", {}, watts(part.power_W)),
      el("span", {}, limit !== null ? `${(finding?.margin ?? 0) >= 0 ? "+" : ""}${fixed(finding?.margin ?? NaN, 1)} K to ${fixed(limit, 0)} °C` : `mean ${celsius(part.mean_K)}`)));
  on("selection", () => tile.classList.toggle("chosen", state.selected === part.path));
  return tile;
}

function dies() {
  if (!thermal) return;
  const plain = Object.keys(thermal.dies).length === 0;
  const parts = Object.entries(plain ? thermal.blocks : thermal.dies);
  const most = 24;
  const shown = parts.length <= most ? parts : [...parts].sort((a, b) => b[1].max_K - a[1].max_K).slice(0, most);
  chapter("dies", plain ? "Layers" : "Dies", el("div", { class: "tiles" }, shown.map(([name, part]) => dieTile(name, part))),
    parts.length > most && el("p", { class: "quiet" }, `The ${most} hottest of ${parts.length}; the tables below hold all.`));
}
