/**
 * A network as one ES module: the bundle in base64 and the program that runs it, with nothing to install or fetch.
 *
 *     import { load } from "./lenet.js";
 *     const model = await load();
 *
 * The bundle is data in it: names of the network appear nowhere as code, and the bundle is checked when it is loaded as any
 * other.
 */

import { checkBundle, decodeBundle } from "../../infer/index.ts";
import { runtimeText } from "./runtime-text.ts";

/** What stands in the program where the bundle belongs; see `entry.ts`. */
const place = "@gradientflow-bundle@";

/**
 * The text of a module, in UTF-8.
 *
 * @param bundle  the bytes of a `.gfm` file
 * @throws InputError  where they are none
 */
export function encodeModule(bundle: Uint8Array): Uint8Array<ArrayBuffer> {
  const decoded = decodeBundle(bundle, "encodeModule");
  const shapes = checkBundle(decoded, "encodeModule");
  const { name, input, operations } = decoded;
  const output = shapes.get(operations[operations.length - 1].name) ?? [];
  const lines = [
    `${JSON.stringify(name)}, a network of gradientflow: [${input.join(", ")}] to [${output.join(", ")}] numbers per example.`,
    "",
    '    import { load } from "./THIS-FILE.js";',
    "    const model = await load();",
    "    const outputs = model.run(inputs);",
  ];
  const parts = runtimeText.split(place);
  if (parts.length !== 2)
    throw new Error(`internal: encodeModule: the program has ${parts.length - 1} places for a bundle`);
  return new TextEncoder().encode(`${comment(lines)}\n${parts.join(base64(bundle))}\n`);
}

/** Text that no name can end. */
function comment(lines: readonly string[]): string {
  const safe = lines.map((line) => line.replaceAll("*/", "* /").replaceAll(/[^\x20-\x7e]/g, "?"));
  return `/*\n${safe.map((line) => ` * ${line}`.trimEnd()).join("\n")}\n */`;
}

function base64(bytes: Uint8Array): string {
  // As many as a call takes arguments, and a multiple of 3, so that no piece is padded.
  const piece = 3 * 2 ** 13;
  let text = "";
  for (let at = 0; at < bytes.length; at += piece) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + piece)));
  }
  return text;
}
