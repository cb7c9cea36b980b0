"use strict";
// Places a reader keeps: their value in every field.

/** @type {Vec3[]} µm */
const probes = [];

/** @param {Vec3} at */
function addProbe(at) {
  probes.push([...at]);
  changed("probes");
}

function probeTable() {
  const out = el("div", { class: "probes" });
  const renew = () => {
    if (probes.length === 0) {
      out.replaceChildren();
      return;
    }
    const rows = probes.map((p, n) => {
      const body = bodyAt(...p);
      return el("tr", {}, el("th", { scope: "row" }, n + 1), el("td", {}, `(${p.map((v) => fixed(v / 1e3, 3)).join(", ")})`),
        el("td", {}, body ? body.path : "nothing"), fields.map((f) => el("td", { class: "number" }, fixed(f.at(...p), 2))),
        el("td", {}, el("button", { class: "small", "aria-label": `remove probe ${n + 1}`, onclick: () => {
          probes.splice(n, 1);
          changed("probes");
        } }, "remove")));
    });
    out.replaceChildren(el("table", {}, el("caption", {}, "Probes"),
      el("thead", {}, el("tr", {}, el("th", {}, "no."), el("th", {}, "place in mm"), el("th", {}, "in"),
        fields.map((f) => el("th", { class: "number" }, `${f.title} / ${unitText(f.unit)}`)), el("th", {}))), el("tbody", {}, rows)));
  };
  on("probes", renew);
  return out;
}
