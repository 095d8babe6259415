/** Qualities against the vectors of the fixture, the regular elements, and Verdict's definitions worked by hand. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { solidKinds, topology } from "./elements.ts";
import { vectors } from "./fixtures/vectors.ts";
import { meanVolumeQuality } from "./mean-volume.ts";
import { meanRatio, qualities, scaledJacobian, shape } from "./quality.ts";
import { meanRatioGradientAt } from "./quality-gradient.ts";

const inOrder = Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7);

describe.each(vectors.filter(({ meanRatio: q }) => q !== undefined))("$name", (one) => {
  test("has the fixture's mean ratio, shape and scaled Jacobian to 1e-12", () => {
    expect(meanRatio(one.kind, one.points)).toBeCloseTo(one.meanRatio ?? Number.NaN, 12);
    expect(scaledJacobian(one.kind, one.points)).toBeCloseTo(one.minScaledJacobian ?? Number.NaN, 12);
    const corners = one.cornerMeanRatios ?? [];
    expect(shape(one.kind, one.points)).toBeCloseTo(one.valid ? Math.min(...corners) : 0, 12);
  });
});

test("maximisers of the mean volume have mean ratio 1, but for the pyramid's .9048058722 and the wedge's .9827780228", () => {
  const expected = [1, 0.9048058722, 0.9827780228, 1, 1];
  solidKinds.forEach((kind, i) => {
    expect(meanRatio(kind, topology[kind].regular)).toBeCloseTo(expected[i], 10);
  });
});

test("elements with all edges equal have mean ratio, shape and scaled Jacobian 1", () => {
  const h = Math.sqrt(3) / 2;
  const equal = {
    tetrahedron: [0, 0, 0, 1, 0, 0, 0.5, h, 0, 0.5, h / 3, Math.sqrt(2 / 3)],
    pyramid: [0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0.5, 0.5, Math.SQRT1_2],
    wedge: [0, 0, 0, 1, 0, 0, 0.5, h, 0, 0, 0, 1, 1, 0, 1, 0.5, h, 1],
    hexahedron: [0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1],
    octahedron: [...topology.octahedron.regular],
  };
  for (const kind of solidKinds) {
    for (const quality of [meanRatio, shape, scaledJacobian]) expect(quality(kind, equal[kind])).toBeCloseTo(1, 13);
  }
});

test("a tetrahedron's mean volume quality is its mean ratio to the power 3/2", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 12, maxLength: 12 }), (points) => {
      const q = meanRatio("tetrahedron", points);
      expect(q * Math.sqrt(q)).toBeCloseTo(Math.max(0, meanVolumeQuality("tetrahedron", points)), 12);
    }),
  );
});

test("a folded cube has mean volume quality .5194 and mean ratio 0: the first does not show that it is invalid", () => {
  const folded = vectors.find(({ name }) => name === "hex_folded");
  expect(meanVolumeQuality("hexahedron", folded?.points ?? [])).toBeCloseTo(0.5194359146, 10);
  expect(meanRatio("hexahedron", folded?.points ?? [])).toBe(0);
});

test("a box of 1 by 1 by 2 has edge ratio 1/2, Jacobian 2 and scaled Jacobian 1", () => {
  const box = Float64Array.of(0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 2, 1, 0, 2, 1, 1, 2, 0, 1, 2);
  const hexahedron = solidKinds.indexOf("hexahedron");
  expect(qualities.edgeRatio(hexahedron, box, inOrder, 0)).toBe(0.5);
  expect(qualities.jacobian(hexahedron, box, inOrder, 0)).toBe(2);
  expect(qualities.scaledJacobian(hexahedron, box, inOrder, 0)).toBe(1);
  // 3 · 2^(2/3) / (1 + 1 + 4)
  expect(meanRatio("hexahedron", box)).toBeCloseTo(Math.cbrt(4) / 2, 15);
});

describe.each([...solidKinds])("%s", (kind) => {
  test("the gradient of the mean ratio meets central differences of step 1e-6 within 1e-8", () => {
    const number = solidKinds.indexOf(kind);
    const { regular } = topology[kind];
    const dents = fc.array(fc.integer({ min: -100, max: 100 }), {
      minLength: regular.length,
      maxLength: regular.length,
    });
    fc.assert(
      fc.property(dents, fc.nat(regular.length - 1), (dent, at) => {
        const points = Float64Array.from(regular, (x, i) => 4 * x + dent[i] / 500);
        const g = new Float64Array(regular.length);
        const q = meanRatioGradientAt(number, points, inOrder, 0, g, 0);
        fc.pre(q > 0.1);
        expect(q).toBeCloseTo(meanRatio(kind, points), 14);
        const moved = (by: number) => meanRatio(kind, points.with(at, points[at] + by));
        expect(Math.abs((moved(1e-6) - moved(-1e-6)) / 2e-6 - g[at])).toBeLessThan(1e-8);
      }),
    );
  });

  test("turned inside out it has mean ratio 0 and a negative scaled Jacobian", () => {
    const { regular, reversal } = topology[kind];
    const turned = reversal.flatMap((i) => regular.slice(3 * i, 3 * i + 3));
    expect(meanRatio(kind, turned)).toBe(0);
    expect(scaledJacobian(kind, turned)).toBeLessThan(-0.5);
  });
});
