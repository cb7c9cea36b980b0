"use strict";
// Names of the dies over the drawing, faint where something stands before them.

class Labels {
  /** @param {HTMLElement} layer */
  constructor(layer) {
    this.marks = dieBodies.slice(0, 40).map((body) => {
      const node = el("button", { class: "die-label", tabindex: -1, onclick: () => select(body.path) }, shortName(body.path));
      layer.append(node);
      return { body, node };
    });
  }

  /** @param {Camera} camera @param {Placing} placing @param {boolean} shown */
  draw(camera, placing, shown) {
    for (const { body, node } of this.marks) {
      const on = shown && !state.hidden.has(body.index);
      node.hidden = !on;
      if (!on) continue;
      const top = camera.pitch >= 0 ? body.z_um[1] : body.z_um[0];
      /** @type {Vec3} */
      const at = [body.at_um[0] / 1e3, body.at_um[1] / 1e3, (top / 1e3 + placing.lift(body)) * placing.stretch];
      const p = camera.project(at);
      const hit = pickBody(camera, placing, p.x, p.y);
      const covered = hit !== null && subjectOf(hit.body) !== body.path;
      node.style.transform = `translate(${p.x.toFixed(1)}px, ${p.y.toFixed(1)}px) translate(-50%, -50%)`;
      node.classList.toggle("covered", covered);
      node.classList.toggle("chosen", state.selected === body.path);
    }
  }
}
