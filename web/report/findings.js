"use strict";
// All findings: filtered by verdict and words, sorted by any column.

const badness = { fail: 0, unknown: 1, warn: 2, pass: 3, info: 4 };

/** @typedef {"verdict" | "subject" | "rule" | "value" | "limit" | "margin"} SortKey */

const findingsView = {
  /** verdicts shown; empty: all */
  /** @type {Set<Verdict>} */
  only: new Set(),
  words: "",
  /** @type {SortKey} */
  by: "verdict",
  down: false,
  renew: () => {},
};

/** @param {Verdict} verdict */
function filterFindings(verdict) {
  findingsView.only = new Set([verdict]);
  findingsView.renew();
}

/** Share of the limit that is left: margins of different units side by side.
 * @param {Finding} f */
function relativeMargin(f) {
  return f.margin === null ? Infinity : f.margin / (f.limit ? Math.abs(f.limit) : 1);
}

/** @param {Finding} f @param {SortKey} key @returns {string | number} */
function sortValue(f, key) {
  if (key === "verdict") return badness[f.verdict];
  if (key === "margin") return relativeMargin(f);
  if (key === "value" || key === "limit") return f[key] ?? Infinity;
  return f[key];
}

function shownFindings() {
  const { only, words, by, down } = findingsView;
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const out = report.findings.filter((f) => (only.size === 0 || only.has(f.verdict)) &&
    wanted.every((w) => `${f.rule} ${f.subject} ${f.why} ${f.mend} ${f.source}`.toLowerCase().includes(w)));
  return out.map((f, n) => ({ f, n })).sort((a, b) => {
    const x = sortValue(a.f, by), y = sortValue(b.f, by);
    const order = x < y ? -1 : x > y ? 1 : relativeMargin(a.f) - relativeMargin(b.f) || a.n - b.n;
    return (Number.isNaN(order) ? a.n - b.n : order) * (down ? -1 : 1);
  }).map(({ f }) => f);
}

/** @param {Where | undefined} where */
function whereText(where) {
  return where && where.file ? `${where.file.replace(/^.*\//, "")}:${where.line}` : "";
}

/** @param {Finding} f */
function findingRow(f) {
  const drawn = bodies.some((b) => b.path === f.subject || subjectOf(b) === f.subject);
  const subject = drawn ? el("button", { class: "link", title: "show it on the package", onclick: () => {
    select(f.subject);
    slot("package").scrollIntoView({ behavior: "smooth" });
  } }, shortName(f.subject)) : shortName(f.subject);
  return el("tr", { class: f.verdict }, el("td", {}, chip(f.verdict)), el("td", {}, subject, el("span", { class: "rule" }, f.rule)),
    numberCell(f.value, f.unit), numberCell(f.limit, f.unit), numberCell(f.margin, f.unit === "degC" ? "K" : f.unit, true),
    el("td", { class: "why" }, el("p", {}, prose(f.why)), f.mend && el("p", { class: "mend" }, prose(f.mend)),
      el("small", {}, [prose(f.source), whereText(f.where)].filter(Boolean).join(" · "))));
}

/** A number over a unit that may be long.
 * @param {number | null} value @param {string} unit @param {boolean} [margin] */
function numberCell(value, unit, margin) {
  if (value === null) return el("td", { class: "number" }, missing);
  const text = unit === "degC" || unit === "K" ? fixed(value, 1) : significant(value);
  return el("td", { class: margin ? "number margin" : "number" }, margin && value > 0 ? "+" : "", text, " ", el("span", { class: "unit" }, unitText(unit)));
}

function findings() {
  const body = el("tbody");
  const count = el("span", { class: "quiet", "aria-live": "polite" });
  const search = el("input", { type: "search", placeholder: "rule, part, words …", "aria-label": "find in findings", oninput: () => {
    findingsView.words = search.value;
    findingsView.renew();
  } });
  const filters = verdictCounts().map(({ verdict, count: n }) => el("button", { class: "chip " + verdict, "data-verdict": verdict, onclick: () => {
    if (!findingsView.only.delete(verdict)) findingsView.only.add(verdict);
    findingsView.renew();
  } }, `${n} ${verdict}`));
  const sorter = (/** @type {SortKey} */ key, /** @type {string} */ title) => el("button", { "data-key": key, onclick: () => {
    findingsView.down = findingsView.by === key && !findingsView.down;
    findingsView.by = key;
    findingsView.renew();
  } }, title);
  /** @type {[string, HTMLElement[]][]} */
  const columns = [["", [sorter("verdict", "Verdict")]], ["", [sorter("subject", "Part"), sorter("rule", "Check")]], ["number", [sorter("value", "Value")]],
    ["number", [sorter("limit", "Limit")]], ["number", [sorter("margin", "Margin")]], ["", []]];
  const heads = columns.map(([kind, sorters]) => el("th", { class: kind, scope: "col" }, sorters.length > 0 ? sorters : "Why, mend, source"));
  findingsView.renew = () => {
    const shown = shownFindings();
    body.replaceChildren(...shown.map(findingRow));
    count.textContent = shown.length === report.findings.length ? `${shown.length} findings` : `${shown.length} of ${report.findings.length}`;
    for (const b of filters) b.setAttribute("aria-pressed", String(findingsView.only.has(/** @type {Verdict} */ (b.dataset.verdict))));
    for (const h of heads) {
      const chosen = h.querySelector(`[data-key=${findingsView.by}]`);
      if (chosen) h.setAttribute("aria-sort", findingsView.down ? "descending" : "ascending");
      else h.removeAttribute("aria-sort");
      for (const b of h.querySelectorAll("button")) b.classList.toggle("by", b === chosen);
    }
  };
  findingsView.renew();
  chapter("findings", "Findings", el("div", { class: "controls" }, el("span", { class: "chips" }, filters), search, count),
    el("div", { class: "scroll" }, el("table", { class: "findings" }, el("thead", {}, el("tr", {}, heads)), body)));
}
