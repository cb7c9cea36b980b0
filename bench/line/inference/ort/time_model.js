// node time_model.js MODEL.onnx [THREADS [SPIN [SECONDS]]]: times ONNX Runtime on one model and prints one JSON line.
// cpu_ms is the smallest process CPU time of one run; wall_ms the smallest and the median wall time. SPIN 0 forbids
// ONNX Runtime's threads to spin between operators. Inputs are uniform noise from a fixed seed; unknown dimensions are 1.
'use strict';
const ort = require('onnxruntime-node');

function fill(count) {
  const x = new Float32Array(count);
  let z = 12345;
  for (let i = 0; i < count; i++) {
    z = (Math.imul(z, 1664525) + 1013904223) >>> 0;
    x[i] = (z >>> 8) / 16777216;
  }
  return x;
}

(async () => {
  const [file, threads = '1', spin = '1', seconds = '1.5'] = process.argv.slice(2);
  const began = process.hrtime.bigint();
  const session = await ort.InferenceSession.create(file, {
    intraOpNumThreads: Number(threads),
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: spin } } },
  });
  const ready_ms = Number(process.hrtime.bigint() - began) / 1e6;
  const feeds = {};
  for (const meta of session.inputMetadata) {
    const dims = meta.shape.map((d) => (typeof d === 'number' && d > 0 ? d : 1));
    feeds[meta.name] = new ort.Tensor('float32', fill(dims.reduce((a, b) => a * b, 1)), dims);
  }
  for (let i = 0; i < 3; i++) await session.run(feeds);
  const cpu = [], wall = [];
  const end = Date.now() + Number(seconds) * 1000;
  while (Date.now() < end || cpu.length < 5) {
    const c = process.cpuUsage(), w = process.hrtime.bigint();
    await session.run(feeds);
    wall.push(Number(process.hrtime.bigint() - w) / 1e6);
    const d = process.cpuUsage(c);
    cpu.push((d.user + d.system) / 1e3);
  }
  cpu.sort((a, b) => a - b);
  wall.sort((a, b) => a - b);
  console.log(JSON.stringify({
    runs: cpu.length, ready_ms, cpu_ms: cpu[0], wall_min_ms: wall[0], wall_p50_ms: wall[wall.length >> 1],
    peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
  }));
})();
