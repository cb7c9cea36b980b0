"use strict";
// What the program put into the page: report.json, the package's solids, the fields. Lengths of solids and
// fields are in micrometres, as their keys say; the report's are in metres.

/**
 * @typedef {{file: string, line: number, column: number}} Where
 * @typedef {{rule: string, subject: string, value: number | null, limit: number | null, unit: string,
 *   margin: number | null, verdict: Verdict, why: string, source: string, mend: string, where?: Where}} Finding
 * @typedef {"pass" | "warn" | "fail" | "unknown" | "info"} Verdict
 * @typedef {{max_K: number, mean_K: number, min_K: number, max_at: number[], power_W: number, error_K: number,
 *   mean_error_K: number, path: string}} Part
 * @typedef {{subject: string, parameter: string, dT_dp: number, unit: string, value: number}} Sensitivity
 * @typedef {{subject: string, parameter: string, from: number, to: number, unit: string,
 *   predicted_change_K: number, text: string}} Mend
 * @typedef {{path: string, k: number[], lower: number[], upper: number[], model: string}} Medium
 * @typedef {{dies: Record<string, Part>, blocks: Record<string, Part>, parts: Record<string, Part>,
 *   heat_in_W: number, heat_out_W: number, balance: number, paths: Record<string, number>,
 *   case_top: {K: number | null, at: number[]}, touch: {K: number | null, at: number[]},
 *   error_estimate_K: number, sensitivities: Sensitivity[], mends: Mend[], path: string, cells: number,
 *   iterations: number, relative_residual: number, seconds: number, seconds_mesh: number,
 *   seconds_solve: number, forecast_bytes: number, media: Medium[], notes: string[]}} Thermal
 * @typedef {{name: string, x: (number | null)[], y: (number | null)[], steps?: boolean, dashed?: boolean}} Series
 * @typedef {{label: string, unit: string, log: boolean}} Axis
 * @typedef {{analysis: string, title: string, x: Axis, y: Axis, note: string, series: Series[]}} Curve
 * @typedef {{analysis: string, title: string, note: string,
 *   columns: {title: string, unit: string, digits: number}[], rows: (string | number | null)[][]}} Table
 * @typedef {{value?: number | number[] | null, temperature_K?: number[], source: string, year?: number,
 *   confidence: string, where?: Where}} Property
 * @typedef {{description: string, shipped: boolean, properties: Record<string, Property>}} Material
 * @typedef {{looks: string, part: string, h: number | null, ambient_K: number, source: string,
 *   confidence: string, defaulted: boolean, where?: Where}} Film
 * @typedef {{severity: string, what: string, mend: string} & Where} Note
 * @typedef {{made_by: string, seconds: number,
 *   design: {name: string, description: string, file: string, content_hash: string},
 *   verdict: Verdict, findings: Finding[], analyses: Record<string, {seconds: number}>, thermal?: Thermal,
 *   curves: Curve[], tables: Table[], environment: {ambient_K: number, standard: string, films: Film[]},
 *   inputs: {path: string, value: string, where: Where}[],
 *   defaults: {path: string, value: string, source: string}[], stored: {path: string, where: Where}[],
 *   materials: Record<string, Material>, notes: Note[], files: string[]}} GivenReport
 * @typedef {{path: string, part: string, role: string, at_um: [number, number], size_um: [number, number],
 *   z_um: [number, number], rank: number, material: string, rotation?: number, inclusion?: string,
 *   fraction?: number, count?: number, diameter_um?: number, sites_um?: number[], line?: number}} Solid
 * @typedef {{path: string, solid: string, box_um: [number, number, number, number], z_um: [number, number],
 *   power_W: number}} Source
 * @typedef {{analysis: string, title: string, unit: string, low: number, high: number, high_at: number[],
 *   cells: number, cells_shown: number, x_um: number[], y_um: number[], z_um: number[], values: string}} RawField
 * @typedef {{body_um: [number, number], solids: Solid[], sources: Source[]}} View
 */

/** @type {{report: GivenReport, view: View, fields: RawField[]}} */
const given = JSON.parse(slot("data").textContent || "{}");
const report = given.report;
const thermal = report.thermal;
const kelvin = 273.15;

/** What an analysis is called where people read. */
const analysisTitles = new Map([
  ["rules", "Geometry and design rules"],
  ["thermal.steady", "Steady heat"],
  ["thermal.transient", "Heat over time"],
  ["thermal.runaway", "Thermal runaway"],
  ["thermal.films", "Films by law"],
  ["thermal.impedance", "Thermal impedance"],
  ["thermal.jedec", "JEDEC thermal metrics"],
  ["thermal.coolant", "Coolant"],
  ["thermal.reduced", "Reduced thermal model"],
  ["pictures", "Pictures"],
]);

/** @param {string} analysis */
function analysisTitle(analysis) {
  return analysisTitles.get(analysis) ?? analysis;
}

/**
 * "dies.soc" -> "soc": a subject without its section.
 * @param {string} path
 */
function shortName(path) {
  return path.replace(/^(dies|block|passives)\./, "");
}
