/** The words of errors, and the distance that finds the name that was meant. */

import { expect, test } from "vitest";
import {
  DivergedError,
  EnvironmentError,
  editDistance,
  InputError,
  nearest,
  ShapeError,
  unknownName,
} from "./errors.ts";
import { checkShape, formatShape, sameShape, sizeOf } from "./shape.ts";

const optimizers = ["sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop", "adagrad"];

test("an unknown name is told with every known one, and the nearest where it is within a third in edits", () => {
  const known = "known: sgd, momentum, nesterov, adam, adamw, rmsprop, adagrad";
  const message = (name: string) => unknownName("train", "optimizer", name, optimizers).message;
  expect(message("adma")).toBe(`train: unknown optimizer "adma"; ${known}. Did you mean adam?`);
  expect(message("ADAMW")).toBe(`train: unknown optimizer "ADAMW"; ${known}. Did you mean adamw?`);
  expect(message("moementun")).toBe(`train: unknown optimizer "moementun"; ${known}. Did you mean momentum?`);
  expect(message("rmspxxp")).toBe(`train: unknown optimizer "rmspxxp"; ${known}. Did you mean rmsprop?`);
  expect(message("rmspxxx")).toBe(`train: unknown optimizer "rmspxxx"; ${known}`);
  expect(message("lbfgs")).toBe(`train: unknown optimizer "lbfgs"; ${known}`);
  expect(message('a"b')).toBe(`train: unknown optimizer "a\\"b"; ${known}`);
});

test("of two names equally near the earlier is meant, and of no names none", () => {
  expect(nearest("bat", ["cat", "rat"])).toBe("cat");
  expect(nearest("bat", ["rat", "cat"])).toBe("rat");
  expect(nearest("bat", [])).toBeUndefined();
});

test("edits: kitten to sitting 3, a swap of neighbours 1, to the empty word its length, ca to abc 3", () => {
  expect(editDistance("kitten", "sitting")).toBe(3);
  expect(editDistance("adma", "adam")).toBe(1);
  expect(editDistance("", "abc")).toBe(3);
  expect(editDistance("abc", "")).toBe(3);
  // 2 where a swapped pair may be edited again; this is the restricted distance, which forbids it.
  expect(editDistance("ca", "abc")).toBe(3);
});

test("a shape error is an input error and a RangeError; diverging and a full disk are neither", () => {
  expect(new ShapeError("x")).toBeInstanceOf(InputError);
  expect(new ShapeError("x")).toBeInstanceOf(RangeError);
  expect(new ShapeError("x").name).toBe("ShapeError");
  expect(new EnvironmentError("x")).not.toBeInstanceOf(InputError);
  const diverged = new DivergedError("loss is NaN", { step: 7, layer: "layer1" });
  expect(diverged).not.toBeInstanceOf(InputError);
  expect([diverged.step, diverged.layer, diverged.name]).toEqual([7, "layer1", "DivergedError"]);
});

test("the scalar shape has one element, a zero length none; shapes print in brackets", () => {
  expect(sizeOf([])).toBe(1);
  expect(sizeOf([3, 0, 2])).toBe(0);
  expect(sizeOf([300, 784])).toBe(235_200);
  expect(formatShape([300, 784])).toBe("[300, 784]");
  expect(sameShape([2, 3], [2, 3])).toBe(true);
  expect(sameShape([2, 3], [3, 2])).toBe(false);
  expect(sameShape([2], [2, 1])).toBe(false);
});

test("a length that is negative or not whole is refused with the whole shape", () => {
  expect(() => checkShape("variable", [3, -1])).toThrow(
    new ShapeError("variable: every length must be an integer ≥ 0, got [3, -1]"),
  );
  expect(() => checkShape("variable", [2.5])).toThrow("variable: every length must be an integer ≥ 0, got [2.5]");
  expect(() => checkShape("variable", [0, 4])).not.toThrow();
});
