"use strict";
// Tables of any analysis.

/** @param {Table} table */
function tableFigure(table) {
  const isNumber = table.columns.map((_, n) => table.rows.some((row) => typeof row[n] === "number"));
  const head = table.columns.map((c, n) => el("th", { scope: "col", class: isNumber[n] ? "number" : "" }, c.unit ? `${c.title} / ${unitText(c.unit)}` : c.title));
  const rows = table.rows.map((row) => el("tr", {}, table.columns.map((c, n) => {
    const cell = row[n];
    const text = typeof cell === "string" ? prose(cell) : cell === undefined ? "" : c.unit === "degC" || c.unit === "K" ? fixed(cell ?? NaN, c.digits > 4 ? 2 : 1) : significant(cell, c.digits);
    return el("td", { class: isNumber[n] ? "number" : "" }, text);
  })));
  return el("figure", {}, el("figcaption", {}, table.title), el("div", { class: "scroll" }, el("table", { class: table.columns.length < 5 ? "few" : "" }, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows))),
    table.note && el("p", { class: "quiet" }, prose(table.note)));
}
