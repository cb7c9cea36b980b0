// node compare_ort.mjs [--bondline PROGRAM] [--data FOLDER] [--work FOLDER] [--rounds N] [--only NAME,...]
// Every model of the data folder beside ONNX Runtime 1.30 in the same run, one thread: CPU milliseconds per inference
// (minimum within a run, median over interleaved rounds), fp32 and the same int8 QDQ file for both. Installs the peer and
// makes the models in --work (build/bench-inference) on the first run; needs npm, python3-onnx and python3-numpy.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, copyFileSync, readFileSync, statSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const top = resolve(here, '../../..');
const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? process.argv[at + 1] : otherwise;
};
if (process.argv.includes('--help')) {
  console.log(readFileSync(fileURLToPath(import.meta.url), 'utf8').split('\n').slice(0, 4).map((l) => l.slice(3)).join('\n'));
  process.exit(0);
}
const bondline = resolve(option('bondline', join(top, 'build/release/bin/bondline')));
const data = resolve(option('data', process.env.BONDLINE_DATA ?? join(top, '../shared/data')), 'inference');
const work = resolve(option('work', join(top, 'build/bench-inference')));
const rounds = Number(option('rounds', '3'));
const only = option('only', '').split(',').filter(Boolean);

const models = [
  ['resnet50', 'resnet50_gen'], ['mobilenet_v2', 'mobilenetv2_gen'], ['yolov8n 640', 'yolov8n_gen'],
  ['yolox_nano 416', 'yolox_nano_416'], ['yunet 320', 'yunet_n_320'], ['squeezenet1.1', 'squeezenet11_gen'],
  ['resnet18', 'resnet18_gen'],
].filter(([name]) => only.length === 0 || only.some((o) => name.startsWith(o)));

if (!existsSync(data)) {
  console.log(`skipped: no folder ${data}`);
  process.exit(0);
}
mkdirSync(work, { recursive: true });
const peer = join(work, 'ort');
if (!existsSync(join(peer, 'node_modules/onnxruntime-node'))) {
  mkdirSync(peer, { recursive: true });
  copyFileSync(join(here, 'ort/package.json'), join(peer, 'package.json'));
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: peer, stdio: 'inherit' });
}
copyFileSync(join(here, 'ort/time_model.js'), join(peer, 'time_model.js'));
const environment = { ...process.env, ORT_NODE: join(peer, 'node_modules/onnxruntime-node') };

// The fp32 and int8 ONNX files of a model, made on the first run.
function files(stem) {
  const fp32 = join(work, `${stem}.onnx`), int8 = join(work, `${stem}_int8.onnx`);
  if (!existsSync(fp32)) {
    if (stem.endsWith('_gen')) execFileSync('/usr/bin/python3', [join(data, 'gen_models.py'), work], { stdio: 'inherit' });
    else copyFileSync(join(data, stem, 'model.onnx'), fp32);
  }
  if (!existsSync(int8)) execFileSync('sh', [join(data, 'make_int8.sh'), fp32, int8], { env: environment, stdio: 'inherit' });
  return { fp32, int8 };
}
// The compiled twin, made again when program or model is newer.
function compiled(onnx) {
  const blm = onnx.replace(/\.onnx$/, '.blm');
  const newest = Math.max(statSync(onnx).mtimeMs, statSync(bondline).mtimeMs);
  if (!existsSync(blm) || statSync(blm).mtimeMs < newest)
    execFileSync(bondline, ['model', 'compile', onnx, '--out', blm, ...(process.argv.includes('--tune') ? ['--tune'] : [])],
                 { stdio: ['ignore', 'ignore', 'inherit'] });
  return blm;
}
const ort = (file, threads = 1, spin = 1) =>
  JSON.parse(execFileSync('node', [join(peer, 'time_model.js'), file, String(threads), String(spin)], { encoding: 'utf8' }));
const ours = (file) =>
  JSON.parse(execFileSync(bondline, ['model', 'bench', file, '--threads', '1', '--json'], { encoding: 'utf8' }));
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const load = () => loadavg().map((l) => l.toFixed(1)).join(' ');
const clock = () => (readFileSync('/proc/cpuinfo', 'utf8').match(/cpu MHz\s*:\s*(\d+)/) ?? [, '?'])[1];

console.log(`machine: ${cpus()[0].model}, ${cpus().length} cores, ${clock()} MHz, load ${load()}; ${rounds} interleaved rounds`);
const head = ['model', 'ORT fp32', 'ours fp32', 'ORT int8', 'ours int8', 'int8 x', 'fp32 x', 'ORT ready', 'ours ready', 'Gop/s', '% peak', 'mallocs'];
console.log('| ' + head.join(' | ') + ' |\n|' + head.map(() => '---').join('|') + '|');
let product = 1;
for (const [name, stem] of models) {
  const { fp32, int8 } = files(stem);
  const blm32 = compiled(fp32), blm8 = compiled(int8);
  const t = { ort32: [], ours32: [], ort8: [], ours8: [], readyOrt: [], readyOurs: [] };
  let last;
  for (let round = 0; round < rounds; round++) {
    const a = ort(int8);
    const b = ort(int8, 1, 0);
    t.ort8.push(Math.min(a.cpu_ms, b.cpu_ms));
    t.readyOrt.push(a.ready_ms);
    last = ours(blm8);
    t.ours8.push(last.cpu_ms);
    t.readyOurs.push(last.load_ms ?? NaN);
    t.ort32.push(ort(fp32).cpu_ms);
    t.ours32.push(ours(blm32).cpu_ms);
  }
  const m = Object.fromEntries(Object.entries(t).map(([k, v]) => [k, median(v)]));
  product *= m.ort8 / m.ours8;
  console.log('| ' + [name, m.ort32.toFixed(2), m.ours32.toFixed(2), m.ort8.toFixed(2), m.ours8.toFixed(2),
    (m.ort8 / m.ours8).toFixed(2), (m.ort32 / m.ours32).toFixed(2), m.readyOrt.toFixed(0), m.readyOurs.toFixed(1),
    last.gops?.toFixed(0) ?? '-', last.percent_of_peak?.toFixed(0) ?? '-', last.allocations_after_load ?? '-'].join(' | ') + ' |');
}
console.log(`\ngeometric mean, int8: ${(product ** (1 / models.length)).toFixed(2)}x ONNX Runtime; load ${load()}`);
