"use strict";
// What analyses brought, one chapter each: their curves and tables in the order they came.

function chapters() {
  const names = [...new Set([...report.curves, ...report.tables].map((item) => item.analysis))];
  for (const name of names) {
    chapter("analysis-" + name.replace(/[^a-z0-9]+/gi, "-"), analysisTitle(name),
      el("div", { class: "figures" }, report.curves.filter((c) => c.analysis === name).map((c) => curveFigure(c))),
      report.tables.filter((t) => t.analysis === name).map(tableFigure));
  }
}
