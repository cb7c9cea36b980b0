"use strict";
// Where the heat comes from and where it leaves, as ribbons as wide as their watts.

/** @typedef {{name: string, watts: number, path?: string}} Flow */

/** Sources: dies and whatever else is powered.
 * @returns {Flow[]} */
function heatSources() {
  if (!thermal) return [];
  const dies = Object.entries(thermal.dies).map(([name, part]) => ({ name, watts: part.power_W, path: part.path }));
  const layers = dies.length > 0 ? [] : given.view.sources.reduce((/** @type {Flow[]} */ all, s) => {
    const had = all.find((f) => f.path === s.solid);
    if (had) had.watts += s.power_W;
    else all.push({ name: shortName(s.solid), watts: s.power_W, path: s.solid });
    return all;
  }, []);
  const named = [...dies, ...layers].filter((f) => f.watts > 0).sort((a, b) => b.watts - a.watts);
  const rest = thermal.heat_in_W - named.reduce((sum, f) => sum + f.watts, 0);
  if (rest > 0.002 * thermal.heat_in_W) named.push({ name: "other parts", watts: rest });
  return few(named, 12);
}

/** The largest, the others as one.
 * @param {Flow[]} flows @param {number} most @returns {Flow[]} */
function few(flows, most) {
  if (flows.length <= most) return flows;
  const others = flows.slice(most - 1);
  return [...flows.slice(0, most - 1), { name: `${others.length} others`, watts: others.reduce((s, f) => s + f.watts, 0) }];
}

/** Places of flows on a column.
 * @param {Flow[]} flows @param {number} height @param {number} total */
function stacked(flows, height, total) {
  const gap = Math.min(14, (0.35 * height) / Math.max(1, flows.length));
  const scale = (height - gap * (flows.length - 1)) / total;
  let at = 0;
  return flows.map((flow) => {
    const spot = { flow, y: at, h: Math.max(1, flow.watts * scale) };
    at += flow.watts * scale + gap;
    return spot;
  });
}

function sankey() {
  if (!thermal) return null;
  const from = heatSources();
  const to = few(Object.entries(thermal.paths).map(([name, w]) => ({ name, watts: w })).filter((f) => f.watts > 0)
    .sort((a, b) => b.watts - a.watts), 12);
  const total = Math.max(thermal.heat_in_W, to.reduce((s, f) => s + f.watts, 0));
  if (!(total > 0)) return null;
  const height = Math.max(220, 34 * Math.max(from.length, to.length)), width = 860;
  const left = 190, right = 630, middle = 410, bar = 12;
  const core = height * 0.62, coreTop = (height - core) / 2;
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height + 24}`, class: "sankey", role: "img", "aria-label": "Heat from the parts to the surroundings" });
  /** @param {number} x0 @param {number} y0 @param {number} h0 @param {number} x1 @param {number} y1 @param {number} h1 @param {string} tone @param {string} words */
  const ribbon = (x0, y0, h0, x1, y1, h1, tone, words) => {
    const m = (x0 + x1) / 2;
    picture.append(svg("path", { class: "ribbon " + tone,
      d: `M${x0},${y0}C${m},${y0} ${m},${y1} ${x1},${y1}V${y1 + h1}C${m},${y1 + h1} ${m},${y0 + h0} ${x0},${y0 + h0}Z` }, svg("title", {}, words)));
  };
  /** @param {{flow: Flow, y: number, h: number}[]} spots @param {boolean} isLeft */
  const side = (spots, isLeft) => {
    let y = coreTop;
    for (const { flow, y: at, h } of spots) {
      const share = `${fixed((100 * flow.watts) / total, 1)} %`, core_h = (core * flow.watts) / total;
      const words = `${flow.name}: ${watts(flow.watts)}, ${share}`;
      if (isLeft) ribbon(left + bar, at + 12, h, middle - bar / 2, y, core_h, "in", words);
      else ribbon(middle + bar / 2, y, core_h, right, at + 12, h, "out", words);
      picture.append(svg("rect", { x: isLeft ? left : right, y: at + 12, width: bar, height: h, rx: 2, class: "node" }));
      picture.append(svg("text", { x: isLeft ? left - 8 : right + bar + 8, y: at + 12 + h / 2, "text-anchor": isLeft ? "end" : "start", "dominant-baseline": "middle" },
        svg("tspan", { class: "name" }, flow.name), svg("tspan", { class: "watts" }, `  ${watts(flow.watts)}`), isLeft ? null : svg("tspan", { class: "share" }, `  ${share}`)));
      y += core_h;
    }
  };
  side(stacked(from, height, total), true);
  side(stacked(to, height, total), false);
  picture.append(svg("rect", { x: middle - bar / 2, y: coreTop, width: bar, height: core, rx: 2, class: "node" }),
    svg("text", { x: middle, y: coreTop - 8, "text-anchor": "middle", class: "name" }, watts(total)));
  return picture;
}

function heat() {
  if (!thermal) return;
  const picture = sankey();
  chapter("heat", "Where the heat goes", picture && el("div", { class: "scroll" }, picture),
    el("p", { class: "quiet" }, `In ${significant(thermal.heat_in_W)} W, out ${significant(thermal.heat_out_W)} W, apart by ${thermal.balance.toExponential(1)} of it; `,
      "the balance is computed from the surfaces, not from the solver's residual."));
}
