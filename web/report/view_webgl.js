"use strict";
// The package drawn by the graphics card, through three.js. Values live at the corners of each body's skin;
// the shader looks their colours up, so another field or range costs no new geometry.

const vertexShader = `
attribute float value;
varying float v;
varying vec3 n;
void main() {
  v = value;
  n = normalize(normalMatrix * normal);
  gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
}`;

const fragmentShader = `
uniform sampler2D table;
uniform float low, high, lines, painted, chosen, line;
uniform vec3 plain;
varying float v;
varying vec3 n;
void main() {
  if (line > 0.0) {
    gl_FragColor = vec4(plain, line);
    return;
  }
  vec3 c = plain;
  if (painted > 0.5 && v > -1e8) {
    c = texture2D(table, vec2(clamp((v - low) / (high - low), 0.0, 1.0) * 0.99609375 + 0.001953125, 0.5)).rgb;
    float width = max(fwidth(v), 1e-6);
    float away = abs(fract(v / lines - 0.5) - 0.5) * lines;
    float few = 1.0 - smoothstep(0.15, 0.35, width / lines);
    c = mix(c, c * 0.62, few * (1.0 - smoothstep(0.4 * width, 1.3 * width, away)));
  }
  vec3 normal = normalize(n);
  float light = 0.58 + 0.34 * max(dot(normal, normalize(vec3(0.35, 0.55, 0.75))), 0.0) + 0.08 * max(normal.z, 0.0);
  c *= light + 0.06;
  gl_FragColor = vec4(mix(c, vec3(1.0), 0.22 * chosen), 1.0);
}`;

class WebglView {
  /** Throws where there is no WebGL.
   * @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    const context = canvas.getContext("webgl", { antialias: true, alpha: true, preserveDrawingBuffer: true });
    if (!context || typeof THREE === "undefined") throw new Error("no WebGL");
    this.name = "WebGL";
    this.renderer = new THREE.WebGLRenderer({ canvas, context, antialias: true, alpha: true });
    this.renderer.setClearColor(0x000000, 0);
    this.renderer.debug.checkShaderErrors = false;  // asking for them makes the page wait for the compiler
    this.scene = new THREE.Scene();
    this.eye = new THREE.PerspectiveCamera(28, 1, 0.01, 5000);
    this.eye.up.set(0, 0, 1);
    const table = new THREE.DataTexture(viridisTable, 256, 1, THREE.RGBAFormat);
    table.magFilter = table.minFilter = THREE.LinearFilter;
    table.needsUpdate = true;
    this.shared = {
      table: { value: table }, low: { value: 0 }, high: { value: 1 }, lines: { value: 1 }, painted: { value: 0 },
    };
    /** @type {Map<number, {mesh: any, edges: any, skin: Skin, field: Field | null | undefined}>} */
    this.built = new Map();
  }

  /** Faces and edges share one program: compiling is what costs when the page opens.
   * @param {number} line how opaque, for edges; 0: a face */
  materialOf(line) {
    return new THREE.ShaderMaterial({
      vertexShader, fragmentShader, extensions: { derivatives: true }, side: THREE.DoubleSide, transparent: line > 0,
      uniforms: { ...this.shared, plain: { value: new THREE.Vector3() }, chosen: { value: 0 }, line: { value: line } },
    });
  }

  /** The mesh of a body, made when it is first seen.
   * @param {Piece} body @param {Field | null} field */
  meshOf(body, field) {
    const had = this.built.get(body.index);
    if (had) return had;
    const grid = field ?? fields[0] ?? null;
    const skin = body.sites_um ? memberSkin(body) : boxSkin(body, grid, body.role === "die" ? 72 : 44);
    const geometry = new THREE.BufferGeometry();
    geometry.setAttribute("position", new THREE.Float32BufferAttribute(skin.position, 3));
    geometry.setAttribute("normal", new THREE.Float32BufferAttribute(skin.normal, 3));
    geometry.setAttribute("value", new THREE.BufferAttribute(new Float32Array(skin.position.length / 3), 1));
    geometry.setIndex(skin.index);
    const material = this.materialOf(0);
    material.uniforms.plain.value.set(...solidColour(body));
    Object.assign(material, { polygonOffset: true, polygonOffsetFactor: 1 - body.rank * 0.2, polygonOffsetUnits: 1 - body.rank * 2 });
    const mesh = new THREE.Mesh(geometry, material);
    mesh.frustumCulled = false;
    this.scene.add(mesh);
    let edges = null;
    if (!body.sites_um) {
      edges = new THREE.LineSegments(this.edgesOf(body), this.materialOf(0.28));
      edges.frustumCulled = false;
      this.scene.add(edges);
    }
    const made = { mesh, edges, skin, field: /** @type {Field | null | undefined} */ (undefined) };
    this.built.set(body.index, made);
    return made;
  }

  /** @param {Piece} body */
  edgesOf(body) {
    const [a, b, c, d] = corners(body).map(([x, y]) => [x / 1e3, y / 1e3]);
    const [z0, z1] = body.z_um.map((z) => z / 1e3);
    const points = [];
    for (const [p, q] of [[a, b], [b, c], [c, d], [d, a]]) {
      points.push(...p, z0, ...q, z0, ...p, z1, ...q, z1, ...p, z0, ...p, z1);
    }
    const geometry = new THREE.BufferGeometry();
    geometry.setAttribute("position", new THREE.Float32BufferAttribute(points, 3));
    return geometry;
  }

  /** Values at the corners of every visible body, for the range.
   * @param {Piece} body @param {Field | null} field */
  values(body, field) {
    const made = this.meshOf(body, field);
    const attribute = made.mesh.geometry.getAttribute("value");
    if (made.field !== field) {
      attribute.array.set(skinValues(made.skin, field));
      attribute.needsUpdate = true;
      made.field = field;
    }
    return /** @type {Float32Array} */ (attribute.array);
  }

  /** @param {number} width @param {number} height @param {number} ratio */
  resize(width, height, ratio) {
    this.renderer.setPixelRatio(ratio);
    this.renderer.setSize(width, height, false);
  }

  /** @param {Camera} camera @param {Placing} placing @param {Field | null} field @param {{low: number, high: number, lines: number}} range */
  draw(camera, placing, field, range) {
    Object.assign(this.shared.low, { value: range.low });
    Object.assign(this.shared.high, { value: Math.max(range.high, range.low + 1e-9) });
    Object.assign(this.shared.lines, { value: range.lines });
    Object.assign(this.shared.painted, { value: field ? 1 : 0 });
    const dark = document.documentElement.dataset.theme === "dark";
    for (const body of bodies) {
      const shown = !state.hidden.has(body.index);
      const had = this.built.get(body.index);
      if (!shown) {
        if (had) had.mesh.visible = false;
        if (had && had.edges) had.edges.visible = false;
        continue;
      }
      this.values(body, field);
      const { mesh, edges } = this.meshOf(body, field);
      const chosen = state.selected !== "" && (subjectOf(body) === state.selected || body.path === state.selected);
      for (const object of [mesh, edges]) {
        if (!object) continue;
        object.visible = true;
        object.scale.z = placing.stretch;
        object.position.z = placing.lift(body) * placing.stretch;
      }
      mesh.material.uniforms.chosen.value = chosen ? 1 : 0;
      const { skin } = this.meshOf(body, field);
      const under = skin.top && coveredFace(body, "top", placing), over = skin.bottom && coveredFace(body, "bottom", placing);
      mesh.geometry.setDrawRange(under ? skin.top : 0, skin.index.length - (under ? skin.top : 0) - (over ? skin.bottom : 0));
      if (edges) {
        edges.material.uniforms.plain.value.set(...(chosen ? [1, 1, 1] : dark ? [0.78, 0.82, 0.88] : [0.06, 0.08, 0.11]));
        edges.material.uniforms.line.value = chosen ? 1 : 0.28;
      }
    }
    const eye = camera.eye();
    this.eye.fov = (camera.fov * 180) / Math.PI;
    this.eye.aspect = camera.width / camera.height;
    this.eye.near = camera.distance / 200;
    this.eye.far = camera.distance * 20;
    this.eye.position.set(...eye);
    this.eye.lookAt(...camera.target);
    this.eye.updateProjectionMatrix();
    this.renderer.render(this.scene, this.eye);
  }
}
