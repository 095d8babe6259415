/** Initial weights of sparse layers: variances by unit and layer, orthogonality where it exists, lottery tickets. */

import { describe, expect, test } from "vitest";
import { InputError, Rng } from "../../base/index.ts";
import type { Mask } from "../../nn/index.ts";
import { initialWeights } from "../../nn/index.ts";
import { fullMask, maskAtPositions } from "../mask/positions.ts";
import { shuffleRows } from "../mask/shuffle-mask.ts";
import { unitFans } from "../mask/unit-fans.ts";
import { maskToDense, randomMask } from "../random-mask.ts";
import type { MaskedInitialName } from "./masked-weights.ts";
import { maskedInitials, maskedWeights } from "./masked-weights.ts";
import { hasOrthogonalWeights, orthogonalWeights } from "./orthogonal.ts";
import type { TicketName } from "./ticket-weights.ts";
import { ticketWeights } from "./ticket-weights.ts";

const rng = () => new Rng(1, "weights", 1);
const fans = { fanIn: 400, fanOut: 300 };
/** 10 % of [300, 400], unevenly: 12,000 weights, of which the first 100 rows have 90 each and the others 15. */
const uneven = shuffleRows(
  maskAtPositions(
    { fanOut: 300, fanIn: 400 },
    Array.from({ length: 300 }, (_, row) =>
      Array.from({ length: row < 100 ? 90 : 15 }, (_, i) => row * 400 + i),
    ).flat(),
  ),
  new Rng(2, "test"),
);

/** Variances of the pre-activations of units for uncorrelated inputs of variance 1, averaged over rows [begin, end). */
function signal(mask: Mask, values: Float64Array, begin: number, end: number): number {
  let squares = 0;
  for (let k = mask.rowPointers[begin]; k < mask.rowPointers[end]; k++) squares += values[k] * values[k];
  return squares / (end - begin);
}

// Relative standard deviation of a sum of n squared normals: sqrt(2 / n). 9,000 weights in the first rows and 3,000 in the
// others, so .015 and .026; five of those.
describe("signal of units with 90 and with 15 of 400 inputs, which a dense layer by He would have at 2:", () => {
  test.each<[MaskedInitialName, number, number, number]>([
    ["masked-dense", (2 * 90) / 400, (2 * 15) / 400, 2],
    ["liu", (2 * 90) / 40, (2 * 15) / 40, 2], // density .1, so ten times as much
    ["unit-fan-in-normal", 2, 2, 2],
    ["unit-fan-in-normal", 1, 1, 1],
    ["unit-fan-in-uniform", 2, 2, 2],
  ])("%s has %d and %d at gain %d", (name, wide, narrow, gain) => {
    const values = maskedWeights(name, { mask: uneven, fans, rng: rng(), gain });
    expect(values).toHaveLength(12_000);
    expect(Math.abs(signal(uneven, values, 0, 100) / wide - 1)).toBeLessThan(0.075);
    expect(Math.abs(signal(uneven, values, 100, 300) / narrow - 1)).toBeLessThan(0.13);
  });
});

describe("scales are exact:", () => {
  /** Rows of 2, 0 and 1 of 4 columns, which feed 1, 1, 0, 1. */
  const mask = maskAtPositions({ fanOut: 3, fanIn: 4 }, [1, 3, 8]);
  const drawn = (name: MaskedInitialName, more = {}) => [
    ...maskedWeights(name, { mask, fans: { fanIn: 4, fanOut: 3 }, rng: rng(), ...more }),
  ];
  const normals = () => {
    const stream = rng();
    return [stream.normal(), stream.normal(), stream.normal()];
  };

  test("masked dense draws as the dense layer's distribution does, Liu divides by sqrt(3 / 12)", () => {
    const dense = initialWeights("glorot-normal", 3, { fanIn: 4, fanOut: 3 }, rng());
    expect(drawn("masked-dense", { initial: "glorot-normal" })).toEqual([...dense]);
    expect(drawn("liu", { initial: "glorot-normal" })).toEqual([...dense].map((value) => 2 * value));
  });

  test("fan-ins 2, 2, 1 and fan-outs 1, 1, 1: variances 2/2, 2/2, 2/1; 2, 2, 2; means 2/1.5, 2/1.5, 2/1", () => {
    const times = (variances: number[]) => normals().map((value, k) => Math.sqrt(variances[k]) * value);
    expect(drawn("unit-fan-in-normal")).toEqual(times([1, 1, 2]));
    expect(drawn("unit-fan-out-normal")).toEqual(times([2, 2, 2]));
    expect(drawn("unit-fan-average-normal")).toEqual(times([2 / 1.5, 2 / 1.5, 2]));
    expect(drawn("unit-fan-in-normal", { gain: 1 })).toEqual(times([0.5, 0.5, 1]));
  });

  test("uniform ones span ± sqrt(3 variance)", () => {
    const stream = rng();
    expect(drawn("unit-fan-in-uniform")).toEqual(
      [1, 1, 2].map((variance) => Math.sqrt(3 * variance) * (2 * stream.uniform() - 1)),
    );
    const many = maskedWeights("unit-fan-out-uniform", {
      mask: fullMask({ fanOut: 20, fanIn: 500 }),
      fans,
      rng: rng(),
    });
    const limit = Math.sqrt((3 * 2) / 20);
    const largest = many.reduce((a, b) => Math.max(a, Math.abs(b)));
    expect(largest).toBeLessThan(limit);
    expect(largest).toBeGreaterThan(0.99 * limit);
  });

  test("a convolution's fan-out counts its kernel: channel 0 of 2 columns is read twice, channel 1 once", () => {
    const [a, b, c] = drawn("unit-fan-out-normal", { kernel: { field: 2 } });
    const [x, y, z] = normals();
    expect([a, b, c]).toEqual([Math.sqrt(2 / 2) * x, Math.sqrt(2) * y, Math.sqrt(2 / 2) * z]);
  });

  test("Liu's and the sparsity-aware weights agree where all units have equal fan-ins", () => {
    const even = shuffleRows(
      maskAtPositions(
        { fanOut: 6, fanIn: 20 },
        Array.from({ length: 30 }, (_, i) => Math.floor(i / 5) * 20 + (i % 5)),
      ),
      new Rng(3, "test"),
    );
    expect([...unitFans(even).fanIns]).toEqual([5, 5, 5, 5, 5, 5]);
    const liu = maskedWeights("liu", { mask: even, fans: { fanIn: 20, fanOut: 6 }, rng: rng() });
    const aware = maskedWeights("unit-fan-in-normal", { mask: even, fans: { fanIn: 20, fanOut: 6 }, rng: rng() });
    liu.forEach((value, k) => {
      expect(value).toBeCloseTo(aware[k], 14);
    });
  });

  test("no active weights are no weights, by every name", () => {
    for (const name of Object.keys(maskedInitials) as MaskedInitialName[]) {
      expect(
        maskedWeights(name, { mask: maskAtPositions({ fanOut: 3, fanIn: 4 }, []), fans, rng: rng() }),
      ).toHaveLength(0);
    }
  });

  test("an unknown name and a gain of 0 are refused", () => {
    expect(() => drawn("lui" as MaskedInitialName)).toThrow(
      /unknown initialisation "lui"; known: .*Did you mean liu\?/,
    );
    expect(() => drawn("liu", { gain: 0 })).toThrow(
      new InputError("maskedWeights: gain must be a number above 0, got 0"),
    );
  });
});

describe("orthogonal weights", () => {
  /** W Wᵀ, or Wᵀ W. */
  function gram(mask: Mask, values: Float64Array, of: "rows" | "columns"): number[][] {
    const bits = maskToDense(mask);
    let next = 0;
    const w = Array.from({ length: mask.fanOut }, (_, i) =>
      Array.from({ length: mask.fanIn }, (_, j) => (bits[i * mask.fanIn + j] === 1 ? values[next++] : 0)),
    );
    const vectors = of === "rows" ? w : w[0].map((_, j) => w.map((row) => row[j]));
    return vectors.map((a) => vectors.map((b) => a.reduce((sum, x, i) => sum + x * b[i], 0)));
  }
  const diagonal = (...entries: number[]) => entries.map((entry, i) => entries.map((_, j) => (i === j ? entry : 0)));
  function close(a: number[][], b: number[][]): void {
    a.forEach((row, i) => {
      row.forEach((value, j) => {
        expect(value).toBeCloseTo(b[i][j], 12);
      });
    });
  }

  test("of a dense [3, 5] have orthonormal rows, of a dense [5, 3] orthonormal columns, times sqrt(gain)", () => {
    const wide = fullMask({ fanOut: 3, fanIn: 5 });
    close(gram(wide, orthogonalWeights(wide, rng()), "rows"), diagonal(1, 1, 1));
    const tall = fullMask({ fanOut: 5, fanIn: 3 });
    close(gram(tall, orthogonalWeights(tall, rng(), 2), "columns"), diagonal(2, 2, 2));
  });

  test("of two full blocks, rows {0, 1} with columns {0, 1, 4} and row 2 with {2, 3}, have orthonormal rows", () => {
    const mask = maskAtPositions({ fanOut: 3, fanIn: 5 }, [0, 1, 4, 5, 6, 9, 12, 13]);
    close(gram(mask, orthogonalWeights(mask, rng()), "rows"), diagonal(1, 1, 1));
  });

  test("of rows without common columns are unit rows; an empty row stays empty", () => {
    const mask = maskAtPositions({ fanOut: 3, fanIn: 4 }, [0, 2, 9]);
    close(gram(mask, orthogonalWeights(mask, rng()), "rows"), diagonal(1, 0, 1));
  });

  test("are not defined where rows share some columns but not all, as in any random mask of 10 %", () => {
    const cycle = maskAtPositions({ fanOut: 3, fanIn: 3 }, [0, 1, 4, 5, 6, 8]);
    const nested = maskAtPositions({ fanOut: 2, fanIn: 3 }, [0, 1, 2, 3, 4]);
    const random = randomMask({ fanOut: 30, fanIn: 40, active: 120, seed: 1, layer: 1 });
    expect([cycle, nested, random].map(hasOrthogonalWeights)).toEqual([false, false, false]);
    expect(() => maskedWeights("orthogonal", { mask: cycle, fans, rng: rng() })).toThrow(
      new InputError(
        "orthogonalWeights: the mask of [3, 3] has rows that share some of their columns but not all, so that no weights there " +
          "are orthogonal; take a dense layer, a mask of full blocks, or another initialisation",
      ),
    );
  });
});

describe("a lottery ticket", () => {
  const [rewound, fresh] = [
    [0.5, -0.25, 0],
    [-3, -4, 5],
  ];
  test.each<[TicketName, number[]]>([
    ["weights", [0.5, -0.25, 0]],
    ["signs-of-fresh", [3, -4, 0]],
    ["signs-of-constant", [Math.sqrt(50 / 3), -Math.sqrt(50 / 3), 0]],
    ["fresh", [-3, -4, 5]],
  ])("of %s starts with %j", (name, expected) => {
    expect([...ticketWeights(name, rewound, fresh)]).toEqual(expected);
  });
  test("of another name, or with 2 fresh weights for 3, is refused", () => {
    expect(() => ticketWeights("sign" as TicketName, rewound, fresh)).toThrow(
      /^ticketWeights: unknown ticket "sign"; known: /,
    );
    expect(() => ticketWeights("weights", rewound, [1, 2])).toThrow(
      new InputError("ticketWeights: there must be as many fresh weights as rewound ones, 3, got 2"),
    );
  });
});
