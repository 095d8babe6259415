import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Memory, PlainPages } from "./memory.ts";

const kinds = [
  ["a WebAssembly memory", () => new WebAssembly.Memory({ initial: 1, maximum: 65535 })],
  ["plain pages", () => new PlainPages(1)],
] as const;

describe.each(kinds)("on %s", (_, pages) => {
  test("addresses are multiples of 64, never 0, and lie at or above what is reserved", () => {
    const memory = new Memory(pages(), "float32", { reserved: 1000 });
    expect([memory.allocate(1), memory.allocate(0), memory.allocate(65)]).toEqual([1024, 1088, 1152]);
    expect(memory.usedBytes).toBe(64 + 64 + 128);
  });

  test("a block is zero, also where another one left its numbers", () => {
    const memory = new Memory(pages(), "float64");
    const first = memory.allocateFloats(100);
    memory.floats(first, 100).fill(7);
    memory.free(first);
    const second = memory.allocateFloats(200);
    expect(second).toBe(first);
    expect(memory.floats(second, 200).every((x) => x === 0)).toBe(true);
  });

  test("neighbours that are freed in any order become one block again", () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
      [0, 2, 1],
    ]) {
      const memory = new Memory(pages(), "float32");
      const blocks = [memory.allocate(100), memory.allocate(100), memory.allocate(100)];
      const wall = memory.allocate(64);
      for (const i of order) memory.free(blocks[i]);
      expect(memory.allocate(384)).toBe(blocks[0]);
      expect(wall).toBe(blocks[0] + 384);
    }
  });

  test("growing to 20 MB keeps what was stored and doubles rather than creeps", () => {
    const memory = new Memory(pages(), "float32");
    const kept = memory.allocate(400);
    memory.float32(kept, 100).fill(3);
    const sizes = new Set<number>();
    for (let i = 0; i < 200; i++) {
      memory.allocate(100_000);
      sizes.add(memory.capacityBytes);
    }
    expect(sizes.size).toBeLessThan(12);
    expect(memory.float32(kept, 100).every((x) => x === 3)).toBe(true);
    expect(memory.all.float32[kept / 4 + 99]).toBe(3);
  });

  test("random allocations never overlap, are zero, and leave nothing used when all are freed", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ bytes: fc.nat(3000), freed: fc.nat(9) }), { maxLength: 60 }), (steps) => {
        const memory = new Memory(pages(), "float32");
        const live: { address: number; bytes: number; mark: number }[] = [];
        for (const [i, { bytes, freed }] of steps.entries()) {
          const block = { address: memory.allocate(bytes), bytes, mark: (i % 255) + 1 };
          expect(memory.uint8(block.address, bytes).every((x) => x === 0)).toBe(true);
          memory.uint8(block.address, bytes).fill(block.mark);
          live.push(block);
          if (freed < live.length && freed % 2 === 0) memory.free(live.splice(freed, 1)[0].address);
        }
        for (const { address, bytes, mark } of live) {
          expect(memory.uint8(address, bytes).every((x) => x === mark)).toBe(true);
          memory.free(address);
        }
        expect(memory.usedBytes).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  test("refuses to free twice and to allocate a fraction", () => {
    const memory = new Memory(pages(), "float32");
    const address = memory.allocate(8);
    memory.free(address);
    expect(() => memory.free(address)).toThrow(`Memory.free: ${address} is not the address of a block in use`);
    expect(() => memory.allocate(1.5)).toThrow("Memory.allocate: bytes must be an integer ≥ 0, got 1.5");
  });
});

test("peakBytes remembers the most that was in use", () => {
  const memory = new Memory(new PlainPages(1), "float32");
  const address = memory.allocate(1000);
  memory.free(address);
  memory.allocate(64);
  expect([memory.usedBytes, memory.peakBytes]).toEqual([64, 1024]);
});

test("beyond its limit a memory says how much was wanted, used and possible", () => {
  const memory = new Memory(new PlainPages(1), "float32", { limitPages: 2 });
  memory.allocate(65536);
  expect(() => memory.allocate(65536)).toThrow(
    "Memory.allocate: 65536 bytes do not fit: 65536 are in use and one memory holds 131072; use a smaller batch or network",
  );
  expect(() => new Memory(new PlainPages(1), "float32").allocate(2 ** 32)).toThrow("one memory holds 4294901760");
});

test("where the system refuses to grow, the message names both sizes", () => {
  const refusing = {
    buffer: new ArrayBuffer(65536),
    grow: () => {
      throw new RangeError("out of memory");
    },
  };
  expect(() => new Memory(refusing, "float32").allocate(100_000)).toThrow(
    "the system refused to grow the memory from 65536 to 131072 bytes",
  );
});

test("a WebAssembly memory reaches addresses above 2^31, and kernels work there", async () => {
  const { loadKernels } = await import("./index.ts");
  const { memory, kernels } = await loadKernels();
  memory.allocate(2 ** 31);
  const x = memory.allocateFloats(20);
  expect(x).toBeGreaterThan(2 ** 31);
  memory.floats(x, 20).fill(3);
  kernels.square(x, x, 0, 20);
  expect(Array.from(memory.floats(x, 20))).toEqual(new Array(20).fill(9));
});
