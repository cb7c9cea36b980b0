"use strict";
// Numbers as a reader wants them.

const missing = "–";

/** @param {number} value @param {number} digits */
function fixed(value, digits) {
  return Number.isFinite(value) ? value.toFixed(digits).replace("-", "−") : missing;
}

/**
 * Significant digits without an exponent where that stays short.
 * @param {number | null | undefined} value
 * @param {number} [digits]
 */
function significant(value, digits = 4) {
  if (value === null || value === undefined || !Number.isFinite(value)) return missing;
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-3)) return value.toExponential(Math.max(0, digits - 1)).replace("-", "−");
  return String(Number(value.toPrecision(digits))).replace("-", "−");
}

/** @param {number} watts */
function watts(watts) {
  const size = Math.abs(watts);
  if (size >= 100) return fixed(watts, 0) + " W";
  if (size >= 10) return fixed(watts, 1) + " W";
  if (size >= 1) return fixed(watts, 2) + " W";
  return size >= 1e-3 || size === 0 ? significant(watts * 1e3, 3) + " mW" : significant(watts * 1e6, 3) + " µW";
}

/** @param {number | null} kelvins */
function celsius(kelvins) {
  return kelvins === null || !Number.isFinite(kelvins) ? missing : fixed(kelvins - kelvin, 1) + " °C";
}

/** A place in mm, from metres.
 * @param {number[]} at */
function place(at) {
  return "(" + at.map((v) => fixed(v * 1e3, Math.abs(v) < 1e-4 ? 3 : 2)).join(", ") + ") mm";
}

/** Units as they are printed.
 * @param {string} unit */
function unitText(unit) {
  return unit.replace("degC", "°C").replace("um", "µm").replace(/\bm2\b/g, "m²").replace(/\bohm\b/g, "Ω")
    .replace(/([a-z]{4,})\//g, "$1/\u200b");
}

/** A sentence of the program as it is printed: units and signs that plain text spells out.
 * @param {string} text */
function prose(text) {
  return text.replace(/\+-/g, "±").replace(/\btheta_(?=J)/g, "θ").replace(/\bpsi_(?=J)/g, "ψ").replace(/\bdegC\b/g, "°C").replace(/(?<=\d )um\b/g, "µm").replace(/\b([mcµ]?m)2\b/g, "$1²")
    .replace(/(?<![\w.])-(?=\d)/g, "−").replace(/ x (?=\d)/g, " × ").replace(/ >= /g, " ≥ ").replace(/ <= /g, " ≤ ");
}

/** @param {number | null} value @param {string} unit @param {number} [digits] */
function quantity(value, unit, digits = 4) {
  if (value === null || !Number.isFinite(value)) return missing;
  const text = unit === "degC" || unit === "K" ? fixed(value, 1) : significant(value, digits);
  return unit ? text + " " + unitText(unit) : text;
}

/** @param {number} seconds */
function duration(seconds) {
  if (seconds >= 1) return significant(seconds, 3) + " s";
  return seconds >= 1e-3 ? significant(seconds * 1e3, 3) + " ms" : significant(seconds * 1e6, 3) + " µs";
}

/** @param {number} bytes */
function byteText(bytes) {
  return bytes >= 1e9 ? significant(bytes / 1e9, 3) + " GB" : significant(bytes / 1e6, 3) + " MB";
}

/**
 * Round numbers from low to high, about `count` of them.
 * @param {number} low @param {number} high @param {number} [count]
 * @returns {number[]}
 */
function ticks(low, high, count = 6) {
  if (!(high > low)) return [low];
  const raw = (high - low) / count;
  const power = Math.pow(10, Math.floor(Math.log10(raw)));
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= raw) ?? 10);
  const out = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; ++n) out.push(n * step);
  return out;
}

/** Powers of ten with what stands between.
 * @param {number} low @param {number} high */
function logTicks(low, high) {
  const decades = Math.log10(high / low);
  const between = decades > 4 ? [1] : decades > 1.5 ? [1, 3] : [1, 2, 5];
  const out = [];
  const every = Math.max(1, Math.ceil(decades / 7));
  for (let p = Math.floor(Math.log10(low)); p <= Math.ceil(Math.log10(high)); ++p) {
    if (p % every !== 0) continue;
    for (const m of between) {
      const v = m * Math.pow(10, p);
      if (v >= low * 0.999 && v <= high * 1.001) out.push(v);
    }
  }
  return out.length >= 2 ? out : ticks(low, high);
}

/** As many decimals as the ticks need.
 * @param {number[]} at */
function tickText(at) {
  const step = at.length > 1 ? Math.abs(at[1] - at[0]) : 1;
  const digits = Math.min(6, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));
  return at.map((v) => (Math.abs(v) >= 1e5 ? significant(v, 3) : fixed(Math.abs(v) < step * 1e-6 ? 0 : v, digits)));
}
