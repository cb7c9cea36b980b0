"use strict";
// The list of every solid: shown or hidden, one by one or by group.

/** @param {Piece[]} of @param {boolean} show */
function showBodies(of, show) {
  for (const body of of) {
    if (show) state.hidden.delete(body.index);
    else state.hidden.add(body.index);
  }
  changed("visible");
}

/** @param {Piece} body */
function bodyWords(body) {
  const stuff = body.inclusion ? `${body.inclusion} in ${body.material}` : body.material;
  const thick = body.z_um[1] - body.z_um[0];
  return `${stuff}, ${thick >= 1000 ? significant(thick / 1e3, 3) + " mm" : significant(thick, 3) + " µm"}` +
    (body.count ? `, ${body.count} pieces` : "");
}

/** @param {Piece} body */
function bodyRow(body) {
  const box = el("input", {
    type: "checkbox", "aria-label": "show " + body.path,
    onchange: () => showBodies([body], box.checked),
  });
  const name = el("button", { class: "link", title: bodyWords(body), onclick: () => select(subjectOf(body)) }, body.path);
  const row = el("li", {}, box, el("i", { class: "swatch", style: "background:" + rgbCss(solidColour(body)) }), name,
    el("small", {}, bodyWords(body)));
  const follow = () => {
    box.checked = !state.hidden.has(body.index);
    row.classList.toggle("chosen", state.selected !== "" && subjectOf(body) === state.selected);
  };
  on("visible", follow);
  on("selection", follow);
  follow();
  return row;
}

function layerList() {
  const out = el("div", { class: "layers" });
  for (const { name } of groups) {
    const members = bodies.filter((b) => b.group === name);
    if (members.length === 0) continue;
    const box = el("input", {
      type: "checkbox", "aria-label": "show " + name,
      onclick: (/** @type {Event} */ e) => e.stopPropagation(), onchange: () => showBodies(members, box.checked),
    });
    const follow = () => {
      const shown = members.filter((b) => !state.hidden.has(b.index)).length;
      box.checked = shown > 0;
      box.indeterminate = shown > 0 && shown < members.length;
    };
    on("visible", follow);
    follow();
    out.append(el("details", {}, el("summary", {}, box, el("b", {}, name), el("small", {}, String(members.length))),
      el("ul", {}, members.map(bodyRow))));
  }
  return out;
}
