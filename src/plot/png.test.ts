import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { pValueMap } from "./p-value-map.ts";
import { png } from "./png.ts";

/** Size from the header chunk and the raw bytes of the image data; enough of PNG for a witness. */
function decode(bytes: Uint8Array) {
  const view = Buffer.from(bytes);
  const parts: Buffer[] = [];
  for (let at = 8; at < view.length; ) {
    const length = view.readUInt32BE(at);
    if (view.toString("latin1", at + 4, at + 8) === "IDAT") parts.push(view.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return {
    signature: view.toString("latin1", 1, 4),
    width: view.readUInt32BE(16),
    height: view.readUInt32BE(20),
    data: inflateSync(Buffer.concat(parts)),
  };
}

const svg = await pValueMap([{ row: "adam", column: "BN", p: 0.01 }]);

test("a figure of 720 px becomes a PNG of 1440 px, or of the width asked for", async () => {
  expect(decode(await png(svg))).toMatchObject({ signature: "PNG", width: 1440 });
  expect(decode(await png(svg, { width: 300 })).width).toBe(300);
});

test("letters are drawn without any font of the system: a text alone leaves ink", async () => {
  const text = (content: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="20"><text y="15" font-family="IBM Plex Sans">${content}</text></svg>`;
  const blank = decode(await png(text(""), { width: 100 })).data;
  const written = decode(await png(text("τ ≤ −0.5"), { width: 100 })).data;
  expect(written.equals(blank)).toBe(false);
});

test("every sign that figures print has a glyph of its own", async () => {
  const draw = (content: string) =>
    png(
      `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><text x="4" y="30" font-size="24" font-family="IBM Plex Sans">${content}</text></svg>`,
      { width: 40 },
    );
  const missing = Buffer.from(await draw("\u{10fffd}")).toString("base64");
  for (const sign of "−≤≥<–·←→“”…₁₂τ|%") {
    const drawn = Buffer.from(await draw(sign === "<" ? "&lt;" : sign)).toString("base64");
    expect(drawn === missing, `glyph of ${sign}`).toBe(false);
  }
});

test("the same figure gives the same bytes twice", async () => {
  expect(Buffer.from(await png(svg)).equals(Buffer.from(await png(svg)))).toBe(true);
});

test("a width of 0 and a text that is no SVG are refused with the value", async () => {
  await expect(png(svg, { width: 0 })).rejects.toThrow("png: width must be an integer between 16 and 16384 px, got 0");
  await expect(png("hello")).rejects.toThrow('png: expected the text of an SVG, got "hello"');
});
