"use strict";
// Light or dark: what the system prefers, until the reader chooses.

function theme() {
  const root = document.documentElement;
  const prefers = matchMedia("(prefers-color-scheme: dark)");
  const set = (/** @type {boolean} */ dark) => {
    root.dataset.theme = dark ? "dark" : "light";
    changed("theme");
  };
  set(prefers.matches);
  prefers.addEventListener("change", () => set(prefers.matches));
  slot("contents").append(el("button", { class: "small theme", onclick: () => set(root.dataset.theme !== "dark") }, "light / dark"),
    el("button", { class: "small", onclick: () => window.print() }, "print"));
  // A print shows what is folded away, on white.
  let before = "light";
  window.addEventListener("beforeprint", () => {
    before = root.dataset.theme ?? "light";
    set(false);
    for (const d of document.querySelectorAll("details.folded")) d.setAttribute("open", "");
    changed("print");
  });
  window.addEventListener("afterprint", () => {
    set(before === "dark");
    changed("printed");
  });
}
