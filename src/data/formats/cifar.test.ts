import { expect, test } from "vitest";
import { parseCifar } from "./cifar.ts";

function records(labels: number[][]): Uint8Array {
  return Uint8Array.from(labels.flatMap((label, i) => [...label, ...new Array<number>(3072).fill(i + 1)]));
}

test("reads records of two files in order; of two label bytes the second, fine one counts", () => {
  const files = [
    {
      name: "a",
      bytes: records([
        [19, 99],
        [0, 7],
      ]),
    },
    { name: "b", bytes: records([[3, 0]]) },
  ];
  const split = parseCifar(files, 2, 100);
  expect([...split.labels]).toEqual([99, 7, 0]);
  expect([split.values[0], split.values[3072], split.values[6144], split.values.length]).toEqual([1, 2, 1, 9216]);
});

test("refuses a part of a record, an empty file and a label of 10, naming byte and record", () => {
  const whole = records([[0], [10]]);
  expect(() => parseCifar([{ name: "a", bytes: whole.subarray(1) }], 1, 10)).toThrow(
    "a: must be a whole number of records of 3073 bytes, got 6145 bytes",
  );
  expect(() => parseCifar([{ name: "a", bytes: new Uint8Array() }], 1, 10)).toThrow("got 0 bytes");
  expect(() => parseCifar([{ name: "a", bytes: whole }], 1, 10)).toThrow(
    "a: byte 3073, label of record 1, must be less than 10, got 10",
  );
});
