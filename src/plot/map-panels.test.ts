import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { enlarge, imageRaster, mapRaster, sheet } from "./map-panels.ts";
import { png } from "./png.ts";
import { rasterPng } from "./raster.ts";

const picture = (values: number[]) => ({ channels: 1, height: 1, width: values.length, values });

test("an image goes from black at its least number to white at its greatest", () => {
  expect([...imageRaster(picture([-2, 0, 2])).rgb]).toEqual([0, 0, 0, 128, 128, 128, 255, 255, 255]);
});

test("a map is red where positive, blue where negative, white at 0, and half as strong at half of its largest magnitude", () => {
  const { rgb } = mapRaster(picture([4, -4, 0, 2]));
  expect([...rgb]).toEqual([178, 24, 43, 33, 102, 172, 255, 255, 255, 217, 140, 149]);
});

test("over an image a map's zeros show the image", () => {
  expect([...mapRaster(picture([0, 1]), picture([5, 7])).rgb]).toEqual([0, 0, 0, 178, 24, 43]);
});

test("PNG of 2 x 1 pixels holds a header of its size and the rows, unfiltered", async () => {
  const bytes = Buffer.from(await rasterPng({ width: 2, height: 1, rgb: Uint8Array.of(1, 2, 3, 4, 5, 6) }));
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20), ...bytes.subarray(24, 29)]).toEqual([2, 1, 8, 2, 0, 0, 0]);
  const start = bytes.indexOf("IDAT") + 4;
  expect([...inflateSync(bytes.subarray(start, start + bytes.readUInt32BE(start - 8)))]).toEqual([0, 1, 2, 3, 4, 5, 6]);
  await expect(rasterPng({ width: 2, height: 1, rgb: new Uint8Array(3) })).rejects.toThrow(
    "rasterPng: 2 x 1 pixels need 6 bytes, got 3",
  );
});

test("a sheet of one row has its label, a panel, and a word where there is nothing to draw; resvg draws it", async () => {
  const svg = await sheet([{ label: "a < b", cells: [enlarge(imageRaster(picture([0, 1])), 2), "zero"] }]);
  expect(svg).toContain("a &lt; b");
  expect(svg.match(/<image /g)?.length).toBe(1);
  expect(svg).toContain(">zero</text>");
  expect((await png(svg)).length).toBeGreaterThan(500);
});
