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

  /** Where a die's name stands: the middle of the face that is seen, else the middle of an edge that is.
   * @param {Piece} body @param {Camera} camera @param {Placing} placing */
  spot(body, camera, placing) {
    const top = camera.pitch >= 0 ? body.z_um[1] : body.z_um[0];
    const at = (/** @type {[number, number]} */ [x, y]) => camera.project([x / 1e3, y / 1e3, (top / 1e3 + placing.lift(body)) * placing.stretch]);
    const around = corners(body);
    const middle = around.map((c, n) => /** @type {[number, number]} */ ([(c[0] + around[(n + 1) % 4][0]) / 2, (c[1] + around[(n + 1) % 4][1]) / 2]));
    // A tenth inwards, so that the name stands on the face.
    const inwards = middle.map(([x, y]) => /** @type {[number, number]} */ ([x + 0.1 * (body.at_um[0] - x), y + 0.1 * (body.at_um[1] - y)]));
    const free = [body.at_um, ...inwards].map((place) => at(place)).find((p) => {
      const hit = pickBody(camera, placing, p.x, p.y);
      return hit === null || subjectOf(hit.body) === body.path;
    });
    return { p: free ?? at(body.at_um), covered: free === undefined };
  }

  /** @param {Camera} camera @param {Placing} placing @param {boolean} shown */
  draw(camera, placing, shown) {
    for (const { body, node } of this.marks) {
      const on = shown && !state.hidden.has(body.index);
      node.hidden = !on;
      if (!on) continue;
      const { p, covered } = this.spot(body, camera, placing);
      node.style.transform = `translate(${p.x.toFixed(1)}px, ${p.y.toFixed(1)}px) translate(-50%, -50%)`;
      node.classList.toggle("covered", covered);
      node.classList.toggle("chosen", state.selected === body.path);
    }
  }
}
