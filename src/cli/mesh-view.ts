/**
 * The 3-D view of a mesh in its report: controls as markup, and two scripts beside the page, three and the mesh.
 *
 * Browsers refuse modules from a folder on disk, so three's two modules become one classic script: each a function that
 * returns what it exported.
 */

import { readFile } from "node:fs/promises";
import type { ReportView } from "../experiment/index.ts";
import { facesOf, type Mesh, meshQuality, type Solids, solidKinds, solidsOf } from "../mesh/index.ts";
import { viewScript } from "./mesh-view-script.ts";

/** One position of the nodes of a mesh. */
export interface MeshState {
  /** "before", "after". */
  readonly label: string;
  readonly mesh: Mesh;
}

/** Elements above which a page would be too heavy. */
export const mostViewed = 300_000;

/** The view of one or two states of a mesh. */
export async function meshView(states: readonly MeshState[]): Promise<ReportView> {
  return {
    name: "mesh",
    html: markup(states),
    script: viewScript,
    files: { "three.js": await threeScript(), "mesh.js": meshScript(states) },
  };
}

/** three as a classic script that sets `gradientflowThree`. */
async function threeScript(): Promise<string> {
  const main = new URL(import.meta.resolve("three"));
  const [core, module] = await Promise.all(
    ["three.core.js", "three.module.js"].map((file) => readFile(new URL(file, main), "utf8")),
  );
  return `"use strict";\nvar gradientflowThree = (() => {\nconst core = (() => {\n${asFunctionBody(core)}\n})();\nconst main = (() => {\n${asFunctionBody(module)}\n})();\nreturn { ...core, ...main };\n})();\n`;
}

/** A module whose one import is `core` and whose one export is a list, as the body of a function. */
function asFunctionBody(text: string): string {
  const body = text
    .replace(/^export \{[^{}]*\} from '[^']*';$/gm, "")
    .replace(/^import (\{[^{}]*\}) from '[^']*';$/gm, "const $1 = core;")
    .replace(/^export (\{[^{}]*\});\s*$/m, "return $1;");
  if (/^(?:import|export)\b/m.test(body)) throw new Error("internal: three's modules have another form than expected");
  return body;
}

/** The mesh as a classic script: faces with the elements on both sides, positions and qualities, in base64. */
function meshScript(states: readonly MeshState[]): string {
  const [{ mesh }] = states;
  const solids = solidsOf(mesh, "report");
  const { nodes, sides } = sidesOf(solids);
  const low = [0, 1, 2].map((k) => extreme(mesh.points, k, Math.min));
  const high = [0, 1, 2].map((k) => extreme(mesh.points, k, Math.max));
  // Single precision is enough once the middle of the box is the origin.
  const origin = low.map((x, k) => (x + high[k]) / 2);
  const value = {
    kindNames: solidKinds,
    origin,
    low: low.map((x, k) => x - origin[k]),
    high: high.map((x, k) => x - origin[k]),
    faces: base64(nodes),
    sides: base64(sides),
    cells: base64(solids.cell),
    start: base64(solids.start),
    nodes: base64(solids.nodes),
    kinds: base64(solids.kind),
    states: states.map((state) => ({
      label: state.label,
      points: base64(Float32Array.from(state.mesh.points, (x, i) => x - origin[i % 3])),
      quality: base64(Float32Array.from(meshQuality(state.mesh).values)),
    })),
  };
  return `var gradientflowMesh = ${JSON.stringify(value)};\n`;
}

/** Nodes of each face, and the elements on its two sides, -1 for none; further users of a face are not drawn. */
function sidesOf(solids: Solids): { nodes: Int32Array; sides: Int32Array } {
  const faces = facesOf(solids);
  const sides = new Int32Array(2 * faces.count).fill(-1);
  for (let f = 0; f < faces.count; f++) {
    sides[2 * f] = faces.elements[faces.start[f]];
    if (faces.start[f + 1] - faces.start[f] > 1) sides[2 * f + 1] = faces.elements[faces.start[f] + 1];
  }
  return { nodes: faces.nodes, sides };
}

function extreme(points: Float64Array, k: number, of: (a: number, b: number) => number): number {
  let found = points[k];
  for (let i = k; i < points.length; i += 3) found = of(found, points[i]);
  return found;
}

function base64({ buffer, byteOffset, byteLength }: Int32Array | Float32Array | Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

const gradient =
  "linear-gradient(to right,rgb(165,0,38) 0%,rgb(222,77,48) 30%,rgb(250,182,100) 50%,rgb(247,236,170) 70%,rgb(140,190,220) 85%,rgb(60,110,175) 100%)";

function markup(states: readonly MeshState[]): string {
  const radios = states.map(
    ({ label }, i) =>
      `<label><input type="radio" name="mesh-state"${i === states.length - 1 ? " checked" : ""}> ${label}</label>`,
  );
  const switcher =
    states.length < 2 ? "" : `<fieldset><legend>State</legend><div class="mv-row">${radios.join("")}</div></fieldset>`;
  return `<div id="mesh-view">
<style>
#mesh-view button{font:inherit;font-size:.9rem;color:var(--ink);background:var(--shade);border:1px solid var(--muted);border-radius:4px;padding:.35rem .8rem;cursor:pointer}
#mesh-view button:hover{border-color:var(--accent);color:var(--accent)}
#mesh-view canvas{display:block;width:100%;height:min(32rem,70vh);border:1px solid var(--rule);border-radius:4px;background:var(--shade);touch-action:none;cursor:grab}
#mesh-view .mv-tools{display:flex;flex-wrap:wrap;gap:.75rem 1.5rem;margin:.75rem 0;font-size:.9rem;align-items:end}
#mesh-view .mv-row{display:flex;gap:.9rem;align-items:center;flex-wrap:wrap}
#mesh-view fieldset{border:0;padding:0;margin:0;min-width:0}
#mesh-view legend,#mesh-view .mv-name{color:var(--muted);font-size:.8rem;padding:0;display:block}
#mesh-view select,#mesh-view input{font:inherit;accent-color:var(--accent)}
#mesh-view select{color:var(--ink);background:var(--paper);border:1px solid var(--muted);border-radius:4px;padding:.15rem .3rem}
#mesh-view input[type=range]{width:11rem;vertical-align:middle}
#mesh-view .mv-value{font-variant-numeric:tabular-nums;display:inline-block;min-width:5.5rem}
#mesh-view .mv-legend{max-width:26rem;font-size:.8rem;color:var(--muted)}
#mesh-view .mv-bar{height:.7rem;border-radius:2px;background:${gradient};print-color-adjust:exact;-webkit-print-color-adjust:exact}
#mesh-view .mv-ends{display:flex;justify-content:space-between;font-variant-numeric:tabular-nums}
#mesh-view p{margin:.75rem 0}
#mesh-view p:empty{display:none}
#mesh-view [hidden]{display:none}
@media print{#mesh-view .mv-tools,#mesh-view button,#mesh-view .mv-help{display:none}#mesh-view canvas{background:none}}
</style>
<noscript><p>The view needs scripts; the figures and tables below do not.</p></noscript>
<p><button type="button" data-part="open" hidden>Show the mesh in 3-D</button></p>
<p data-part="failure" role="alert"></p>
<div data-part="panel" hidden>
<canvas data-part="canvas" tabindex="0" role="application" aria-roledescription="view in space" aria-label="The mesh, its elements coloured by quality" aria-describedby="mesh-view-help mesh-view-status">The tables below list the worst elements with their places.</canvas>
<p id="mesh-view-status" data-part="status" role="status"></p>
<div class="mv-legend" aria-hidden="true"><div class="mv-bar"></div><div class="mv-ends"><span>0 invalid</span><span>0.5</span><span>1 regular</span></div></div>
<div class="mv-tools">
${switcher}
<label><span class="mv-name">Cut across</span><select data-part="axis"><option value="none">nothing</option><option>x</option><option>y</option><option>z</option></select></label>
<label><span class="mv-name">Place of the cut</span><input type="range" data-part="cut" min="0" max="1000" step="5" value="500"> <span class="mv-value" data-part="cutvalue" aria-hidden="true"></span></label>
<label><input type="checkbox" data-part="flip"> other side</label>
<label><span class="mv-name">Quality at most</span><input type="range" data-part="limit" min="0" max="100" value="100"> <span class="mv-value" data-part="limitvalue" aria-hidden="true"></span></label>
<label><input type="checkbox" data-part="lines" checked> edges</label>
</div>
<div class="mv-row">
<button type="button" data-part="worst">Only the worst ten</button>
<button type="button" data-part="reset">Show all again</button>
<button type="button" data-part="save">Save picture</button>
</div>
<p class="mv-help" id="mesh-view-help">Drag to turn, with shift to move, wheel to come nearer; click an element to read it. Keys: arrows turn, with shift they move, + and - come nearer and go back, ${states.length < 2 ? "" : "b switches before and after, "}Home puts it back.</p>
</div>
</div>`;
}
