"use strict";
// Puts the page together.

const packageView = new PackageView();

function packageChapter() {
  const view = packageView;
  const weak = view.drawer.name === "canvas";
  chapter("package", "The package", view.controls(),
    el("div", { class: "workbench" }, view.stage, el("div", { class: "aside" }, card(), layerList())),
    weak && el("p", { class: "quiet" }, "This browser gives no WebGL: the package is drawn by a simpler painter, one colour per patch. Cuts and numbers are the same."));
}

function sliceChapter() {
  if (fields.length === 0) return;
  const slices = new Slices();
  chapter("slices", "Cuts", slices.controls(), slices.frameBox, probeTable(),
    el("p", { class: "quiet" }, "Read between the centres of the grid's cells. A part's hottest point in the tables is found by parabolas through cells and faces and may lie a little higher."));
  slices.read();
  slices.later();
}

summary();
dies();
packageChapter();
sliceChapter();
heat();
findings();
chapters();
provenance();
theme();
document.documentElement.dataset.ready = String(Math.round(performance.now()));
