/** gf_p and EGF_p: numbers worked by hand, the properties that follow from the definitions, and the words of errors. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError, ShapeError } from "../base/index.ts";
import { effectiveGradientFlow, gradientFlow } from "./gradient-flow.ts";

describe("by hand, for layers (3, -4; 0, 12) with its second and fourth weight masked, and (5, -12) dense:", () => {
  const gradients = [
    [
      [3, -4],
      [0, 12],
    ],
    [[5, -12]],
  ];
  const masks = [
    [
      [1, 0],
      [1, 0],
    ],
    [[1, 1]],
  ];
  test("gf_1 = 3 + 4 + 12 + 5 + 12 = 36 and gf_2 = √(9 + 16 + 144 + 25 + 144) = 13 √2, masked positions counted", () => {
    expect(gradientFlow(gradients, { p: 1 })).toBe(36);
    expect(gradientFlow(gradients, { p: 2 })).toBe(Math.sqrt(338));
    expect(gradientFlow(gradients)).toBe(gradientFlow(gradients, { p: 2 }));
  });
  test("with the masks gf_1 = 3 + 5 + 12 = 20 and gf_2 = √(9 + 169)", () => {
    expect(gradientFlow(gradients, { p: 1, masks })).toBe(20);
    expect(gradientFlow(gradients, { p: 2, masks })).toBe(Math.sqrt(178));
  });
  test("EGF_1 = (3 + 17) / 2 = 10 and EGF_2 = (3 + 13) / 2 = 8: a mean over layers, undivided by the number of weights", () => {
    expect(effectiveGradientFlow(gradients, masks, 1)).toBe(10);
    expect(effectiveGradientFlow(gradients, masks, 2)).toBe(8);
    expect(effectiveGradientFlow(gradients, masks)).toBe(8);
  });
  test("rows nested or flat, arrays or typed arrays: the same numbers", () => {
    const flat = [Float32Array.of(3, -4, 0, 12), [5, -12]];
    const flatMasks = [Uint8Array.of(1, 0, 1, 0), [1, 1]];
    expect(effectiveGradientFlow(flat, flatMasks)).toBe(8);
    expect(effectiveGradientFlow([[Float64Array.of(3, -4), [0, 12]], [[5, -12]]], masks)).toBe(8);
  });
  test("p = 3: gf_3 of (3, 4, 5) is 6, since 27 + 64 + 125 = 216", () => {
    expect(gradientFlow([[3, -4], [5]], { p: 3 })).toBeCloseTo(6, 14);
  });
});

/** L layers of gradients with masks; integers, so that sums are exact. */
const network = fc.array(
  fc.array(fc.record({ g: fc.integer({ min: -1000, max: 1000 }), m: fc.constantFrom(0, 1) }), {
    minLength: 1,
    maxLength: 30,
  }),
  { minLength: 1, maxLength: 6 },
);
const order = fc.constantFrom(1, 2, 1.5, 3);
type Network = { g: number; m: number }[][];
const gradientsOf = (layers: Network) => layers.map((layer) => layer.map(({ g }) => g));
const masksOf = (layers: Network) => layers.map((layer) => layer.map(({ m }) => m));
const onesOf = (layers: Network) => layers.map((layer) => layer.map(() => 1));

/** Equal to within a few roundings. */
function expectNear(value: number, expected: number): void {
  expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-14 * Math.abs(expected));
}

describe("for any gradients, any masks, p in {1, 1.5, 2, 3}:", () => {
  test("a loss scaled by c > 0 scales EGF_p and gf_p by c", () => {
    fc.assert(
      fc.property(network, order, fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (layers, p, c) => {
        const [gradients, masks] = [gradientsOf(layers), masksOf(layers)];
        const scaled = gradients.map((layer) => layer.map((g) => c * g));
        expectNear(effectiveGradientFlow(scaled, masks, p), c * effectiveGradientFlow(gradients, masks, p));
        expectNear(gradientFlow(scaled, { p }), c * gradientFlow(gradients, { p }));
      }),
    );
  });

  test("dense, p = 1: L · EGF_1 = gf_1", () => {
    fc.assert(
      fc.property(network, (layers) => {
        const gradients = gradientsOf(layers);
        const egf = effectiveGradientFlow(gradients, onesOf(layers), 1);
        // The sums of integers are exact; dividing by L and multiplying again rounds twice.
        expect(Math.abs(layers.length * egf - gradientFlow(gradients, { p: 1 }))).toBeLessThanOrEqual(
          2 ** -52 * gradientFlow(gradients, { p: 1 }),
        );
      }),
    );
  });

  test("dense, p = 2: gf_2 / L ≤ EGF_2 ≤ gf_2 / √L", () => {
    fc.assert(
      fc.property(network, (layers) => {
        const gradients = gradientsOf(layers);
        const [gf, egf] = [gradientFlow(gradients, { p: 2 }), effectiveGradientFlow(gradients, onesOf(layers), 2)];
        expect(egf).toBeGreaterThanOrEqual((gf / layers.length) * (1 - 1e-15));
        expect(egf).toBeLessThanOrEqual((gf / Math.sqrt(layers.length)) * (1 + 1e-15));
      }),
    );
  });

  test("what stands at masked positions, NaN and infinity included, changes no bit of EGF_p; gf_p without masks feels it", () => {
    const junk = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1e300, 12345.678);
    fc.assert(
      fc.property(network, order, junk, (layers, p, value) => {
        const [gradients, masks] = [gradientsOf(layers), masksOf(layers)];
        const disturbed = layers.map((layer) => layer.map(({ g, m }) => (m === 1 ? g : value)));
        expect(effectiveGradientFlow(disturbed, masks, p)).toBe(effectiveGradientFlow(gradients, masks, p));
        expect(gradientFlow(disturbed, { p, masks })).toBe(gradientFlow(gradients, { p, masks }));
        if (layers.some((layer) => layer.some(({ m }) => m === 0))) {
          expect(gradientFlow(disturbed, { p })).not.toBe(gradientFlow(gradients, { p }));
        }
      }),
    );
  });

  test("one layer: EGF_p is the p-norm of its active gradients", () => {
    fc.assert(
      fc.property(network, order, ([layer], p) => {
        const [gradients, masks] = [gradientsOf([layer]), masksOf([layer])];
        expect(effectiveGradientFlow(gradients, masks, p)).toBe(gradientFlow(gradients, { p, masks }));
      }),
    );
  });

  test("L layers of equal norm a: EGF_p = a, for L up to 200, while gf_p grows as a L^(1/p)", () => {
    fc.assert(
      fc.property(network, order, fc.integer({ min: 1, max: 200 }), ([layer], p, count) => {
        const copies = Array.from({ length: count }, () => layer);
        const a = effectiveGradientFlow(gradientsOf([layer]), masksOf([layer]), p);
        expectNear(effectiveGradientFlow(gradientsOf(copies), masksOf(copies), p), a);
        const gf = gradientFlow(gradientsOf(copies), { p, masks: masksOf(copies) });
        expect(Math.abs(gf - a * count ** (1 / p))).toBeLessThanOrEqual(1e-13 * gf);
      }),
    );
  });

  test("a layer whose active weights get no gradient adds nothing to the sum and one to L; so does one without any", () => {
    fc.assert(
      fc.property(network, order, fc.boolean(), (layers, p, empty) => {
        const [gradients, masks] = [gradientsOf(layers), masksOf(layers)];
        const more = empty ? [] : [0, 77];
        const moreMask = empty ? [] : [1, 0];
        const egf = effectiveGradientFlow([...gradients, more], [...masks, moreMask], p);
        const sum = layers.length * effectiveGradientFlow(gradients, masks, p);
        expectNear(egf, sum / (layers.length + 1));
      }),
    );
  });
});

describe("errors name the function, the layer and what came:", () => {
  test("a mask turned on its side", () => {
    const call = () =>
      effectiveGradientFlow(
        [
          [1],
          [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
        ],
        [
          [1],
          [
            [1, 0, 1],
            [1, 1, 1],
          ],
        ],
      );
    expect(call).toThrow(
      new ShapeError(
        "effectiveGradientFlow: the mask of layer 2 has shape [2, 3], its gradient [3, 2]; weights are [fanOut, fanIn]",
      ),
    );
  });
  test("rows of different lengths, which as flat lists would be matched with the wrong mask", () => {
    expect(() =>
      gradientFlow([[[1, 2], [3]]], {
        masks: [
          [
            [1, 1],
            [1, 1],
          ],
        ],
      }),
    ).toThrow(
      new ShapeError(
        "gradientFlow: the gradient of layer 1: rows must have one shape, got [2] in row 0 and [1] in row 1",
      ),
    );
  });
  test("too few masks", () => {
    expect(() => effectiveGradientFlow([[1], [2]], [[1]])).toThrow(
      new ShapeError("effectiveGradientFlow: expected one mask per layer, got 1 for 2 gradients"),
    );
  });
  test("a mask that is no mask", () => {
    expect(() => gradientFlow([[1, 2]], { masks: [[1, 0.5]] })).toThrow(
      new InputError("gradientFlow: the mask of layer 1 must hold 0 and 1 only, got 0.5 at 1"),
    );
  });
  test("no layer at all", () => {
    expect(() => gradientFlow([])).toThrow(
      new InputError("gradientFlow: expected the gradient of at least one layer, got none"),
    );
  });
  test.each([0.5, 0, Number.NaN, Number.POSITIVE_INFINITY])("p = %d", (p) => {
    expect(() => gradientFlow([[1]], { p })).toThrow(
      new InputError(`gradientFlow: the order p must be a finite number ≥ 1, got ${p}`),
    );
  });
  test("a counted gradient that is NaN makes the measure NaN and is no error", () => {
    expect(effectiveGradientFlow([[1, Number.NaN]], [[1, 1]])).toBeNaN();
  });
});
