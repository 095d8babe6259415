import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBase64, encodeBase64 } from "./base64.ts";

const decode = (text: string, length: number) => decodeBase64(Buffer.from(text), 0, text.length, length);

test("encodes as Node does, and decodes every prefix of it", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
      const text = Buffer.from(encodeBase64(bytes)).toString();
      expect(text).toBe(Buffer.from(bytes).toString("base64"));
      for (let length = 0; length <= bytes.length; length++) {
        expect(decode(text, length)).toEqual(bytes.subarray(0, length));
      }
    }),
  );
});

test("runs with their own padding are read one after the other, blanks between", () => {
  // "a", "bc" and "def", each encoded alone.
  expect(Buffer.from(decode("YQ==\n YmM= ZGVm", 6) ?? []).toString()).toBe("abcdef");
});

test("refuses fewer bytes than wanted, other characters and lone characters", () => {
  expect(decode("YWJj", 4)).toBeUndefined();
  expect(decode("YW-j", 3)).toBeUndefined();
  expect(decode("Y===", 1)).toBeUndefined();
  expect(decode("", 2 ** 52)).toBeUndefined();
});
