/**
 * Damaged files of every format: each is read or refused with an InputError, in bounded time and memory. For more of them:
 *
 *     GRADIENTFLOW_FUZZ_RUNS=10000 npx vitest run src/mesh/formats/fuzz.test.ts --testTimeout 1000000
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../base/index.ts";
import { checkMesh, type Mesh } from "../mesh.ts";
import { meshFormats, readMesh } from "./formats.ts";

const folder = join(import.meta.dirname, "fixtures");
const files = readdirSync(folder).filter((name) => !name.endsWith(".json"));

/** Cases of each property, on each file. */
const runs = (standard: number) => ({ numRuns: Number(process.env.GRADIENTFLOW_FUZZ_RUNS ?? standard) });

/** Bytes of all arrays of a mesh. */
function sizeOf({ points, cells, fields }: Mesh): number {
  let size = points.byteLength;
  for (const { nodes } of cells) size += nodes.byteLength;
  for (const { values } of [...fields.pointData, ...fields.cellData]) size += values.byteLength;
  return size;
}

async function readOrRefuse(
  bytes: Uint8Array,
  options: { name: string; format?: string; linearise?: boolean },
): Promise<void> {
  let mesh: Mesh;
  try {
    mesh = await readMesh(bytes, options);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.message.startsWith(`${options.name}: `), error.message).toBe(true);
    expect(error.message.length).toBeLessThan(600);
    return;
  }
  // Twice zlib's best ratio is far beyond what an honest file holds, and small for files of this size.
  expect(sizeOf(mesh)).toBeLessThan(2064 * bytes.length + 2 ** 24);
  checkMesh("fuzz", mesh);
}

describe.each(files)("%s", (name) => {
  const good = new Uint8Array(readFileSync(join(folder, name)));

  test("cut anywhere, it is read or refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: good.length }), fc.uint8Array({ maxLength: 20 }), async (length, more) => {
        await readOrRefuse(Uint8Array.from([...good.subarray(0, length), ...more]), { name });
      }),
      runs(60),
    );
  });

  test("with up to 8 bytes changed, it is read or refused", async () => {
    const place = fc.oneof(fc.nat({ max: Math.min(400, good.length - 1) }), fc.nat({ max: good.length - 1 }));
    // Digits, signs and blanks keep a text readable and make its numbers lie.
    const value = fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(...Buffer.from('0123456789-+.eE \n$*<>/"=')));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(place, value), { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        async (changes, linearise) => {
          const bytes = Uint8Array.from(good);
          for (const [at, byte] of changes) bytes[at] = byte;
          await readOrRefuse(bytes, { name, linearise });
        },
      ),
      runs(150),
    );
  });

  test("with a number of its text replaced by an extreme one, it is read or refused", async () => {
    const numbers = [
      ...Buffer.from(good)
        .toString("latin1")
        .matchAll(/-?\d+(\.\d+)?/g),
    ];
    const extreme = fc.constantFrom(
      "-1",
      "0",
      "9007199254740992",
      "2147483647",
      "2147483648",
      "1e308",
      "nan",
      "inf",
      "99999999",
    );
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: numbers.length - 1 }), extreme, async (index, text) => {
        const { index: at, 0: word } = numbers[index];
        const bytes = [...good.subarray(0, at), ...Buffer.from(text), ...good.subarray(at + word.length)];
        await readOrRefuse(Uint8Array.from(bytes), { name });
      }),
      runs(100),
    );
  });
});

test.each(meshFormats.filter(({ canRead }) => canRead).map(({ name }) => name))(
  "any bytes at all are read or refused as %s",
  async (format) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), (bytes) => readOrRefuse(bytes, { name: "f", format })),
      runs(200),
    );
  },
);
