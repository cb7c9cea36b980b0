"use strict";
// What is known of the selected part: temperatures, limit, where it is hottest, what moves it, what would mend it.

/** @param {string} path @returns {Part | null} */
function partOf(path) {
  if (!thermal) return null;
  for (const set of [thermal.dies, thermal.blocks, thermal.parts]) {
    for (const part of Object.values(set)) if (part.path === path) return part;
  }
  return Object.values(thermal.parts).find((part) => path === part.path || path.startsWith(part.path + ".")) ?? null;
}

/** What one per cent more of a parameter does, K; of a temperature, one kelvin more.
 * @param {Sensitivity} s */
function perPercent(s) {
  return s.unit === "K" ? s.dT_dp : s.dT_dp * s.value * 0.01;
}

/** @param {string} parameter */
function parameterWords(parameter) {
  return parameter.replace(/^environment\.ambient$/, "ambient (1 K)").replace(/^materials\.(.*)\.k$/, "k of $1").replace(/^environment\.(\w+)\.h$/, "film, surfaces looking $1")
    .replace(/^environment\.(.*)\.h$/, "film of $1");
}

/** Bars to the left (cooler) and right (hotter).
 * @param {Sensitivity[]} list */
function sensitivityBars(list) {
  const shown = [...list].sort((a, b) => Math.abs(perPercent(b)) - Math.abs(perPercent(a))).slice(0, 7);
  const most = Math.max(...shown.map((s) => Math.abs(perPercent(s))), 1e-12);
  return el("ul", { class: "bars" }, shown.map((s) => {
    const change = perPercent(s);
    const width = (50 * Math.abs(change)) / most;
    return el("li", { title: `${s.parameter} = ${significant(s.value)} ${unitText(s.unit)}; dT/dp = ${significant(s.dT_dp)} K per ${unitText(s.unit)}` },
      el("span", {}, parameterWords(s.parameter)), el("div", { class: "track" },
        el("i", { class: change < 0 ? "cool" : "warm", style: `width:${width.toFixed(1)}%;${change < 0 ? "right:50%" : "left:50%"}` })),
      el("b", {}, `${change > 0 ? "+" : ""}${significant(change, 2)} K`));
  }));
}

/** @param {string} path */
function cardBody(path) {
  const part = partOf(path);
  const body = bodyOf(path) ?? bodies.find((b) => subjectOf(b) === path) ?? null;
  const finding = junctionOf(path);
  /** @type {[string, string][]} */
  const rows = [];
  if (part) {
    rows.push(["Hottest point", `${celsius(part.max_K)} ± ${fixed(part.error_K, 2)} K`], ["Mean", celsius(part.mean_K)],
      ["Coldest cell", celsius(part.min_K)]);
    if (finding?.limit !== null && finding) rows.push(["Limit", quantity(finding.limit, finding.unit)], ["Margin", `${fixed(finding.margin ?? NaN, 1)} K`]);
    rows.push(["Power", watts(part.power_W)], ["Hot spot at", place(part.max_at)]);
  }
  if (body) {
    rows.push(["Size", `${significant(body.size_um[0] / 1e3)} × ${significant(body.size_um[1] / 1e3)} mm`], ["Made of", bodyWords(body)]);
    if (body.line) rows.push(["Written at", `${report.design.file.replace(/^.*\//, "")}:${body.line}`]);
  }
  const mends = thermal?.mends.filter((m) => m.subject === path) ?? [];
  const moves = thermal?.sensitivities.filter((s) => s.subject === path) ?? [];
  const others = report.findings.filter((f) => f.subject === path && f !== finding && f.verdict !== "pass");
  return [
    el("div", { class: "row" }, el("h3", {}, shortName(path)), finding && chip(finding.verdict)),
    part ? null : el("p", { class: "quiet" }, thermal ? "Reported as part of a larger part; point at it to read temperatures." : "Temperatures were not computed."),
    el("dl", {}, rows.map(([k, v]) => [el("dt", {}, k), el("dd", {}, v)]).flat()),
    el("p", { class: "buttons" },
      part && fields.length > 0 && el("button", { class: "small", onclick: () => {
        state.cursor = /** @type {Vec3} */ (part.max_at.map((v) => v * 1e6));
        changed("cut");
        slot("slices").scrollIntoView({ behavior: "smooth", block: "start" });
      } }, "Cut at hot spot"),
      body && el("button", { class: "small", id: "show-alone", onclick: () => {
        state.hidden = new Set(bodies.filter((b) => subjectOf(b) !== subjectOf(body)).map((b) => b.index));
        changed("visible");
      } }, "Alone"),
      body && el("button", { class: "small", onclick: () => {
        state.hidden = new Set(bodies.filter(hiddenFirst).map((b) => b.index));
        changed("visible");
      } }, "All parts")),
    moves.length > 0 && el("h4", {}, "One per cent more of …"), moves.length > 0 && sensitivityBars(moves),
    mends.length > 0 && el("h4", {}, "What would cool it"),
    mends.length > 0 && el("ol", { class: "mends" }, mends.slice(0, 5).map((m) => el("li", {}, prose(m.text)))),
    others.length > 0 && el("h4", {}, "Other findings"),
    others.length > 0 && el("ul", { class: "mends" }, others.map((f) => el("li", {}, chip(f.verdict), " ", prose(f.why)))),
  ];
}

function card() {
  const out = el("div", { class: "card", id: "card", "aria-live": "polite" });
  const renew = () => {
    const path = state.selected;
    out.dataset.path = path;
    out.replaceChildren();
    if (path === "") {
      out.append(el("p", { class: "quiet" }, "Click a part of the package, or a name below. Drag turns it, shift-drag moves it; ",
        "once clicked, the wheel zooms."));
    } else {
      fill(out, cardBody(path));
    }
  };
  on("selection", renew);
  renew();
  return out;
}
