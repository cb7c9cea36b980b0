"use strict";
// Elements from text. Whatever a design file says reaches the page through these two functions only, and they
// make text nodes and attributes of it: it can never become markup.

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Child | Child[]} Children */

/**
 * @param {Element} node
 * @param {Record<string, unknown>} set
 */
function dress(node, set) {
  for (const [key, value] of Object.entries(set)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) {
      node.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
    } else {
      node.setAttribute(key, value === true ? "" : String(value));
    }
  }
}

/**
 * @param {Element} node
 * @param {Children[]} children
 */
function fill(node, children) {
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/**
 * An HTML element: attributes (on... are listeners), then children; strings become text.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [set]
 * @param {...Children} children
 * @returns {HTMLElementTagNameMap[K]}
 */
function el(tag, set = {}, ...children) {
  const node = document.createElement(tag);
  dress(node, set);
  fill(node, children);
  return node;
}

/**
 * The same for SVG.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [set]
 * @param {...Children} children
 * @returns {SVGElementTagNameMap[K]}
 */
function svg(tag, set = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  dress(node, set);
  fill(node, children);
  return node;
}

/**
 * The element of the skeleton with this id.
 * @param {string} id
 * @returns {HTMLElement}
 */
function slot(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error("the page has no place called " + id);
  return node;
}

/**
 * A chapter: a heading and its place in the page's contents.
 * @param {string} id
 * @param {string} title
 * @param {...Children} children
 */
function chapter(id, title, ...children) {
  const section = el("section", { id, "aria-labelledby": id + "-title" }, el("h2", { id: id + "-title" }, title));
  fill(section, children);
  slot("report").append(section);
  slot("contents").append(el("a", { href: "#" + id }, title));
  return section;
}
