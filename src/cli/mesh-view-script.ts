/**
 * What the page of a mesh runs: on request it loads three and the mesh beside the page as classic scripts, which browsers
 * allow from a folder on disk where they refuse modules, and draws. Kept as text because it runs in the reader's browser.
 *
 * Drawn are the faces used by exactly one of the elements that are shown: the surface, the crinkled face of a cut, or the
 * skin of bad elements alone. Nothing moves by itself, so that there is nothing to reduce for those who want no motion.
 */

export const viewScript = `
"use strict";
(() => {
  const root = document.getElementById("mesh-view");
  const part = (name) => root.querySelector("[data-part=" + name + "]");
  const button = part("open");
  button.hidden = false;
  const load = (file) => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "views/mesh/" + file;
    script.onload = resolve;
    script.onerror = () => reject(new Error("views/mesh/" + file + " is not beside this page"));
    document.head.append(script);
  });
  button.addEventListener("click", async () => {
    button.disabled = true;
    button.textContent = "Loading";
    try {
      await Promise.all([load("three.js"), load("mesh.js")]);
      part("panel").hidden = false;
      show(globalThis.gradientflowThree, globalThis.gradientflowMesh);
      button.hidden = true;
      part("canvas").focus({ preventScroll: true });
    } catch (error) {
      part("panel").hidden = true;
      button.disabled = false;
      button.textContent = "Show the mesh in 3-D";
      const reason = /WebGL/.test(error.message) ? "this browser does not draw in space, its WebGL is off" : error.message;
      part("failure").textContent = "The view could not be shown: " + reason + ". The figures and tables below say what it would.";
    }
  });

  const decode = (text, Type) => new Type(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const stops = [[0, 165, 0, 38], [0.3, 222, 77, 48], [0.5, 250, 182, 100], [0.7, 247, 236, 170], [0.85, 140, 190, 220], [1, 60, 110, 175]];
  const colourOf = (quality, out, at) => {
    const q = Math.min(1, Math.max(0, quality));
    let i = 1;
    while (i < stops.length - 1 && q > stops[i][0]) i++;
    const a = stops[i - 1], b = stops[i];
    const t = (q - a[0]) / (b[0] - a[0]);
    for (let k = 0; k < 3; k++) out[at + k] = (a[k + 1] + t * (b[k + 1] - a[k + 1])) / 255;
  };

  function show(three, mesh) {
    const nodes = decode(mesh.faces, Int32Array);
    const sides = decode(mesh.sides, Int32Array);
    const cells = decode(mesh.cells, Int32Array);
    const start = decode(mesh.start, Int32Array);
    const solids = decode(mesh.nodes, Int32Array);
    const kinds = decode(mesh.kinds, Uint8Array);
    const states = mesh.states.map(({ label, points, quality }) => ({ label, points: decode(points, Float32Array), quality: decode(quality, Float32Array) }));
    const count = cells.length, faces = sides.length / 2;
    for (const state of states) {
      state.centres = new Float32Array(3 * count);
      for (let e = 0; e < count; e++) {
        for (let i = start[e]; i < start[e + 1]; i++)
          for (let k = 0; k < 3; k++) state.centres[3 * e + k] += state.points[3 * solids[i] + k] / (start[e + 1] - start[e]);
      }
    }
    for (const one of states) one.tenth = Float32Array.from(one.quality).sort()[Math.min(9, count - 1)];
    let state = states[states.length - 1];

    const canvas = part("canvas");
    const renderer = new three.WebGLRenderer({ canvas, antialias: true, alpha: true, preserveDrawingBuffer: true });
    const scene = new three.Scene();
    const camera = new three.PerspectiveCamera(35, 1, 0.01, 100);
    const lamp = new three.DirectionalLight(0xffffff, 2);
    scene.add(new three.AmbientLight(0xffffff, 1.7), camera);
    camera.add(lamp);
    lamp.position.set(0.4, 0.7, 1);
    const skin = new three.Mesh(new three.BufferGeometry(), new three.MeshLambertMaterial({ vertexColors: true, flatShading: true, side: three.DoubleSide, polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: 1 }));
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const wires = new three.LineSegments(new three.BufferGeometry(), new three.LineBasicMaterial({ transparent: true, opacity: 0.45 }));
    const outline = new three.LineSegments(new three.BufferGeometry(), new three.LineBasicMaterial({ transparent: true, opacity: 0.6 }));
    scene.add(skin, wires, outline);
    const paint = () => {
      wires.material.color.set(0x14171a);
      outline.material.color.set(dark.matches ? 0xa3acb8 : 0x59626d);
      draw();
    };

    let owners = [], onlyWorst = false;
    const cut = part("cut"), limit = part("limit"), axis = part("axis"), flip = part("flip"), lines = part("lines");
    function build() {
      const k = "xyz".indexOf(axis.value);
      const place = k < 0 ? Infinity : mesh.low[k] + (mesh.high[k] - mesh.low[k]) * (cut.value / 1000);
      const most = onlyWorst ? state.tenth : limit.value >= 100 ? Infinity : limit.value / 100;
      const shown = new Uint8Array(count);
      let shownCount = 0, worst = -1;
      for (let e = 0; e < count; e++) {
        const below = k < 0 || (flip.checked ? state.centres[3 * e + k] >= place : state.centres[3 * e + k] <= place);
        if (!below || state.quality[e] > most) continue;
        shown[e] = 1;
        shownCount++;
        if (worst < 0 || state.quality[e] < state.quality[worst]) worst = e;
      }
      let triangles = 0, segments = 0;
      for (let f = 0; f < faces; f++) {
        const a = sides[2 * f], b = sides[2 * f + 1];
        if ((shown[a] === 1) === (b >= 0 && shown[b] === 1)) continue;
        const size = nodes[4 * f + 3] < 0 ? 3 : 4;
        triangles += size - 2;
        segments += size;
      }
      const position = new Float32Array(9 * triangles), colour = new Float32Array(9 * triangles), wire = new Float32Array(6 * segments);
      owners = new Int32Array(triangles);
      let t = 0, s = 0;
      const shade = new three.Color(), rgb = [0, 0, 0];
      for (let f = 0; f < faces; f++) {
        const a = sides[2 * f], b = sides[2 * f + 1];
        const seesA = shown[a] === 1, seesB = b >= 0 && shown[b] === 1;
        if (seesA === seesB) continue;
        const e = seesA ? a : b;
        const ring = nodes.subarray(4 * f, 4 * f + (nodes[4 * f + 3] < 0 ? 3 : 4));
        colourOf(state.quality[e], rgb, 0);
        shade.setRGB(rgb[0], rgb[1], rgb[2], three.SRGBColorSpace);
        for (let i = 1; i + 1 < ring.length; i++) {
          owners[t] = e;
          [ring[0], ring[i], ring[i + 1]].forEach((node, corner) => {
            const at = 9 * t + 3 * corner;
            position.set(state.points.subarray(3 * node, 3 * node + 3), at);
            colour[at] = shade.r;
            colour[at + 1] = shade.g;
            colour[at + 2] = shade.b;
          });
          t++;
        }
        for (let i = 0; i < ring.length; i++) {
          const p = ring[i], q = ring[(i + 1) % ring.length];
          wire.set(state.points.subarray(3 * p, 3 * p + 3), s);
          wire.set(state.points.subarray(3 * q, 3 * q + 3), s + 3);
          s += 6;
        }
      }
      skin.geometry.dispose();
      skin.geometry = new three.BufferGeometry();
      skin.geometry.setAttribute("position", new three.BufferAttribute(position, 3));
      skin.geometry.setAttribute("color", new three.BufferAttribute(colour, 3));
      skin.geometry.computeVertexNormals();
      wires.geometry.dispose();
      wires.geometry = new three.BufferGeometry();
      wires.geometry.setAttribute("position", new three.BufferAttribute(wire, 3));
      wires.visible = lines.checked;
      cut.disabled = flip.disabled = k < 0;
      const text = k < 0 ? "whole" : Number((place + mesh.origin[k]).toPrecision(4)) + "";
      cut.setAttribute("aria-valuetext", text);
      part("cutvalue").textContent = k < 0 ? "no cut" : axis.value + (flip.checked ? " ≥ " : " ≤ ") + text;
      const bound = most === Infinity ? "all" : "≤ " + most.toFixed(onlyWorst ? 4 : 2);
      limit.setAttribute("aria-valuetext", bound);
      part("limitvalue").textContent = bound;
      part("status").textContent = state.label + ": " + shownCount.toLocaleString("en-US") + " of " + count.toLocaleString("en-US") + " elements shown" +
        (worst < 0 ? "." : "; the worst of them is " + describe(worst) + ".");
      draw();
    }
    const describe = (e) => mesh.kindNames[kinds[e]] + " " + cells[e] + " of quality " + state.quality[e].toFixed(4);

    /** Edges where the surface bends by more than 30 degrees: they say where the bad elements lie. */
    function outlineOf({ points }) {
      const edges = new Map(), found = [];
      const vector = (from, to) => [0, 1, 2].map((k) => points[3 * to + k] - points[3 * from + k]);
      for (let f = 0; f < faces; f++) {
        if (sides[2 * f + 1] >= 0) continue;
        const ring = nodes.subarray(4 * f, 4 * f + (nodes[4 * f + 3] < 0 ? 3 : 4));
        const u = vector(ring[0], ring[1]), v = vector(ring[0], ring[2]);
        const n = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
        const length = Math.hypot(...n) || 1;
        for (let i = 0; i < ring.length; i++) {
          const p = ring[i], q = ring[(i + 1) % ring.length];
          const key = p < q ? p + " " + q : q + " " + p;
          const other = edges.get(key);
          if (other === undefined) edges.set(key, n.map((x) => x / length));
          else if (other[0] * n[0] + other[1] * n[1] + other[2] * n[2] < 0.866 * length)
            found.push(...points.subarray(3 * p, 3 * p + 3), ...points.subarray(3 * q, 3 * q + 3));
        }
      }
      outline.geometry.dispose();
      outline.geometry = new three.BufferGeometry();
      outline.geometry.setAttribute("position", new three.BufferAttribute(Float32Array.from(found), 3));
    }

    const centre = mesh.low.map((x, k) => (x + mesh.high[k]) / 2);
    const radius = Math.hypot(...mesh.low.map((x, k) => mesh.high[k] - x)) / 2 || 1;
    let turn, tilt, distance, target;
    const home = () => {
      turn = 0.7;
      tilt = 0.45;
      distance = 3.6 * radius;
      target = centre.slice();
    };
    home();
    function draw() {
      const width = canvas.clientWidth, height = canvas.clientHeight;
      if (width === 0 || height === 0) return;
      renderer.setPixelRatio(Math.min(2, devicePixelRatio));
      renderer.setSize(width, height, false);
      camera.aspect = width / height;
      // On a narrow page the width is what must hold the mesh.
      const away = distance / Math.min(1, camera.aspect);
      camera.near = Math.max(radius / 100, away - 2 * radius);
      camera.far = away + 3 * radius;
      camera.up.set(0, 0, 1);
      camera.position.set(
        target[0] + away * Math.cos(tilt) * Math.sin(turn),
        target[1] - away * Math.cos(tilt) * Math.cos(turn),
        target[2] + away * Math.sin(tilt),
      );
      camera.lookAt(target[0], target[1], target[2]);
      camera.updateProjectionMatrix();
      renderer.render(scene, camera);
    }
    const rotate = (dx, dy) => {
      turn -= dx;
      tilt = Math.min(1.55, Math.max(-1.55, tilt + dy));
      draw();
    };
    const zoom = (factor) => {
      distance = Math.min(20 * radius, Math.max(0.2 * radius, distance * factor));
      draw();
    };
    const pan = (dx, dy) => {
      const right = new three.Vector3().setFromMatrixColumn(camera.matrixWorld, 0);
      const up = new three.Vector3().setFromMatrixColumn(camera.matrixWorld, 1);
      const step = (distance * 0.63) / canvas.clientHeight;
      target = target.map((x, k) => x - step * (dx * right.getComponent(k) - dy * up.getComponent(k)));
      draw();
    };

    const switches = [...root.querySelectorAll("[name=mesh-state]")];
    const choose = (index) => {
      state = states[index];
      switches.forEach((one, i) => { one.checked = i === index; });
      outlineOf(state);
      build();
    };
    switches.forEach((one, index) => one.addEventListener("change", () => choose(index)));
    limit.addEventListener("input", () => { onlyWorst = false; });
    // The side that is kept shows its cut to where the view begins.
    axis.addEventListener("input", () => { flip.checked = axis.value === "y"; });
    for (const control of [cut, limit, axis, flip, lines]) control.addEventListener("input", build);
    part("worst").addEventListener("click", () => {
      onlyWorst = true;
      limit.value = 100 * state.tenth;
      axis.value = "none";
      build();
    });
    part("reset").addEventListener("click", () => {
      home();
      onlyWorst = false;
      limit.value = 100;
      axis.value = "none";
      cut.value = 500;
      flip.checked = false;
      build();
    });
    part("save").addEventListener("click", () => {
      const link = document.createElement("a");
      link.href = canvas.toDataURL("image/png");
      link.download = "mesh.png";
      link.click();
    });

    const keys = {
      ArrowLeft: (fast) => (fast ? pan(-20, 0) : rotate(-0.1, 0)),
      ArrowRight: (fast) => (fast ? pan(20, 0) : rotate(0.1, 0)),
      ArrowUp: (fast) => (fast ? pan(0, -20) : rotate(0, 0.1)),
      ArrowDown: (fast) => (fast ? pan(0, 20) : rotate(0, -0.1)),
      "+": () => zoom(0.9),
      "=": () => zoom(0.9),
      "-": () => zoom(1.1),
      Home: () => { home(); draw(); },
      b: () => choose((states.indexOf(state) + 1) % states.length),
    };
    canvas.addEventListener("keydown", (event) => {
      const act = keys[event.key];
      if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act(event.shiftKey);
    });
    let grip, moved = 0;
    canvas.addEventListener("pointerdown", (event) => {
      grip = [event.clientX, event.clientY];
      moved = 0;
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (grip === undefined) return;
      const dx = event.clientX - grip[0], dy = event.clientY - grip[1];
      grip = [event.clientX, event.clientY];
      moved += Math.abs(dx) + Math.abs(dy);
      if (event.shiftKey || event.buttons === 2) pan(dx, dy);
      else rotate(dx / 150, dy / 150);
    });
    canvas.addEventListener("pointerup", (event) => {
      grip = undefined;
      if (moved > 3) return;
      const box = canvas.getBoundingClientRect();
      const at = new three.Vector2((2 * (event.clientX - box.left)) / box.width - 1, 1 - (2 * (event.clientY - box.top)) / box.height);
      const ray = new three.Raycaster();
      ray.setFromCamera(at, camera);
      const hit = ray.intersectObject(skin)[0];
      if (hit !== undefined) part("status").textContent = state.label + ": " + describe(owners[hit.faceIndex]) + ".";
    });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      zoom(event.deltaY > 0 ? 1.08 : 0.93);
    }, { passive: false });
    new ResizeObserver(draw).observe(canvas);
    dark.addEventListener("change", paint);
    choose(states.length - 1);
    paint();
  }
})();
`.trim();
