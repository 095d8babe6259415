import { DOMParser } from "linkedom";
import { expect, test } from "vitest";
import { mapGallery } from "./map-gallery.ts";
import { mapRaster } from "./map-panels.ts";

const map = mapRaster({ channels: 1, height: 2, width: 2, values: [1, -1, 0, 0.5] });
const rows = [
  { label: "grad-cam", cells: [map, "zero", ""] },
  { label: "a < b & c", cells: [map, map, map] },
];
const gallery = { columns: ["trained", "fc8", "to fc7"], rows, description: "Maps of one image." };

test("two rows of three cells are four pictures, one word in a dashed square, and an empty place", async () => {
  const svg = await mapGallery(gallery, { width: 600 });
  const root = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  expect(root?.querySelectorAll("image").length).toBe(4);
  expect(root?.querySelectorAll("rect").length).toBe(1);
  const texts = [...(root?.querySelectorAll("text") ?? [])].map((text) => text.textContent);
  expect(texts).toEqual(["Maps", "trained", "fc8", "to fc7", "grad-cam", "zero", "a < b & c"]);
  expect(root?.getAttribute("role")).toBe("img");
});

test("cells share the width: 96 px at most, and all inside the figure", async () => {
  const sides = async (width: number) =>
    [...(await mapGallery(gallery, { width })).matchAll(/<image x="(\d+)" y="\d+" width="(\d+)"/g)].map(
      ([, x, side]) => [Number(x), Number(side)],
    );
  expect((await sides(1000))[0][1]).toBe(96);
  for (const [x, side] of await sides(300)) expect(x + side).toBeLessThanOrEqual(300);
});
